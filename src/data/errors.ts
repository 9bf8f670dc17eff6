/** Everything that can be wrong with a table, each with its place in the file or frame. */
import { StreamTrainError, messageOf } from '../errors.ts';

/** The CSV file could not be read at all: not there, a folder, or not permitted. */
export class CsvReadError extends StreamTrainError {
  readonly code = 'ST_DATA_CSV_READ';

  constructor(
    readonly file: string,
    cause: unknown,
  ) {
    super(`Cannot read the CSV file ${file}: ${messageOf(cause)}. Check the path and its permissions.`, {
      cause,
    });
  }
}

/** The CSV file has no header, or no row below it. */
export class EmptyCsvError extends StreamTrainError {
  readonly code = 'ST_DATA_CSV_EMPTY';

  constructor(
    readonly file: string,
    /** The line at which a header or a first row was expected, counted from 1. */
    readonly line: number,
  ) {
    const missing = line === 1 ? 'it is empty' : 'it has a header but no rows';
    super(
      `${file}:${line}: nothing to read, ${missing}. Expected a header row and at least one row of numbers.`,
    );
  }
}

/** The header row differs from the expected columns. */
export class CsvHeaderError extends StreamTrainError {
  readonly code = 'ST_DATA_CSV_HEADER';

  constructor(
    readonly file: string,
    readonly line: number,
    /** The first column that differs, counted from 1. */
    readonly column: number,
    /** The name found there; undefined when the header ends before it. */
    readonly found: string | undefined,
    /** The name expected there; undefined when the header goes on after the last expected column. */
    readonly expected: string | undefined,
    problem = `is ${found === undefined ? 'missing' : JSON.stringify(found)}, expected ${expected === undefined ? 'no further column' : JSON.stringify(expected)}`,
  ) {
    super(
      `${file}:${line}: column ${column} of the header ${problem}. Give the file that header row, or pass its columns to readCsv.`,
    );
  }
}

/** A row has more or fewer fields than the header. */
export class CsvColumnCountError extends StreamTrainError {
  readonly code = 'ST_DATA_CSV_COLUMN_COUNT';

  constructor(
    readonly file: string,
    readonly line: number,
    /** Fields in the row. */
    readonly found: number,
    /** Columns in the header. */
    readonly expected: number,
    /** The row's fields. */
    readonly values: readonly string[],
    /** The first column that is missing or too many, by name where it has one. */
    readonly column: string,
  ) {
    const what = found < expected ? `the first missing one is ${column}` : `the first extra one is ${column}`;
    super(
      `${file}:${line}: ${found} fields, expected ${expected} (${what}) in the row ${JSON.stringify(values.join(','))}. Mend or remove that row.`,
    );
  }
}

/** A field is not a finite decimal number, nor one of the marks of a missing value. */
export class CsvNotANumberError extends StreamTrainError {
  readonly code = 'ST_DATA_CSV_NOT_A_NUMBER';

  constructor(
    readonly file: string,
    readonly line: number,
    readonly column: string,
    readonly value: string,
    readonly missingMarks: readonly string[],
  ) {
    const marks = missingMarks.map((mark) => JSON.stringify(mark)).join(', ') || 'none';
    super(
      `${file}:${line}: column ${column} holds ${JSON.stringify(value)}, not a number. Mend it, or name it as a mark of a missing value (known ones: ${marks}).`,
    );
  }
}

/** The file is not CSV: a quote that is never closed, say. */
export class CsvSyntaxError extends StreamTrainError {
  readonly code = 'ST_DATA_CSV_SYNTAX';

  constructor(
    readonly file: string,
    readonly line: number,
    /** The column in which it broke, counted from 1. */
    readonly column: number,
    cause: unknown,
  ) {
    super(`${file}:${line}: not valid CSV in column ${column}: ${messageOf(cause)}.`, { cause });
  }
}

/** A column was asked for that the frame does not have. */
export class UnknownColumnError extends StreamTrainError {
  readonly code = 'ST_DATA_UNKNOWN_COLUMN';

  constructor(
    readonly column: string,
    readonly columns: readonly string[],
  ) {
    super(`There is no column ${JSON.stringify(column)}. The columns are ${columns.join(', ')}.`);
  }
}

/** A label has no code. */
export class UnknownLabelError extends StreamTrainError {
  readonly code = 'ST_DATA_UNKNOWN_LABEL';

  constructor(
    readonly column: string,
    /** The row's index label in the frame. */
    readonly row: string | number,
    readonly value: unknown,
    readonly known: readonly string[],
  ) {
    super(
      `Row ${row}: column ${column} holds ${String(value)}, which has no code. Known labels: ${known.join(', ')}; ` +
        'pass codes of your own if the data use others.',
    );
  }
}

/** A value that must be a number is missing or something else. */
export class NotNumericError extends StreamTrainError {
  readonly code = 'ST_DATA_NOT_NUMERIC';

  constructor(
    readonly column: string,
    /** The row's index label in the frame. */
    readonly row: string | number,
    readonly value: unknown,
  ) {
    const missing = typeof value === 'number' && Number.isNaN(value);
    super(
      `Row ${row}: column ${column} ${missing ? 'is missing (NaN)' : `holds ${JSON.stringify(value) ?? String(value)}, not a finite number`}. ` +
        (missing ? 'Fill it first, for example with fitMedianImputer.' : 'Convert or drop that column first.'),
    );
  }
}

/** A column has nothing but missing values, so it has no median. */
export class NoMedianError extends StreamTrainError {
  readonly code = 'ST_DATA_NO_MEDIAN';

  constructor(
    readonly column: string,
    /** Rows looked at. */
    readonly rows: number,
  ) {
    super(
      `Column ${column} has no value in any of the ${rows} training rows, so it has no median. Drop it or give more rows.`,
    );
  }
}

/** An option of a data function is out of its range. */
export class DataOptionError extends StreamTrainError {
  readonly code = 'ST_DATA_OPTION';

  constructor(
    readonly option: string,
    readonly value: unknown,
    expected: string,
  ) {
    super(`The option ${option} is ${String(value)}; expected ${expected}.`);
  }
}

/** Features and labels do not have the same number of rows. */
export class RowCountError extends StreamTrainError {
  readonly code = 'ST_DATA_ROW_COUNT';

  constructor(
    readonly features: number,
    readonly labels: number,
  ) {
    super(`${features} rows of features but ${labels} labels; both must come from the same rows.`);
  }
}

/** danfojs-node could not be loaded. */
export class DanfoLoadError extends StreamTrainError {
  readonly code = 'ST_DATA_DANFO_LOAD';

  constructor(cause: unknown) {
    super(
      `danfojs-node could not be loaded: ${messageOf(cause)}. Run "npm run setup" in the project's folder.`,
      {
        cause,
      },
    );
  }
}
