/** Small steps on data frames, none of which changes its argument. */
import { danfo, type DataFrame } from './danfo.ts';
import { NotNumericError, UnknownColumnError } from './errors.ts';

/** One cell of a frame. */
export type Cell = number | string | boolean | null | undefined;

/** Makes a frame of rows; `index` names the rows (default 0, 1, ...). Columns of numbers keep every digit. */
export function frameOf(
  rows: readonly (readonly Cell[])[],
  columns: readonly string[],
  index?: readonly (string | number)[],
): DataFrame {
  const { DataFrame } = danfo();
  return new DataFrame(
    rows.map((row) => [...row]),
    { columns: [...columns], ...(index && { index: [...index] }) },
  );
}

/** A frame's rows as plain arrays, `[rows][columns]`. They are the frame's own: do not write into them. */
export function rowsOf(frame: DataFrame): Cell[][] {
  return frame.shape[0] === 0 ? [] : (frame.values as Cell[][]);
}

/** The place of a column, or an error that lists the columns there are. */
export function columnIndex(frame: DataFrame, column: string): number {
  const place = frame.columns.indexOf(column);
  if (place === -1) throw new UnknownColumnError(column, frame.columns);
  return place;
}

/** A frame's rows, each cell a number, NaN where it is missing. */
export function numericRows(frame: DataFrame): number[][] {
  return rowsOf(frame).map((row, r) =>
    row.map((cell, c) => {
      if (typeof cell === 'number' && (Number.isFinite(cell) || Number.isNaN(cell))) return cell;
      throw new NotNumericError(frame.columns[c] ?? String(c), frame.index[r] ?? r, cell);
    }),
  );
}

/**
 * Returns the frame without some columns; rows and their index stay.
 *
 * @throws {@link UnknownColumnError} (`ST_DATA_UNKNOWN_COLUMN`) for a column that is not there
 * @example
 * ```ts
 * const frame = dropColumns(await readBreastCancer(), ['Sample_code_number']);
 * console.log(frame.shape); // [699, 10]
 * ```
 */
export function dropColumns(frame: DataFrame, columns: readonly string[]): DataFrame {
  const dropped = new Set(columns.map((column) => columnIndex(frame, column)));
  const keep = (_: unknown, c: number) => !dropped.has(c);
  return frameOf(
    rowsOf(frame).map((row) => row.filter(keep)),
    frame.columns.filter(keep),
    frame.index,
  );
}
