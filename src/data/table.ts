/** Reads any CSV file to learn from: finds out what its columns hold, says so, and makes rows of numbers of them. */
import {
  checkInteger,
  checkOneOf,
  invalidOption,
  refuseUnknownOptions,
  type OptionNames,
} from '../options.ts';
import { isLikeNumber, usualMissingMarks, type DecimalMark } from './csv-numbers.ts';
import { csvRows, firstLine, type CsvLayout, type CsvRow } from './csv-rows.ts';
import {
  CsvColumnCountError,
  CsvHeaderMissingError,
  CsvHeaderRepeatedError,
  DuplicateColumnError,
  EmptyCsvError,
  UnknownColumnError,
} from './errors.ts';
import { classesOf, columnOf, writeField, type FieldRules, type TableColumn } from './table-columns.ts';
import { decimalOf } from './table-decimal.ts';
import { TableSizeError, UnknownFieldError, UnnamedColumnError } from './table-errors.ts';

/** Options of {@link readTable}. */
export interface ReadTableOptions extends CsvLayout {
  /** The column that holds the classes to predict: texts or numbers. */
  label: string;
  /** Columns to leave out, such as ids, and what is only known once the label is. Default: none. */
  drop?: readonly string[];
  /**
   * Columns whose values are categories although they are numbers or many, such as codes; and columns, also the label's, whose
   * values are as they are written: `AABB` and `AaBb` are two. Default: none.
   */
  categories?: readonly string[];
  /**
   * What stands before a fraction. Default: a comma where the columns of numbers have fields like `3,5`. Must be said where
   * some are like `3.5`, too; where all are like `2,101`, which may be thousands; and, in a file whose fields have no commas
   * between them but `;`, tabs or `|`, where all are like `2.101`.
   */
  decimal?: DecimalMark;
  /** Fields that mean "missing". Default `['', '?', 'NA', 'N/A', 'NaN', 'null']`. */
  missingMarks?: readonly string[];
  /** A column of texts with more different values is left out (default 20). */
  maxCategories?: number;
}

const optionNames: OptionNames<ReadTableOptions> = {
  ...{ label: true, drop: true, categories: true, decimal: true, missingMarks: true, maxCategories: true },
  ...{ delimiter: true, encoding: true, comment: true },
};

/** More numbers, 1 GiB, are no table of features: the texts that they come from would hardly fit either. */
const MOST_NUMBERS = 2 ** 27;

/** A row to learn from. */
export interface TableRow {
  /** A value for each of the table's features; NaN is a gap. */
  readonly xs: Float64Array;
  /** The class, by its place in the table's `classes`. */
  readonly ys: number;
}

/** A CSV file, read. Made by {@link readTable}. */
export class Table {
  /** All columns but the label's and those that were dropped, and what became of each. */
  readonly columns: readonly TableColumn[];
  /** The names of the features, in the order of a row's values. */
  readonly features: readonly string[];
  /** The labels; a row's class is the place of its label here. Numbers come in their order, texts by the alphabet. */
  readonly classes: readonly string[];
  /** The rows, in the order of the file. */
  readonly rows: readonly TableRow[];
  /** Rows that were left out because they have no label. */
  readonly unlabelled: number;
  /** What was found to separate fields, and to stand before fractions. */
  readonly layout: { readonly delimiter: string; readonly decimal: DecimalMark };
  readonly #rules: FieldRules;

  constructor(
    parts: Pick<Table, 'columns' | 'classes' | 'rows' | 'unlabelled' | 'layout'>,
    rules: FieldRules,
  ) {
    this.columns = parts.columns;
    this.features = parts.columns.flatMap((column) => column.features);
    this.classes = parts.classes;
    this.rows = parts.rows;
    this.unlabelled = parts.unlabelled;
    this.layout = parts.layout;
    this.#rules = rules;
  }

  /**
   * The values of one more row, given as the file would: texts by the names of their columns. Columns that were left out
   * need not be there.
   *
   * @throws {@link UnknownColumnError} (`ST_DATA_UNKNOWN_COLUMN`) for a column that is not given;
   *   {@link UnknownFieldError} (`ST_DATA_UNKNOWN_FIELD`) for what its column cannot hold
   */
  encode(fields: Readonly<Record<string, string>>): Float64Array {
    const xs = new Float64Array(this.features.length);
    let at = 0;
    for (const column of this.columns) {
      if (column.features.length === 0) continue;
      if (!Object.hasOwn(fields, column.name))
        throw new UnknownColumnError({ column: column.name, columns: Object.keys(fields) });
      const value: unknown = fields[column.name];
      if (typeof value !== 'string') throw unknownField(column, value, 'a text, as the file holds it');
      const field = value.trim();
      if (!writeField(column, field, this.#rules, xs, at))
        throw unknownField(column, field, expectedOf(column));
      at += column.features.length;
    }
    return xs;
  }
}

/**
 * Reads a CSV file with a header whose columns are not known beforehand, for a model that predicts the class in one of
 * them. Every column is looked at as a whole: numbers and dates stay one feature, texts of few values become one feature
 * each, a column of one value or of many texts is left out, and the table's `columns` say which is which. Refused with their
 * line are: a row of another length; a word among numbers, where half of the column or more are numbers, or where all that
 * is none is one word or two; a whole number that float64 would round; labels or categories that are one word in two
 * spellings; a class or category such as `NULL` where `missingMarks` are not given; a column without a name that holds values. The delimiter (of
 * `,` `;` tab and `|`) and decimal commas are found out, and `layout` says what was found; a comma that may as well group
 * thousands is refused, and so are points like that of `2.101` everywhere in a file parted by `;`, tabs or `|`. Gaps stay NaN: put an `OnlineMedianImputer`
 * before the model. For a file whose columns you know, `readCsv` guesses nothing.
 *
 * @throws {@link MixedColumnError} (`ST_DATA_MIXED_COLUMN`), {@link DecimalMarkError} (`ST_DATA_DECIMAL_MARK`),
 *   {@link CsvIntegerError} (`ST_DATA_CSV_INTEGER`), {@link NoClassesError} (`ST_DATA_NO_CLASSES`),
 *   {@link LabelSpellingError} (`ST_DATA_LABEL_SPELLING`), {@link LikelyMissingError} (`ST_DATA_LIKELY_MISSING`), {@link UnnamedColumnError}
 *   (`ST_DATA_UNNAMED_COLUMN`), {@link TableSizeError} (`ST_DATA_TABLE_SIZE`),
 *   {@link CsvHeaderMissingError} (`ST_DATA_CSV_NO_HEADER`), {@link CsvHeaderRepeatedError} (`ST_DATA_CSV_HEADER_REPEATED`),
 *   {@link UnknownColumnError} (`ST_DATA_UNKNOWN_COLUMN`), {@link DuplicateColumnError} (`ST_DATA_DUPLICATE_COLUMN`),
 *   {@link CsvColumnCountError} (`ST_DATA_CSV_COLUMN_COUNT`), {@link EmptyCsvError} (`ST_DATA_CSV_EMPTY`), and what reading
 *   the file may throw, as `readCsv`
 * @example
 * ```ts
 * const table = await readTable('customers.csv', { label: 'left', drop: ['customer'] });
 * for (const { name, kind, missing } of table.columns) console.log(name, kind, missing);
 * const model = new LogisticRegression({ features: table.features.length });
 * for (const { xs, ys } of table.rows) model.learnRow(xs, ys);
 * ```
 */
export async function readTable(file: string, options: ReadTableOptions): Promise<Table> {
  refuseUnknownOptions('readTable', options, optionNames);
  const { label, drop = [], categories = [], maxCategories = 20 } = options;
  if (options.decimal !== undefined) checkOneOf('decimal', options.decimal, ['.', ',']);
  checkInteger('maxCategories', maxCategories, { least: 2 });
  const delimiter = options.delimiter ?? (await delimiterIn(file, options));
  const { names, rows } = await readRows(file, { ...options, delimiter });
  checkNames(names, options);
  if (!drop.includes('')) refuseUnnamed(file, names, rows);
  const missing = new Set(options.missingMarks ?? usualMissingMarks);
  const place = names.indexOf(label);
  const labelled = rows.filter(({ fields }) => !missing.has(fields[place]!));
  const lines = labelled.map(({ line }) => line);
  const used = names.flatMap((name, at) =>
    at === place || drop.includes(name) ? [] : [{ name, at, fields: labelled.map((row) => row.fields[at]!) }],
  );
  const sizes = used.filter(({ name }) => !categories.includes(name));
  const decimal = options.decimal ?? decimalOf(file, sizes, { lines, missing, delimiter });
  const ownMarks = options.missingMarks !== undefined;
  const rules = { missing, ownMarks, decimal, maxCategories, categories: new Set(categories) };
  const labels = labelled.map(({ fields }) => fields[place]!);
  const classes = classesOf(file, label, labels, lines, rules);
  const kept = used.map(({ name, at, fields }) => ({
    at,
    column: columnOf(file, name, fields, lines, rules),
  }));
  const width = kept.reduce((sum, { column }) => sum + column.features.length, 0);
  if (width * labelled.length > MOST_NUMBERS) throw tooLarge(file, labelled.length, width, kept);
  const encoded = labelled.map(({ fields }): TableRow => {
    const xs = new Float64Array(width);
    let to = 0;
    for (const { at, column } of kept) {
      writeField(column, fields[at]!, rules, xs, to);
      to += column.features.length;
    }
    return { xs, ys: classes.indexOf(fields[place]!) };
  });
  const unlabelled = rows.length - labelled.length;
  const columns = kept.map(({ column }) => column);
  return new Table({ columns, classes, rows: encoded, unlabelled, layout: { delimiter, decimal } }, rules);
}

function unknownField({ name }: TableColumn, value: unknown, expected: string): UnknownFieldError {
  return new UnknownFieldError({ column: name, value, expected });
}

function expectedOf({ kind, values }: TableColumn): string {
  return kind === 'category' ? `one of ${values.join(', ')}` : `a ${kind} that can be read`;
}

/** The header and the rows behind it; each row has as many fields as the header. */
async function readRows(
  file: string,
  { missingMarks: missing, ...layout }: CsvLayout & Pick<ReadTableOptions, 'missingMarks'>,
): Promise<{ names: string[]; rows: CsvRow[] }> {
  const all: CsvRow[] = [];
  for await (const rows of csvRows(file, layout))
    for (const { fields, line } of rows)
      // Blanks in quotes are an empty field, too.
      all.push({ line, fields: fields.map((field) => (field.trim() === '' ? '' : field)) });
  const [header, ...rows] = all;
  if (!header) throw new EmptyCsvError({ file, line: 1 });
  if (rows.length === 0) throw new EmptyCsvError({ file, line: header.line + 1 });
  const names = header.fields;
  const marks = new Set(missing ?? usualMissingMarks);
  if (names.every((name) => marks.has(name) || isLikeNumber(name))) {
    const hint = 'Write a line with the names of the columns above it.';
    throw new CsvHeaderMissingError({ file, line: header.line, values: names, hint });
  }
  const again = names.find((name, i) => names.indexOf(name) !== i);
  if (again !== undefined) throw new DuplicateColumnError({ column: again });
  for (const { fields, line } of rows) {
    if (fields.every((field, c) => field === names[c])) throw new CsvHeaderRepeatedError({ file, line });
    if (fields.length === names.length) continue;
    const column = names[Math.min(fields.length, names.length - 1)]!;
    const counts = { found: fields.length, expected: names.length };
    throw new CsvColumnCountError({ file, line, ...counts, column, values: fields, hint: '' });
  }
  return { names, rows };
}

/** Refuses names of columns that are not there, and one that is to be two things. */
function checkNames(names: readonly string[], { label, drop = [], categories = [] }: ReadTableOptions): void {
  for (const column of [label, ...drop, ...categories])
    if (!names.includes(column)) throw new UnknownColumnError({ column, columns: names });
  if (drop.includes(label)) throw invalidOption('drop', drop, 'columns other than the label');
  if (categories.some((name) => drop.includes(name)))
    throw invalidOption('categories', categories, 'columns other than those of drop');
}

/** Refuses a column without a name, unless a delimiter at the end of each line has made it. */
function refuseUnnamed(file: string, names: readonly string[], rows: readonly CsvRow[]): void {
  const place = names.indexOf('');
  const row = place < 0 ? undefined : rows.find(({ fields }) => fields[place] !== '');
  if (row)
    throw new UnnamedColumnError({ file, line: row.line, column: place + 1, value: row.fields[place]! });
}

/** The first of the usual ones that the header has most of. */
async function delimiterIn(file: string, layout: CsvLayout): Promise<string> {
  const text = (await firstLine(file, layout)).replace(/"[^"]*"/g, '');
  const counts = [',', ';', '\t', '|'].map((delimiter) => [delimiter, text.split(delimiter).length] as const);
  return counts.reduce((most, each) => (each[1] > most[1] ? each : most))[0];
}

function tooLarge(
  file: string,
  rows: number,
  features: number,
  kept: readonly { readonly column: TableColumn }[],
): TableSizeError {
  const widest = kept.reduce((most, each) =>
    each.column.features.length > most.column.features.length ? each : most,
  );
  const { name, features: values } = widest.column;
  return new TableSizeError({
    ...{ file, rows, features, column: name, values: values.length },
    most: MOST_NUMBERS,
  });
}
