/** Memory that the runner's main thread and its watcher share, and the event pipe that both write to. */
import fs from 'node:fs';
import { Atomics, Int32Array, SharedArrayBuffer } from '../primordials.ts';

/** As it was before the first cell, and before what cells write by it was watched. */
const { writeSync } = fs;

/** Places in the control words. */
export const word = {
  /** 1 while somebody writes to the event pipe. */
  lock: 0,
  /** Bytes in the buffer that are not in the pipe yet. */
  length: 1,
  /** Number of the last interrupt that the main thread has dealt with. */
  interrupts: 2,
  /** Number of the last interrupt that was asked for. */
  asked: 3,
  /** 1 while a debugger is connected. */
  debugging: 4,
} as const;

/** Bytes of output held back while a cell prints a flood. */
export const bufferSize = 64 * 1024;

/** So many child processes beside a synchronous one are distinguished from it. */
export const mostChildren = 254;

/** The shared memory; the watcher thread gets it as its `workerData`. */
export interface Shared {
  readonly control: Int32Array;
  readonly buffer: Uint8Array;
  /**
   * First the number of the synchronous call that waits for a child process, 0 for none; then how many other children
   * there were when it began, and their process ids.
   */
  readonly children: Int32Array;
}

/** Fresh shared memory. */
export function newShared(): Shared {
  return {
    control: new Int32Array(new SharedArrayBuffer(64)),
    buffer: new Uint8Array(new SharedArrayBuffer(bufferSize)),
    children: new Int32Array(new SharedArrayBuffer(4 * (mostChildren + 2))),
  };
}

const never = new Int32Array(new SharedArrayBuffer(4));

/**
 * Writes all bytes. Blocks while the pipe is full, whether or not somebody made it non-blocking: this is what bounds
 * the memory of a flood.
 *
 * @throws as `fs.writeSync`, such as `EPIPE` when the reader has ended
 */
export function writeAll(fd: number, bytes: Uint8Array, length = bytes.byteLength): void {
  let at = 0;
  while (at < length) {
    try {
      at += writeSync(fd, bytes, at, length - at);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      waitBriefly();
    }
  }
}

/** Blocks this thread for a millisecond. */
export function waitBriefly(): void {
  Atomics.wait(never, 0, 0, 1);
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
