/** The options of batch training, checked once, and what it tells. */
import type { OnBadRecord } from '../../kafka/codec/policy.ts';
import { refuseUnknownOptions, type OptionNames } from '../../options.ts';
import type { OnlineModel } from '../../model/index.ts';
import { TrainingOptionError } from '../online/errors.ts';
import type { StreamMetric } from '../online/evaluation.ts';
import { checkSeed } from '../online/options.ts';
import type { OnlineTransformer } from '../scaling/index.ts';
import { checkRowData, type RowData } from './blocks.ts';
import type { EarlyStoppingOptions } from './early-stopping.ts';
import type { RowLoss } from './row-loss.ts';

/** One epoch, as it is told and as it stands in the history. */
export interface EpochReport {
  /** From 1. */
  readonly epoch: number;
  readonly rows: number;
  /** Mean loss a row over the training passes, before each update (dropout on, penalties included). */
  readonly loss: number;
  /** The metrics over the same passes. */
  readonly metrics: Readonly<Record<string, number>>;
  /** Mean loss a row of the validation rows after the epoch; none without them. */
  readonly validationLoss: number | undefined;
  readonly validationMetrics: Readonly<Record<string, number>> | undefined;
  /** Of the epoch's training, validation left out. */
  readonly rowsPerSecond: number;
}

/** What {@link trainOnBatches} found, one number an epoch; goes to `trainingHistoryFigure` as it is. */
export interface BatchHistory {
  readonly loss: readonly number[];
  readonly validationLoss?: readonly number[];
  /** The metric of that name, if it was among the metrics. */
  readonly accuracy?: readonly number[];
  readonly epochs: readonly EpochReport[];
  /** The epoch (from 1) with the least validation loss, or training loss where there is no validation. */
  readonly bestEpoch: number;
  readonly ended: 'epochs' | 'earlyStopping' | 'stopped';
}

/** Options of {@link trainOnBatches}, together with `data` and, for records, `decode`. */
export interface TrainOnBatchesOptions {
  /** What learns. It stays yours. */
  model: OnlineModel;
  /** How often the data are gone over (default 1). */
  epochs?: number;
  /** Rows in a mini-batch (default 64). */
  batchSize?: number;
  /** Rows are mixed within blocks of so many (default 4096, rounded up to whole mini-batches); 0: not at all. */
  shuffle?: number;
  /** What the orders are drawn from, together with the model's step (default 0). */
  seed?: number;
  /** Learns all rows in a pass of its own before the first epoch; then it only transforms. */
  scaler?: OnlineTransformer;
  /** Rows to judge the model by after each epoch; never learnt. */
  validation?: RowData;
  /** The validation loss of a row (default: {@link logLoss}; {@link squaredError} where the model's task is a regression). */
  rowLoss?: RowLoss;
  /** Told every row; their state is that of the last epoch at the end. */
  evaluate?: readonly StreamMetric[];
  /** Stop when the validation loss (the training loss without validation) gets no better. */
  earlyStopping?: EarlyStoppingOptions;
  /** What to do with records that cannot be decoded (default `'throw'`). */
  onBad?: OnBadRecord;
  /** Called after each epoch. */
  onEpoch?: (report: EpochReport) => void | Promise<void>;
  /** When aborted: ends after the block at hand, without an error; that epoch is not in the history. */
  signal?: AbortSignal;
}

const known: OptionNames<TrainOnBatchesOptions & RowData> = {
  ...{ model: true, data: true, decode: true, epochs: true, batchSize: true, shuffle: true, seed: true },
  ...{ scaler: true, validation: true, rowLoss: true, evaluate: true, earlyStopping: true, onBad: true },
  ...{ onEpoch: true, signal: true },
};
const knownData: OptionNames<RowData> = { data: true, decode: true };

/** Refuses options that cannot be, or that are not known. */
export function checkOptions(options: TrainOnBatchesOptions & RowData): void {
  refuseUnknownOptions('trainOnBatches', options, known);
  if (options.validation)
    refuseUnknownOptions('the option validation of trainOnBatches', options.validation, knownData);
  checkValues(options);
}

function checkValues({
  epochs = 1,
  batchSize = 64,
  shuffle = 4096,
  seed = 0,
  ...rest
}: TrainOnBatchesOptions & RowData): void {
  for (const [name, value, least] of [
    ['epochs', epochs, 1],
    ['batchSize', batchSize, 1],
    ['shuffle', shuffle, 0],
  ] as const) {
    if (!Number.isSafeInteger(value) || value < least)
      throw new TrainingOptionError(name, value, `a whole number >= ${least}`);
  }
  checkSeed(seed);
  checkRowData('data', rest);
  if (rest.validation) checkRowData('validation.data', rest.validation);
  const { features } = rest.model;
  if (rest.scaler && rest.scaler.features !== features)
    throw new TrainingOptionError('scaler', `one of ${rest.scaler.features} features`, `one of ${features}`);
}
