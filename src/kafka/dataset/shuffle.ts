/** The shuffle step: a buffer of fixed size from which items leave in random order. */
import type { Random } from '../../random.ts';
import { chain, type MaybePromise, type Puller } from './pull.ts';

/**
 * Fills a buffer with `bufferSize` items, then gives out a random one and puts the next item in its place, like
 * tf.data's shuffle. Memory is bounded by `bufferSize`; the order is uniform only within reach of the buffer.
 */
export function shuffled<T>(above: Puller<T>, bufferSize: number, random: Random): Puller<T> {
  const buffer: T[] = [];
  let ended = false;

  /** Brings the buffer to full again, then continues. */
  function fill<R>(next: () => R): MaybePromise<R> {
    while (!ended && buffer.length < bufferSize) {
      const got = above.pull(bufferSize - buffer.length);
      if (got instanceof Promise) {
        return got.then((items) => {
          keep(items);
          return fill(next);
        });
      }
      keep(got);
    }
    return next();
  }

  function keep(items: readonly T[] | undefined): void {
    if (items) for (const item of items) buffer.push(item);
    else ended = true;
  }

  function takeRandom(): T {
    const at = Math.floor(random() * buffer.length);
    const chosen = buffer[at] as T;
    const last = buffer.pop() as T;
    if (at < buffer.length) buffer[at] = last;
    return chosen;
  }

  return {
    pull(max) {
      const given: T[] = [];
      const step = (): MaybePromise<readonly T[] | undefined> => {
        while (given.length < max) {
          if (!ended && buffer.length < bufferSize) {
            // Hand over what is ready rather than wait, unless nothing is.
            const filled = fill(() => true);
            if (filled instanceof Promise) return chain(filled, step);
          }
          if (buffer.length === 0) break;
          given.push(takeRandom());
        }
        return given.length > 0 ? given : undefined;
      };
      return step();
    },
    close: () => {
      ended = true;
      buffer.length = 0;
      return above.close();
    },
  };
}
