/** Shows a frame as an HTML table: danfojs' `print()` draws boxes of text, and leaves columns out where there are more than ten. */
import { refuseUnknownOptions, type OptionNames } from '../options.ts';
import type { DataFrame } from './danfo.ts';
import { DataOptionError } from './errors.ts';
import { rowsOf, type Cell } from './frame.ts';

/** Options of {@link htmlTable}. */
export interface HtmlTableOptions {
  /** Show at most so many rows; a last line says how many there are in all. Default 20. */
  rows?: number;
}

const optionNames: OptionNames<HtmlTableOptions> = { rows: true };

/**
 * Writes a frame as an HTML table with its index as row headings. Missing values show as `NaN`; every text is
 * escaped.
 *
 * @throws {@link DataOptionError} (`ST_DATA_OPTION`) when `rows` is no number >= 0
 * @example
 * ```ts
 * tslab.display.html(htmlTable(frame.head()));
 * ```
 */
export function htmlTable(frame: DataFrame, options: HtmlTableOptions = {}): string {
  refuseUnknownOptions('htmlTable', options, optionNames);
  const { rows = 20 } = options;
  if (!(rows >= 0)) throw new DataOptionError('rows', rows, 'a number of rows >= 0');
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
