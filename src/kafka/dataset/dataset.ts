/** A dataset: an immutable chain of lazy steps over items, in the manner of tf.data. */
import { checkInteger, refuseUnknownOptions } from '../../options.ts';
import { mixSeeds, mulberry32 } from '../../random.ts';
import type { Codec, DecodedRow } from '../codec/codec.ts';
import { leaderEpochsOf, topicIdsOf, type LeaderEpochs, type TopicIds } from '../protocol/position.ts';
import { OwnItems, type Puller } from '../read/pull.ts';
import { NOTHING_READ, type ReadStats } from '../read/stats.ts';
import type { KafkaRecord, Position } from '../record.ts';
import { batchNames, batched, decodeBatchNames, decodedBatches } from './batch.ts';
import type { BatchOptions, Batched, DecodeBatchOptions } from './batch.ts';
import { DatasetIterator, useEach, type Running } from './iterator.ts';
import { chunked, filtered, sequenced, limited, mapAsyncNames, mapped, mappedAsync } from './steps.ts';
import { skipped, type MapAsyncOptions } from './steps.ts';
import { prefetched, shuffled, shuffleNames, type ShuffleOptions } from './buffering-steps.ts';

/** Where a dataset's items come from: the root of the chain. */
export interface DatasetSource<T> {
  /** Starts a new pass; called at the first `next()` of each iteration. */
  open(): Puller<T>;
  /** How many items one pass has: `NaN` when it cannot be known beforehand, `Infinity` when it never ends. */
  readonly size: number;
  /** Whether every pass gives the same items in the same order; see `Dataset.samePasses`. */
  readonly samePasses?: boolean;
  /** The next offset to read for each partition; see `Dataset.position`. */
  position?(): Position;
  /** What reading has cost so far; see `Dataset.stats`. */
  stats?(): ReadStats;
  /** Ends the passes that are still open, those of datasets derived from this one included. */
  close?(): Promise<void>;
}

/**
 * A lazy dataset. Every method returns a new dataset and leaves this one as it is; nothing is read until somebody
 * iterates, and every iteration is a new pass. `model.fitDataset` of TensorFlow.js takes one as it is.
 *
 * **Tensors**: they exist only from `batch` on (or where `map` makes them). Who iterates disposes what he is given;
 * `fitDataset` does so by itself. `map` and `filter` dispose the tensors they do not pass on.
 *
 * **Passes**: a dataset over a Kafka partition gives the same rows on each pass; a consumer group's stream can be
 * taken once only.
 *
 * **Closing**: a pass closes itself at its end, on an error, and on `break`. {@link close} ends those still open.
 *
 * @example
 * ```ts run
 * const batches = datasetOf([1, 2, 3]).map((x) => ({ xs: [x, x * x], ys: x % 2 })).batch(2);
 * for await (const { xs, ys } of batches) {
 *   console.log(xs.shape, ys.shape);
 *   xs.dispose();
 *   ys.dispose();
 * }
 * // [ 2, 2 ] [ 2, 1 ]
 * // [ 1, 2 ] [ 1, 1 ]
 * ```
 */
export class Dataset<T> implements AsyncIterable<T> {
  /**
   * How many items one pass has: `NaN` when that cannot be known before reading (a filter, a Kafka partition, whose
   * compacted and deleted offsets hold no rows), `Infinity` when it never ends.
   */
  readonly size: number;
  /**
   * Whether every pass that comes to its end is known to give the same items in the same order, so that what was read once may be
   * kept: of `fromKafka` over a bounded range without `streamTimeout`, and of its `take`, `skip` and `chunks`. What `map` and
   * `filter` call may do something else each time.
   */
  readonly samePasses: boolean;
  readonly #source: DatasetSource<T>;
  readonly #running: Running = new Set();
  /** Those of the datasets that this one is read for, too. */
  #alsoRunning: readonly Running[] = [];

  constructor(source: DatasetSource<T>) {
    this.#source = source;
    this.size = source.size;
    this.samePasses = source.samePasses ?? false;
  }

  /** Mixes the items within a buffer of `bufferSize`; without a seed, every run differs. Bounded memory. */
  shuffle(bufferSize: number, seed?: number, options: ShuffleOptions = {}): Dataset<T> {
    refuseUnknownOptions('shuffle', options, shuffleNames);
    const { reshuffleEachIteration = true } = options;
    checkInteger('bufferSize', bufferSize, { least: 1 });
    if (seed !== undefined) checkInteger('seed', seed);
    const firstSeed = seed ?? Math.floor(Math.random() * 0x1_0000_0000);
    let pass = 0;
    return this.#then(this.size, (above) => {
      const passSeed = reshuffleEachIteration ? mixSeeds(firstSeed, pass++) : firstSeed;
      return shuffled(above, bufferSize, mulberry32(passSeed));
    });
  }

  /** Replaces every item by `transform(item)`. Tensors of the item that the result does not carry are disposed. */
  map<U>(transform: (item: T) => U): Dataset<U> {
    return this.#then(this.size, (above) => mapped(above, transform));
  }

  /** Like {@link map} for a `transform` that returns a promise; the order is kept. */
  mapAsync<U>(transform: (item: T) => Promise<U>, options: MapAsyncOptions = {}): Dataset<U> {
    refuseUnknownOptions('mapAsync', options, mapAsyncNames);
    const { parallel = 16 } = options;
    checkInteger('parallel', parallel, { least: 1 });
    return this.#then(this.size, (above) => mappedAsync(above, transform, parallel));
  }

  /** Keeps the items for which `keep` is true. */
  filter(keep: (item: T) => boolean): Dataset<T> {
    return this.#then(NaN, (above) => filtered(above, keep));
  }

  /**
   * Makes one item of tensors out of `size` items; see {@link Batched}. `{xs: Float32Array, ys: number}` becomes
   * `{xs: Tensor2D [n, features], ys: Tensor2D [n, 1]}`, float32. The last one is short if the items run out.
   *
   * @throws BatchShapeError (`ST_KAFKA_BATCH_SHAPE`) while iterating, when items differ in shape
   */
  batch(size: number, options: BatchOptions = {}): Dataset<Batched<T>> {
    refuseUnknownOptions('batch', options, batchNames);
    const { dropRemainder = false } = options;
    checkInteger('size', size, { least: 1 });
    const batches = dropRemainder ? Math.floor(this.size / size) : Math.ceil(this.size / size);
    return this.#then(batches, (above) => batched(above, size, dropRemainder));
  }

  /**
   * The fast way from records to mini-batches: `codec` decodes each record straight into the mini-batch's one typed
   * array, without an object for each row. Gives `{xs: Tensor2D [n, features], ys: Tensor2D [n, 1]}`, float32. Bad
   * records go where `onBad` says (default `'throw'`); a mini-batch comes only after those before its end are safe.
   *
   * @example
   * ```ts
   * const batches = fromKafka('cancer-train').shuffle(64, 1).decodeBatch(csvCodec({ columns: 9 }), 64);
   * ```
   */
  decodeBatch(
    this: Dataset<KafkaRecord>,
    codec: Codec,
    size: number,
    options: DecodeBatchOptions = {},
  ): Dataset<Batched<DecodedRow>> {
    refuseUnknownOptions('decodeBatch', options, decodeBatchNames);
    const { dropRemainder = false, onBad } = options;
    checkInteger('size', size, { least: 1 });
    return this.#then(NaN, (above) => decodedBatches(above, codec, { size, dropRemainder, onBad }));
  }

  /** The items in arrays, as many as are at hand, at most `most` in each: millions of records without a promise for each. */
  chunks(most: number): Dataset<readonly T[]> {
    checkInteger('most', most, { least: 1 });
    const size = this.size === 0 ? 0 : NaN;
    const chunks = this.#then(size, (above) => chunked(above, most), this.samePasses);
    chunks.#alsoRunning = [this.#running, ...this.#alsoRunning];
    return chunks;
  }

  /** The first `count` items; all of them if `count` is negative. What is above is closed once they are there. */
  take(count: number): Dataset<T> {
    if (count < 0) return this;
    checkInteger('count', count);
    const size = count === 0 ? 0 : Math.min(this.size, count);
    return this.#then(size, (above) => limited(above, count), this.samePasses);
  }

  /** All but the first `count` items; none if `count` is negative. */
  skip(count: number): Dataset<T> {
    checkInteger('count', count, { least: -1 });
    const left = count < 0 ? 0 : Math.max(0, this.size - count);
    return this.#then(left, (above) => skipped(above, count < 0 ? Infinity : count), this.samePasses);
  }

  /** The whole dataset `count` times over, endlessly if left out; each time is a new pass. */
  repeat(count = -1): Dataset<T> {
    const times = count < 0 ? Infinity : count;
    const open = (index: number) => (index < times ? this.#source.open() : undefined);
    const size = this.size === 0 || times === 0 ? 0 : this.size * times;
    return this.#derive(size, () => sequenced(open, { endAtEmptyPass: true }));
  }

  /** This dataset's items, then the other's. */
  concatenate(other: Dataset<T>): Dataset<T> {
    const passes = [() => this.#source.open(), () => other.#source.open()];
    return this.#derive(this.size + other.size, () => sequenced((index) => passes[index]?.()));
  }

  /** Prepares up to `count` items ahead while the consumer is busy. The position then runs ahead by as many. */
  prefetch(count: number): Dataset<T> {
    checkInteger('count', count, { least: 1 });
    return this.#then(this.size, (above) => prefetched(above, count));
  }

  /** A new pass, for `model.fitDataset` and other callers of tf.data's protocol; nothing is opened before `next()`. */
  async iterator(): Promise<DatasetIterator<T>> {
    return this[Symbol.asyncIterator]();
  }

  [Symbol.asyncIterator](): DatasetIterator<T> {
    return new DatasetIterator<T>(() => this.#source.open(), [this.#running, ...this.#alsoRunning]);
  }

  /** Calls `use` with every item, waiting for each call's promise. */
  async forEachAsync(use: (item: T) => unknown): Promise<void> {
    await useEach(this, use);
  }

  /** All items of one pass, in memory. The caller disposes tensors in them. */
  async toArray(): Promise<T[]> {
    const all: T[] = [];
    await useEach(this.chunks(CHUNK), (part) => part.forEach((item) => all.push(item)));
    return all;
  }

  /**
   * All items of one pass turned into columns, ready for a dataframe: `new DataFrame(await ds.toColumns())`. The items
   * must be plain objects with the same members.
   *
   * @example
   * ```ts run
   * await datasetOf([{ a: 1, b: 2 }, { a: 3, b: 4 }]).toColumns(); // { a: [1, 3], b: [2, 4] }
   * ```
   */
  async toColumns(): Promise<{ [K in keyof T]: T[K][] }> {
    const items = await this.toArray();
    const columns = Object.keys(items[0] ?? {}).map(
      (key) => [key, items.map((item) => (item as Record<string, unknown>)[key])] as const,
    );
    return Object.fromEntries(columns) as { [K in keyof T]: T[K][] };
  }

  /** How many items one pass gives, counted by reading it. Tensors in the items are the caller's to avoid. */
  async count(): Promise<number> {
    let counted = 0;
    await useEach(this.chunks(CHUNK), (part) => (counted += part.length));
    return counted;
  }

  /**
   * The next offset to read of every partition, as plain JSON: everything before it was taken in by this chain in
   * its latest pass. Exact for `map`, `filter`, `batch`, `take`; `shuffle` and `prefetch` hold items back, so there
   * it runs ahead by up to their buffer until the end of the pass. `{}` for items that are not from Kafka.
   */
  position(): Position {
    return this.#source.position?.() ?? {};
  }

  /** The ids of the topics in {@link position}, to be kept beside it: they show whether a topic was created again. */
  topicIds(): TopicIds {
    return topicIdsOf(this.position());
  }

  /** The epochs of the leaders behind {@link position}, to be kept as well: they show whether a log was cut back. */
  leaderEpochs(): LeaderEpochs {
    return leaderEpochsOf(this.position());
  }

  /** What reading from Kafka has cost so far, over all passes: rows, bytes, and the share of time spent waiting. */
  stats(): ReadStats {
    return this.#source.stats?.() ?? NOTHING_READ;
  }

  /**
   * Ends every pass of this dataset that is still open, also in `chunks` of it; on one that no other was derived to make (of
   * `fromKafka`, `fromKafkaGroup`, `datasetOf`, or a mini dataset), also those of the datasets derived from it. It can be iterated
   * again afterwards, unless it is a group's stream.
   */
  async close(): Promise<void> {
    await Promise.all([...this.#running].map((iterator) => iterator.return()));
    await this.#source.close?.();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #then<U>(size: number, step: (above: Puller<T>) => Puller<U>, samePasses = false): Dataset<U> {
    return this.#derive(size, () => step(this.#source.open()), samePasses);
  }

  #derive<U>(size: number, open: () => Puller<U>, samePasses = false): Dataset<U> {
    const [position, stats] = [() => this.position(), () => this.stats()];
    return new Dataset<U>({ open, size, samePasses, position, stats });
  }
}

/** How many items are asked for at once where all are wanted. */
const CHUNK = 4096;

/**
 * A dataset over an array, an iterable or an async iterable. An array or iterable gives the same items on every
 * pass; an async generator can be taken once.
 *
 * @example
 * ```ts run
 * await datasetOf([3, 1, 2]).map((x) => x * 10).toArray(); // [30, 10, 20]
 * ```
 */
export function datasetOf<T>(items: readonly T[] | Iterable<T> | AsyncIterable<T>): Dataset<T> {
  const own = new OwnItems(items);
  const size = Array.isArray(items) ? items.length : NaN;
  return new Dataset<T>({ open: () => own.open(), size, close: () => own.close() });
}
