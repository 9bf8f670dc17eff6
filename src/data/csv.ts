/** Reads a CSV file of numbers into a data frame, or says exactly where it is wrong. */
import { InvalidOptionError, checkOneOf, refuseUnknownOptions, type OptionNames } from '../options.ts';
import type { DataFrame } from './danfo.ts';
import {
  isLikeNumber,
  isNumber,
  isRounded,
  numberIn,
  usualMissingMarks,
  type DecimalMark,
} from './csv-numbers.ts';
import { csvRows, type CsvLayout, type CsvRow } from './csv-rows.ts';
import {
  CsvColumnCountError,
  CsvHeaderError,
  CsvHeaderMissingError,
  CsvHeaderRepeatedError,
  CsvIndexError,
  CsvIntegerError,
  CsvNotANumberError,
  EmptyCsvError,
  UnknownColumnError,
} from './errors.ts';
import { frameOf, type Cell } from './frame.ts';

/** Options of {@link readCsv}. */
export interface ReadCsvOptions extends CsvLayout {
  /** The names of the columns: the header that the file must have, or what its columns are called if it has none. */
  columns?: readonly string[];
  /**
   * Whether the first row is a header. `true`: it is; `false`: it is data (needs `columns`); `'replace'`: it is, and
   * `columns` are used in its place. Default: a header, unless `columns` are given and the first row has as many
   * numbers or missing marks. Without `columns`, a first row of nothing but numbers, however written, and gaps is refused.
   */
  header?: boolean | 'replace';
  /** Fields that mean "missing" and become NaN. Default `['?']`. */
  missingMarks?: readonly string[];
  /** What stands before the fraction: `'.'` (default) or `','`. */
  decimal?: '.' | ',';
  /** Columns that are kept as text, such as ids or the names of classes. Default: none. */
  textColumns?: readonly string[];
}

const optionNames: OptionNames<ReadCsvOptions> = {
  ...{ columns: true, header: true, missingMarks: true, decimal: true, textColumns: true },
  ...{ delimiter: true, encoding: true, comment: true },
};

/**
 * Reads a CSV file of numbers into a danfojs frame, piece by piece: the rows are in memory, the text is not. Empty lines
 * are passed over, blanks around fields and quotes are left out, zeros in front of a number too (`007` is 7, as in
 * pandas). Nothing is guessed: a field that is no number, a whole number beyond 2^53 that float64 cannot hold, a row of
 * another length, a byte that is no text are refused with their place. An unnamed first column (pandas' index) becomes
 * the frame's index, unless `columns` give it a name; a delimiter at the end of every line is left out. danfojs' own
 * `readCSV` keeps a `?` as a value of its column of numbers: nothing counts as missing, and the mean is NaN.
 *
 * @returns a frame `[rows, columns]`; missing values are NaN
 * @throws `CsvReadError` (`ST_DATA_CSV_READ`), `CsvEncodingError` (`ST_DATA_CSV_ENCODING`), {@link EmptyCsvError}
 *   (`ST_DATA_CSV_EMPTY`), {@link CsvHeaderError} (`ST_DATA_CSV_HEADER`), {@link CsvHeaderMissingError}
 *   (`ST_DATA_CSV_NO_HEADER`), {@link CsvHeaderRepeatedError} (`ST_DATA_CSV_HEADER_REPEATED`; only where all columns are
 *   text, and more than one), {@link CsvColumnCountError} (`ST_DATA_CSV_COLUMN_COUNT`), {@link CsvNotANumberError}
 *   (`ST_DATA_CSV_NOT_A_NUMBER`), {@link CsvIntegerError} (`ST_DATA_CSV_INTEGER`), {@link CsvIndexError}
 *   (`ST_DATA_CSV_INDEX`), `CsvSyntaxError` (`ST_DATA_CSV_SYNTAX`), `InvalidOptionError` (`ST_OPTION_INVALID`): those
 *   about the file name file and line, and where it applies column and value
 * @example
 * ```ts
 * const frame = await readCsv('measurements.csv', { columns: ['width', 'height'], missingMarks: ['?', 'NA'] });
 * frame.head(5).print();
 * const german = await readCsv('messwerte.csv', { delimiter: ';', decimal: ',', encoding: 'latin1' });
 * ```
 */
export async function readCsv(path: string, options: ReadCsvOptions = {}): Promise<DataFrame> {
  const table = new CsvTable(path, checked(options));
  for await (const rows of csvRows(path, options)) for (const row of rows) table.add(row);
  return table.frame();
}

function checked(options: ReadCsvOptions): ReadCsvOptions {
  refuseUnknownOptions('readCsv', options, optionNames);
  const { columns, header, decimal = '.', textColumns = [] } = options;
  checkOneOf('decimal', decimal, ['.', ',']);
  if (header !== undefined) checkOneOf('header', header, [true, false, 'replace']);
  const wrong = (expected: string) => new InvalidOptionError({ option: 'columns', value: columns, expected });
  if ((header === false || header === 'replace') && columns === undefined)
    throw wrong(`the names of the columns, which header: ${header} needs`);
  if (columns !== undefined && (columns.length === 0 || new Set(columns).size < columns.length))
    throw wrong('at least one name, and none twice');
  const unknown = columns && textColumns.find((name) => !columns.includes(name));
  if (columns && unknown !== undefined) throw new UnknownColumnError({ column: unknown, columns });
  return options;
}

/** The rows read so far. */
class CsvTable {
  readonly #file: string;
  readonly #options: ReadCsvOptions;
  readonly #missing: ReadonlySet<string>;
  readonly #decimal: DecimalMark;
  readonly #rows: Cell[][] = [];
  readonly #index = new Map<string, number | string>();
  #first: CsvRow | undefined;
  #columns: CsvColumns | undefined;
  #isText: readonly boolean[] = [];

  constructor(file: string, options: ReadCsvOptions) {
    this.#file = file;
    this.#options = options;
    this.#missing = new Set(options.missingMarks ?? ['?']);
    this.#decimal = options.decimal ?? '.';
  }

  add(row: CsvRow): void {
    if (this.#columns === undefined) {
      this.#first = row;
      this.#columns = this.#readFirst(row);
      if (!this.#columns.firstIsData) return;
    }
    const { names, index, trailing, firstIsData } = this.#columns;
    const { fields, line } = row;
    const from = Number(index);
    const width = names.length + from;
    if (fields.length !== width + Number(trailing)) throw this.#wrongCount(row, names, width);
    if (trailing && fields[width] !== '') throw this.#unnamed(row, width);
    if (index) this.#label(fields[0]!, line);
    // Among numbers it is refused as none; a lone text may well be the same as its column's name.
    const header = this.#first!.fields.slice(from);
    const repeated = (): boolean => names.every((_, c) => fields[c + from]!.trim() === header[c]!.trim());
    if (!firstIsData && names.length > 1 && this.#isText.every(Boolean) && repeated())
      throw new CsvHeaderRepeatedError({ file: this.#file, line });
    this.#rows.push(names.map((_, c) => this.#cell(fields[c + from]!, c, line)));
  }

  frame(): DataFrame {
    if (this.#first === undefined) throw new EmptyCsvError({ file: this.#file, line: 1 });
    if (this.#rows.length === 0) throw new EmptyCsvError({ file: this.#file, line: this.#first.line + 1 });
    const { names, index } = this.#columns!;
    return frameOf(this.#rows, names, index ? [...this.#index.values()] : undefined);
  }

  #readFirst(row: CsvRow): CsvColumns {
    const { columns, header, textColumns = [] } = this.#options;
    const isText = (c: number): boolean => columns !== undefined && textColumns.includes(columns[c] ?? '');
    // Where every column is text, data and names look the same.
    const differs = columns === undefined || columns.some((_, c) => !isText(c));
    // Where nothing says what the first row is, numbers in other ways of writing are no names either.
    const mayBe = (field: string): boolean =>
      columns === undefined && (isLikeNumber(field) || (field !== '' && usualMissingMarks.includes(field)));
    const isValue = (field: string, c: number): boolean =>
      differs && (isText(c) || this.#missing.has(field) || isNumber(field, this.#decimal) || mayBe(field));
    const found = columnsOf(
      { ...row, fields: row.fields.map((field) => field.trim()) },
      { columns, header, isValue },
      this.#file,
    );
    const unknown = textColumns.find((name) => !found.names.includes(name));
    if (unknown !== undefined) throw new UnknownColumnError({ column: unknown, columns: found.names });
    this.#isText = found.names.map((name) => textColumns.includes(name));
    return found;
  }

  #cell(text: string, column: number, line: number): Cell {
    if (this.#isText[column]) return text;
    const field = text.trim();
    if (this.#missing.has(field)) return NaN;
    const value = numberIn(field, this.#decimal);
    const name = this.#columns!.names[column]!;
    if (!Number.isFinite(value)) {
      const found = { file: this.#file, line, column: name, value: field };
      const missingMarks = [...this.#missing];
      throw new CsvNotANumberError({ ...found, missingMarks, hint: this.#hint(field, column) });
    }
    if (isRounded(field, value))
      throw new CsvIntegerError({ file: this.#file, line, column: name, value: field });
    return value;
  }

  /** pandas' index: 0, 1, 2, ... as numbers, anything else as text. */
  #label(field: string, line: number): void {
    if (field === '' || this.#index.has(field))
      throw new CsvIndexError({ file: this.#file, line, value: field, columns: this.#columns!.names });
    const number = Number(field);
    this.#index.set(field, Number.isSafeInteger(number) && String(number) === field ? number : field);
  }

  #unnamed({ fields, line }: CsvRow, at: number): CsvHeaderError {
    const problem = `has no name, but line ${line} holds ${JSON.stringify(fields[at])} under it`;
    return new CsvHeaderError({
      file: this.#file,
      line: this.#first!.line,
      column: at + 1,
      found: '',
      problem,
    });
  }

  #wrongCount({ fields, line }: CsvRow, names: readonly string[], width: number): CsvColumnCountError {
    const first = Math.min(fields.length, width);
    const column = [...(this.#columns!.index ? ['the index'] : []), ...names][first] ?? `number ${first + 1}`;
    const found = { file: this.#file, line, found: fields.length, values: fields };
    return new CsvColumnCountError({ ...found, expected: width, column, hint: this.#layoutHint() });
  }

  /** What the reader of the file has probably forgotten to say. */
  #hint(field: string, column: number): string {
    const { names } = this.#columns!;
    if (field === names[column]) return 'The header is repeated there: remove that row.';
    if (this.#decimal === '.' && field.includes(',') && isNumber(field, ','))
      return "If the comma stands before a fraction, say decimal: ','; if it groups thousands, remove it.";
    return this.#layoutHint();
  }

  #layoutHint(): string {
    const [only = '', ...more] = this.#first?.fields ?? [];
    if (/^[#%]/.test(only))
      return `Line ${this.#first!.line} looks like a comment: say comment: '${only[0]!}'.`;
    if (more.length > 0) return '';
    const other = [';', '\t', '|', ','].find((delimiter) => only.includes(delimiter));
    return other === undefined
      ? ''
      : `The first row is one field with ${JSON.stringify(other)} in it: say delimiter: ${JSON.stringify(other)}.`;
  }
}

/** What is known of the columns once the first row was seen. */
interface CsvColumns {
  /** Names of the columns of the frame. */
  names: string[];
  /** The first field of a row is its name: pandas' index. */
  index: boolean;
  /** Every line ends with a delimiter, behind which nothing may stand. */
  trailing: boolean;
  /** The first row is data. */
  firstIsData: boolean;
}

/** What the caller says of the columns. */
interface GivenColumns {
  columns: readonly string[] | undefined;
  header: ReadCsvOptions['header'];
  /** Whether a field of the first row could be a value. */
  isValue: (field: string, column: number) => boolean;
}

/** Decides what the first row is, a header or data, and what the columns are called. */
function columnsOf(first: CsvRow, { columns, header, isValue }: GivenColumns, file: string): CsvColumns {
  const { fields } = first;
  if (columns === undefined) {
    if (header !== true && fields.every(isValue))
      throw new CsvHeaderMissingError({ file, line: first.line, values: fields });
    return namedByHeader(first, file);
  }
  const plain = { names: [...columns], index: false, trailing: false };
  const trailing = fields.length === columns.length + 1 && fields.at(-1) === '';
  if (header === 'replace') {
    if (fields.length === columns.length || trailing) return { ...plain, trailing, firstIsData: false };
    return unlike(first, columns, file);
  }
  if (header !== false) {
    const isHeader = (from: number): boolean =>
      columns.every((name, c) => fields[c + from] === name || (c + from === 0 && fields[0] === ''));
    if (isHeader(0) && (fields.length === columns.length || trailing))
      return { ...plain, trailing, firstIsData: false };
    if (fields[0] === '' && fields.length === columns.length + 1 && isHeader(1))
      return { ...plain, index: true, firstIsData: false };
  }
  const couldBeData = (trailing ? fields.slice(0, -1) : fields).every(isValue);
  if (header === false || (header === undefined && couldBeData)) {
    if (fields.length === columns.length || trailing) return { ...plain, trailing, firstIsData: true };
    if (header === undefined) return unlike(first, columns, file);
    return { ...plain, firstIsData: true }; // the row itself is refused, with its line
  }
  return unlike(first, columns, file);
}

/** Names without `columns`: an unnamed first column is pandas' index, an unnamed last one a delimiter too many. */
function namedByHeader({ fields, line }: CsvRow, file: string): CsvColumns {
  const index = fields.length > 1 && fields[0] === '';
  const trailing = fields.length > (index ? 2 : 1) && fields.at(-1) === '';
  const names = fields.slice(index ? 1 : 0, trailing ? -1 : undefined);
  for (const [c, name] of names.entries()) {
    const column = c + 1 + Number(index);
    const again = names.indexOf(name) !== c;
    if (name !== '' && !again) continue;
    const problem = name === '' ? 'has no name' : `repeats the name ${JSON.stringify(name)}`;
    throw new CsvHeaderError({ file, line, column, found: name, problem });
  }
  return { names, index, trailing, firstIsData: false };
}

/** The first place in which a header differs from the columns asked for. */
function unlike({ fields, line }: CsvRow, columns: readonly string[], file: string): never {
  let c = 0;
  while (c < Math.max(fields.length, columns.length) - 1 && fields[c] === columns[c]) c++;
  throw new CsvHeaderError({ file, line, column: c + 1, found: fields[c], expected: columns[c] });
}
