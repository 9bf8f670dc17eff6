/** The Kolmogorov-Smirnov test of two samples of the same size. */
import { firstNonFinite } from '../../finite.ts';
import { LearnerInputError } from '../errors.ts';

/** What the test says. */
export interface KolmogorovSmirnov {
  /** The greatest distance of the two empirical distributions, 0 to 1. */
  readonly statistic: number;
  /** How likely a distance of at least this is if both samples come from the same distribution (exact). */
  readonly pValue: number;
}

/**
 * Two-sided test with the exact p-value, as SciPy's `ks_2samp(method='auto')` gives it for samples of the same size of up
 * to 10,000 (J. L. Hodges: "The significance probability of the Smirnov two-sample test", 1958). Like SciPy it takes ties
 * into account for the statistic and not for the p-value, which is too large where there are many: a test of numbers with
 * few values reports a difference less often than its p-value says.
 *
 * @param first not changed; of the same length as `second`, at least 1
 * @throws LearnerInputError (`ST_TRAINING_LEARNER_INPUT`) for samples of other sizes, or a number that is not finite
 * @example
 * ```ts
 * kolmogorovSmirnov([1, 2, 3, 4], [3, 4, 5, 6]); // { statistic: 0.5, pValue: 0.7714285714285716 }
 * ```
 */
export function kolmogorovSmirnov(first: ArrayLike<number>, second: ArrayLike<number>): KolmogorovSmirnov {
  const n = first.length;
  if (n === 0 || second.length !== n) {
    const sizes = `${n} and ${second.length}`;
    throw new LearnerInputError('kolmogorovSmirnov', 'the sizes', sizes, 'the same one, at least 1');
  }
  for (const sample of [first, second]) {
    const found = firstNonFinite(sample, 1);
    if (found)
      throw new LearnerInputError('kolmogorovSmirnov', `number ${found.row}`, found.value, 'a finite one');
  }
  const a = Float64Array.from(first).sort();
  const b = Float64Array.from(second).sort();
  let greatest = 0;
  for (let i = 0, j = 0; i < n && j < n;) {
    const value = Math.min(a[i]!, b[j]!);
    while (i < n && a[i]! <= value) i++;
    while (j < n && b[j]! <= value) j++;
    greatest = Math.max(greatest, Math.abs(i - j));
  }
  return { statistic: greatest / n, pValue: exactPValue(n, greatest) };
}

/** Share of the lattice paths from (0, 0) to (n, n) that come `h` or more away from the diagonal. */
function exactPValue(n: number, h: number): number {
  if (h === 0) return 1;
  let outside = 0;
  for (let k = Math.floor(n / h); k >= 0; k--) {
    let factor = 1;
    for (let j = 0; j < h; j++) factor = ((n - k * h - j) * factor) / (n + k * h + j + 1);
    outside = factor * (1 - outside);
  }
  return Math.min(1, Math.max(0, 2 * outside));
}
