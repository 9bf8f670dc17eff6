/** Judging a model on rows it has not learnt yet: predict, update the metrics, then learn. */
import { giveTurn, turnIsDue } from '../../process/index.ts';
import type { OnlineModel, RowValues, Stateful } from '../../model/index.ts';
import { invalidOption } from '../../options.ts';

/** Judges predictions as they come; the metrics of this room are such. Its state lives in the checkpoint. */
export interface StreamMetric extends Stateful {
  /** How it is called in progress; its `kind` if left out. */
  readonly name?: string;
  /** Takes one row into account. `predicted`: the probability of class 1 or the value; of several classes, all of theirs. */
  update(truth: number, predicted: number | Float32Array): void;
  /** What it says now. */
  readonly value: number;
}

/** Watches a number (the error of each row) for a change; the drift detectors of this room are such. */
export interface StreamDetector extends Stateful {
  /** Takes the next number into account. Returns (or has afterwards in `driftDetected`) whether it changed. */
  update(value: number): unknown;
  readonly driftDetected?: boolean;
  /** Called with the rows before they are judged: what `reactToDrift` retrains on. */
  remember?(rows: LabelledRows): void;
}

/** The error of each row that a detector is given. */
export type RowError = (truth: number, predicted: number | Float32Array) => number;

/** Rows in typed arrays: `rows x features` and one label each. */
export interface LabelledRows<Values extends RowValues = RowValues> {
  readonly xs: Values;
  readonly ys: Float32Array;
  readonly rows: number;
}

/** What judges the rows before they are learnt. */
interface Judges {
  readonly metrics: readonly StreamMetric[];
  readonly detector: StreamDetector | undefined;
  readonly rowError: RowError;
}

/** |predicted - true| of one output: what a detector is given of a regression. */
const absoluteError: RowError = (truth, predicted) =>
  Math.abs((typeof predicted === 'number' ? predicted : (predicted[0] ?? NaN)) - truth);

/** The error a detector is given by default: of a regression the absolute one, else 1 for a wrong class. */
export function rowErrorOf({ task }: OnlineModel): RowError {
  return task === 'regression' ? absoluteError : classificationError;
}

/** 1 where the more likely class is wrong, else 0. One output: class 1 above a probability of 0.5, as in Keras. */
export const classificationError: RowError = (truth, predicted) => (truth === mostLikely(predicted) ? 0 : 1);

/** Rows that a model predicts in one call when it is judged. */
export const JUDGED_AT_ONCE = 1024;

/**
 * Lets the model predict the rows, then updates metrics and detector, row by row in the rows' order. Rows without a label
 * (NaN) are left out. The event loop has its turns.
 *
 * @returns how many of the rows made the detector report a drift
 */
export async function judge(
  model: OnlineModel,
  { xs, ys, rows }: LabelledRows,
  judges: Judges,
): Promise<number> {
  const { metrics, detector, rowError } = judges;
  if (metrics.length === 0 && !detector) return 0;
  let drifts = 0;
  for (let from = 0; from < rows; from += JUDGED_AT_ONCE) {
    if (turnIsDue()) await giveTurn();
    const to = Math.min(rows, from + JUDGED_AT_ONCE);
    const predictions = model.predict(xs.subarray(from * model.features, to * model.features), to - from);
    eachPrediction(ys.subarray(from, to), predictions, (truth, predicted) => {
      for (const metric of metrics) metric.update(truth, predicted);
      if (!detector) return;
      const reported = detector.update(rowError(truth, predicted));
      if (detector.driftDetected ?? reported === true) drifts++;
    });
  }
  return drifts;
}

/** Goes over labelled rows and what was predicted for them; rows without a label (NaN) are left out. */
export function eachPrediction(
  ys: Float32Array,
  predictions: Float32Array,
  use: (truth: number, predicted: number | Float32Array) => void,
): void {
  const outputs = predictions.length / ys.length;
  for (let row = 0; row < ys.length; row++) {
    const truth = ys[row]!;
    if (truth !== truth) continue;
    use(truth, outputs === 1 ? predictions[row]! : predictions.subarray(row * outputs, (row + 1) * outputs));
  }
}

/** Every metric under a name of its own, as it stands in progress and checkpoint. */
export function namedMetrics(metrics: readonly StreamMetric[]): Readonly<Record<string, StreamMetric>> {
  const named = new Map<string, StreamMetric>();
  for (const metric of metrics) {
    const name = metric.name ?? metric.kind;
    if (named.has(name)) throw invalidOption('evaluate', name, 'metrics with different names');
    named.set(name, metric);
  }
  return Object.fromEntries(named);
}

function mostLikely(predicted: number | Float32Array): number {
  if (typeof predicted === 'number') return predicted > 0.5 ? 1 : 0;
  let best = 0;
  for (let i = 1; i < predicted.length; i++) if (predicted[i]! > predicted[best]!) best = i;
  return best;
}
