/** The small interface of every metric that is kept up to date row by row. */
import type { Stateful } from '../../model/state.ts';

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
