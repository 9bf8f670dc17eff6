/** Turns frames into the text that goes to Kafka. */
import type { DataFrame } from './danfo.ts';
import { NotNumericError, RowCountError } from './errors.ts';
import { numericRows } from './frame.ts';

/** Options of {@link toCsvRows} and {@link toKafkaItems}. */
export interface CsvRowOptions {
  /** What to write for a missing value (NaN). Default: a missing value is an error. */
  missingMark?: string;
}

/** One message to write: the label as key, the features as a CSV row. */
export interface KafkaItem {
  key: string;
  value: string;
}

/**
 * Writes each row as CSV without a header. Numbers are exact: `Number(text)` gives the same 64-bit number back.
 *
 * @throws {@link NotNumericError} (`ST_DATA_NOT_NUMERIC`) for a cell that is not a number, or missing without a
 *   `missingMark`: one NaN would turn every weight of a model into NaN
 * @example
 * ```ts
 * console.log(toCsvRows(features)[0]); // '5,1,1,1,2,1,3,1,1'
 * ```
 */
export function toCsvRows(frame: DataFrame, options: CsvRowOptions = {}): string[] {
  const { missingMark } = options;
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
 *   {@link NotNumericError} (`ST_DATA_NOT_NUMERIC`) as {@link toCsvRows}
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
  return rows.map((value, i) => ({ key: String(labels[i]), value }));
}
