/** Everything that can be wrong with a file of data or a table in memory, each with its place. */
import { failure, messageOf } from '../errors.ts';

/** A place in a file; lines are counted from 1. */
export interface FilePlace {
  readonly file: string;
  readonly line: number;
}

/** A row and column of a frame; `row` is the index label there. */
interface CellFacts {
  readonly column: string;
  readonly row: string | number;
  readonly value: unknown;
}

/** A column was asked for that the frame does not have. */
export class UnknownColumnError extends failure({
  code: 'ST_DATA_UNKNOWN_COLUMN',
  says: ({ column }: { column: string; columns: readonly string[] }) =>
    `There is no column ${JSON.stringify(column)}.`,
  cure: ({ columns }) => `The columns are ${columns.join(', ')}.`,
}) {}

/** Two columns have the same name, or one was named twice. */
export class DuplicateColumnError extends failure({
  code: 'ST_DATA_DUPLICATE_COLUMN',
  says: ({ column }: { column: string }) => `The column ${JSON.stringify(column)} is there twice.`,
  cure: 'Give each column a name of its own, and name each once.',
}) {}

/** A label has no code. */
export class UnknownLabelError extends failure({
  code: 'ST_DATA_UNKNOWN_LABEL',
  says: ({ column, row, value }: CellFacts & { known: readonly string[] }) =>
    `Row ${row}: column ${column} holds ${String(value)}, which has no code.`,
  cure: ({ known }) => `Known labels: ${known.join(', ')}; pass codes of your own if the data use others.`,
}) {}

/** Where a value stands, and what a scaler made of it, if it was that which is no finite number. */
interface NumberFacts extends Omit<CellFacts, 'row'> {
  readonly row?: string | number | undefined;
  readonly scaled?: number;
}

/** A value that must be a finite number is missing, infinite or something else. A single row of no frame has no `row`. */
export class NotNumericError extends failure({
  code: 'ST_DATA_NOT_NUMERIC',
  says: ({ column, row, value, scaled }: NumberFacts) => {
    const place = row === undefined ? `Column ${column}` : `Row ${row}: column ${column}`;
    if (scaled !== undefined)
      return `${place} holds ${String(value)}, which scaled is too large (${scaled}).`;
    if (isMissing(value)) return `${place} is missing (${String(value)}).`;
    return `${place} holds ${typeof value === 'number' ? value : (JSON.stringify(value) ?? String(value))}, not a finite number.`;
  },
  cure: ({ value, scaled }) => {
    if (scaled !== undefined) return 'Mend it, or fit the scaler to rows with values of that size.';
    return isMissing(value)
      ? 'Fill it first: with fitMedianImputer in a frame, with OnlineMedianImputer in a stream.'
      : 'Convert or drop that column first.';
  },
}) {}

/** A column has nothing but missing values, so it has no median. */
export class NoMedianError extends failure({
  code: 'ST_DATA_NO_MEDIAN',
  says: ({ column, rows }: { column: string; rows: number }) =>
    `Column ${column} has no value in any of the ${rows} training rows, so it has no median.`,
  cure: 'Drop it or give more rows.',
}) {}

/** A column has nothing but missing values, so it has no mean. */
export class NoMeanError extends failure({
  code: 'ST_DATA_NO_MEAN',
  says: ({ column, rows }: { column: string; rows: number }) =>
    `Column ${column} has no value in any of the ${rows} training rows, so it has no mean.`,
  cure: 'Drop it or give more rows.',
}) {}

/** Features and labels do not have the same number of rows. */
export class RowCountError extends failure({
  code: 'ST_DATA_ROW_COUNT',
  says: ({ features, labels }: { features: number; labels: number }) =>
    `${features} rows of features but ${labels} labels.`,
  cure: 'Both must come from the same rows.',
}) {}

/** A row has more or fewer features than were learnt from. */
export class RowWidthError extends failure({
  code: 'ST_DATA_ROW_WIDTH',
  says: ({ found, columns }: { found: number; columns: readonly string[] }) =>
    `The row has ${found} features, but the scaler learnt ${columns.length}: ${columns.join(', ')}.`,
  cure: 'Give it rows of the same columns in the same order.',
}) {}

/** danfojs-node could not be loaded. */
export class DanfoLoadError extends failure({
  code: 'ST_DATA_DANFO_LOAD',
  says: ({ cause }: { cause: unknown }) => `danfojs-node could not be loaded: ${messageOf(cause)}.`,
  cure: 'Run "npx streamtrain setup --with danfojs" in the project\'s folder.',
}) {}

/** The CSV file could not be read at all: not there, a folder, or not permitted. */
export class CsvReadError extends failure({
  code: 'ST_DATA_CSV_READ',
  says: ({ file, cause }: { file: string; cause: unknown }) =>
    `Cannot read the CSV file ${file}: ${messageOf(cause)}.`,
  cure: 'Check the path and its permissions.',
}) {}

/** The CSV file has no header, or no row below it. */
export class EmptyCsvError extends failure({
  code: 'ST_DATA_CSV_EMPTY',
  says: ({ file, line }: FilePlace) =>
    `${file}:${line}: nothing to read, ${line === 1 ? 'it is empty' : 'it has a header but no rows'}.`,
  cure: 'Give it a header row and at least one row of numbers.',
}) {}

/** The header row differs from the expected columns, or names a column twice or not at all. */
export class CsvHeaderError extends failure({
  code: 'ST_DATA_CSV_HEADER',
  says: ({ file, line, column, found, expected, problem }: CsvHeaderProblem) =>
    `${file}:${line}: column ${column} of the header ` +
    `${problem ?? `is ${named(found, 'missing')}, expected ${named(expected, 'no further column')}`}.`,
  cure:
    "Pass the columns as the file has them; or with header: 'replace' to give the file's columns other names, with " +
    'header: false when there is no header row.',
}) {}

interface CsvHeaderProblem extends FilePlace {
  /** The first column that differs, counted from 1. */
  readonly column: number;
  /** The name found there; undefined when the header ends before it. */
  readonly found: string | undefined;
  /** The name expected there; undefined when the header goes on after the last expected column. */
  readonly expected?: string | undefined;
  /** Default: that the two differ. */
  readonly problem?: string;
}

/** The first row is all numbers, so the file has no header, and no columns were given. */
export class CsvHeaderMissingError extends failure({
  code: 'ST_DATA_CSV_NO_HEADER',
  says: ({ file, line, values }: FilePlace & { values: readonly string[]; hint?: string }) =>
    `${file}:${line}: the first row looks like data (${values.slice(0, 5).join(', ')}), not like names of columns.`,
  cure: ({ values, hint }) =>
    hint ?? `Pass the ${values.length} names as columns; or header: true if these are names.`,
}) {}

/** The header stands a second time among the rows, as where several files were put together: it would be learnt. */
export class CsvHeaderRepeatedError extends failure({
  code: 'ST_DATA_CSV_HEADER_REPEATED',
  says: ({ file, line }: FilePlace) => `${file}:${line}: the header is repeated there.`,
  cure: 'Remove that line.',
}) {}

/** The bytes of the file are no text in the encoding it was taken to have. Bytes are counted from 0. */
export class CsvEncodingError extends failure({
  code: 'ST_DATA_CSV_ENCODING',
  says: ({ file, line, byte, problem }: FilePlace & { byte: number; problem: string; suggestion?: string }) =>
    `${file}:${line}: the text cannot be read at byte ${byte}: ${problem}.`,
  cure: ({ suggestion }) =>
    suggestion === undefined ? '' : `Say what it is, for example encoding: '${suggestion}'.`,
}) {}

/** The unnamed first column, taken for the names of the rows, holds one twice or none. */
export class CsvIndexError extends failure({
  code: 'ST_DATA_CSV_INDEX',
  says: ({ file, line, value }: FilePlace & { value: string; columns: readonly string[] }) =>
    `${file}:${line}: the first column has no name, so it names the rows, but ` +
    `${value === '' ? 'it is empty here' : `${JSON.stringify(value)} stands there a second time`}.`,
  cure: ({ columns }) => {
    const names = ['index', ...columns.slice(0, 3)].map((name) => JSON.stringify(name)).join(',');
    return `Give it a name: columns: [${names}${columns.length > 3 ? ', ...' : ''}].`;
  },
}) {}

/** A row has more or fewer fields than the header. */
export class CsvColumnCountError extends failure({
  code: 'ST_DATA_CSV_COLUMN_COUNT',
  says: ({ file, line, found, expected, values, column }: CsvColumnCount) =>
    `${file}:${line}: ${found} fields, expected ${expected} (the first ${found < expected ? 'missing' : 'extra'} one is ` +
    `${column}) in the row ${JSON.stringify(excerpt(values.join(',')))}.`,
  cure: ({ hint }) => hint || 'Mend or remove that row.',
}) {}

interface CsvColumnCount extends FilePlace {
  /** Fields in the row. */
  readonly found: number;
  /** Columns in the header. */
  readonly expected: number;
  /** The row's fields. */
  readonly values: readonly string[];
  /** The first column that is missing or too many, by name where it has one. */
  readonly column: string;
  readonly hint?: string;
}

/** A whole number that a number of JavaScript (float64) cannot hold exactly. */
export class CsvIntegerError extends failure({
  code: 'ST_DATA_CSV_INTEGER',
  says: ({ file, line, column, value }: FilePlace & { column: string; value: string; hint?: string }) =>
    `${file}:${line}: column ${column} holds the whole number ${value}, which is beyond 2^53 and would become ` +
    `${BigInt(Number(value))}.`,
  cure: ({ column, hint }) => hint ?? `Keep the column as text: textColumns: [${JSON.stringify(column)}].`,
}) {}

/** A field is not a finite decimal number, nor one of the marks of a missing value. */
export class CsvNotANumberError extends failure({
  code: 'ST_DATA_CSV_NOT_A_NUMBER',
  says: ({ file, line, column, value }: CsvNotANumber) =>
    `${file}:${line}: column ${column} holds ${JSON.stringify(excerpt(value))}, not a number.`,
  cure: ({ hint, missingMarks }) => {
    const marks = missingMarks.map((mark) => JSON.stringify(mark)).join(', ') || 'none';
    return (
      hint ||
      `Mend it, name it as a mark of a missing value (missingMarks; known ones: ${marks}), or keep the column as text ` +
        '(textColumns).'
    );
  },
}) {}

interface CsvNotANumber extends FilePlace {
  readonly column: string;
  readonly value: string;
  readonly missingMarks: readonly string[];
  readonly hint?: string;
}

/** The file is not CSV: a quote that is never closed, say. Columns are counted from 1. */
export class CsvSyntaxError extends failure({
  code: 'ST_DATA_CSV_SYNTAX',
  says: ({ file, line, column, cause }: FilePlace & { column: number; cause: unknown }) =>
    `${file}:${line}: not valid CSV in column ${column}: ${messageOf(cause)}.`,
  cure: 'Mend that line, or write the file again.',
}) {}

/** The file of rated tweets cannot be read. */
export class TweetsReadError extends failure({
  code: 'ST_DATA_TWEETS_READ',
  says: ({ file, cause }: { file: string; cause: unknown }) =>
    `The tweets in ${file} cannot be read: ${messageOf(cause)}.`,
  cure: 'ratedTweets() of streamtrain/sources fetches them.',
}) {}

/** A line of rated tweets is no row of id, mean rating and text. */
export class TweetLineError extends failure({
  code: 'ST_DATA_TWEET_LINE',
  says: ({ file, line, problem, value }: FilePlace & { value: string; problem: string }) =>
    `${file}, line ${line} ${problem}: ${JSON.stringify(excerpt(value, 80))}.`,
  cure: 'Expected id, mean rating and text with tabs between them; if the file is cut off, delete it and fetch it again.',
}) {}

function isMissing(value: unknown): boolean {
  return value === null || value === undefined || Number.isNaN(value);
}

function named(name: string | undefined, none: string): string {
  return name === undefined ? none : JSON.stringify(name);
}

function excerpt(text: string, most = 200): string {
  return text.length > most ? `${text.slice(0, most)}…` : text;
}
