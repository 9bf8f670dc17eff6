/** What one looks at before training: how columns go together, and the rows as a table. */
import { checkNumber, refuseUnknownOptions, type OptionNames } from '../options.ts';
import type { DataFrame } from './danfo.ts';
import { columnPlaces, numberOf, rowsOf, type Cell } from './frame.ts';

/**
 * Correlates every pair of columns over the rows in which both are there (not NaN), as pandas' `corr`; danfojs has none.
 *
 * @returns `[columns][columns]`, symmetric, 1 on the diagonal; NaN where a column is constant over those rows, or no more
 *   than one row has both
 * @throws `InvalidOptionError` (`ST_OPTION_INVALID`) for no columns; `UnknownColumnError`
 *   (`ST_DATA_UNKNOWN_COLUMN`); `NotNumericError` (`ST_DATA_NOT_NUMERIC`) for text or an infinity
 * @example
 * ```ts run
 * const matrix = correlations(await readBreastCancer(), breastCancerFeatures);
 * console.log(matrix[1]![2]!.toFixed(3)); // 0.907
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

/** Options of {@link htmlTable}. */
export interface HtmlTableOptions {
  /** Show at most so many rows; a last line says how many there are in all. Default 20. */
  rows?: number;
}

const optionNames: OptionNames<HtmlTableOptions> = { rows: true };

/**
 * Writes a frame as an HTML table with its index as row headings (danfojs' `print()` draws boxes of text, and leaves columns
 * out where there are more than ten). Missing values show as `NaN`; every text is
 * escaped.
 *
 * @throws `InvalidOptionError` (`ST_OPTION_INVALID`) when `rows` is no number >= 0
 * @example
 * ```ts
 * const frame = await readBreastCancer();
 * tslab.display.html(htmlTable(frame.head()));
 * ```
 */
export function htmlTable(frame: DataFrame, options: HtmlTableOptions = {}): string {
  refuseUnknownOptions('htmlTable', options, optionNames);
  const rows = checkNumber('rows', options.rows ?? 20, { least: 0, most: Infinity });
  const shown = rowsOf(frame).slice(0, rows);
  const head = `<tr><th></th>${frame.columns.map((column) => `<th scope="col">${breakable(column)}</th>`).join('')}</tr>`;
  const body = shown.map((row, r) => {
    const cells = row.map((cell) => `<td>${escaped(textOf(cell))}</td>`).join('');
    return `<tr><th scope="row">${escaped(String(frame.index[r] ?? r))}</th>${cells}</tr>`;
  });
  const total = frame.index.length;
  const more = total > shown.length ? `<p>${shown.length} of ${total} rows</p>` : '';
  return `<table style="font-size: 0.85em"><thead>${head}</thead><tbody>${body.join('')}</tbody></table>${more}`;
}

function textOf(cell: Cell): string {
  return cell === null || cell === undefined ? '' : String(cell);
}

/** Long names with underscores may break after one, so that the columns stay narrow. */
function breakable(name: string): string {
  return escaped(name).replaceAll('_', '_<wbr>');
}

function escaped(text: string): string {
  const names: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return text.replace(/[&<>"]/g, (character) => names[character] ?? character);
}
