/** Says where values are missing. */
import type { DataFrame } from './danfo.ts';
import { isMissing, rowsOf } from './frame.ts';

/**
 * Counts the missing values (NaN, null or undefined) of each column.
 *
 * @example
 * ```ts
 * console.log(missingCounts(await readBreastCancer()).Bare_Nuclei); // 16
 * ```
 */
export function missingCounts(frame: DataFrame): Record<string, number> {
  const rows = rowsOf(frame);
  return Object.fromEntries(
    frame.columns.map((column, c) => [column, rows.filter((row) => isMissing(row[c])).length]),
  );
}
