/** From a frame to the records of a topic: labels coded and taken apart, rows as text. */
import { InvalidOptionError, checkNumber, refuseUnknownOptions, type OptionNames } from '../options.ts';
import type { DataFrame } from './danfo.ts';
import { NotNumericError, RowCountError, UnknownLabelError } from './errors.ts';
import { columnIndex, frameOf, numericRows, rowsOf } from './frame.ts';

/** Options of {@link encodeLabels}. */
export interface EncodeLabelsOptions {
  /** The column of labels. Default `'Class'`. */
  column?: string;
  /** The code of each label. Default `{2: 0, 4: 1}`: benign 0, malignant 1. */
  codes?: Readonly<Record<string | number, number>>;
}

const encodeOptions: OptionNames<EncodeLabelsOptions> = { column: true, codes: true };

/**
 * Replaces every label by its code, all at once. danfojs' `frame.replace(2, 0, { columns: ['Class'] })` does it for one
 * label at a time: it leaves a label without a code as it is, and of two calls the second takes the first one's codes
 * for labels ({1: 2, 2: 1} makes all of them 1).
 *
 * @throws {@link UnknownLabelError} (`ST_DATA_UNKNOWN_LABEL`) for a label without a code, a missing one included;
 *   `InvalidOptionError` (`ST_OPTION_INVALID`) for a code that is no finite number;
 *   {@link UnknownColumnError} (`ST_DATA_UNKNOWN_COLUMN`)
 * @example
 * ```ts run
 * const encoded = encodeLabels(await readBreastCancer());
 * console.log(encoded.column('Class').values.slice(0, 6)); // [ 0, 0, 0, 0, 0, 1 ]
 * ```
 */
export function encodeLabels(frame: DataFrame, options: EncodeLabelsOptions = {}): DataFrame {
  refuseUnknownOptions('encodeLabels', options, encodeOptions);
  const { column = 'Class', codes = { 2: 0, 4: 1 } } = options;
  for (const [label, code] of Object.entries(codes)) checkNumber(`codes[${label}]`, code);
  const place = columnIndex(frame, column);
  const known = new Map(Object.entries(codes));
  const rows = rowsOf(frame).map((row, r) => {
    const code = known.get(String(row[place]));
    if (code === undefined) {
      const at = { column, row: frame.index[r] ?? r, value: row[place] };
      throw new UnknownLabelError({ ...at, known: [...known.keys()] });
    }
    return row.map((cell, c) => (c === place ? code : cell));
  });
  return frameOf(rows, frame.columns, frame.index);
}

/** Features and labels of the same rows, in the same order. */
export interface SplitLabels {
  /** All columns but the label's, `[rows, columns - 1]`. */
  features: DataFrame;
  /** The label column, `[rows]`. */
  labels: number[];
}

/**
 * Takes the label column apart from the features.
 *
 * @throws {@link NotNumericError} (`ST_DATA_NOT_NUMERIC`) for a label that is missing or not a number;
 *   {@link UnknownColumnError} (`ST_DATA_UNKNOWN_COLUMN`)
 * @example
 * ```ts run
 * const { features, labels } = splitLabels(encodeLabels(await readBreastCancer()), 'Class');
 * console.log(features.shape, labels.length); // [ 699, 10 ] 699
 * ```
 */
export function splitLabels(frame: DataFrame, column = 'Class'): SplitLabels {
  const place = columnIndex(frame, column);
  const rows = rowsOf(frame);
  const labels = rows.map((row, r) => {
    const label = row[place];
    if (typeof label === 'number' && Number.isFinite(label)) return label;
    throw new NotNumericError({ column, row: frame.index[r] ?? r, value: label });
  });
  const isFeature = (_: unknown, c: number) => c !== place;
  const features = frameOf(
    rows.map((row) => row.filter(isFeature)),
    frame.columns.filter(isFeature),
    frame.index,
  );
  return { features, labels };
}

/** Options of {@link toCsvRows} and {@link toKafkaItems}. */
export interface CsvRowOptions {
  /** What to write for a missing value, without comma, quote or line end. Default: a missing value is an error. */
  missingMark?: string;
}

const csvRowOptions: OptionNames<CsvRowOptions> = { missingMark: true };

/** One message to write: the label as key, the features as a CSV row. */
export interface KafkaItem {
  key: string;
  value: string;
}

/**
 * Writes each row as CSV without a header. Numbers are exact: `Number(text)` gives the same 64-bit number back. danfojs'
 * `toCSV` writes a gap as `NaN` or nothing, and a text with a comma without quotes.
 *
 * @throws {@link NotNumericError} (`ST_DATA_NOT_NUMERIC`) for a cell that is not a finite number, or missing without a
 *   `missingMark`: one NaN would turn every weight of a model into NaN; `InvalidOptionError` (`ST_OPTION_INVALID`) for a
 *   mark that would not stay one field
 * @example
 * ```ts run
 * const { DataFrame } = danfo();
 * const features = new DataFrame([[5, 1, 1, 1, 2, 1, 3, 1, 1]]);
 * console.log(toCsvRows(features)[0]); // 5,1,1,1,2,1,3,1,1
 * ```
 */
export function toCsvRows(frame: DataFrame, options: CsvRowOptions = {}): string[] {
  refuseUnknownOptions('toCsvRows', options, csvRowOptions);
  const { missingMark } = options;
  if (missingMark !== undefined && /[,"\r\n]/.test(missingMark)) {
    const expected = 'text without comma, quote or line end';
    throw new InvalidOptionError({ option: 'missingMark', value: missingMark, expected });
  }
  return numericRows(frame).map((row, r) =>
    row
      .map((value, c) => {
        if (!Number.isNaN(value)) return String(value);
        if (missingMark === undefined)
          throw new NotNumericError({ column: frame.columns[c]!, row: frame.index[r] ?? r, value });
        return missingMark;
      })
      .join(','),
  );
}

/**
 * Pairs each row with its label, ready for `writeToKafka`.
 *
 * @throws {@link RowCountError} (`ST_DATA_ROW_COUNT`) when there are more or fewer labels than rows;
 *   {@link NotNumericError} (`ST_DATA_NOT_NUMERIC`) as {@link toCsvRows}, and for a label that is missing or infinite
 * @example
 * ```ts run
 * const { DataFrame } = danfo();
 * const features = new DataFrame([[5, 1, 1, 1, 2, 1, 3, 1, 1]]);
 * const items = toKafkaItems(features, [0]);
 * console.log(items[0]); // { key: '0', value: '5,1,1,1,2,1,3,1,1' }
 * ```
 */
export function toKafkaItems(
  features: DataFrame,
  labels: readonly (number | string)[],
  options: CsvRowOptions = {},
): KafkaItem[] {
  const rows = toCsvRows(features, options);
  if (rows.length !== labels.length)
    throw new RowCountError({ features: rows.length, labels: labels.length });
  return rows.map((value, i) => {
    const label = labels[i]!;
    if (typeof label !== 'string' && !Number.isFinite(label))
      throw new NotNumericError({ column: 'of labels', row: features.index[i] ?? i, value: label });
    return { key: String(label), value };
  });
}
