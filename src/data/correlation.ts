/** Pearson's correlation between the columns of a frame. */
import type { DataFrame } from './danfo.ts';
import { columnPlaces, numberOf, rowsOf } from './frame.ts';

/**
 * Correlates every pair of columns over the rows in which both are there (not NaN), as pandas' `corr`; danfojs has none.
 *
 * @returns `[columns][columns]`, symmetric, 1 on the diagonal; NaN where a column is constant over those rows, or no more
 *   than one row has both
 * @throws {@link DataOptionError} (`ST_DATA_OPTION`) for no columns; {@link UnknownColumnError}
 *   (`ST_DATA_UNKNOWN_COLUMN`); {@link NotNumericError} (`ST_DATA_NOT_NUMERIC`) for text or an infinity
 * @example
 * ```ts
 * const matrix = correlations(await readBreastCancer(), breastCancerFeatures);
 * console.log(matrix[1]![2]!.toFixed(3)); // 0.907: size and shape go together
 * ```
 */
export function correlations(frame: DataFrame, columns: readonly string[] = frame.columns): number[][] {
  const rows = rowsOf(frame);
  const values = [...columnPlaces(frame, columns)].map(([column, place]) =>
    unitDistances(rows.map((row, r) => numberOf(row[place], frame, r, column))),
  );
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
  if (squaresX === 0 || squaresY === 0) return NaN;
  return x === y ? 1 : Math.max(-1, Math.min(1, products / Math.sqrt(squaresX * squaresY)));
}

/** Distances from the first value, the greatest of them 1: squares of very large or small ones would leave float64. */
function unitDistances(values: readonly number[]): number[] {
  const first = values.find((value) => !Number.isNaN(value)) ?? 0;
  const distances = values.map((value) => value - first);
  const greatest = distances.reduce((most, value) => (Math.abs(value) > most ? Math.abs(value) : most), 0);
  return greatest > 0 ? distances.map((value) => value / greatest) : distances;
}
