/** A CSV file as rows of texts, in constant memory, and the flags that say how it is laid out. */
import type { Readable } from 'node:stream';
import { type Command, Option } from 'commander';
import { isNumber, usualMissingMarks } from '../data/csv-numbers.ts';
import { csvRows, type CsvLayout, type CsvRow } from '../data/csv-rows.ts';
import { isValueLike } from '../data/table-columns.ts';
import { CsvEncodingError, CsvReadError, CsvSyntaxError } from '../data/errors.ts';
import { messageOf } from '../errors.ts';
import { CsvFileError } from './errors.ts';
import { delimiterOf, list, timeForms, timeOf, type TimeUnit, timeUnits } from './values.ts';

/** How a CSV file is laid out, and which of its columns make up a row. */
export interface CsvFileOptions extends CsvLayout {
  /** Whether the first line holds the columns' names. Default: yes, but one that looks like a row is refused. */
  header?: boolean | undefined;
  /** What separates columns, in the file and in the rows. */
  delimiter: string;
  /** What stands before a fraction; `,` becomes `.` in the rows. Default `.`. */
  decimal?: '.' | ',' | undefined;
  /** The column that becomes the key, by name or by index from 0. */
  key?: string | undefined;
  /** Leave the key's column in the value, too. */
  keepKey?: boolean;
  /** Columns left out of the value, by name or index. */
  drop?: readonly string[];
  /** The column that holds the time. */
  time?: string | undefined;
  /** What the times are. Default `iso`. */
  timeUnit?: TimeUnit | undefined;
}

/** A row ready to be written. */
export interface CsvItem {
  key: string | null;
  value: string;
  /** ms since 1970, when there is a time column. */
  timestamp?: number;
}

/** Reads `file` (`-`: stdin) row by row. Throws {@link CsvFileError} naming file and line. */
export async function* readCsvFile(
  file: string,
  options: CsvFileOptions,
): AsyncGenerator<CsvItem, void, undefined> {
  const source: Readable | undefined = file === '-' ? process.stdin : undefined;
  let plan: ((row: CsvRow) => CsvItem) | undefined;
  try {
    for await (const rows of csvRows(file, options, source as AsyncIterable<Buffer> | undefined)) {
      for (const row of rows) {
        if (plan === undefined) {
          plan = planRow(file, row, options);
          if (options.header !== false) continue;
        }
        yield plan(row);
      }
    }
  } catch (error) {
    throw inWords(file, error);
  }
  if (plan === undefined) throw new CsvFileError({ file, problem: 'the file is empty.' });
}

function planRow(file: string, first: CsvRow, options: CsvFileOptions): (row: CsvRow) => CsvItem {
  const { delimiter, decimal, timeUnit = 'iso' } = options;
  let isSecond = true;
  const names = options.header === false ? undefined : namesOf(file, first, options);
  const width = first.fields.length;
  // A delimiter at the end of every line makes a column without a name, in which nothing may stand.
  const nothing = names !== undefined && width > 1 && names[width - 1] === '' ? width - 1 : -1;
  const find = (wanted: string): number => columnOf(file, wanted, names, nothing < 0 ? width : nothing);
  const key = options.key === undefined ? -1 : find(options.key);
  const time = options.time === undefined ? -1 : find(options.time);
  const left = new Set((options.drop ?? []).map(find));
  if (key >= 0 && options.keepKey !== true) left.add(key);
  const kept = first.fields
    .map((_, column) => column)
    .filter((column) => !left.has(column) && column !== nothing);
  if (kept.length === 0)
    throw new CsvFileError({ file, problem: 'every column is the key or left out: no value is left.' });

  const text = (row: CsvRow, column: number): string =>
    decimal === ',' ? withPoint(file, row, column) : row.fields[column]!;
  return (row) => {
    const { fields, line } = row;
    if (fields.length !== width)
      throw new CsvFileError({ file, problem: lengthProblem(row, first, delimiter) });
    if (nothing >= 0 && fields[nothing] !== '')
      throw new CsvFileError({
        file,
        problem: `line ${line}: ${shown(fields[nothing]!)} stands in a column without a name.`,
      });
    if (names !== undefined && width > 1 && fields.every((field, c) => field === names[c]))
      throw new CsvFileError({
        file,
        problem: `line ${line}: the header is repeated there; remove that line.`,
      });
    if (isSecond && options.header === undefined && !isNamed(first, options) && isAlike(first, row))
      throw looksLikeRow(file, first);
    isSecond = false;
    const item: CsvItem = {
      key: key < 0 ? null : text(row, key),
      value: kept.map((column) => cell(text(row, column), delimiter)).join(delimiter),
    };
    if (time >= 0) {
      item.timestamp = timeOf(fields[time]!, timeUnit);
      if (item.timestamp === undefined)
        throw new CsvFileError({
          file,
          problem:
            `line ${line}: the time column holds ${shown(fields[time]!)}, which is not ${timeForms[timeUnit]}; ` +
            '--time-unit says what the times are.',
        });
    }
    return item;
  };
}

/** The names in the first line; numbers and gaps throughout are data, unless it was said that they are names. */
function namesOf(file: string, first: CsvRow, { header }: CsvFileOptions): readonly string[] {
  const { fields } = first;
  if (
    header === undefined &&
    fields.some(isValueLike) &&
    fields.every((field) => isValueLike(field) || isGap(field))
  )
    throw looksLikeRow(file, first);
  return fields;
}

const isGap = (field: string): boolean => usualMissingMarks.includes(field);

/** Whether a column is asked for by its name in the first line, which is a header then; a number may be an index. */
const isNamed = ({ fields }: CsvRow, { key, time, drop = [] }: CsvFileOptions): boolean =>
  [key, time, ...drop].some((name) => name !== undefined && !isValueLike(name) && fields.includes(name));

/** Whether two rows have numbers in the same columns, and texts in the same: the first one is no header of the other. */
function isAlike(first: CsvRow, second: CsvRow): boolean {
  const isLike = first.fields.map(isValueLike);
  return (
    isLike.includes(true) &&
    second.fields.every(
      (field, c) => isValueLike(field) === isLike[c] || isGap(field) || isGap(first.fields[c]!),
    )
  );
}

function looksLikeRow(file: string, { fields, line }: CsvRow): CsvFileError {
  return new CsvFileError({
    file,
    problem:
      `line ${line}: the first line looks like a row (${fields.slice(0, 4).join(', ')}), not like names of columns: ` +
      'say --no-header, or --header if these are names.',
  });
}

/** The place of a column that was asked for by name or by index. */
function columnOf(file: string, wanted: string, names: readonly string[] | undefined, width: number): number {
  const named = names?.indexOf(wanted) ?? -1;
  if (named >= 0) {
    if (names!.indexOf(wanted, named + 1) < 0) return named;
    throw new CsvFileError({
      file,
      problem: `several columns are called ${shown(wanted)}: name it by its index from 0.`,
    });
  }
  const index = /^\d+$/.test(wanted) ? Number(wanted) : -1;
  if (index >= 0 && index < width) return index;
  const known = names === undefined ? `columns run from 0 to ${width - 1}` : `known: ${names.join(', ')}`;
  const only =
    names?.length === 1 ? [';', '\t', '|', ','].find((other) => names[0]!.includes(other)) : undefined;
  const hint =
    only === undefined ? '' : ` If ${shown(only)} stands between the columns, say --delimiter '${only}'.`;
  throw new CsvFileError({ file, problem: `there is no column ${shown(wanted)}; ${known}.${hint}` });
}

function lengthProblem({ fields, line }: CsvRow, first: CsvRow, delimiter: string): string {
  const found = `line ${line}: ${fields.length} columns, expected ${first.fields.length} as in line ${first.line}`;
  return `${found}, in ${shown(fields.join(delimiter))}.`;
}

/** A field with its decimal comma made a point; a text that is no number stays as it is. */
function withPoint(file: string, { fields, line }: CsvRow, column: number): string {
  const field = fields[column]!;
  if (isNumber(field, ',')) return field.replace(',', '.');
  if (/^[+-]?[\d.][\d.,'’ ]*(e[+-]?\d+)?$/i.test(field) && /\d/.test(field))
    throw new CsvFileError({
      file,
      problem: `line ${line}: ${shown(field)} is no number with a decimal comma.`,
    });
  return field;
}

function cell(text: string, delimiter: string): string {
  return text.includes(delimiter) || /["\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function shown(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}

/** Every failure of reading as one of this command. */
function inWords(file: string, error: unknown): unknown {
  if (error instanceof CsvFileError) return error;
  if (error instanceof CsvReadError) {
    const { code } = (error.cause ?? {}) as NodeJS.ErrnoException;
    return new CsvFileError({
      file,
      problem: code === 'ENOENT' ? 'there is no such file.' : messageOf(error.cause),
      cause: error,
    });
  }
  if (error instanceof CsvSyntaxError)
    return new CsvFileError({
      file,
      problem: `line ${error.line}: not valid CSV: ${messageOf(error.cause)}.`,
      cause: error,
    });
  if (error instanceof CsvEncodingError) {
    const { byte, line, problem, suggestion } = error;
    const hint =
      suggestion === undefined ? '' : `; if it is another encoding, say so: --encoding ${suggestion}`;
    return new CsvFileError({
      file,
      problem: `line ${line}: the text cannot be read at byte ${byte}: ${problem}${hint}.`,
      cause: error,
    });
  }
  return error;
}

/** As commander gives them. */
export interface CsvFlags {
  header?: boolean;
  delimiter: string;
  decimal?: '.' | ',';
  encoding?: string;
  comment?: string;
  key?: string;
  keepKey?: boolean;
  drop?: string[];
  timeColumn?: string;
  timeUnit?: TimeUnit;
}

/** Adds the options to a command. */
export function withCsvFlags(command: Command): Command {
  return command
    .option('-k, --key <column>', 'column that becomes the key (name, or index from 0); it leaves the value')
    .option('--keep-key', "leave the key's column in the value, too")
    .option('--drop <columns>', 'columns to leave out, with commas between', list)
    .option('--time-column <column>', "column that holds the rows' times")
    .addOption(
      new Option(
        '--time-unit <unit>',
        'what the times are: ISO 8601 (without a zone: UTC), or seconds or ms since 1970 (default: iso)',
      ).choices(timeUnits),
    )
    .option('--header', 'the first line holds the names of the columns, even if they are numbers')
    .option('--no-header', 'the first line is a row already, not the names of the columns')
    .option(
      '-d, --delimiter <character>',
      'what stands between columns, in the file and in the rows',
      delimiterOf,
      ',',
    )
    .addOption(
      new Option(
        '--decimal <character>',
        'what stands before a fraction; rows are written with a point',
      ).choices(['.', ',']),
    )
    .option(
      '--encoding <name>',
      "the file's encoding, such as latin1 (default: UTF-8, or what its mark says)",
    )
    .option('--comment <text>', 'lines that begin with this are no rows, such as #');
}

/** What the flags mean. */
export function csvFileOptions(flags: CsvFlags): CsvFileOptions {
  const { header, delimiter, decimal, encoding, comment, key, keepKey = false, drop = [] } = flags;
  return {
    ...{ header, delimiter, decimal, encoding, comment, key, keepKey, drop },
    ...{ time: flags.timeColumn, timeUnit: flags.timeUnit },
  };
}

/** Flags that were given and mean CSV. */
export function givenCsvFlags({ delimiter, ...flags }: CsvFlags): string[] {
  const names: Readonly<Record<keyof typeof flags, string>> = {
    header: flags.header === false ? '--no-header' : '--header',
    ...{ decimal: '--decimal', encoding: '--encoding', comment: '--comment', key: '--key' },
    ...{ keepKey: '--keep-key', drop: '--drop', timeColumn: '--time-column', timeUnit: '--time-unit' },
  };
  const given = (Object.keys(names) as (keyof typeof flags)[]).filter((name) => flags[name] !== undefined);
  return [...(delimiter === ',' ? [] : ['--delimiter']), ...given.map((name) => names[name])];
}
