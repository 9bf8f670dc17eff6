/** The lazy steps that need no tensors: map, filter, take, skip, repeat, concatenate. */
import { chain, type MaybePromise, type Puller } from './pull.ts';
import { disposeLeftOut, holdsTensor } from './tensors.ts';

/** Applies `transform` to every item. Tensors of an item that are not in its result are disposed. */
export function mapped<T, U>(above: Puller<T>, transform: (item: T) => U): Puller<U> {
  let withTensors: boolean | undefined;
  const apply = (items: readonly T[] | undefined): readonly U[] | undefined => {
    if (!items) return undefined;
    withTensors ??= holdsTensor(items[0]);
    const results = new Array<U>(items.length);
    for (let i = 0; i < items.length; i++) {
      const item = items[i] as T;
      results[i] = transform(item);
      if (withTensors) disposeLeftOut(item, results[i]);
    }
    return results;
  };
  return { pull: (max) => chain(above.pull(max), apply), close: () => above.close() };
}

/** Like {@link mapped} for a `transform` that returns a promise; items stay in order, `parallel` at once. */
export function mappedAsync<T, U>(
  above: Puller<T>,
  transform: (item: T) => Promise<U>,
  parallel: number,
): Puller<U> {
  return {
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
    close: () => above.close(),
  };
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
  return { pull, close: () => above.close() };
}

/** The first `count` items; the pass above is closed as soon as they are there. */
export function limited<T>(above: Puller<T>, count: number): Puller<T> {
  let left = count;
  const account = (items: readonly T[] | undefined): MaybePromise<readonly T[] | undefined> => {
    left -= items ? items.length : left;
    return left > 0 ? items : above.close().then(() => items);
  };
  return {
    pull: (max) => (left <= 0 ? undefined : chain(above.pull(Math.min(max, left)), account)),
    close: () => above.close(),
  };
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
  return { pull, close: () => above.close() };
}

/** What {@link inTurn} does when one of its passes had no item at all. */
export interface InTurnOptions {
  /** End there, so that repeating an empty data set forever does not spin. Default: go on to the next pass. */
  endAtEmptyPass?: boolean;
}

/** One pass after the other, each opened only when the one before it has ended; `undefined` ends it all. */
export function inTurn<T>(
  open: (index: number) => Puller<T> | undefined,
  { endAtEmptyPass = false }: InTurnOptions = {},
): Puller<T> {
  let index = 0;
  let gaveItems = false;
  let current = open(index);
  const pull = (max: number): MaybePromise<readonly T[] | undefined> => {
    const pass = current;
    if (!pass) return undefined;
    return chain(pass.pull(max), (items) => {
      if (items) {
        gaveItems = true;
        return items;
      }
      return pass.close().then(() => {
        if (current !== pass) return undefined;
        current = endAtEmptyPass && !gaveItems ? undefined : open(++index);
        gaveItems = false;
        return pull(max);
      });
    });
  };
  return {
    pull,
    close: async () => {
      const last = current;
      current = undefined;
      await last?.close();
    },
  };
}
