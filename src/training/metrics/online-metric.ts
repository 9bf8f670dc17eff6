/** What every metric of a stream is, and what it takes: classes, labels, probabilities, values. */
import type { Stateful } from '../../state.ts';
import { MetricInputError } from '../errors.ts';

/** The error for labels, predictions or options of a metric. */
export const metricInput = (problem: string): MetricInputError => new MetricInputError({ problem });

/**
 * What a model says of one row: the probability of class 1; of several classes the probabilities of all of them; of a
 * regression the value.
 */
export type Prediction = number | ArrayLike<number>;

/** What a metric looks at: the class predicted, the probabilities, or the value. */
export type MetricInput = 'label' | 'probability' | 'value';

/** A metric over a stream. Made by `streamMetric`; a metric of your own needs no more than this. */
export interface OnlineMetric extends Stateful {
  /** How it is called in results, such as `accuracy`, `accuracy@500` (last 500 rows) or `accuracy~0.99` (fading). */
  readonly name: string;
  /** What it looks at; see {@link Prediction} for what it is given. */
  readonly takes: MetricInput;
  /** Whether more is better: true for accuracy, false for a loss. */
  readonly biggerIsBetter: boolean;
  /** The metric now; NaN before the first row. */
  readonly value: number;
  /**
   * Takes one row into account.
   *
   * @param truth the class (0, 1, ...), or the value of a regression
   * @param weight how much the row counts (default 1)
   * @throws MetricInputError (`ST_TRAINING_METRIC_INPUT`) for what it cannot take; it is then unchanged
   */
  update(truth: number, prediction: Prediction, weight?: number): void;
  /** Forgets all rows. */
  reset(): void;
  /** A new one with the same options and no rows. */
  clone(): OnlineMetric;
}

/** Probabilities may be off by what float32 rounds. */
const SLACK = 1e-6;
/** So far may the probabilities of all classes be off from adding up to 1. */
const SUM_SLACK = 1e-3;

/** Refuses a truth that is no class. */
export function checkClass(truth: number, classes: number): void {
  if (Number.isInteger(truth) && truth >= 0 && truth < classes) return;
  throw metricInput(`the truth is ${truth}, not a class from 0 to ${classes - 1}`);
}

/** The probability of class 1, for two classes. */
export function binaryProbability(prediction: Prediction): number {
  if (typeof prediction !== 'number') return classProbability(prediction, 1, 2);
  if (prediction >= -SLACK && prediction <= 1 + SLACK) return Math.max(0, Math.min(1, prediction));
  throw metricInput(
    `the prediction is ${prediction}, not a probability from 0 to 1 (a logit? put a sigmoid on it)`,
  );
}

/** The probability of one of the classes; all of them are checked. */
export function classProbability(prediction: Prediction, label: number, classes: number): number {
  if (typeof prediction === 'number') {
    if (classes !== 2)
      throw metricInput(`the prediction is ${prediction}, not the probabilities of ${classes} classes`);
    const probability = binaryProbability(prediction);
    return label === 1 ? probability : 1 - probability;
  }
  if (prediction.length !== classes)
    throw metricInput(`there are ${prediction.length} probabilities for ${classes} classes`);
  let sum = 0;
  for (let i = 0; i < classes; i++) {
    const probability = prediction[i]!;
    if (!(probability >= -SLACK && probability <= 1 + SLACK))
      throw metricInput(
        `the probability of class ${i} is ${probability}, not a number from 0 to 1 (logits? use softmax)`,
      );
    sum += probability;
  }
  if (!(Math.abs(sum - 1) <= SUM_SLACK))
    throw metricInput(`the probabilities of the classes add up to ${sum}, not 1 (logits? use softmax)`);
  return Math.max(0, Math.min(1, prediction[label]!));
}

/**
 * The class a prediction stands for: of two the second one above the threshold; of several the most probable one (the
 * first of equal ones), or the class itself if it is a number.
 */
export function labelOf(prediction: Prediction, classes: number, threshold: number): number {
  if (typeof prediction === 'number') {
    if (classes === 2) return binaryProbability(prediction) > threshold ? 1 : 0;
    if (Number.isInteger(prediction) && prediction >= 0 && prediction < classes) return prediction;
    throw metricInput(
      `the prediction is ${prediction}, neither a class from 0 to ${classes - 1} nor the probabilities of all`,
    );
  }
  if (classes === 2) return classProbability(prediction, 1, 2) > threshold ? 1 : 0;
  let best = 0;
  classProbability(prediction, 0, classes);
  for (let i = 1; i < classes; i++) if (prediction[i]! > prediction[best]!) best = i;
  return best;
}

/** The two values of a regression's row, if they are numbers. */
export function checkValues(truth: number, prediction: Prediction): number {
  const value = typeof prediction === 'number' ? prediction : prediction.length === 1 ? prediction[0]! : NaN;
  if (!Number.isFinite(truth)) throw metricInput(`the truth is ${truth}, not a finite number`);
  if (!Number.isFinite(value)) {
    const found = typeof prediction === 'number' ? prediction : `of ${prediction.length} numbers`;
    throw metricInput(`the prediction is ${found}, not a finite number`);
  }
  return value;
}

/** A greater weight would leave the others no digit, and its products float64. */
const GREATEST_WEIGHT = 1e100;

/** Refuses a weight that cannot be. */
export function checkRowWeight(weight: number): void {
  if (!(weight >= 0 && weight <= GREATEST_WEIGHT))
    throw metricInput(`the weight of the row is ${weight}, not a number from 0 to ${GREATEST_WEIGHT}`);
}
