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

/** A list of signals that items came with. */
type Signals = readonly AbortSignal[];

/** The signals that held items came with. While all came with one list, which is usual, nothing is kept for each. */
class HeldSignals {
  #count = 0;
  /** The list of all; of no meaning where there is one for each. */
  #shared: Signals = [];
  #each: Signals[] | undefined;

  /** So many more items are held, the last ones. */
  add(signals: Signals, count: number): void {
    if (this.#count === 0) {
      this.#shared = signals;
      this.#each = undefined;
    } else if (signals !== this.#shared) this.#each ??= new Array<Signals>(this.#count).fill(this.#shared);
    this.#count += count;
    if (this.#each) for (let i = 0; i < count; i++) this.#each.push(signals);
  }

  /** Gives the item at a place away, and puts the last one there. */
  takeAt(at: number): Signals {
    this.#count--;
    if (!this.#each) return this.#shared;
    const taken = this.#each[at]!;
    const last = this.#each.pop()!;
    if (at < this.#count) this.#each[at] = last;
    return taken;
  }

  /** Gives the first ones away; each of their lists at least once. */
  takeFirst(count: number): readonly Signals[] {
    this.#count -= count;
    return this.#each ? this.#each.splice(0, count) : [this.#shared];
  }

  /** Nothing is held any more. */
  clear(): void {
    this.#count = 0;
  }
}

/**
 * Fills a buffer with `bufferSize` items, then gives out a random one and puts the next item in its place, like
 * tf.data's shuffle. Memory is bounded by `bufferSize`; the order is uniform only within reach of the buffer.
 */
export function shuffled<T>(above: Puller<T>, bufferSize: number, random: Random): Puller<T> {
  const buffer: T[] = [];
  const came = new HeldSignals();
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
    for (const item of items) buffer.push(item);
    came.add(ends.arriving, items.length);
  }

  function takeRandom(given: T[], its: Signals[]): void {
    const at = Math.floor(random() * buffer.length);
    given.push(buffer[at] as T);
    const signals = came.takeAt(at);
    if (its.at(-1) !== signals) its.push(signals);
    const last = buffer.pop() as T;
    if (at < buffer.length) buffer[at] = last;
  }

  return stepOn(above, {
    pull(max) {
      const given: T[] = [];
      const its: Signals[] = [];
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
      buffer.length = 0;
      came.clear();
      return above.close();
    },
  });
}

/** Keeps up to `count` items ready, pulling them in the background from the first pull on. */
export function prefetched<T>(above: Puller<T>, count: number): Puller<T> {
  const ready: T[] = [];
  const came = new HeldSignals();
  const ends = new HeldEnds(above);
  let ended = false;
  let failed: { error: unknown } | undefined;
  let filling: Promise<void> | undefined;
  let wakeWaiting = () => {};

  async function fill(): Promise<void> {
    try {
      while (!ended && ready.length < count) {
        const items = await above.pull(1);
        if (items) {
          for (const item of items) ready.push(item);
          came.add(ends.arriving, items.length);
        } else ended = true;
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
      ends.give(came.takeFirst(items.length));
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
