/** The options of a data set's steps, and what stands at its root. */
import type { OptionNames } from '../../options.ts';
import type { OnBadRecord } from '../codec/policy.ts';
import type { Position } from '../record.ts';
import type { Puller } from './pull.ts';
import type { ReadStats } from './stats.ts';

/** Where a data set's items come from: the root of the chain. */
export interface DatasetSource<T> {
  /** Starts a new pass; called at the first `next()` of each iteration. */
  open(): Puller<T>;
  /** How many items one pass has: `NaN` when it cannot be known beforehand, `Infinity` when it never ends. */
  readonly size: number;
  /** The next offset to read for each partition; see `Dataset.position`. */
  position?(): Position;
  /** What reading has cost so far; see `Dataset.stats`. */
  stats?(): ReadStats;
  /** Ends the passes that are still open, those of data sets derived from this one included. */
  close?(): Promise<void>;
}

/** Options of `Dataset.shuffle`. */
export interface ShuffleOptions {
  /** A new order on every pass, derived from the seed and the pass's number (default true). */
  reshuffleEachIteration?: boolean;
}

/** Options of `Dataset.batch`. */
export interface BatchOptions {
  /** Leave out the last mini-batch if it is short (default false). */
  dropRemainder?: boolean;
}

/** Options of `Dataset.decodeBatch`. */
export interface DecodeBatchOptions extends BatchOptions {
  /** What to do with bad records. Default `'throw'`. */
  onBad?: OnBadRecord;
}

/** Options of `Dataset.mapAsync`. */
export interface MapAsyncOptions {
  /** How many calls may run at once (default 16); results keep their order. */
  parallel?: number;
}

/** Every option of {@link ShuffleOptions}. */
export const shuffleNames: OptionNames<ShuffleOptions> = { reshuffleEachIteration: true };
/** Every option of {@link BatchOptions}. */
export const batchNames: OptionNames<BatchOptions> = { dropRemainder: true };
/** Every option of {@link DecodeBatchOptions}. */
export const decodeBatchNames: OptionNames<DecodeBatchOptions> = { ...batchNames, onBad: true };
/** Every option of {@link MapAsyncOptions}. */
export const mapAsyncNames: OptionNames<MapAsyncOptions> = { parallel: true };
