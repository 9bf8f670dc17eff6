/** Writes to a pipe until all of it is in, waiting when the reader is slower. */
import fs from 'node:fs';
import { Atomics, Int32Array, SharedArrayBuffer } from '../primordials.ts';
import { word, type Shared } from './shared.ts';

const never = new Int32Array(new SharedArrayBuffer(4));

/**
 * Writes all bytes. Blocks while the pipe is full, whether or not somebody made it non-blocking: this is what bounds
 * the memory of a flood.
 *
 * @throws as `fs.writeSync`, such as `EPIPE` when the reader is gone
 */
export function writeAll(fd: number, bytes: Uint8Array, length = bytes.byteLength): void {
  let at = 0;
  while (at < length) {
    try {
      at += fs.writeSync(fd, bytes, at, length - at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      Atomics.wait(never, 0, 0, 1);
    }
  }
}

/** Takes the lock of the event pipe, waiting for it. */
export function lock({ control }: Shared): void {
  while (Atomics.compareExchange(control, word.lock, 0, 1) !== 0) Atomics.wait(control, word.lock, 1, 10);
}

/** Takes the lock if it is free. */
export function tryLock({ control }: Shared): boolean {
  return Atomics.compareExchange(control, word.lock, 0, 1) === 0;
}

/** Gives the lock back. */
export function unlock({ control }: Shared): void {
  Atomics.store(control, word.lock, 0);
  Atomics.notify(control, word.lock);
}

/** Puts what is held back into the pipe. The caller has the lock. */
export function flushBuffer(fd: number, { control, buffer }: Shared): void {
  const length = Atomics.load(control, word.length);
  if (length === 0) return;
  writeAll(fd, buffer, length);
  Atomics.store(control, word.length, 0);
}
