/** Fills missing values with the median that the training rows have. */
import type { DataFrame } from './danfo.ts';
import { NoMedianError } from './errors.ts';
import { columnPlaces, frameOf, numberOf, rowsOf } from './frame.ts';
import { refuseUnknownOptions, type OptionNames } from '../options.ts';

/** What {@link fitMedianImputer} learnt. */
export interface MedianImputer {
  /** The columns it learnt, in their order. */
  readonly columns: readonly string[];
  /** The median of each column, in the column's own unit. Plain JSON: it can be kept beside a model. */
  readonly medians: Readonly<Record<string, number>>;
  /**
   * Returns the frame with each missing value (NaN, null, undefined) of those columns replaced by the median; other
   * columns stay as they are.
   *
   * @throws NotNumericError (`ST_DATA_NOT_NUMERIC`) for text or an infinity in one of those columns;
   *   UnknownColumnError (`ST_DATA_UNKNOWN_COLUMN`)
   */
  transform(frame: DataFrame): DataFrame;
}

/** Options of {@link fitMedianImputer}. */
export interface MedianImputerOptions {
  /** The columns to learn and fill. Default: all of the frame. */
  columns?: readonly string[];
}

const optionNames: OptionNames<MedianImputerOptions> = { columns: true };

/**
 * Learns the median of each column from the rows it has, to fill the missing ones with.
 *
 * Give it the **training rows only**: a median that has seen the test rows leaks them into training. The median,
 * not the mean, because the features are grades from 1 to 10 with most rows at 1: the mean is a grade that hardly
 * any cell has. The rows are kept rather than dropped, because a stream at inference cannot drop a patient either.
 * With an even number of values it is the mean of the middle two, as in NumPy and scikit-learn. danfojs' own
 * `frame.fillNa` writes into the frame it is given, although it returns another: the raw rows are lost.
 *
 * @throws {@link NoMedianError} (`ST_DATA_NO_MEDIAN`) for a column without any value;
 *   {@link NotNumericError} (`ST_DATA_NOT_NUMERIC`) for text or an infinity in one of the columns;
 *   {@link UnknownColumnError} (`ST_DATA_UNKNOWN_COLUMN`), {@link DuplicateColumnError} (`ST_DATA_DUPLICATE_COLUMN`)
 * @example
 * ```ts run
 * const { DataFrame } = danfo();
 * const imputer = fitMedianImputer(new DataFrame([[1], [3], [8]], { columns: ['width'] }));
 * const filled = imputer.transform(new DataFrame([[NaN]], { columns: ['width'] }));
 * console.log(filled.values); // [ [ 3 ] ]
 * ```
 */
export function fitMedianImputer(train: DataFrame, options: MedianImputerOptions = {}): MedianImputer {
  refuseUnknownOptions('fitMedianImputer', options, optionNames);
  const medians = new Map<string, number>();
  const rows = rowsOf(train);
  for (const [column, place] of columnPlaces(train, options.columns ?? train.columns)) {
    const all = rows.map((row, r) => numberOf(row[place], train, r, column));
    const values = all.filter((value) => !Number.isNaN(value));
    if (values.length === 0) throw new NoMedianError({ column, rows: rows.length });
    medians.set(column, median(values));
  }
  return {
    columns: [...medians.keys()],
    medians: Object.fromEntries(medians),
    transform: (frame) => fillMissing(frame, medians),
  };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : sorted[middle - 1]! / 2 + sorted[middle]! / 2;
}

function fillMissing(frame: DataFrame, medians: ReadonlyMap<string, number>): DataFrame {
  const places = columnPlaces(frame, [...medians.keys()]);
  const rows = rowsOf(frame).map((row, r) => {
    const filled = [...row];
    for (const [column, place] of places) {
      const value = numberOf(row[place], frame, r, column);
      filled[place] = Number.isNaN(value) ? medians.get(column)! : value;
    }
    return filled;
  });
  return frameOf(rows, frame.columns, frame.index);
}
