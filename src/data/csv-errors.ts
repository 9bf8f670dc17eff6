/** Everything that can be wrong with a CSV file, each with file, line, column and value. */
import { StreamTrainError, messageOf } from '../errors.ts';

/** The CSV file could not be read at all: not there, a folder, or not permitted. */
export class CsvReadError extends StreamTrainError {
  readonly code = 'ST_DATA_CSV_READ';
  readonly file: string;

  constructor(
    file: string,
    cause: unknown,
  ) {
    super(`Cannot read the CSV file ${file}: ${messageOf(cause)}. Check the path and its permissions.`, {
      cause,
    });
    this.file = file;
  }
}

/** The CSV file has no header, or no row below it. */
export class EmptyCsvError extends StreamTrainError {
  readonly code = 'ST_DATA_CSV_EMPTY';
  readonly file: string;
  /** The line at which a header or a first row was expected, counted from 1. */
  readonly line: number;

  constructor(
    file: string,
    line: number,
  ) {
    const missing = line === 1 ? 'it is empty' : 'it has a header but no rows';
    super(
      `${file}:${line}: nothing to read, ${missing}. Expected a header row and at least one row of numbers.`,
    );
    this.file = file;
    this.line = line;
  }
}

/** The header row differs from the expected columns. */
export class CsvHeaderError extends StreamTrainError {
  readonly code = 'ST_DATA_CSV_HEADER';
  readonly file: string;
  readonly line: number;
  /** The first column that differs, counted from 1. */
  readonly column: number;
  /** The name found there; undefined when the header ends before it. */
  readonly found: string | undefined;
  /** The name expected there; undefined when the header goes on after the last expected column. */
  readonly expected: string | undefined;

  constructor(
    file: string,
    line: number,
    column: number,
    found: string | undefined,
    expected: string | undefined,
    problem = `is ${found === undefined ? 'missing' : JSON.stringify(found)}, expected ${expected === undefined ? 'no further column' : JSON.stringify(expected)}`,
  ) {
    super(
      `${file}:${line}: column ${column} of the header ${problem}. Give the file that header row, or pass its columns to readCsv.`,
    );
    this.file = file;
    this.line = line;
    this.column = column;
    this.found = found;
    this.expected = expected;
  }
}

/** A row has more or fewer fields than the header. */
export class CsvColumnCountError extends StreamTrainError {
  readonly code = 'ST_DATA_CSV_COLUMN_COUNT';
  readonly file: string;
  readonly line: number;
  /** Fields in the row. */
  readonly found: number;
  /** Columns in the header. */
  readonly expected: number;
  /** The row's fields. */
  readonly values: readonly string[];
  /** The first column that is missing or too many, by name where it has one. */
  readonly column: string;

  constructor(
    file: string,
    line: number,
    found: number,
    expected: number,
    values: readonly string[],
    column: string,
  ) {
    const what = found < expected ? `the first missing one is ${column}` : `the first extra one is ${column}`;
    super(
      `${file}:${line}: ${found} fields, expected ${expected} (${what}) in the row ${JSON.stringify(values.join(','))}. Mend or remove that row.`,
    );
    this.file = file;
    this.line = line;
    this.found = found;
    this.expected = expected;
    this.values = values;
    this.column = column;
  }
}

/** A field is not a finite decimal number, nor one of the marks of a missing value. */
export class CsvNotANumberError extends StreamTrainError {
  readonly code = 'ST_DATA_CSV_NOT_A_NUMBER';
  readonly file: string;
  readonly line: number;
  readonly column: string;
  readonly value: string;
  readonly missingMarks: readonly string[];

  constructor(
    file: string,
    line: number,
    column: string,
    value: string,
    missingMarks: readonly string[],
  ) {
    const marks = missingMarks.map((mark) => JSON.stringify(mark)).join(', ') || 'none';
    super(
      `${file}:${line}: column ${column} holds ${JSON.stringify(value)}, not a number. Mend it, or name it as a mark of a missing value (known ones: ${marks}).`,
    );
    this.file = file;
    this.line = line;
    this.column = column;
    this.value = value;
    this.missingMarks = missingMarks;
  }
}

/** The file is not CSV: a quote that is never closed, say. */
export class CsvSyntaxError extends StreamTrainError {
  readonly code = 'ST_DATA_CSV_SYNTAX';
  readonly file: string;
  readonly line: number;
  /** The column in which it broke, counted from 1. */
  readonly column: number;

  constructor(
    file: string,
    line: number,
    column: number,
    cause: unknown,
  ) {
    super(`${file}:${line}: not valid CSV in column ${column}: ${messageOf(cause)}.`, { cause });
    this.file = file;
    this.line = line;
    this.column = column;
  }
}
