/** What a metric is made of if it can be computed from sums over rows. */
import type { MetricInput, Prediction } from './online-metric.ts';

/**
 * A metric as sums: each row becomes a few numbers, these change sums, and the metric is a function of the sums. So rows
 * can leave a window again, and old ones can fade.
 */
export interface MetricRecipe {
  /** How many sums there are. */
  readonly sums: number;
  /** Numbers a row becomes. */
  readonly width: number;
  /** Numbers that are remembered besides, such as the last class. */
  readonly memory: number;
  readonly takes: MetricInput;
  readonly biggerIsBetter: boolean;
  /** Writes a row's numbers into `row`; refuses what it cannot take. Changes nothing else but, last, `memory`. */
  encode(
    row: Float64Array,
    truth: number,
    prediction: Prediction,
    sums: Float64Array,
    memory: Float64Array,
  ): void;
  /** Adds the row at `rows[at]` to the sums, `weight` times; a negative weight takes it out. */
  add(sums: Float64Array, rows: Float64Array, at: number, weight: number): void;
  /** The metric; NaN where no row has counted. */
  value(sums: Float64Array): number;
}
