/** Notices when a connection has gone silent. */
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
  let timer: NodeJS.Timeout | undefined;
  const silent = new Promise<never>((_, reject) => {
    const giveUp = () => reject(new Dropped('network', `nothing arrived for ${ms / 1000} s`));
    // Where the program itself was busy for long, what has arrived meanwhile is looked at first.
    timer = setTimeout(() => setImmediate(() => setImmediate(giveUp)), Math.min(ms, 2 ** 31 - 1));
  });
  try {
    return await Promise.race([work, silent]);
  } finally {
    clearTimeout(timer);
    work.catch(() => undefined); // a read that was given up fails when the connection is ended
  }
}
