/** The lazy steps of a dataset that hold items back: shuffle and prefetch. */
import type { OptionNames } from '../../options.ts';
import type { Random } from '../../random.ts';
import { chain, HeldEnds, stepOn, type MaybePromise, type Puller } from '../read/pull.ts';
import { disposeLeftOut } from './tensors.ts';

/** Options of `Dataset.shuffle`. */
export interface ShuffleOptions {
  /** A new order on every pass, derived from the seed and the pass's number (default true). */
  reshuffleEachIteration?: boolean;
}

/** Every option of {@link ShuffleOptions}. */
export const shuffleNames: OptionNames<ShuffleOptions> = { reshuffleEachIteration: true };

/**
 * Fills a buffer with `bufferSize` items, then gives out a random one and puts the next item in its place, like
 * tf.data's shuffle. Memory is bounded by `bufferSize`; the order is uniform only within reach of the buffer.
 */
export function shuffled<T>(above: Puller<T>, bufferSize: number, random: Random): Puller<T> {
  const buffer: T[] = [];
  /** The signals each item of the buffer came with. */
  const came: (readonly AbortSignal[])[] = [];
  const ends = new HeldEnds(above);
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
    if (!items) {
      ended = true;
      return;
    }
    const { arriving } = ends;
    for (const item of items) {
      buffer.push(item);
      came.push(arriving);
    }
  }

  function takeRandom(given: T[], its: (readonly AbortSignal[])[]): void {
    const at = Math.floor(random() * buffer.length);
    given.push(buffer[at] as T);
    its.push(came[at]!);
    const [last, lastCame] = [buffer.pop() as T, came.pop()!];
    if (at === buffer.length) return;
    buffer[at] = last;
    came[at] = lastCame;
  }

  return stepOn(above, {
    pull(max) {
      const given: T[] = [];
      const its: (readonly AbortSignal[])[] = [];
      const step = (): MaybePromise<readonly T[] | undefined> => {
        while (given.length < max) {
          if (!ended && buffer.length < bufferSize) {
            // Hand over what is ready rather than wait, unless nothing is.
            const filled = fill(() => true);
            if (filled instanceof Promise) return chain(filled, step);
          }
          if (buffer.length === 0) break;
          takeRandom(given, its);
        }
        ends.give(its);
        return given.length > 0 ? given : undefined;
      };
      return step();
    },
    ends,
    close: () => {
      ended = true;
      buffer.length = came.length = 0;
      return above.close();
    },
  });
}

/** Keeps up to `count` items ready, pulling them in the background from the first pull on. */
export function prefetched<T>(above: Puller<T>, count: number): Puller<T> {
  const ready: T[] = [];
  /** The signals each of them came with. */
  const came: (readonly AbortSignal[])[] = [];
  const ends = new HeldEnds(above);
  let ended = false;
  let failed: { error: unknown } | undefined;
  let filling: Promise<void> | undefined;
  let wakeWaiting = () => {};

  async function fill(): Promise<void> {
    try {
      while (!ended && ready.length < count) {
        const items = await above.pull(1);
        for (const item of items ?? []) {
          ready.push(item);
          came.push(ends.arriving);
        }
        ended ||= items === undefined;
        wakeWaiting();
      }
    } catch (error) {
      failed = { error };
      ended = true;
      wakeWaiting();
    }
    filling = undefined;
  }

  async function wait(max: number): Promise<readonly T[] | undefined> {
    while (ready.length === 0 && !ended) {
      const woken = new Promise<void>((resolve) => (wakeWaiting = resolve));
      filling ??= fill();
      await woken;
    }
    return give(max);
  }

  function give(max: number): readonly T[] | undefined {
    if (ready.length > 0) {
      const items = ready.splice(0, max);
      ends.give(came.splice(0, max));
      if (!ended) filling ??= fill();
      return items;
    }
    if (failed) throw failed.error;
    return undefined;
  }

  return stepOn(above, {
    pull: (max) => (ready.length > 0 || ended ? give(max) : wait(max)),
    ends,
    close: async () => {
      ended = true;
      await above.close();
      await filling;
      for (const item of ready.splice(0)) disposeLeftOut(item, undefined);
      wakeWaiting();
    },
  });
}
