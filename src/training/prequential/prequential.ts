/** Prequential evaluation: predict each row, judge the prediction, and only then learn the row. */
import type { OnlineModel } from '../../model/online-model.ts';
import { endable, endedBy, giveTurn, onAbort, turnIsDue, withCellSignal } from '../../process/index.ts';
import { checkInteger, invalidOption, refuseUnknownOptions, type OptionNames } from '../../options.ts';
import type { DriftDetector } from '../drift/drift-detector.ts';
import type { LabelledRow } from '../rows/labelled-rows.ts';
import { PrequentialEvaluator, type EvaluationReport, type EvaluatorOptions } from './evaluator.ts';
import { PrequentialRun, type LabelDelay, type PrequentialPoint } from './run.ts';
import { learnerInput } from '../errors.ts';

/** Options of {@link prequential}. */
export interface PrequentialSettings extends EvaluatorOptions {
  /** What predicts and learns. Linear models do so in float64 when `batchSize` is 1. */
  model: OnlineModel;
  /** Rows that are predicted, judged and learnt together (default 1). */
  batchSize?: number;
  /** How late labels come (default: at once). */
  delay?: LabelDelay;
  /** An evaluator of your own, to go on with; instead of `task`, `classes` and `metrics`. */
  evaluator?: PrequentialEvaluator;
  /** Watches the errors; what `reactToDrift` gives also changes the model. */
  drift?: DriftDetector;
  /** A point after so many judged rows (default 100), and one at the end. */
  every?: number;
  /**
   * Ends the evaluation at the next mini-batch, or at once where it waits for a row, with its reason. Default: that of the notebook's
   * cell that calls, aborted by an interrupt.
   */
  signal?: AbortSignal;
}

const known: OptionNames<PrequentialSettings> = {
  ...{ task: true, classes: true, metrics: true, model: true, batchSize: true, delay: true, evaluator: true },
  ...{ drift: true, every: true, signal: true },
};

/**
 * Goes through a stream as a model in use would: predicts each row, judges the prediction once the label is known, and
 * then learns the row. Beside the model stand two baselines that know the same labels: repeating the last class, and
 * saying the most frequent one. Rows whose labels are still to come at the end are judged and learnt then.
 *
 * A. P. Dawid: "Present position and potential developments: statistical theory, the prequential approach", 1984;
 * J. Gama, R. Sebastião, P. P. Rodrigues: "On evaluating stream learning algorithms", Machine Learning 90, 2013. With
 * `batchSize` 1 it is River 0.23's `progressive_val_score`, delays included. The event loop has its turns on the way.
 *
 * @throws LearnerInputError (`ST_TRAINING_LEARNER_INPUT`), also for a row with a feature that is NaN or infinite;
 *   MetricInputError (`ST_TRAINING_METRIC_INPUT`), UnknownOptionError (`ST_OPTION_UNKNOWN`)
 * @example
 * ```ts run
 * const model = withScaler(new OnlineStandardScaler(3), new LogisticRegression({ features: 3 }));
 * const rows = takeRows(seaStream({ seed: 1 }), 2000);
 * for await (const { rows: judged, metrics, noChange } of prequential(rows, { model, every: 1000 }))
 *   console.log(judged, metrics.accuracy, noChange.accuracy);
 * // 1000 0.959 0.56
 * // 2000 0.97 0.551
 * ```
 */
export function prequential(
  rows: AsyncIterable<LabelledRow> | Iterable<LabelledRow>,
  options: PrequentialSettings,
): AsyncGenerator<PrequentialPoint, void, undefined> {
  const all = withCellSignal(options);
  return endable((ended) => pointsOf(rows, all, ended));
}

async function* pointsOf(
  rows: AsyncIterable<LabelledRow> | Iterable<LabelledRow>,
  options: PrequentialSettings,
  ended: AbortSignal,
): AsyncGenerator<PrequentialPoint, void, undefined> {
  refuseUnknownOptions('prequential', options, known);
  const { model, batchSize = 1, every = 100, signal } = options;
  for (const [name, value] of Object.entries({ batchSize, every })) checkInteger(name, value, { least: 1 });
  signal?.throwIfAborted();
  const evaluator = evaluatorOf(options);
  const run = new PrequentialRun(model, evaluator, options.drift, batchSize, options.delay);
  let reported = 0;
  const isDue = (batch: LabelledRow[]): boolean => {
    signal?.throwIfAborted();
    run.take(batch);
    if (run.judged - reported < every) return false;
    reported = run.judged;
    return true;
  };
  // Rows in memory need not be waited for one by one.
  if (Symbol.iterator in rows) {
    for (const batch of batchesOf(rows, batchSize)) {
      if (isDue(batch)) yield run.point();
      if (turnIsDue()) await giveTurn();
    }
  } else {
    const over = new AbortController();
    onAbort(ended, () => over.abort());
    const forget = signal && onAbort(signal, () => over.abort());
    try {
      for await (const batch of arrivingBatchesOf(endedBy(rows, over.signal), batchSize)) {
        if (ended.aborted) return;
        if (isDue(batch)) yield run.point();
        if (turnIsDue()) await giveTurn();
      }
    } finally {
      forget?.();
    }
    signal?.throwIfAborted();
  }
  // As after a `break`: rows whose labels are still to come are neither judged nor learnt.
  if (ended.aborted) return;
  run.finish();
  if (run.judged > reported) yield run.point();
}

/**
 * Runs {@link prequential} to its end.
 *
 * @throws LearnerInputError (`ST_TRAINING_LEARNER_INPUT`) when there is no row; and as `prequential`
 * @example
 * ```ts
 * const model = new LogisticRegression({ features: 9 });
 * const { metrics, noChange } = await prequentialScore(rows, { model, metrics: ['accuracy', 'rocAuc'] });
 * ```
 */
export async function prequentialScore(
  rows: AsyncIterable<LabelledRow> | Iterable<LabelledRow>,
  options: Omit<PrequentialSettings, 'every'>,
): Promise<EvaluationReport> {
  let last: PrequentialPoint | undefined;
  for await (const point of prequential(rows, { ...options, every: Number.MAX_SAFE_INTEGER })) last = point;
  if (!last) throw learnerInput('prequential', 'the number of rows', 0, 'at least 1');
  const { rows: judged, metrics, noChange, majority } = last;
  return { rows: judged, metrics, noChange, majority };
}

/** The given evaluator, or one for what the model predicts. */
function evaluatorOf(options: PrequentialSettings): PrequentialEvaluator {
  const { model, evaluator, task = model.task, metrics } = options;
  if (!evaluator) {
    const classes = options.classes ?? (model.outputs === 1 ? 2 : model.outputs);
    return new PrequentialEvaluator({ classes, ...(task && { task }), ...(metrics && { metrics }) });
  }
  for (const option of ['task', 'classes', 'metrics'] as const) {
    if (options[option] !== undefined)
      throw invalidOption(option, options[option], 'nothing, as an evaluator is given, which has its own');
  }
  return evaluator;
}

function* batchesOf(rows: Iterable<LabelledRow>, size: number): Generator<LabelledRow[]> {
  let batch: LabelledRow[] = [];
  for (const row of rows) {
    batch.push(row);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

async function* arrivingBatchesOf(
  rows: AsyncIterable<LabelledRow>,
  size: number,
): AsyncGenerator<LabelledRow[]> {
  let batch: LabelledRow[] = [];
  for await (const row of rows) {
    batch.push(row);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}
