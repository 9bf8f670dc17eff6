/** Waiting, with a way to stop waiting. */

import { setTimeout as later } from 'node:timers/promises';

/** Resolves after `ms`. Rejects with the signal's reason as soon as it is aborted. */
export async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  try {
    await later(ms, undefined, signal && { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}
