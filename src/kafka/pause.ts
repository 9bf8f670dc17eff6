/** Waiting for a time of any length, with a way to stop waiting; the one place of this room that waits. */

import { setTimeout as later } from 'node:timers/promises';

/** The longest time one timer of Node can take (24.8 days); a longer one would be over after 1 ms. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Resolves after `ms`, on the monotonic clock; never for `Infinity`. Rejects with the signal's reason as soon as it is
 * aborted.
 */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  const over = performance.now() + ms;
  try {
    for (let left = ms; ; left = over - performance.now()) {
      await later(Math.min(Math.max(0, left), LONGEST_TIMER_MS), undefined, signal && { signal });
      if (left <= LONGEST_TIMER_MS) return;
    }
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}

/** Resolves with `event`, or after `ms`, whichever comes first; no timer is left behind. Never rejects by itself. */
export async function orAfter(event: Promise<void>, ms: number): Promise<void> {
  if (ms === Infinity) return event;
  const over = new AbortController();
  try {
    await Promise.race([event, pause(ms, over.signal).catch(() => {})]);
  } finally {
    over.abort();
  }
}

/** What `work` gives; rejects with the signal's reason as soon as it is aborted, and leaves `work` to itself. */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  if (signal.aborted) {
    work.catch(() => {}); // its outcome no longer matters
    throw signal.reason as Error;
  }
  let stop: (() => void) | undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    stop = () => reject(signal.reason as Error);
    signal.addEventListener('abort', stop);
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    if (stop !== undefined) signal.removeEventListener('abort', stop);
  }
}
