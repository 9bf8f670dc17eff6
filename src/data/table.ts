/** Reads any CSV file to learn from: finds out what its columns hold, says so, and makes rows of numbers of them. */
import { checkInteger, checkOneOf, refuseUnknownOptions, type OptionNames } from '../options.ts';
import { csvRows, type CsvLayout, type CsvRow } from './csv-rows.ts';
import {
  CsvColumnCountError,
  DuplicateColumnError,
  EmptyCsvError,
  NoClassesError,
  UnknownColumnError,
  UnknownFieldError,
} from './errors.ts';
import { columnOf, numberIn, writeField, type FieldRules, type TableColumn } from './table-columns.ts';

/** Options of {@link readTable}. */
export interface ReadTableOptions extends CsvLayout {
  /** The column that holds the classes to predict: texts or numbers. */
  label: string;
  /** Columns to leave out, such as ids, and what is only known once the label is. Default: none. */
  drop?: readonly string[];
  /** Columns whose values are categories although they are numbers or many, such as codes. Default: none. */
  categories?: readonly string[];
  /** What stands before a fraction. Default: a comma where fields like `3,5` are there and none like `3.5`. */
  decimal?: '.' | ',';
  /** Fields that mean "missing". Default `['', '?', 'NA', 'N/A', 'NaN', 'null']`. */
  missingMarks?: readonly string[];
  /** A column of texts with more different values is left out (default 20). */
  maxCategories?: number;
}

const optionNames: OptionNames<ReadTableOptions> = {
  ...{ label: true, drop: true, categories: true, decimal: true, missingMarks: true, maxCategories: true },
  ...{ delimiter: true, encoding: true, comment: true },
};

const missingMarks = ['', '?', 'NA', 'N/A', 'NaN', 'null'];
/** More different labels are values, not classes. */
const MOST_CLASSES = 50;

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
  readonly layout: { readonly delimiter: string; readonly decimal: '.' | ',' };
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
      const field = fields[column.name]?.trim();
      if (field === undefined)
        throw new UnknownColumnError({ column: column.name, columns: Object.keys(fields) });
      if (!writeField(column, field, this.#rules, xs, at)) throw unknownField(column, field);
      at += column.features.length;
    }
    return xs;
  }
}

/**
 * Reads a CSV file with a header whose columns are not known beforehand, for a model that predicts the class in one of
 * them. Every column is looked at as a whole: numbers and dates stay one feature, texts of few values become one feature
 * each, a column of one value or of many texts is left out, and the table's `columns` say which is which. What is neither
 * is refused with its line: a column of numbers with a word in it, a row of another length. The delimiter (of `,` `;` tab
 * and `|`) and decimal commas are found out, and `layout` says what was found. Gaps stay NaN: put an `OnlineMedianImputer`
 * before the model. For a file whose columns you know, `readCsv` guesses nothing.
 *
 * @throws {@link MixedColumnError} (`ST_DATA_MIXED_COLUMN`), {@link NoClassesError} (`ST_DATA_NO_CLASSES`),
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
  for (const column of [label, ...drop, ...categories])
    if (!names.includes(column)) throw new UnknownColumnError({ column, columns: names });
  const decimal = options.decimal ?? decimalIn(rows, delimiter);
  const missing = new Set(options.missingMarks ?? missingMarks);
  const rules = { missing, decimal, maxCategories, categories: new Set(categories) };
  const place = names.indexOf(label);
  const labelled = rows.filter(({ fields }) => !rules.missing.has(fields[place]!));
  const classes = classesOf(file, label, labelled, place, decimal);
  const lines = labelled.map(({ line }) => line);
  const kept = names.flatMap((name, at) => {
    if (at === place || drop.includes(name)) return [];
    const fields = labelled.map((row) => row.fields[at]!);
    return [{ at, column: columnOf(file, name, fields, lines, rules) }];
  });
  const width = kept.reduce((sum, { column }) => sum + column.features.length, 0);
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

function unknownField({ name, kind, values }: TableColumn, value: string): UnknownFieldError {
  const expected = kind === 'category' ? `one of ${values.join(', ')}` : `a ${kind}`;
  return new UnknownFieldError({ column: name, value, expected });
}

/** The header and the rows behind it; each row has as many fields as the header. */
async function readRows(file: string, layout: CsvLayout): Promise<{ names: string[]; rows: CsvRow[] }> {
  const all: CsvRow[] = [];
  for await (const rows of csvRows(file, layout)) for (const row of rows) all.push(row);
  const [header, ...rows] = all;
  if (!header) throw new EmptyCsvError({ file, line: 1 });
  if (rows.length === 0) throw new EmptyCsvError({ file, line: header.line + 1 });
  const names = header.fields;
  const again = names.find((name, i) => names.indexOf(name) !== i);
  if (again !== undefined) throw new DuplicateColumnError({ column: again });
  for (const { fields, line } of rows) {
    if (fields.length === names.length) continue;
    const column = names[Math.min(fields.length, names.length - 1)]!;
    const counts = { found: fields.length, expected: names.length };
    throw new CsvColumnCountError({ file, line, ...counts, column, values: fields, hint: '' });
  }
  return { names, rows };
}

/** The first of the usual ones that the header has most of. */
async function delimiterIn(file: string, layout: CsvLayout): Promise<string> {
  for await (const rows of csvRows(file, { ...layout, delimiter: '\u0001' })) {
    const [header] = rows;
    if (!header) continue;
    const text = header.fields.join('').replace(/"[^"]*"/g, '');
    const counts = [',', ';', '\t', '|'].map(
      (delimiter) => [delimiter, text.split(delimiter).length] as const,
    );
    return counts.reduce((most, each) => (each[1] > most[1] ? each : most))[0];
  }
  throw new EmptyCsvError({ file, line: 1 });
}

/** A comma where fields look like it; a point beside it is looked at as text, and refused there. */
function decimalIn(rows: readonly CsvRow[], delimiter: string): '.' | ',' {
  const some = (pattern: RegExp) => rows.some(({ fields }) => fields.some((field) => pattern.test(field)));
  return delimiter !== ',' && some(/^[+-]?\d+,\d+$/) && !some(/^[+-]?\d+\.\d+$/) ? ',' : '.';
}

function classesOf(
  file: string,
  label: string,
  rows: readonly CsvRow[],
  place: number,
  decimal: '.' | ',',
): readonly string[] {
  const classes = [...new Set(rows.map(({ fields }) => fields[place]!))].sort();
  if (classes.length < 2 || classes.length > MOST_CLASSES)
    throw new NoClassesError({ file, column: label, found: classes.length, most: MOST_CLASSES });
  const values = classes.map((text) => numberIn(text, decimal));
  if (values.some(Number.isNaN)) return classes;
  return classes.sort((a, b) => numberIn(a, decimal) - numberIn(b, decimal));
}
