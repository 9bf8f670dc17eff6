/** Brings features to a common scale with the mean and deviation that the training rows have. */
import { InvalidOptionError, checkNumber, refuseUnknownOptions, type OptionNames } from '../options.ts';
import type { DataFrame } from './danfo.ts';
import { NoMeanError, NotNumericError, RowWidthError } from './errors.ts';
import { columnPlaces, frameOf, numberOf, rowsOf, type Cell } from './frame.ts';
import { momentsOf } from './moments.ts';

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

const optionNames: OptionNames<StandardScalerOptions> = { columns: true };

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
  refuseUnknownOptions('fitStandardScaler', options, optionNames);
  const rows = rowsOf(train);
  const scales = new Map<string, Scale>();
  for (const [column, place] of columnPlaces(train, options.columns ?? train.columns)) {
    const values = rows.map((row, r) => numberOf(row[place], train, r, column));
    const gap = values.findIndex(Number.isNaN);
    if (values.every(Number.isNaN)) throw new NoMeanError({ column, rows: rows.length });
    if (gap >= 0)
      throw new NotNumericError({ column, row: train.index[gap] ?? gap, value: rows[gap]![place] });
    const { mean, deviation, isConstant } = momentsOf(values);
    scales.set(column, { mean, deviation: isConstant ? 1 : deviation });
  }
  return scalerOf(scales);
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
    transform: (frame) => scaled(frame, scales),
    transformRow: (xs) => {
      if (xs.length !== columns.length) throw new RowWidthError({ found: xs.length, columns });
      return Float32Array.from(xs, (value, place) => {
        const { mean, deviation } = places[place]!;
        if (!Number.isFinite(value)) throw new NotNumericError({ column: columns[place]!, value });
        return (value - mean) / deviation;
      });
    },
  };
}

function scaled(frame: DataFrame, scales: ReadonlyMap<string, Scale>): DataFrame {
  const places = columnPlaces(frame, [...scales.keys()]);
  const rows = rowsOf(frame).map((row, r) => {
    const cells: Cell[] = [...row];
    for (const [column, place] of places) {
      const value = numberOf(row[place], frame, r, column);
      if (Number.isNaN(value))
        throw new NotNumericError({ column, row: frame.index[r] ?? r, value: row[place] });
      const { mean, deviation } = scales.get(column)!;
      cells[place] = (value - mean) / deviation;
    }
    return cells;
  });
  return frameOf(rows, frame.columns, frame.index);
}
