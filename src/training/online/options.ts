/** The options of online training, checked once. */
import type { OnBadRecord } from '../../kafka/codec/policy.ts';
import {
  invalidOption,
  checkInteger,
  checkSeed,
  checkOneOf,
  refuseUnknownOptions,
  type OptionNames,
} from '../../options.ts';

import type { OnlineModel, Stateful } from '../../model/index.ts';
import type { CheckpointStore } from '../checkpoint/store.ts';
import type { OnlineTransformer } from '../../scaling/index.ts';
import type { RowDecoder } from '../rows/labelled-rows.ts';
import type { CheckpointEvery } from './checkpoint-writer.ts';
import type { RowError, StreamDetector, StreamMetric } from '../rows/evaluation.ts';
import type { OnlineProgress, RunSettings } from './progress.ts';
import { checkSource, type MiniRecords, type TrainingSource } from './source.ts';

/** What a detector's report is handed to. */
export interface DriftEvent {
  readonly model: OnlineModel;
  readonly detector: StreamDetector;
  /** Rows of this mini dataset at which the detector reported. */
  readonly reports: number;
  /** Rows learnt so far over all runs, without this mini dataset. */
  readonly totalRows: number;
}

/** Options of {@link trainOnline}. */
export interface TrainOnlineOptions {
  /** Where the mini datasets come from: options of `fromKafkaBatches`, or a source of your own. */
  source: TrainingSource;
  /** What learns. It stays yours: `dispose()` it when you are done. */
  model: OnlineModel;
  /** Turns a record into a row. */
  decode: RowDecoder;
  /** Rows in a mini-batch (default 32). */
  batchSize?: number;
  /** How often each mini dataset is gone over (default 1). */
  epochsPerBatch?: number;
  /** A new order of the mini dataset's rows at each epoch (default true). */
  shuffle?: boolean;
  /**
   * What the orders are drawn from, together with the model's step: 0 to 2^32 - 1 (default 0). Like `batchSize`,
   * `epochsPerBatch`, `shuffle` and the source's `maxRecords` and `order`, it may be another one when training goes on from
   * a checkpoint: it is then applied, and remarked.
   */
  seed?: number;
  /**
   * Brings features into shape, one after the other; each learns from a mini dataset before it transforms it. They work on
   * what was decoded in float64; what the last one gives is float32.
   */
  scaler?: OnlineTransformer | readonly OnlineTransformer[];
  /** Where the state is kept, and where training goes on from. Without it every run starts from the model as it is, at the group's commits. */
  checkpoint?: CheckpointStore;
  /**
   * A checkpoint after so many mini datasets (default 1), or `{ milliseconds }` after the last one was begun, also while no row
   * comes; and one at the end. What was learnt after the last one is learnt again after a kill: still exactly once.
   */
  checkpointEvery?: CheckpointEvery;
  /** Judge every mini dataset before it is learnt (prequentially). */
  evaluate?: readonly StreamMetric[];
  /** Watches the error of each row, judged before it is learnt. */
  drift?: StreamDetector;
  /** What the detector is given (default: 1 for a wrong class, else 0; of a regression the absolute error). */
  rowError?: RowError;
  /** Called when the detector reports, before the mini dataset is learnt: raise the learning rate, say. Awaited. */
  onDrift?: (event: DriftEvent) => unknown;
  /** More of your own whose state shall live in the checkpoint, by name. */
  extras?: Readonly<Record<string, Stateful>>;
  /** Called with each mini dataset once it is learnt and before the checkpoint. Change the extras here. Awaited. */
  onLearnt?: (mini: MiniRecords) => unknown;
  /** What to do with records that cannot be decoded (default `'throw'`). */
  onBad?: OnBadRecord;
  /**
   * Called after each mini dataset. Awaited. Its checkpoint is safe then, unless the source says that as many records wait
   * already: then it is being written while the next mini dataset is learnt.
   */
  onProgress?: (progress: OnlineProgress) => unknown;
  /**
   * Called with a remark worth a person's attention: a refused checkpoint, a setting that is another than the
   * checkpoint's, rows that were deleted before they were read, rows that its group had read before the first checkpoint, a commit that
   * failed. Default: the log. What it
   * throws, or its promise rejects with, ends the training at the end of the mini dataset at hand.
   */
  onRemark?: (text: string) => unknown;
  /** Stop at the first border of a mini dataset at which this run has learnt so many rows. */
  maxRows?: number;
  /**
   * When aborted: the mini dataset at hand is finished, the checkpoint written, everything closed; no error. Default: that of the
   * notebook's cell that calls: an interrupt of that cell, while it runs, ends the training so.
   */
  signal?: AbortSignal;
  /**
   * Do the same at SIGINT and SIGTERM (default false). The process is not ended by it: the training comes to its end, and
   * what you do after it is yours. From 800 ms after the first signal on, a second one has its usual effect: the process
   * ends at once, and the mini dataset at hand is learnt again by the next run.
   */
  stopOnSignals?: boolean;
  /**
   * What to do when a topic was deleted and made again since the checkpoint, so that its offsets mean other rows (seen by
   * Kafka's topic id): `'error'` (default; TopicRecreatedError) or `'restart'`: keep what was learnt, and begin at the
   * start of the new topic, with a remark. Checkpoints of earlier versions have no ids: there it cannot be seen.
   */
  onTopicRecreated?: 'error' | 'restart';
}

const known: OptionNames<TrainOnlineOptions> = {
  ...{
    source: true,
    model: true,
    decode: true,
    batchSize: true,
    epochsPerBatch: true,
    shuffle: true,
    seed: true,
  },
  ...{ scaler: true, checkpoint: true, checkpointEvery: true, evaluate: true, drift: true, rowError: true },
  ...{
    onDrift: true,
    extras: true,
    onLearnt: true,
    onBad: true,
    onProgress: true,
    onRemark: true,
    maxRows: true,
  },
  ...{ signal: true, stopOnSignals: true, onTopicRecreated: true },
};

/** Refuses options that cannot be, or that are not known. */
export function checkOnlineOptions(options: TrainOnlineOptions): void {
  refuseUnknownOptions('trainOnline', options, known);
  checkSource(options.source);
  checkOneOf('onTopicRecreated', options.onTopicRecreated ?? 'error', ['error', 'restart']);
  const { batchSize = 32, epochsPerBatch = 1, checkpointEvery = 1, maxRows = 1, seed = 0 } = options;
  for (const [name, value] of Object.entries({ batchSize, epochsPerBatch, maxRows }))
    checkInteger(name, value, { least: 1 });
  if (typeof checkpointEvery === 'object') {
    refuseUnknownOptions('checkpointEvery', checkpointEvery, { milliseconds: true });
    checkInteger('checkpointEvery.milliseconds', checkpointEvery.milliseconds, { least: 1 });
  } else checkInteger('checkpointEvery', checkpointEvery, { least: 1 });
  checkSeed('seed', seed);
  for (const name of ['shuffle', 'stopOnSignals'] as const)
    checkOneOf(name, options[name] ?? false, [true, false]);
  for (const scaler of scalersOf(options)) {
    const { features } = options.model;
    if (scaler.features !== features)
      throw invalidOption('scaler', scaler, `one of ${features} features, as the model has`);
  }
}

/** The scalers in the order they are applied. */
export function scalersOf({ scaler = [] }: Pick<TrainOnlineOptions, 'scaler'>): readonly OnlineTransformer[] {
  return 'kind' in scaler ? [scaler] : scaler;
}

/** What of a training's options changes its course, and may be another in the next life. */
export function runSettingsOf(options: TrainOnlineOptions): RunSettings {
  const { batchSize = 32, epochsPerBatch = 1, shuffle = true, seed = 0, source, model } = options;
  const mini: RunSettings =
    'open' in source ? {} : { maxRecords: source.maxRecords ?? 1024, order: source.order ?? 'arrival' };
  // A model that says itself what of its settings differs is not asked for its learning rate.
  const rate: RunSettings = model.restoreRemarks === undefined ? { learningRate: model.learningRate } : {};
  return { batchSize, epochsPerBatch, shuffle, seed, ...mini, ...rate };
}
