/** Small steps on data frames, none of which changes its argument. */
import { InvalidOptionError } from '../options.ts';
import { danfo, type DataFrame } from './danfo.ts';
import { DuplicateColumnError, NotNumericError, UnknownColumnError } from './errors.ts';

/** One cell of a frame. */
export type Cell = number | string | boolean | null | undefined;

/**
 * Makes a frame of rows; `index` names the rows (default 0, 1, ...). Columns of numbers keep every digit. The type of a column
 * is that of all its cells: danfojs itself looks at the first 500, and takes texts of digits for numbers.
 *
 * @throws {@link DuplicateColumnError} (`ST_DATA_DUPLICATE_COLUMN`)
 */
export function frameOf(
  rows: readonly (readonly Cell[])[],
  columns: readonly string[],
  index?: readonly (string | number)[],
): DataFrame {
  refuseDuplicates(columns);
  const { DataFrame } = danfo();
  return new DataFrame(
    rows.map((row) => [...row]),
    {
      columns: [...columns],
      ...(rows.length > 0 && { dtypes: columns.map((_, c) => typeOf(rows, c)) }),
      ...(index && { index: [...index] }),
    },
  );
}

/** What danfojs calls the type of a column. */
function typeOf(rows: readonly (readonly Cell[])[], column: number): string {
  let [numbers, whole, truths, missing] = [0, 0, 0, 0];
  for (const row of rows) {
    const cell = row[column];
    if (isMissing(cell)) missing++;
    else if (typeof cell === 'boolean') truths++;
    else if (typeof cell === 'number') {
      numbers++;
      if (Number.isInteger(cell)) whole++;
    }
  }
  if (whole === rows.length) return 'int32';
  if (numbers + missing === rows.length) return 'float32';
  return truths > 0 && truths + missing === rows.length ? 'boolean' : 'string';
}

/** A frame's rows as plain arrays, `[rows][columns]`. They are the frame's own: do not write into them. */
export function rowsOf(frame: DataFrame): Cell[][] {
  return frame.shape[0] === 0 ? [] : (frame.values as Cell[][]);
}

/** The place of a column, or an error that lists the columns there are. */
export function columnIndex(frame: DataFrame, column: string): number {
  const place = frame.columns.indexOf(column);
  if (place === -1) throw new UnknownColumnError({ column, columns: frame.columns });
  return place;
}

/**
 * The places of some columns, in the order they are named.
 *
 * @throws {@link UnknownColumnError} (`ST_DATA_UNKNOWN_COLUMN`), {@link DuplicateColumnError}
 *   (`ST_DATA_DUPLICATE_COLUMN`), `InvalidOptionError` (`ST_OPTION_INVALID`) for none
 */
export function columnPlaces(frame: DataFrame, columns: readonly string[]): Map<string, number> {
  if (columns.length === 0)
    throw new InvalidOptionError({ option: 'columns', value: columns, expected: 'at least one column' });
  refuseDuplicates(columns);
  return new Map(columns.map((column) => [column, columnIndex(frame, column)]));
}

function refuseDuplicates(columns: readonly string[]): void {
  const seen = new Set<string>();
  for (const column of columns) {
    if (seen.has(column)) throw new DuplicateColumnError({ column });
    seen.add(column);
  }
}

/** Whether a cell has no value: NaN, null or undefined. */
export function isMissing(cell: Cell): boolean {
  return cell === null || cell === undefined || Number.isNaN(cell);
}

/** A cell as a number, NaN where it is missing; text, truth values and infinities are refused with their place. */
export function numberOf(cell: Cell, frame: DataFrame, row: number, column: string): number {
  if (isMissing(cell)) return NaN;
  if (typeof cell === 'number' && Number.isFinite(cell)) return cell;
  throw new NotNumericError({ column, row: frame.index[row] ?? row, value: cell });
}

/** A frame's rows, each cell a finite number, or NaN where it is missing. */
export function numericRows(frame: DataFrame): number[][] {
  const { columns } = frame;
  return rowsOf(frame).map((row, r) =>
    row.map((cell, c) => numberOf(cell, frame, r, columns[c] ?? String(c))),
  );
}
