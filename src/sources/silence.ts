/** Notices when a connection has gone silent. */
import { setImmediate } from 'node:timers/promises';
import { pause } from '../kafka/pause.ts';
import { Dropped } from './back-off.ts';

/**
 * The chunks of a body; `alive` is called at each. Only the time spent waiting for the network counts as silence, not that
 * of a slow reader.
 *
 * @param silence ms
 * @throws Dropped after `silence` ms without a chunk
 */
export async function* watchedChunks(
  body: ReadableStream<Uint8Array>,
  silence: number,
  alive: () => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = body.getReader();
  let over = false;
  try {
    for (;;) {
      const { done, value } = await within(reader.read(), silence);
      over = done;
      if (done) return;
      alive();
      yield value;
    }
  } finally {
    if (!over) reader.cancel().catch(() => undefined);
  }
}

/** Settles as `work` does, or throws `Dropped` after `ms` without an outcome. */
export async function within<T>(work: Promise<T>, ms: number): Promise<T> {
  const over = new AbortController();
  const silent = (async () => {
    await pause(ms, over.signal);
    // Where the program itself was busy for long, what has arrived meanwhile is looked at first.
    await setImmediate();
    await setImmediate();
    throw new Dropped('network', `nothing arrived for ${ms / 1000} s`);
  })();
  try {
    return await Promise.race([work, silent]);
  } finally {
    over.abort();
    silent.catch(() => undefined);
    work.catch(() => undefined); // a read that was given up fails when the connection is ended
  }
}
