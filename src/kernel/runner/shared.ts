/** Memory that the runner's main thread and its watcher share. */

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
} as const;

/** Bytes of output held back while a cell prints faster than pipes like. */
export const bufferSize = 64 * 1024;

/** So many child processes beside a synchronous one are told apart from it. */
export const mostChildren = 254;

/** The shared memory. */
export interface Shared {
  readonly control: Int32Array;
  readonly buffer: Uint8Array;
  /**
   * First the number of the synchronous call that waits for a child process, 0 for none; then how many other children
   * there were when it began, and their process ids.
   */
  readonly children: Int32Array;
}

/** What the watcher thread is started with. */
export interface WatcherData {
  readonly control: SharedArrayBuffer;
  readonly buffer: SharedArrayBuffer;
  readonly children: SharedArrayBuffer;
}

/** Fresh shared memory. */
export function newShared(): Shared {
  return {
    control: new Int32Array(new SharedArrayBuffer(64)),
    buffer: new Uint8Array(new SharedArrayBuffer(bufferSize)),
    children: new Int32Array(new SharedArrayBuffer(4 * (mostChildren + 2))),
  };
}
