/** Fills missing values with the median that the training rows have. */
import type { DataFrame } from './danfo.ts';
import { NoMedianError } from './errors.ts';
import { columnIndex, frameOf, numericRows, rowsOf } from './frame.ts';

/** What {@link fitMedianImputer} learnt. */
export interface MedianImputer {
  /** The median of each column, in the column's own unit. Plain JSON: it can be kept beside a model. */
  readonly medians: Readonly<Record<string, number>>;
  /** Returns the frame with each NaN of those columns replaced by the median; other columns stay as they are. */
  transform(frame: DataFrame): DataFrame;
}

/** Options of {@link fitMedianImputer}. */
export interface MedianImputerOptions {
  /** The columns to learn and fill. Default: all of the frame. */
  columns?: readonly string[];
}

/**
 * Learns the median of each column from the rows it has, to fill the missing ones with.
 *
 * Give it the **training rows only**: a median that has seen the test rows leaks them into training. The median,
 * not the mean, because the features are grades from 1 to 10 with most rows at 1: the mean is a grade that hardly
 * any cell has. The rows are kept rather than dropped, because a stream at inference cannot drop a patient either.
 * With an even number of values it is the mean of the middle two, as in NumPy and scikit-learn.
 *
 * @throws {@link NoMedianError} (`ST_DATA_NO_MEDIAN`) for a column without any value;
 *   {@link NotNumericError} (`ST_DATA_NOT_NUMERIC`); {@link UnknownColumnError} (`ST_DATA_UNKNOWN_COLUMN`)
 * @example
 * ```ts
 * const { train, test } = trainTestSplit(features, { testSize: 0.4, seed: 1 });
 * const imputer = fitMedianImputer(train);
 * const filled = imputer.transform(test); // filled with the medians of `train`
 * ```
 */
export function fitMedianImputer(train: DataFrame, options: MedianImputerOptions = {}): MedianImputer {
  const columns = options.columns ?? train.columns;
  const rows = numericRows(train);
  const medians: Record<string, number> = {};
  for (const column of columns) {
    const place = columnIndex(train, column);
    const values = rows.map((row) => row[place]!).filter((value) => !Number.isNaN(value));
    if (values.length === 0) throw new NoMedianError(column, rows.length);
    medians[column] = median(values);
  }
  return { medians, transform: (frame) => fillMissing(frame, medians) };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

function fillMissing(frame: DataFrame, medians: Readonly<Record<string, number>>): DataFrame {
  const fills = new Map(
    Object.entries(medians).map(([column, value]) => [columnIndex(frame, column), value]),
  );
  const rows = rowsOf(frame).map((row) =>
    row.map((cell, c) => (typeof cell === 'number' && Number.isNaN(cell) ? (fills.get(c) ?? cell) : cell)),
  );
  return frameOf(rows, frame.columns, frame.index);
}
