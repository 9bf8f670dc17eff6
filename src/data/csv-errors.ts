/** Everything that can be wrong with a CSV file, each with file, line, column and value. */
import { StreamTrainError, messageOf } from '../errors.ts';

/** The CSV file could not be read at all: not there, a folder, or not permitted. */
export class CsvReadError extends StreamTrainError {
  readonly code = 'ST_DATA_CSV_READ';
  readonly file: string;

  constructor(file: string, cause: unknown) {
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

  constructor(file: string, line: number) {
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
      `${file}:${line}: column ${column} of the header ${problem}. Pass the columns as the file has them; or with ` +
        `header: 'replace' to give the file's columns other names, with header: false when there is no header row.`,
    );
    this.file = file;
    this.line = line;
    this.column = column;
    this.found = found;
    this.expected = expected;
  }
}

/** The first row is all numbers, so the file has no header, and no columns were given. */
export class CsvHeaderMissingError extends StreamTrainError {
  readonly code = 'ST_DATA_CSV_NO_HEADER';
  readonly file: string;
  readonly line: number;
  readonly values: readonly string[];

  constructor(file: string, line: number, values: readonly string[]) {
    super(
      `${file}:${line}: the first row looks like data (${values.slice(0, 5).join(', ')}), not like names of columns. Pass ` +
        `the ${values.length} names as columns; or header: true if these are names.`,
    );
    this.file = file;
    this.line = line;
    this.values = values;
  }
}

/** The bytes of the file are no text in the encoding it was taken to have. */
export class CsvEncodingError extends StreamTrainError {
  readonly code = 'ST_DATA_CSV_ENCODING';
  readonly file: string;
  /** The byte that does not belong there, counted from 0. */
  readonly byte: number;
  /** The line it stands in, counted from 1. */
  readonly line: number;
  /** An encoding that may be right. */
  readonly suggestion: string | undefined;

  constructor(file: string, place: { byte: number; line: number }, problem: string, suggestion?: string) {
    const cure = suggestion === undefined ? '' : ` Say what it is, for example encoding: '${suggestion}'.`;
    super(`${file}:${place.line}: the text cannot be read at byte ${place.byte}: ${problem}.${cure}`);
    this.file = file;
    this.byte = place.byte;
    this.line = place.line;
    this.suggestion = suggestion;
  }
}

/** The unnamed first column, taken for the names of the rows, holds one twice or none. */
export class CsvIndexError extends StreamTrainError {
  readonly code = 'ST_DATA_CSV_INDEX';
  readonly file: string;
  readonly line: number;
  readonly value: string;

  constructor(file: string, line: number, value: string, columns: readonly string[]) {
    super(
      `${file}:${line}: the first column has no name, so it names the rows, but ${value === '' ? 'it is empty here' : `${JSON.stringify(value)} stands there a second time`}. ` +
        `Give it a name: columns: ${JSON.stringify(['index', ...columns.slice(0, 3)]).slice(0, -1)}${columns.length > 3 ? ', ...' : ''}].`,
    );
    this.file = file;
    this.line = line;
    this.value = value;
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
    hint = '',
  ) {
    const what = found < expected ? `the first missing one is ${column}` : `the first extra one is ${column}`;
    super(
      `${file}:${line}: ${found} fields, expected ${expected} (${what}) in the row ${JSON.stringify(excerpt(values.join(',')))}. ${hint || 'Mend or remove that row.'}`,
    );
    this.file = file;
    this.line = line;
    this.found = found;
    this.expected = expected;
    this.values = values;
    this.column = column;
  }
}

/** A whole number that a number of JavaScript (float64) cannot hold exactly. */
export class CsvIntegerError extends StreamTrainError {
  readonly code = 'ST_DATA_CSV_INTEGER';
  readonly file: string;
  readonly line: number;
  readonly column: string;
  readonly value: string;

  constructor(file: string, line: number, column: string, value: string) {
    super(
      `${file}:${line}: column ${column} holds the whole number ${value}, which is beyond 2^53 and would become ` +
        `${BigInt(Number(value))}. Keep the column as text: textColumns: [${JSON.stringify(column)}].`,
    );
    this.file = file;
    this.line = line;
    this.column = column;
    this.value = value;
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
    hint = '',
  ) {
    const marks = missingMarks.map((mark) => JSON.stringify(mark)).join(', ') || 'none';
    super(
      `${file}:${line}: column ${column} holds ${JSON.stringify(excerpt(value))}, not a number. ` +
        (hint ||
          `Mend it, name it as a mark of a missing value (missingMarks; known ones: ${marks}), or keep the column as ` +
            `text (textColumns).`),
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

  constructor(file: string, line: number, column: number, cause: unknown) {
    super(`${file}:${line}: not valid CSV in column ${column}: ${messageOf(cause)}.`, { cause });
    this.file = file;
    this.line = line;
    this.column = column;
  }
}

function excerpt(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
