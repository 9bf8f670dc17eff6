/** Pearson's correlation between the columns of a frame. */
import type { DataFrame } from './danfo.ts';
import { columnValues } from './frame.ts';

/**
 * Correlates every pair of columns over the rows in which both are there (not NaN).
 *
 * @returns `[columns][columns]`, symmetric, 1 on the diagonal; NaN where a column is constant
 * @throws {@link UnknownColumnError} (`ST_DATA_UNKNOWN_COLUMN`), {@link NotNumericError} (`ST_DATA_NOT_NUMERIC`)
 * @example
 * ```ts
 * const matrix = correlations(await readBreastCancer(), breastCancerFeatures);
 * console.log(matrix[1]![2]!.toFixed(3)); // 0.907: size and shape go together
 * ```
 */
export function correlations(frame: DataFrame, columns: readonly string[] = frame.columns): number[][] {
  const values = columns.map((column) => columnValues(frame, column));
  return values.map((x) => values.map((y) => pearson(x, y)));
}

function pearson(x: readonly number[], y: readonly number[]): number {
  let n = 0;
  let [meanX, meanY, squaresX, squaresY, products] = [0, 0, 0, 0, 0];
  for (const [row, a] of x.entries()) {
    const b = y[row]!;
    if (Number.isNaN(a) || Number.isNaN(b)) continue;
    n += 1;
    const [dx, dy] = [a - meanX, b - meanY];
    meanX += dx / n;
    meanY += dy / n;
    squaresX += dx * (a - meanX);
    squaresY += dy * (b - meanY);
    products += dx * (b - meanY);
  }
  const scale = Math.sqrt(squaresX * squaresY);
  return scale === 0 ? NaN : Math.max(-1, Math.min(1, products / scale));
}
