/** The lazy steps of a dataset that hand on items as they come: map, filter, take, skip, repeat, concatenate, chunks. */
import type { OptionNames } from '../../options.ts';
import { chain, OwnEnds, stepOn, StepWait, type MaybePromise, type Puller } from '../read/pull.ts';
import { SchemaPendingError } from '../registry/errors.ts';
import { disposeLeftOut, holdsTensor } from './tensors.ts';

/** Options of `Dataset.mapAsync`. */
export interface MapAsyncOptions {
  /** How many calls may run at once (default 16); results keep their order. */
  parallel?: number;
}

/** Every option of {@link MapAsyncOptions}. */
export const mapAsyncNames: OptionNames<MapAsyncOptions> = { parallel: true };

/** Applies `transform` to every item. Tensors of an item that are not in its result are disposed. */
export function mapped<T, U>(above: Puller<T>, transform: (item: T) => U): Puller<U> {
  let withTensors: boolean | undefined;
  const wait = new StepWait(above);
  const apply = (items: readonly T[] | undefined): MaybePromise<readonly U[] | undefined> =>
    items && from(items, 0, new Array<U>(items.length));
  const from = (items: readonly T[], first: number, results: U[]): MaybePromise<readonly U[] | undefined> => {
    withTensors ??= holdsTensor(items[0]);
    for (let i = first; i < items.length; i++) {
      const item = items[i] as T;
      try {
        results[i] = transform(item);
      } catch (error) {
        // A codec that must fetch a schema first: the same item again when it is there.
        if (error instanceof SchemaPendingError) return wait.onceReady(error, () => from(items, i, results));
        throw error;
      }
      if (withTensors) disposeLeftOut(item, results[i]);
    }
    return results;
  };
  return stepOn(above, {
    pull: (max) => chain(above.pull(max), apply),
    close: () => {
      wait.end();
      return above.close();
    },
  });
}

/** Like {@link mapped} for a `transform` that returns a promise; items stay in order, `parallel` at once. */
export function mappedAsync<T, U>(
  above: Puller<T>,
  transform: (item: T) => Promise<U>,
  parallel: number,
): Puller<U> {
  return stepOn(above, {
    async pull(max) {
      const items = await above.pull(Math.min(max, parallel));
      if (!items) return undefined;
      return Promise.all(
        items.map(async (item) => {
          const result = await transform(item);
          if (holdsTensor(item)) disposeLeftOut(item, result);
          return result;
        }),
      );
    },
  });
}

/** Keeps the items for which `keep` says true; tensors of the others are disposed. */
export function filtered<T>(above: Puller<T>, keep: (item: T) => boolean): Puller<T> {
  const pull = (max: number): MaybePromise<readonly T[] | undefined> => {
    for (;;) {
      const got = above.pull(max);
      if (got instanceof Promise) {
        return got.then((items) => {
          const kept = sift(items);
          return kept && kept.length === 0 ? pull(max) : kept;
        });
      }
      const kept = sift(got);
      if (!kept || kept.length > 0) return kept;
    }
  };
  const sift = (items: readonly T[] | undefined): readonly T[] | undefined =>
    items?.filter((item) => {
      const kept = keep(item);
      if (!kept && holdsTensor(item)) disposeLeftOut(item, undefined);
      return kept;
    });
  return stepOn(above, { pull });
}

/** The first `count` items; the pass above is closed as soon as they are there. */
export function limited<T>(above: Puller<T>, count: number): Puller<T> {
  let left = count;
  const own = new OwnEnds();
  own.follow(above);
  const account = (items: readonly T[] | undefined): MaybePromise<readonly T[] | undefined> => {
    left -= items ? items.length : left;
    if (left > 0) return items;
    own.letGo();
    return above.close().then(() => items);
  };
  return stepOn(above, {
    pull: (max) => (left <= 0 ? undefined : chain(above.pull(Math.min(max, left)), account)),
    ends: own,
    close: () => {
      own.end();
      return above.close();
    },
  });
}

/** All but the first `count` items; tensors of those are disposed. */
export function skipped<T>(above: Puller<T>, count: number): Puller<T> {
  let left = count;
  const pull = (max: number): MaybePromise<readonly T[] | undefined> => {
    if (left <= 0) return above.pull(max);
    return chain(above.pull(left), (items) => {
      if (!items) return undefined;
      for (const item of items) if (holdsTensor(item)) disposeLeftOut(item, undefined);
      left -= items.length;
      return pull(max);
    });
  };
  return stepOn(above, { pull });
}

/** What {@link sequenced} does when one of its passes had no item at all. */
interface InTurnOptions {
  /** End there, so that repeating an empty dataset forever does not spin. Default: go on to the next pass. */
  endAtEmptyPass?: boolean;
}

/** One pass after the other, each opened only when the one before it has ended; `undefined` ends it all. */
export function sequenced<T>(
  open: (index: number) => Puller<T> | undefined,
  { endAtEmptyPass = false }: InTurnOptions = {},
): Puller<T> {
  let index = 0;
  let gaveItems = false;
  const own = new OwnEnds();
  let current = own.follow(open(index));
  const pull = (max: number): MaybePromise<readonly T[] | undefined> => {
    const pass = current;
    if (!pass) return undefined;
    return chain(pass.pull(max), (items) => {
      if (items) {
        gaveItems = true;
        return items;
      }
      own.letGo();
      return pass.close().then(() => {
        if (current !== pass || own.closed.aborted) return undefined;
        current = endAtEmptyPass && !gaveItems ? undefined : own.follow(open(++index));
        gaveItems = false;
        return pull(max);
      });
    });
  };
  return {
    pull,
    ends: own,
    close: async () => {
      own.end();
      const last = current;
      current = undefined;
      await last?.close();
    },
  };
}

/** What is at hand, at most `most` items, as one item. */
export function chunked<T>(above: Puller<T>, most: number): Puller<readonly T[]> {
  return stepOn(above, { pull: () => chain(above.pull(most), (items) => items && [items]) });
}
