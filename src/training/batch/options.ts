/** The options of batch training, checked once, and what it reports. */
import type { OnBadRecord } from '../../kafka/codec/policy.ts';
import type { InvalidOptionError } from '../../options.ts';
import {
  invalidOption,
  checkInteger,
  checkSeed,
  refuseUnknownOptions,
  type OptionNames,
} from '../../options.ts';
import type { OnlineModel } from '../../model/index.ts';
import type { StreamMetric } from '../rows/evaluation.ts';

import type { OnlineTransformer } from '../../scaling/index.ts';
import { checkRowData, type RowData } from './blocks.ts';

/** One epoch, as `onEpoch` is given it and as it stands in the history. */
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

/** When to stop before the last epoch. */
export interface EarlyStoppingOptions {
  /** Stop after so many epochs without a better loss (default 5). */
  patience?: number;
  /** Less than this is no betterment (default 0). */
  minDelta?: number;
  /** Give the model back the weights (and the optimizer's state) of its best epoch at the end (default true). */
  restoreBest?: boolean;
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
  /**
   * Where every pass gives the same rows (a dataset of `fromKafka` over a bounded range, and a codec), they are read and
   * decoded once, if they take no more than so many bytes (default 64 MiB; 0: never), those to learn and those to judge by each.
   * A row of 18 features takes 76 bytes.
   */
  keepBytes?: number;
  /** Rows to judge the model by after each epoch; never learnt. */
  validation?: RowData;
  /** The validation loss of a row (default: {@link logLoss}; {@link squaredError} where the model's task is a regression). */
  rowLoss?: RowLoss;
  /** Updated with every row; their state is that of the last epoch at the end. */
  evaluate?: readonly StreamMetric[];
  /** Stop when the validation loss (the training loss without validation) gets no better. */
  earlyStopping?: EarlyStoppingOptions;
  /** What to do with records that cannot be decoded (default `'throw'`). */
  onBad?: OnBadRecord;
  /** Called after each epoch. */
  onEpoch?: (report: EpochReport) => void | Promise<void>;
  /** Show how far it is, where it takes long: a bar in JupyterLab, a line elsewhere (default true). */
  progress?: boolean;
  /**
   * When aborted: ends after the block at hand (at once where it waits for a schema), without an error; that epoch is not in the
   * history. Default: that of the notebook's cell that calls, aborted by an interrupt.
   */
  signal?: AbortSignal;
}

const known: OptionNames<TrainOnBatchesOptions & RowData> = {
  ...{ model: true, data: true, decode: true, epochs: true, batchSize: true, shuffle: true, seed: true },
  ...{ scaler: true, validation: true, rowLoss: true, evaluate: true, earlyStopping: true, onBad: true },
  ...{ onEpoch: true, progress: true, signal: true, keepBytes: true },
};
const knownData: OptionNames<RowData> = { data: true, decode: true };

/** Refuses options that cannot be, or that are not known. */
export function checkBatchOptions(options: TrainOnBatchesOptions & RowData): void {
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
  keepBytes = 0,
  ...rest
}: TrainOnBatchesOptions & RowData): void {
  checkInteger('epochs', epochs, { least: 1 });
  checkInteger('batchSize', batchSize, { least: 1 });
  checkInteger('shuffle', shuffle);
  checkSeed('seed', seed);
  checkInteger('keepBytes', keepBytes);
  checkRowData('data', rest);
  if (rest.validation) checkRowData('validation.data', rest.validation);
  const { features } = rest.model;
  if (rest.scaler && rest.scaler.features !== features)
    throw invalidOption('scaler', rest.scaler, `one of ${features} features, as the model has`);
}

/** `predicted`: the probability of class 1 or the value; of several classes, all of theirs. */
export type RowLoss = (truth: number, predicted: number | Float32Array) => number;

/** Keras keeps probabilities so far from 0 and 1, for the loss to stay finite. */
const epsilon = 1e-7;

/**
 * -ln(probability of the true class), in nats; probabilities kept 1e-7 away from 0 and 1 as Keras does.
 *
 * @throws InvalidOptionError (`ST_OPTION_INVALID`) for what is no class or no probability: of a regression, use
 *   {@link squaredError}
 */
export const logLoss: RowLoss = (truth, predicted) => {
  const classes = typeof predicted === 'number' ? 2 : predicted.length;
  if (!Number.isInteger(truth) || truth < 0 || truth >= classes) throw notForLogLoss(`the label ${truth}`);
  const ofTruth =
    typeof predicted === 'number' ? (truth === 1 ? predicted : 1 - predicted) : predicted[truth]!;
  if (!(ofTruth >= -tolerance && ofTruth <= 1 + tolerance))
    throw notForLogLoss(`the prediction ${String(predicted)}`);
  return -Math.log(Math.min(Math.max(ofTruth, epsilon), 1 - epsilon));
};

/** What float32 may be beside 0 and 1. */
const tolerance = 1e-5;

function notForLogLoss(found: string): InvalidOptionError {
  const expected =
    `classes from 0 on and probabilities (it was given ${found}), or rowLoss: squaredError for a regression (the default ` +
    'where the model says that it is one)';
  return invalidOption('rowLoss', 'logLoss', expected);
}

/** The validation loss by default: of a regression the squared error, else the log loss. */
export function rowLossOf({ task }: OnlineModel): RowLoss {
  return task === 'regression' ? squaredError : logLoss;
}

/** (predicted - true) squared, of one output. */
export const squaredError: RowLoss = (truth, predicted) =>
  ((typeof predicted === 'number' ? predicted : (predicted[0] ?? NaN)) - truth) ** 2;
