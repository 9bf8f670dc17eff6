/** Everything that can be wrong with a table in memory, each with its place in the frame. */
import { StreamTrainError, messageOf } from '../errors.ts';

/** A column was asked for that the frame does not have. */
export class UnknownColumnError extends StreamTrainError {
  readonly code = 'ST_DATA_UNKNOWN_COLUMN';
  readonly column: string;
  readonly columns: readonly string[];

  constructor(column: string, columns: readonly string[]) {
    super(`There is no column ${JSON.stringify(column)}. The columns are ${columns.join(', ')}.`);
    this.column = column;
    this.columns = columns;
  }
}

/** Two columns have the same name, or one was named twice. */
export class DuplicateColumnError extends StreamTrainError {
  readonly code = 'ST_DATA_DUPLICATE_COLUMN';
  readonly column: string;

  constructor(column: string) {
    super(
      `The column ${JSON.stringify(column)} is there twice. Give each column a name of its own, and name each once.`,
    );
    this.column = column;
  }
}

/** A label has no code. */
export class UnknownLabelError extends StreamTrainError {
  readonly code = 'ST_DATA_UNKNOWN_LABEL';
  readonly column: string;
  /** The row's index label in the frame. */
  readonly row: string | number;
  readonly value: unknown;
  readonly known: readonly string[];

  constructor(column: string, row: string | number, value: unknown, known: readonly string[]) {
    super(
      `Row ${row}: column ${column} holds ${String(value)}, which has no code. Known labels: ${known.join(', ')}; ` +
        'pass codes of your own if the data use others.',
    );
    this.column = column;
    this.row = row;
    this.value = value;
    this.known = known;
  }
}

/** A value that must be a finite number is missing, infinite or something else. */
export class NotNumericError extends StreamTrainError {
  readonly code = 'ST_DATA_NOT_NUMERIC';
  readonly column: string;
  /** The row's index label in the frame; undefined for a single row that is not of a frame. */
  readonly row: string | number | undefined;
  readonly value: unknown;

  constructor(column: string, row: string | number | undefined, value: unknown) {
    const missing = value === null || value === undefined || Number.isNaN(value);
    const shown = typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value));
    const place = row === undefined ? `Column ${column}` : `Row ${row}: column ${column}`;
    super(
      missing
        ? `${place} is missing (${String(value)}). Fill it first: with fitMedianImputer in a frame, with ` +
            'OnlineMedianImputer in a stream.'
        : `${place} holds ${shown}, not a finite number. Convert or drop that column first.`,
    );
    this.column = column;
    this.row = row;
    this.value = value;
  }
}

/** A column has nothing but missing values, so it has no median. */
export class NoMedianError extends StreamTrainError {
  readonly code = 'ST_DATA_NO_MEDIAN';
  readonly column: string;
  /** Rows looked at. */
  readonly rows: number;

  constructor(column: string, rows: number) {
    super(
      `Column ${column} has no value in any of the ${rows} training rows, so it has no median. Drop it or give more rows.`,
    );
    this.column = column;
    this.rows = rows;
  }
}

/** A column has nothing but missing values, so it has no mean. */
export class NoMeanError extends StreamTrainError {
  readonly code = 'ST_DATA_NO_MEAN';
  readonly column: string;
  /** Rows looked at. */
  readonly rows: number;

  constructor(column: string, rows: number) {
    super(
      `Column ${column} has no value in any of the ${rows} training rows, so it has no mean. Drop it or give more rows.`,
    );
    this.column = column;
    this.rows = rows;
  }
}

/** An option of a data function is out of its range. */
export class DataOptionError extends StreamTrainError {
  readonly code = 'ST_DATA_OPTION';
  readonly option: string;
  readonly value: unknown;

  constructor(option: string, value: unknown, expected: string) {
    super(`The option ${option} is ${String(value)}; expected ${expected}.`);
    this.option = option;
    this.value = value;
  }
}

/** Features and labels do not have the same number of rows. */
export class RowCountError extends StreamTrainError {
  readonly code = 'ST_DATA_ROW_COUNT';
  readonly features: number;
  readonly labels: number;

  constructor(features: number, labels: number) {
    super(`${features} rows of features but ${labels} labels; both must come from the same rows.`);
    this.features = features;
    this.labels = labels;
  }
}

/** A row has more or fewer features than were learnt from. */
export class RowWidthError extends StreamTrainError {
  readonly code = 'ST_DATA_ROW_WIDTH';
  /** Features of the row. */
  readonly found: number;
  /** The features it should have. */
  readonly columns: readonly string[];

  constructor(found: number, columns: readonly string[]) {
    super(
      `The row has ${found} features, but the scaler learnt ${columns.length}: ${columns.join(', ')}. Give it rows ` +
        `of the same columns in the same order.`,
    );
    this.found = found;
    this.columns = columns;
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
