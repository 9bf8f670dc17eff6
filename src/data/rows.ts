/** Turns frames into the text that goes to Kafka. */
import { refuseUnknownOptions, type OptionNames } from '../options.ts';
import type { DataFrame } from './danfo.ts';
import { DataOptionError, NotNumericError, RowCountError } from './errors.ts';
import { numericRows } from './frame.ts';

/** Options of {@link toCsvRows} and {@link toKafkaItems}. */
export interface CsvRowOptions {
  /** What to write for a missing value, without comma, quote or line end. Default: a missing value is an error. */
  missingMark?: string;
}

const optionNames: OptionNames<CsvRowOptions> = { missingMark: true };

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
 *   `missingMark`: one NaN would turn every weight of a model into NaN; {@link DataOptionError} (`ST_DATA_OPTION`) for a
 *   mark that would not stay one field
 * @example
 * ```ts
 * console.log(toCsvRows(features)[0]); // '5,1,1,1,2,1,3,1,1'
 * ```
 */
export function toCsvRows(frame: DataFrame, options: CsvRowOptions = {}): string[] {
  refuseUnknownOptions('toCsvRows', options, optionNames);
  const { missingMark } = options;
  if (missingMark !== undefined && /[,"\r\n]/.test(missingMark))
    throw new DataOptionError(
      'missingMark',
      JSON.stringify(missingMark),
      'text without comma, quote or line end',
    );
  return numericRows(frame).map((row, r) =>
    row
      .map((value, c) => {
        if (!Number.isNaN(value)) return String(value);
        if (missingMark === undefined)
          throw new NotNumericError(frame.columns[c]!, frame.index[r] ?? r, value);
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
 * ```ts
 * const items = toKafkaItems(features, labels);
 * console.log(items[0]); // { key: '0', value: '5,1,1,1,2,1,3,1,1' }
 * ```
 */
export function toKafkaItems(
  features: DataFrame,
  labels: readonly (number | string)[],
  options: CsvRowOptions = {},
): KafkaItem[] {
  const rows = toCsvRows(features, options);
  if (rows.length !== labels.length) throw new RowCountError(rows.length, labels.length);
  return rows.map((value, i) => {
    const label = labels[i]!;
    if (typeof label !== 'string' && !Number.isFinite(label))
      throw new NotNumericError('of labels', features.index[i] ?? i, label);
    return { key: String(label), value };
  });
}
