/** Missing values filled and features brought to one scale, with what the training rows have. */
import { InvalidOptionError, checkNumber, refuseUnknownOptions, type OptionNames } from '../options.ts';
import { OnlineMedianImputer, OnlineStandardScaler } from '../scaling/index.ts';
import type { DataFrame } from './danfo.ts';
import { NoMeanError, NoMedianError, NotNumericError, RowWidthError } from './errors.ts';
import { columnPlaces, frameOf, numberOf, rowsOf } from './frame.ts';

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

const imputerOptions: OptionNames<MedianImputerOptions> = { columns: true };

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
  refuseUnknownOptions('fitMedianImputer', options, imputerOptions);
  const places = columnPlaces(train, options.columns ?? train.columns);
  const { values, rows } = numbersIn(train, places);
  const learner = new OnlineMedianImputer(places.size, { exactValues: Math.max(16, rows) });
  learner.learn(values, rows);
  const found = learner.medians;
  const medians = new Map([...places.keys()].map((column, c) => [column, found[c]!]));
  for (const [column, median] of medians) if (Number.isNaN(median)) throw new NoMedianError({ column, rows });
  return {
    columns: [...medians.keys()],
    medians: Object.fromEntries(medians),
    transform: (frame) =>
      withColumns(frame, [...medians.keys()], (value, column) =>
        Number.isNaN(value) ? medians.get(column)! : value,
      ),
  };
}

/** What {@link fitStandardScaler} learnt. Plain JSON but for its methods: it can be kept beside a model. */
export interface StandardScaler {
  /** The columns it learnt, in the order of a row's features. */
  readonly columns: readonly string[];
  /** The mean of each column, in the column's own unit. */
  readonly means: Readonly<Record<string, number>>;
  /** The standard deviation of each column (over n, not n - 1), in the column's own unit; 1 for a constant one. */
  readonly deviations: Readonly<Record<string, number>>;
  /**
   * Returns the frame with those columns as (value - mean) / deviation, in float64; other columns as they are.
   *
   * @throws NotNumericError (`ST_DATA_NOT_NUMERIC`) for a missing or infinite value, with its row and column
   */
  transform(frame: DataFrame): DataFrame;
  /**
   * Scales the features of one row, as a codec decodes it, in the order of `columns`. Computed in float64.
   *
   * @returns new memory, float32
   * @throws {@link RowWidthError} (`ST_DATA_ROW_WIDTH`) when the row has more or fewer features;
   *   {@link NotNumericError} (`ST_DATA_NOT_NUMERIC`) for a missing or infinite one
   */
  transformRow(xs: ArrayLike<number>): Float32Array;
}

/**
 * What has to be kept of a {@link StandardScaler}: `JSON.stringify(scaler)` writes it. `columns` is the order of the
 * features; JavaScript itself puts names such as `2021` before all others, so that the other two cannot say it.
 */
export interface ScalerNumbers extends Pick<StandardScaler, 'means' | 'deviations'> {
  readonly columns?: readonly string[];
}

/** Options of {@link fitStandardScaler}. */
export interface StandardScalerOptions {
  /** The columns to learn and scale. Default: all of the frame; name the features if the label is still in it. */
  columns?: readonly string[];
}

const scalerOptions: OptionNames<StandardScalerOptions> = { columns: true };

/** One column's numbers. */
interface Scale {
  readonly mean: number;
  readonly deviation: number;
}

/**
 * Learns mean and standard deviation of each column, as scikit-learn's `StandardScaler` does. Fill missing values first.
 * Give it the **training rows only**, for the reason {@link fitMedianImputer} gives.
 *
 * A column is constant when its deviation is no more than rounding makes of one, by scikit-learn's rule; its deviation
 * is then 1, so that its value becomes 0, whatever it is.
 *
 * danfojs' own `StandardScaler` computes in float32: it makes NaN of a constant column and of numbers around 10^9, passes
 * on the NaN of a gap, and leaves tensors behind at every call.
 *
 * The article trains on the raw grades of 1 to 10. Its ten epochs are then too few: about 92 % of the test rows are right,
 * against about 97 % on scaled ones (test/model/article.test.ts).
 *
 * @throws {@link NotNumericError} (`ST_DATA_NOT_NUMERIC`) for a missing or infinite value or text, with row and column;
 *   {@link NoMeanError} (`ST_DATA_NO_MEAN`) for a column without any value;
 *   {@link UnknownColumnError} (`ST_DATA_UNKNOWN_COLUMN`), {@link DuplicateColumnError} (`ST_DATA_DUPLICATE_COLUMN`)
 * @example
 * ```ts
 * const { train, test } = trainTestSplit(await readBreastCancer(), { testSize: 0.4, seed: 1 });
 * const scaler = fitStandardScaler(train, { columns: breastCancerFeatures });
 * const [scaledTrain, scaledTest] = [scaler.transform(train), scaler.transform(test)];
 * ```
 */
export function fitStandardScaler(train: DataFrame, options: StandardScalerOptions = {}): StandardScaler {
  refuseUnknownOptions('fitStandardScaler', options, scalerOptions);
  const columns = options.columns ?? train.columns;
  const places = columnPlaces(train, columns);
  const { values, rows } = numbersIn(train, places);
  const gap = values.findIndex(Number.isNaN);
  for (const [c, column] of columns.entries())
    if (values.every((value, at) => at % columns.length !== c || Number.isNaN(value)))
      throw new NoMeanError({ column, rows });
  if (gap >= 0) {
    const [row, column] = [Math.floor(gap / columns.length), columns[gap % columns.length]!];
    throw missing(train, row, column, rowsOf(train)[row]![places.get(column)!]);
  }
  const learner = new OnlineStandardScaler(places.size);
  learner.learn(values, rows);
  const { means, deviations } = learner;
  return scalerOf(
    new Map(
      columns.map((column, c) => {
        const [mean, deviation] = [means[c]!, deviations[c]!];
        return [column, { mean, deviation: isConstant(deviation ** 2, mean, rows) ? 1 : deviation }];
      }),
    ),
  );
}

/** `_is_constant_feature` of `sklearn/preprocessing/_data.py`, by the bound on the error of a computed variance. */
function isConstant(variance: number, mean: number, n: number): boolean {
  return variance <= n * Number.EPSILON * variance + (n * mean * Number.EPSILON) ** 2;
}

/**
 * The scaler with numbers learnt earlier, read from JSON for example: what a model was trained with belongs to it
 * wherever it goes.
 *
 * @throws `InvalidOptionError` (`ST_OPTION_INVALID`) where a mean or deviation is missing or no finite number, a
 *   deviation is not above 0, or `columns` is missing although a column is called by a whole number
 * @example
 * ```ts
 * const scaler = standardScaler(JSON.parse(await readFile('scaler.json', 'utf8')));
 * const { xs } = codec.decode(record);
 * model.predict(tf.tensor2d(scaler.transformRow(xs), [1, xs.length]));
 * ```
 */
export function standardScaler({ columns, means, deviations }: ScalerNumbers): StandardScaler {
  const names = columns ?? Object.keys(means);
  if (columns === undefined && names.length > 1 && names.some((name) => /^(0|[1-9]\d*)$/.test(name)))
    throw new InvalidOptionError({
      option: 'columns',
      value: undefined,
      expected: `the order of ${names.join(', ')}, which objects do not keep`,
    });
  for (const [name, numbers] of Object.entries({ means, deviations })) {
    if (new Set(names).size !== names.length || Object.keys(numbers).length !== names.length)
      throw new InvalidOptionError({
        option: name,
        value: numbers,
        expected: `one for each of ${names.join(', ')}`,
        found: `of ${Object.keys(numbers).join(', ')}`,
      });
  }
  const numberIn = (option: string, numbers: Readonly<Record<string, number>>, column: string) => {
    const value = Object.hasOwn(numbers, column) ? numbers[column] : undefined;
    return checkNumber(`${option}.${column}`, value, option === 'means' ? {} : { above: 0 });
  };
  return scalerOf(
    new Map(
      names.map((column) => [
        column,
        { mean: numberIn('means', means, column), deviation: numberIn('deviations', deviations, column) },
      ]),
    ),
  );
}

function scalerOf(scales: ReadonlyMap<string, Scale>): StandardScaler {
  const columns = [...scales.keys()];
  const places = [...scales.values()];
  const record = (of: (scale: Scale) => number) =>
    Object.fromEntries([...scales].map(([column, scale]) => [column, of(scale)]));
  return {
    columns,
    means: record(({ mean }) => mean),
    deviations: record(({ deviation }) => deviation),
    transform: (frame) =>
      withColumns(frame, columns, (value, column, row, cell) => {
        if (Number.isNaN(value)) throw missing(frame, row, column, cell);
        const { mean, deviation } = scales.get(column)!;
        const scaled = (value - mean) / deviation;
        if (Number.isFinite(scaled)) return scaled;
        throw new NotNumericError({ column, row: frame.index[row] ?? row, value, scaled });
      }),
    transformRow: (xs) => {
      if (xs.length !== columns.length) throw new RowWidthError({ found: xs.length, columns });
      return Float32Array.from(xs, (value, place) => {
        const { mean, deviation } = places[place]!;
        if (!Number.isFinite(value)) throw new NotNumericError({ column: columns[place]!, value });
        const scaled = (value - mean) / deviation;
        if (Number.isFinite(Math.fround(scaled))) return scaled;
        throw new NotNumericError({ column: columns[place]!, value, scaled });
      });
    },
  };
}

function missing(frame: DataFrame, row: number, column: string, value: unknown): NotNumericError {
  return new NotNumericError({ column, row: frame.index[row] ?? row, value });
}

/** The numbers of some columns row after row, NaN where one is missing. */
function numbersIn(
  frame: DataFrame,
  places: ReadonlyMap<string, number>,
): { readonly values: Float64Array; readonly rows: number } {
  const rows = rowsOf(frame);
  const values = new Float64Array(rows.length * places.size);
  let at = 0;
  for (const [r, row] of rows.entries())
    for (const [column, place] of places) values[at++] = numberOf(row[place], frame, r, column);
  return { values, rows: rows.length };
}

/** The frame with new numbers in some columns; a missing one is given as NaN, beside the cell it was. */
function withColumns(
  frame: DataFrame,
  columns: readonly string[],
  change: (value: number, column: string, row: number, cell: unknown) => number,
): DataFrame {
  const places = columnPlaces(frame, columns);
  const rows = rowsOf(frame).map((row, r) => {
    const cells = [...row];
    for (const [column, place] of places)
      cells[place] = change(numberOf(row[place], frame, r, column), column, r, row[place]);
    return cells;
  });
  return frameOf(rows, frame.columns, frame.index);
}
