/** River's running mean, step for step, on a pair of numbers. */

/** The mean after one more value; `n` counts it already. */
export function nextMean(mean: number, n: number, value: number): number {
  return mean + (1 / n) * (value - mean);
}
