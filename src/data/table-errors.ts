/** What can be wrong with a CSV file whose columns are to be found out. */
import { failure } from '../errors.ts';
import type { FilePlace } from './errors.ts';

/** Half of the fields of a column are numbers (or dates) or more, or all but one or two different words are, and one is not. */
export class MixedColumnError extends failure({
  code: 'ST_DATA_MIXED_COLUMN',
  says: ({ file, line, column, value, kind }: FilePlace & { column: string; value: string; kind: string }) =>
    `${file}: line ${line}, column ${column}: ${JSON.stringify(value)} is no ${kind} that can be read, as others in the column are.`,
  cure: ({ value }) =>
    `Mend it; or name ${JSON.stringify(value)} in missingMarks if it means "missing", or the column in categories or drop.`,
}) {}

/** The column of labels holds one value, none, or so many that they are no classes. */
export class NoClassesError extends failure({
  code: 'ST_DATA_NO_CLASSES',
  says: ({ file, column, found, most }: { file: string; column: string; found: number; most: number }) =>
    `${file}: column ${column} holds ${found} different values; classes are 2 to ${most}.`,
  cure: 'Name another column as the label, or make classes of its values first (such as "above the median").',
}) {}

/** A row that is to be encoded holds something that the rows of the table never did. */
export class UnknownFieldError extends failure({
  code: 'ST_DATA_UNKNOWN_FIELD',
  says: ({ column, value, expected }: { column: string; value: unknown; expected: string }) =>
    `Column ${column}: ${JSON.stringify(value) ?? String(value)} is not ${expected}.`,
  cure: 'Give a missing mark for what is not known.',
}) {}

/**
 * One mark stands before fractions and another one too, or every one stands before three digits: `2,101` may be 2101 or
 * 2.101.
 */
export class DecimalMarkError extends failure({
  code: 'ST_DATA_DECIMAL_MARK',
  says: ({ file, line, column, value, other }: FilePlace & DecimalMarkProblem) =>
    `${file}: line ${line}, column ${column}: ${JSON.stringify(value)} ` +
    (other === undefined
      ? 'may mean a thousand times as much: three digits stand behind every such mark of the file.'
      : `has another decimal mark than ${JSON.stringify(other.value)} in line ${other.line}, column ${other.column}.`),
  cure:
    "Say what stands before a fraction, decimal: '.' or ','; remove marks that group thousands; and name columns that hold " +
    'no sizes, such as versions, in categories or drop.',
}) {}

interface DecimalMarkProblem {
  readonly column: string;
  readonly value: string;
  /** The first field with the other mark, where there is one. */
  readonly other?: { readonly column: string; readonly line: number; readonly value: string } | undefined;
}

/** Two labels or categories are the same number or word, written in two ways: taken as they are, one would become two. */
export class LabelSpellingError extends failure({
  code: 'ST_DATA_LABEL_SPELLING',
  says: ({ file, column, values, kind }: LabelSpellings) =>
    `${file}: column ${column} holds ${values.map((value) => JSON.stringify(value)).join(' and ')}, which are one ${kind}.`,
  cure: 'Write each in one way; or name the column in categories if they differ: then all are taken as they are written.',
}) {}

interface LabelSpellings {
  readonly file: string;
  readonly column: string;
  readonly values: readonly [string, string];
  readonly kind: 'number' | 'word';
}

/** A label or category looks like a missing value, such as `NULL` or `nan`, and is none of the missing marks. */
export class LikelyMissingError extends failure({
  code: 'ST_DATA_LIKELY_MISSING',
  says: ({ file, line, column, value }: FilePlace & { column: string; value: string }) =>
    `${file}: line ${line}, column ${column}: ${JSON.stringify(value)} would be a class or category, and looks like a missing value.`,
  cure: ({ value }) =>
    `Say in missingMarks which fields mean "missing": with ${JSON.stringify(value)} among them, or without it if it is a value.`,
}) {}

/** A column without a name holds values, such as the numbers of rows that pandas writes: they would be learnt. */
export class UnnamedColumnError extends failure({
  code: 'ST_DATA_UNNAMED_COLUMN',
  says: ({ file, line, column, value }: FilePlace & { column: number; value: string }) =>
    `${file}: column ${column} has no name in the header, and holds ${JSON.stringify(value)} in line ${line}.`,
  cure: "Give it a name; or leave it out, drop: [''], where it only counts the rows (pandas writes such an index).",
}) {}

/** The features of a table would take more memory than is sound: a column of ids was taken for categories. */
export class TableSizeError extends failure({
  code: 'ST_DATA_TABLE_SIZE',
  says: ({ file, rows, features, column, values, most }: TableSizeProblem) =>
    `${file}: ${rows} rows of ${features} features are more than ${most} numbers; column ${column} alone has ${values} different values.`,
  cure: ({ column }) => `Name ${JSON.stringify(column)} in drop, or make fewer categories of it first.`,
}) {}

interface TableSizeProblem {
  readonly file: string;
  readonly rows: number;
  readonly features: number;
  /** The column that becomes the most features. */
  readonly column: string;
  readonly values: number;
  readonly most: number;
}
