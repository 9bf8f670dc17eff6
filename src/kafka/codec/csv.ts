/** The CSV codec: `5,1,1,1,2,1,3,1,1` in a record's value to nine numbers and back. */
import { z } from 'zod';
import type { Codec, EncodableRow } from './codec.ts';
import { checkFeatures, checkedLabel, codecOf, codecOptions, decimalOf } from './codec.ts';
import { isReadable, labelFromKey, shown, valueOf, withinBytes } from './codec.ts';
import { isDecimal, readCsvRow, readField, splitCsvRow, whyBinary, type CsvRowPlan } from './csv-row.ts';
import { EncodeRowError, badRecord, excerpt } from './errors.ts';
import { whyInexact } from '../../exact-json.ts';
import type { RowValues } from '../../finite.ts';
import { InvalidOptionError } from '../../options.ts';
import type { KafkaRecord } from '../record.ts';

/** Options of {@link csvCodec}. */
export interface CsvCodecOptions {
  /** How many columns a row has, or their names. A label that is a column is counted too. */
  columns: number | readonly string[];
  /**
   * Where the label is: `'key'` (default), in the record's key; a column by its index from 0 or its name;
   * `'none'`, then `ys` is NaN.
   */
  label?: 'key' | 'none' | number | (string & {});
  /**
   * Marks of missing values and what to read for them: `{'?': NaN}`. A mark that is a number stands for every way to
   * write it: `{'-999': NaN}` also for `-999.0`. Default: none, so `?` is a bad record.
   */
  missing?: Readonly<Record<string, number>>;
  /** Longest value accepted, in bytes. Default 65,536. */
  maxBytes?: number;
  /** One ASCII character between columns. Default `,`. */
  delimiter?: string;
}

const optionsSchema = z.strictObject({
  columns: z.union([z.int().positive(), z.array(z.string().min(1)).min(1)], {
    error: 'must be a whole number from 1 on, or a list of names',
  }),
  label: z
    .union([z.int().nonnegative(), z.string().min(1)], {
      error: "must be 'key', 'none', or a column's index from 0 or name",
    })
    .default('key'),
  missing: z.record(z.string(), z.union([z.number(), z.nan()])).default({}),
  maxBytes: z.int().positive().default(65_536),
  delimiter: z
    .string()
    .regex(/^[!#-*,/:;<=>@[-`{-~\t ]$/, 'must be one ASCII character that cannot be in a number or a quote')
    .default(','),
});

/**
 * A codec for rows of numbers as CSV (RFC 4180: quotes, surrounding blanks, a CRLF at the end). Each number equals
 * `Number(text)`, rounded to float32 where that is what it is written to; a whole number beyond 2^53 that no number holds
 * exactly is refused (`not-exact`). Throws `InvalidOptionError` for options that make no sense.
 *
 * @example
 * ```ts
 * const codec = csvCodec({ columns: 9, missing: { '?': NaN } });
 * const { xs, ys } = codec.decode(record); // xs: Float32Array(9), ys from the key
 * codec.encode({ xs: [5, 1, 1, 1, 2, 1, 3, 1, 1] }); // '5,1,1,1,2,1,3,1,1'
 * ```
 */
export function csvCodec(options: CsvCodecOptions): Codec<string> {
  const { columns, label, missing, maxBytes, delimiter } = codecOptions('csvCodec', optionsSchema, options);
  const names = typeof columns === 'number' ? undefined : columns;
  const width = typeof columns === 'number' ? columns : columns.length;
  const twice = names?.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined)
    throw new InvalidOptionError({
      option: 'columns',
      value: columns,
      expected: `different names; two columns are called ${excerpt(twice)}`,
    });
  const labelColumn = findLabel(label, width, names);
  const features = labelColumn >= 0 ? width - 1 : width;
  if (features === 0)
    throw new InvalidOptionError({
      option: 'columns',
      value: columns,
      expected: 'another column beside the label: no feature is left',
    });
  const byKey = label === 'key';

  const { marks, numbers } = readMarks(missing);
  const isShort = (mark: string): boolean =>
    /^[!-~]$/.test(mark) && !/[\d+\-."]/.test(mark) && mark !== delimiter;
  const shortMark = [...marks.keys()].find(isShort);
  const plan: CsvRowPlan = {
    columns: width,
    delimiter: delimiter.charCodeAt(0),
    labelColumn,
    missingByte: shortMark === undefined ? -1 : shortMark.charCodeAt(0),
    missingValue: shortMark === undefined ? NaN : marks.get(shortMark)!,
    emptyValue: marks.get(''),
    numbers: numbers.size === 0 ? undefined : numbers,
    label: NaN,
  };

  /** Reads features into `xs` from `at` on and returns the label. */
  function read(record: KafkaRecord, xs: RowValues, at: number): number {
    const value = valueOf(record, maxBytes);
    const fast = value.length > 0 && readCsvRow(value, plan, xs, at);
    if (!fast || (labelColumn >= 0 && plan.label !== plan.label)) readCarefully(record, value, xs, at);
    if (byKey) return labelFromKey(record);
    return labelColumn >= 0 ? plan.label : NaN;
  }

  function readCarefully(record: KafkaRecord, value: Buffer, xs: RowValues, at: number): void {
    const row = splitCsvRow(value, delimiter);
    if ('reason' in row) throw badRecord(record, row.reason, row.detail);
    const { fields } = row;
    if (fields.length === 1 && fields[0]!.trim() === '' && !marks.has(fields[0]!))
      throw badRecord(record, 'empty', `the value holds nothing (${value.length} bytes)`);
    if (fields.length !== width)
      throw badRecord(record, 'column-count', `expected ${width} columns, found ${fields.length}`);
    let target = at;
    fields.forEach((text, column) => {
      const number = marks.get(text.trim()) ?? meaningOf(readField(text));
      const where = names === undefined ? `column ${column + 1}` : `column ${column + 1} (${names[column]!})`;
      if (column === labelColumn) {
        if (typeof number === 'string' || Number.isNaN(number))
          throw badRecord(
            record,
            'bad-label',
            `${where}, the label, holds ${number === 'not-exact' ? whyInexact(text.trim()) : excerpt(text)}${typeof number === 'string' ? '' : ', a mark of a missing value'}`,
          );
        plan.label = number;
      } else if (typeof number === 'string')
        throw badRecord(
          record,
          number,
          `${where} holds ${number === 'not-exact' ? whyInexact(text.trim()) : excerpt(text)}`,
        );
      else xs[target++] = number;
    });
  }

  function meaningOf(value: ReturnType<typeof readField>): ReturnType<typeof readField> {
    return typeof value === 'number' ? (numbers.get(value) ?? value) : value;
  }

  function encode(row: EncodableRow): string {
    checkFeatures('csvCodec', row, features);
    const narrow = row.xs instanceof Float32Array;
    const cells: string[] = Array.from(row.xs, (value) => cell(value, narrow));
    if (labelColumn >= 0) {
      const label = checkedLabel('csvCodec', row, `column ${labelColumn + 1}`);
      cells.splice(labelColumn, 0, cell(label, false));
    }
    return withinBytes('csvCodec', cells.join(delimiter), maxBytes);
  }

  function cell(value: number, narrow: boolean): string {
    const other = numbers.get(value);
    if (other !== undefined && !Object.is(other, value))
      throw new EncodeRowError({
        codec: 'csvCodec',
        problem: `${value} is a mark of a missing value and would be read as ${other}`,
      });
    if (isReadable(value)) return decimalOf(value, narrow);
    if (Number.isNaN(value))
      for (const [mark, meaning] of marks) if (Number.isNaN(meaning)) return quote(mark);
    const advice = Number.isNaN(value)
      ? "give a mark, missing: {'?': NaN}"
      : 'the largest float32 is about 3.4e38';
    throw new EncodeRowError({
      codec: 'csvCodec',
      problem: `${shown(value)} has no text form here; ${advice}`,
    });
  }

  const quote = (text: string): string =>
    text.includes(delimiter) || /["\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;

  return codecOf(features, read, encode);
}

/** The marks as they are met in a row, without blanks around them; and those that are numbers by their value. */
function readMarks(missing: Readonly<Record<string, number>>): {
  readonly marks: ReadonlyMap<string, number>;
  readonly numbers: ReadonlyMap<number, number>;
} {
  const marks = new Map<string, number>();
  const numbers = new Map<number, number>();
  for (const [given, meaning] of Object.entries(missing)) {
    const mark = given.trim();
    if (/\p{Surrogate}/u.test(mark) || whyBinary(Buffer.from(mark)) !== undefined)
      throw new InvalidOptionError({
        option: 'missing',
        value: mark,
        expected: 'marks that a row of text can hold',
      });
    if (!Number.isNaN(meaning) && !isReadable(meaning))
      throw new InvalidOptionError({
        option: `missing[${excerpt(mark)}]`,
        value: meaning,
        expected: 'NaN, or a number that float32 holds',
      });
    const number = isDecimal(mark) ? Number(mark) : undefined;
    const known = marks.get(mark) ?? (number === undefined ? undefined : numbers.get(number));
    if (known !== undefined && !Object.is(known, meaning))
      throw new InvalidOptionError({
        option: `missing[${excerpt(mark)}]`,
        value: meaning,
        expected: `one meaning for all ways to write it; another one is ${known}`,
      });
    marks.set(mark, meaning);
    if (number !== undefined) numbers.set(number, meaning);
  }
  return { marks, numbers };
}

/** The label's column, or -1 when it is not a column. */
function findLabel(label: string | number, width: number, names: readonly string[] | undefined): number {
  if (label === 'key' || label === 'none') return -1;
  if (typeof label === 'number') {
    if (label < width) return label;
    throw new InvalidOptionError({
      option: 'label',
      value: label,
      expected: `a column from 0 to ${width - 1}`,
    });
  }
  const column = names?.indexOf(label) ?? -1;
  if (column >= 0) return column;
  const known =
    names === undefined ? 'columns have no names (give columns as a list)' : `known: ${names.join(', ')}`;
  throw new InvalidOptionError({ option: 'label', value: label, expected: `a column; ${known}` });
}
