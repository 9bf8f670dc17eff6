/** Reads a CSV file of numbers into a data frame, or says exactly where it is wrong. */
import { readFile } from 'node:fs/promises';
import { CsvError, parse } from 'csv-parse/sync';
import type { DataFrame } from './danfo.ts';
import {
  CsvColumnCountError,
  CsvHeaderError,
  CsvNotANumberError,
  CsvReadError,
  CsvSyntaxError,
  EmptyCsvError,
} from './csv-errors.ts';
import { frameOf } from './frame.ts';

/** Options of {@link readCsv}. */
export interface ReadCsvOptions {
  /** The header the file must have. Default: whatever its first row says. */
  columns?: readonly string[];
  /** Fields that mean "missing" and become NaN. Default `['?']`. */
  missingMarks?: readonly string[];
  /** What separates fields. Default `','`. */
  delimiter?: string;
}

interface CsvRow {
  fields: string[];
  /** Counted from 1; for a row that spans several lines, its last. */
  line: number;
}

const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/**
 * Reads a CSV file with a header row and nothing but numbers below into a danfojs frame. The whole file is held in
 * memory. Empty lines are passed over, space around a field is ignored, a UTF-8 byte-order mark too.
 *
 * @returns a frame `[rows, columns]`; missing values are NaN
 * @throws {@link CsvReadError} (`ST_DATA_CSV_READ`), {@link EmptyCsvError} (`ST_DATA_CSV_EMPTY`),
 *   {@link CsvHeaderError} (`ST_DATA_CSV_HEADER`), {@link CsvColumnCountError} (`ST_DATA_CSV_COLUMN_COUNT`),
 *   {@link CsvNotANumberError} (`ST_DATA_CSV_NOT_A_NUMBER`), {@link CsvSyntaxError} (`ST_DATA_CSV_SYNTAX`): each
 *   names file, line, column and value
 * @example
 * ```ts
 * const frame = await readCsv('measurements.csv', { columns: ['width', 'height'], missingMarks: ['?', 'NA'] });
 * frame.head(5).print();
 * ```
 */
export async function readCsv(path: string, options: ReadCsvOptions = {}): Promise<DataFrame> {
  const { missingMarks = ['?'], delimiter = ',' } = options;
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new CsvReadError(path, error);
  });
  const [header, ...rows] = parseRows(text, path, delimiter);
  if (!header) throw new EmptyCsvError(path, 1);
  const columns = checkedHeader(header, options.columns, path);
  if (rows.length === 0) throw new EmptyCsvError(path, header.line + 1);
  const missing = new Set(missingMarks);
  return frameOf(
    rows.map((row) => numbersOf(row, columns, missing, path)),
    columns,
  );
}

function parseRows(text: string, file: string, delimiter: string): CsvRow[] {
  try {
    const parsed: unknown = parse(text, {
      bom: true,
      delimiter,
      info: true,
      record_delimiter: ['\r\n', '\n', '\r'],
      relax_column_count: true,
      skip_empty_lines: true,
    });
    const records = parsed as { record: string[]; info: { lines: number } }[];
    return records
      .map(({ record, info }) => ({ fields: record.map((field) => field.trim()), line: info.lines }))
      .filter(({ fields }) => fields.length > 1 || fields[0] !== '');
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const { lines, column } = error as CsvError & { lines?: number; column?: number };
    throw new CsvSyntaxError(file, lines ?? 1, (column ?? 0) + 1, error);
  }
}

function checkedHeader(header: CsvRow, expected: readonly string[] | undefined, file: string): string[] {
  const { fields, line } = header;
  const wanted = expected ?? fields;
  for (let c = 0; c < Math.max(fields.length, wanted.length); c++) {
    const found = fields[c];
    if (found !== wanted[c]) throw new CsvHeaderError(file, line, c + 1, found, wanted[c]);
    if (!found) throw new CsvHeaderError(file, line, c + 1, found, undefined, 'has no name');
    if (fields.indexOf(found) !== c) {
      const problem = `repeats the name ${JSON.stringify(found)}`;
      throw new CsvHeaderError(file, line, c + 1, found, undefined, problem);
    }
  }
  return fields;
}

function numbersOf(row: CsvRow, columns: string[], missing: ReadonlySet<string>, file: string): number[] {
  const { fields, line } = row;
  if (fields.length !== columns.length) {
    const first = Math.min(fields.length, columns.length);
    const column = columns[first] ?? `number ${first + 1}`;
    throw new CsvColumnCountError(file, line, fields.length, columns.length, fields, column);
  }
  return fields.map((field, c) => {
    if (missing.has(field)) return NaN;
    const value = decimal.test(field) ? Number(field) : NaN;
    if (!Number.isFinite(value)) throw new CsvNotANumberError(file, line, columns[c]!, field, [...missing]);
    return value;
  });
}
