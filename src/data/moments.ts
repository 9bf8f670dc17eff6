/** Mean and deviation of numbers, without losing what large ones have in common with each other. */

/** Mean and (population) standard deviation of some numbers. */
export interface Moments {
  readonly mean: number;
  readonly deviation: number;
  /** Whether the deviation is no more than what rounding makes of equal numbers: scikit-learn's rule. */
  readonly isConstant: boolean;
}

/**
 * Two passes over distances from the first number, so that equal numbers have a mean of exactly their value and a
 * deviation of exactly 0, and numbers around 10^9 or 10^12 keep the digits in which they differ (T. F. Chan, G. H. Golub,
 * R. J. LeVeque: "Algorithms for computing the sample variance", 1983: shifted data, corrected two-pass algorithm).
 *
 * @param values finite, at least one
 */
export function momentsOf(values: readonly number[]): Moments {
  const n = values.length;
  const first = values[0]!;
  let sum = 0;
  for (const value of values) sum += value - first;
  const apart = sum / n;
  let squares = 0;
  let rest = 0;
  for (const value of values) {
    const distance = value - first - apart;
    squares += distance * distance;
    rest += distance;
  }
  const mean = first + apart;
  const variance = Math.max(0, (squares - (rest * rest) / n) / n);
  return { mean, deviation: Math.sqrt(variance), isConstant: isConstantFeature(variance, mean, n) };
}

/** `_is_constant_feature` of `sklearn/preprocessing/_data.py`, by the bound on the error of a computed variance. */
function isConstantFeature(variance: number, mean: number, n: number): boolean {
  return variance <= n * Number.EPSILON * variance + (n * mean * Number.EPSILON) ** 2;
}
