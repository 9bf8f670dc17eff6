/** Batch training: epochs over a bounded dataset, with validation, early stopping and history. */
import { giveTurn, turnIsDue, unlessStopped, withCellSignal } from '../../process/index.ts';
import { learnEpoch } from '../rows/epoch.ts';
import { LossNotFiniteError } from '../errors.ts';
import {
  eachPrediction,
  JUDGED_AT_ONCE,
  namedMetrics,
  type LabelledRows,
  type StreamMetric,
} from '../rows/evaluation.ts';
import { mayHaveGaps, scaledRows, valuesFor } from '../rows/labelled-rows.ts';
import type { OnlineTransformer } from '../../scaling/index.ts';
import { blocksOf, type RowData } from './blocks.ts';
import { EarlyStopping } from './early-stopping.ts';
import { KEPT_BYTES, KeptBlocks } from './kept-blocks.ts';
import {
  checkBatchOptions,
  rowLossOf,
  type BatchHistory,
  type EpochReport,
  type TrainOnBatchesOptions,
} from './options.ts';
import { invalidOption, type InvalidOptionError } from '../../options.ts';
import { showProgress } from '../../widgets/progress.ts';

/**
 * Trains for `epochs` passes over data that can be read again: a `fromKafka` dataset, or an array of rows. The article's
 * batch half as one call. Memory is bounded: a block of rows at a time, and up to `keepBytes` for later passes. The same data,
 * seed and model state give the same result bit for bit.
 *
 * @throws InvalidOptionError (`ST_OPTION_INVALID`), also when a pass gives no rows; LossNotFiniteError
 *   (`ST_TRAINING_LOSS_NOT_FINITE`), FeatureNotFiniteError (`ST_TRAINING_FEATURE_NOT_FINITE`) for a row with a gap or an
 *   infinite value; UnknownOptionError (`ST_OPTION_UNKNOWN`); BadRecordError; and what reading the data throws
 * @example
 * ```ts
 * const model = compileTrainStep(buildClassifier({ inputs: 9 }));
 * const history = await trainOnBatches({
 *   model,
 *   data: fromKafka('cancer-train', { brokers }),
 *   decode: csvCodec({ columns: 9 }),
 *   epochs: 10,
 *   onEpoch: ({ epoch, loss }) => console.log(epoch, loss),
 * });
 * await showFigure(tslab.display, trainingHistoryFigure(history));
 * ```
 */
export async function trainOnBatches(given: TrainOnBatchesOptions & RowData): Promise<BatchHistory> {
  const options = withCellSignal(given);
  const { model, epochs = 1, validation, earlyStopping, scaler, signal, keepBytes = KEPT_BYTES } = options;
  checkBatchOptions(options);
  const stopping = new EarlyStopping(model, earlyStopping ?? { restoreBest: false });
  const metrics = namedMetrics(options.evaluate ?? []);
  const fresh = Object.values(metrics).map((metric) => [metric, metric.save()] as const);
  const reports: EpochReport[] = [];
  let ended: BatchHistory['ended'] = 'epochs';
  const most = epochs > 1 ? keepBytes : 0;
  const kept = new KeptBlocks(options, most);
  const judging = validation && { data: validation, kept: new KeptBlocks(validation, most) };
  const watch = options.progress === false ? undefined : progressOf(options);
  const learn = async (): Promise<void> => {
    if (scaler) await learnScaler(scaler, options);
    while (reports.length < epochs) {
      for (const [metric, state] of fresh) metric.restore(state);
      const trained = await trainEpoch(options, { metrics, kept, epoch: reports.length + 1, watch });
      if (!trained) break;
      for (const [metric, state] of fresh) metric.restore(state);
      const judged = judging && (await validate(judging.data, options, { metrics, kept: judging.kept }));
      const report = { ...trained, validationLoss: judged?.loss, validationMetrics: judged?.metrics };
      reports.push(report);
      await options.onEpoch?.(report);
      const over = stopping.isOver(report.validationLoss ?? report.loss);
      if (over && earlyStopping) {
        ended = 'earlyStopping';
        break;
      }
    }
  };
  try {
    await unlessStopped(learn(), signal);
  } finally {
    watch?.end();
  }
  if (signal?.aborted && reports.length < epochs) ended = 'stopped';
  stopping.restore();
  return historyOf(reports, stopping.bestEpoch, ended);
}

type Metrics = Readonly<Record<string, StreamMetric>>;
type All = TrainOnBatchesOptions & RowData;
type EpochProgress = ReturnType<typeof progressOf>;

/** Shows how many rows have been learnt; of how many, is known from the second epoch on, or from an array. */
function progressOf({ data, epochs = 1 }: All) {
  const progress = showProgress({ title: 'trainOnBatches', unit: 'rows' });
  let [before, perEpoch, lastEpoch] = [0, Array.isArray(data) ? data.length : 0, 1];
  let seen = 0;
  return {
    update(epoch: number, rows: number, loss: number): void {
      if (epoch !== lastEpoch) [before, perEpoch, lastEpoch] = [before + seen, seen, epoch];
      seen = rows;
      const note = `epoch ${epoch} of ${epochs}, loss ${loss.toFixed(4)}`;
      progress.update(before + rows, { note, total: perEpoch > 0 ? perEpoch * epochs : undefined });
    },
    end: () => progress.end(),
  };
}

/** What a pass fills. */
interface Pass {
  readonly metrics: Metrics;
  readonly kept: KeptBlocks;
}

/** One pass of learning; undefined when it was aborted. */
async function trainEpoch(
  all: All,
  { metrics, kept, epoch, watch }: Pass & { epoch: number; watch: EpochProgress | undefined },
) {
  const { model, batchSize = 64, shuffle = 4096, seed = 0, signal } = all;
  const watched = Object.values(metrics);
  const since = performance.now();
  let [rows, total] = [0, 0];
  const shuffleSeed = shuffle > 0 ? seed : undefined;
  const size = Math.ceil(Math.max(shuffle, batchSize) / batchSize) * batchSize;
  if (signal?.aborted) return undefined;
  for await (const block of readyBlocks(all, all, { size, kept })) {
    const loss = await learnEpoch(model, block, {
      batchSize,
      shuffleSeed,
      onLearnt: (ys, predictions) => tell(watched, ys, predictions),
    });
    rows += block.rows;
    total += loss * block.rows;
    watch?.update(epoch, rows, total / rows);
    if (turnIsDue()) await giveTurn(); // fetching ahead, heartbeats and Ctrl-C have theirs
    if (signal?.aborted) return undefined;
  }
  if (rows === 0) throw noRows('data', all.data, epoch);
  const rowsPerSecond = (rows / (performance.now() - since)) * 1000;
  return { epoch, rows, loss: total / rows, metrics: valuesOf(metrics), rowsPerSecond };
}

/** Judges the model by rows it does not learn. */
async function validate(data: RowData, all: All, { metrics, kept }: Pass) {
  const { model, rowLoss = rowLossOf(all.model) } = all;
  const watched = Object.values(metrics);
  let [rows, total] = [0, 0];
  for await (const block of readyBlocks(data, all, { size: JUDGED_AT_ONCE, kept })) {
    const odd = block.ys.findIndex((label) => !Number.isFinite(label));
    if (odd >= 0) {
      const expected = `rows with finite labels (row ${rows + odd}, from 0, has ${block.ys[odd]})`;
      throw invalidOption('validation.data', data.data, expected);
    }
    const predictions = model.predict(block.xs, block.rows);
    tell(watched, block.ys.subarray(0, block.rows), predictions);
    eachPrediction(block.ys.subarray(0, block.rows), predictions, (truth, predicted) => {
      rows++;
      total += rowLoss(truth, predicted);
    });
    if (turnIsDue()) await giveTurn();
  }
  if (rows === 0) throw noRows('validation.data', data.data, 1);
  if (!Number.isFinite(total)) throw new LossNotFiniteError({ loss: total / rows, step: model.step });
  return { loss: total / rows, metrics: valuesOf(metrics) };
}

/** The blocks of one pass, scaled and looked at: those kept of the pass before, or read. */
async function* readyBlocks(
  data: RowData,
  all: All,
  { size, kept }: { readonly size: number; readonly kept: KeptBlocks },
): AsyncGenerator<LabelledRows, void, undefined> {
  if (kept.whole) {
    yield* kept.whole;
    return;
  }
  const { model, scaler } = all;
  let rows = 0;
  kept.begin();
  const onWhole = () => kept.end();
  for await (const decoded of blocksOf(data, { ...blockOptions(all), size, onWhole })) {
    const before = rows;
    const placeOfRow = (row: number) => ({ row: before + row });
    const block = scaledRows(scaler ? [scaler] : [], decoded, model, { learn: false, placeOfRow });
    rows += block.rows;
    kept.add(block);
    yield block;
  }
}

function blockOptions({ model, scaler, onBad, signal }: All) {
  const scalers = scaler ? [scaler] : [];
  return {
    features: model.features,
    gaps: mayHaveGaps(scalers, model),
    Values: valuesFor(scalers, model),
    onBad,
    signal,
  };
}

async function learnScaler(scaler: OnlineTransformer, all: All): Promise<void> {
  for await (const { xs, rows } of blocksOf(all, { ...blockOptions(all), size: 4096 })) {
    scaler.learn(xs, rows);
    if (turnIsDue()) await giveTurn();
  }
}

function tell(metrics: readonly StreamMetric[], ys: Float32Array, predictions: Float32Array): void {
  if (metrics.length === 0) return;
  eachPrediction(ys, predictions, (truth, predicted) => {
    for (const metric of metrics) metric.update(truth, predicted);
  });
}

function valuesOf(metrics: Metrics): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(metrics).map(([name, { value }]) => [name, value]));
}

function historyOf(
  epochs: readonly EpochReport[],
  bestEpoch: number,
  ended: BatchHistory['ended'],
): BatchHistory {
  const accuracy = epochs.map(({ metrics }) => metrics['accuracy']).filter((value) => value !== undefined);
  const validationLoss = epochs.map((one) => one.validationLoss).filter((value) => value !== undefined);
  return {
    loss: epochs.map(({ loss }) => loss),
    ...(validationLoss.length > 0 && { validationLoss }),
    ...(accuracy.length > 0 && { accuracy }),
    epochs,
    bestEpoch,
    ended,
  };
}

function noRows(option: string, value: unknown, epoch: number): InvalidOptionError {
  const expected =
    epoch === 1
      ? 'data with at least one row (epoch 1 gave none)'
      : `data that can be read again, such as an array or fromKafka (epoch ${epoch} gave no row)`;
  return invalidOption(option, value, expected);
}
