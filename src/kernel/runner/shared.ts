/** Memory that the runner's main thread and its watcher share. */

/** Places in the control words. */
export const word = {
  /** 1 while somebody writes to the event pipe. */
  lock: 0,
  /** Bytes in the buffer that are not in the pipe yet. */
  length: 1,
  /** Number of the last interrupt that the main thread has dealt with. */
  interrupts: 2,
} as const;

/** Bytes of output held back while a cell prints faster than pipes like. */
export const bufferSize = 64 * 1024;

/** The shared memory. */
export interface Shared {
  readonly control: Int32Array;
  readonly buffer: Uint8Array;
}

/** What the watcher thread is started with. */
export interface WatcherData {
  readonly control: SharedArrayBuffer;
  readonly buffer: SharedArrayBuffer;
}

/** Fresh shared memory. */
export function newShared(): Shared {
  return {
    control: new Int32Array(new SharedArrayBuffer(64)),
    buffer: new Uint8Array(new SharedArrayBuffer(bufferSize)),
  };
}
