/** What the runner sends to the server: output and events, each with its run, in order, on one pipe. */
import { Atomics, Buffer, JSON, performance, setTimeout } from '../primordials.ts';
import { barrierMark, barrierNumber, frameHeader, frameKind, pipes, type RunnerEvent } from './protocol.ts';
import {
  bufferSize,
  flushBuffer,
  lock,
  tryLock,
  unlock,
  word,
  writeAll,
  type Shared,
} from './shared-pipe.ts';

/** So many writes in so many ms go out at once; beyond that is a flood, which is gathered. */
const calm = { writes: 200, ms: 20 } as const;

/** The longest that output is held back while a flood goes on, in ms. */
const patience = 5;

/** Writes synchronously, so that nothing is lost when the process dies in the next line. */
export class EventPipe {
  readonly #shared: Shared;
  readonly #buffer: Buffer;
  readonly #secret: string;
  readonly #ring: () => void;
  #barriers = 0;
  #windowStart = 0;
  #windowWrites = 0;
  #lastFlush = 0;
  #depth = 0;
  /** The raw pipe by which something went since the last text or event; 0 for none. */
  #lastRaw = 0;
  #pause = false;

  /**
   * @param secret for the marks on the raw pipes
   * @param ring asks the watcher to flush soon, in case this thread does not come to it
   */
  constructor(shared: Shared, secret: string, ring: () => void) {
    this.#shared = shared;
    this.#buffer = Buffer.from(shared.buffer.buffer, 0, bufferSize);
    this.#secret = secret;
    this.#ring = ring;
  }

  /**
   * When a frame is being written, execution must not be cut: the debugger is called as soon as that is over.
   *
   * @returns whether it is so
   */
  pauseWhenWritten(): boolean {
    this.#pause = this.#depth > 0;
    return this.#pause;
  }

  /** Text that a cell printed. */
  text(kind: 1 | 2, run: number, text: string): void {
    this.#behindRaw();
    const { control } = this.#shared;
    this.#depth += 1;
    lock(this.#shared);
    try {
      const most = frameHeader + text.length * 3;
      if (most > bufferSize - control[word.length]!) flushBuffer(pipes.events, this.#shared);
      if (most > bufferSize) return writeFrame(kind, run, Buffer.from(text));
      const start = control[word.length]!;
      const size = this.#buffer.write(text, start + frameHeader);
      writeHead(this.#buffer, start, size, kind, run);
      Atomics.store(control, word.length, start + frameHeader + size);
      this.#flushOrHold(start === 0);
    } finally {
      unlock(this.#shared);
      this.#written();
    }
  }

  /** An event, behind all output before it. */
  event(run: number, event: RunnerEvent): void {
    this.#behindRaw();
    this.#locked(() => writeFrame(frameKind.event, run, Buffer.from(JSON.stringify(event))));
  }

  /**
   * A mark on this pipe and on the raw ones: the server handles nothing behind it before it has seen all three.
   *
   * @param cuts whether it also ends a character of which only the first bytes have come; processes may write the others
   */
  barrier(cuts = false): void {
    this.#barriers += 1;
    const number = barrierNumber(this.#barriers, cuts);
    const mark = Buffer.from(barrierMark(this.#secret, number), 'latin1');
    const id = Buffer.alloc(4);
    id.writeUInt32LE(number);
    this.#depth += 1;
    try {
      for (const fd of [1, 2]) tolerateClosed(() => writeAll(fd, mark));
    } finally {
      this.#written();
    }
    this.#locked(() => writeFrame(frameKind.barrier, 0, id));
  }

  /** Something is about to be written to a raw pipe: what was printed before stays before it, and what follows behind. */
  raw(fd: 1 | 2): void {
    if (this.#lastRaw !== fd) this.barrier(this.#lastRaw !== 0);
    this.#lastRaw = fd;
  }

  #behindRaw(): void {
    if (this.#lastRaw === 0) return;
    this.#lastRaw = 0;
    this.barrier(true);
  }

  /** Does several things that an interrupt must not part. */
  whole(work: () => void): void {
    this.#depth += 1;
    try {
      work();
    } finally {
      this.#written();
    }
  }

  #locked(work: () => void): void {
    this.#depth += 1;
    lock(this.#shared);
    try {
      flushBuffer(pipes.events, this.#shared);
      work();
    } finally {
      unlock(this.#shared);
      this.#written();
    }
  }

  #written(): void {
    this.#depth -= 1;
    if (this.#depth > 0 || !this.#pause) return;
    this.#pause = false;
    debugger; // eslint-disable-line no-debugger -- the watcher listens, see pauseWhenWritten
  }

  #flushOrHold(first: boolean): void {
    const now = performance.now();
    if (now - this.#windowStart > calm.ms) {
      this.#windowStart = now;
      this.#windowWrites = 0;
    }
    this.#windowWrites += 1;
    if (this.#windowWrites <= calm.writes || now - this.#lastFlush > patience) {
      flushBuffer(pipes.events, this.#shared);
      this.#lastFlush = now;
    } else if (first) {
      this.#ring();
    }
  }
}

/** The watcher's way to send the server something: it waits for the main thread's writing without blocking. */
export class WatcherPipe {
  readonly #shared: Shared;
  readonly #events: RunnerEvent[] = [];
  #isWaiting = false;

  constructor(shared: Shared) {
    this.#shared = shared;
  }

  /** An event, behind all output and events before it. */
  event(event: RunnerEvent): void {
    this.#events.push(event);
    if (!this.#isWaiting) this.#write();
  }

  #write = (): void => {
    this.#isWaiting = !tryLock(this.#shared);
    if (this.#isWaiting) return void setTimeout(this.#write, 1);
    try {
      flushBuffer(pipes.events, this.#shared);
      for (const event of this.#events.splice(0))
        writeFrame(frameKind.event, 0, Buffer.from(JSON.stringify(event)));
    } catch {
      // The reader has ended; so does this process soon.
    } finally {
      unlock(this.#shared);
    }
  };
}

function writeFrame(kind: number, run: number, payload: Uint8Array): void {
  const head = Buffer.allocUnsafe(frameHeader);
  writeHead(head, 0, payload.byteLength, kind, run);
  writeAll(pipes.events, payload.byteLength < 65_536 ? Buffer.concat([head, payload]) : head);
  if (payload.byteLength >= 65_536) writeAll(pipes.events, payload);
}

function writeHead(target: Buffer, at: number, size: number, kind: number, run: number): void {
  target.writeUInt32LE(size, at);
  target.writeUInt8(kind, at + 4);
  target.writeUInt32LE(run, at + 5);
}

/** A cell may have closed its stdout; then the server saw the end of that pipe. */
function tolerateClosed(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!['EBADF', 'EPIPE'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}
