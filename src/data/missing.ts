/** Says where values are missing. */
import type { DataFrame } from './danfo.ts';
import { rowsOf } from './frame.ts';

/**
 * Counts the missing values (NaN, null or undefined) of each column, in the frame's order.
 *
 * @example
 * ```ts
 * console.log(missingCounts(await readBreastCancer()).Bare_Nuclei); // 16
 * ```
 */
export function missingCounts(frame: DataFrame): Record<string, number> {
  const rows = rowsOf(frame);
  const isMissing = (cell: unknown) => cell === null || cell === undefined || Number.isNaN(cell);
  return Object.fromEntries(
    frame.columns.map((column, c) => [column, rows.filter((row) => isMissing(row[c])).length]),
  );
}
