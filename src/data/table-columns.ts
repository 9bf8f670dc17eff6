/** What a column of a CSV file holds, as all of its fields show, and how a field becomes numbers. */
import { isLikeNumber, isRounded, numberIn, type DecimalMark } from './csv-numbers.ts';
import { CsvIntegerError } from './errors.ts';
import { LabelSpellingError, LikelyMissingError, MixedColumnError, NoClassesError } from './table-errors.ts';

/** What a column holds. */
export type ColumnKind = 'number' | 'date' | 'category' | 'constant' | 'text';

/** A column, and what becomes of it. */
export interface TableColumn {
  readonly name: string;
  /**
   * `number`: as it is; `date`: days since 1970 (UTC); `category`: a feature for each value, 1 or 0 (a gap: 0 in all);
   * `constant` (one value, or none) and `text` (more values than `maxCategories`, such as names and ids): left out.
   */
  readonly kind: ColumnKind;
  /** Fields that are missing. */
  readonly missing: number;
  /** The different values of a category, in order; else empty. */
  readonly values: readonly string[];
  /** The names of the features that it becomes, such as `colour=red`. */
  readonly features: readonly string[];
}

/** How fields are to be read. */
export interface FieldRules {
  readonly missing: ReadonlySet<string>;
  /** Whether the missing marks are the user's own: then all others are values. */
  readonly ownMarks: boolean;
  readonly decimal: DecimalMark;
  readonly maxCategories: number;
  /** Columns whose values are categories, or classes, as they are written, whatever they look like. */
  readonly categories: ReadonlySet<string>;
}

const isoDate = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?Z?)?$/;
const dottedDate = /^(\d{1,2})\.(\d{1,2})\.(\d{4})$/;
const DAY = 86_400_000;

/** From this share of numbers on a column is one of numbers, and its other fields are mistakes. */
const MOSTLY = 0.5;
/** So few different words among numbers are marks or mistakes, however often they stand there. */
const FEW_WORDS = 2;

/** Days since 1970 of `2026-03-01`, `2026-03-01T12:00` (UTC) or `1.3.2026`; NaN where it is none. */
function daysIn(text: string): number {
  const field = text.trim();
  const dotted = dottedDate.exec(field);
  const iso = dotted ? `${dotted[3]}-${dotted[2]!.padStart(2, '0')}-${dotted[1]!.padStart(2, '0')}` : field;
  if (!isoDate.test(iso)) return NaN;
  const ms = Date.parse(iso.includes(':') ? `${iso.replace(' ', 'T').replace(/Z$/, '')}Z` : iso);
  // 31 February would become a day of March.
  return Number.isNaN(ms) || new Date(ms).toISOString().slice(0, 10) !== iso.slice(0, 10) ? NaN : ms / DAY;
}

/** Other spellings of the usual missing marks, MySQL's, SAS's and C's, and Excel's errors: `#DIV/0!`, `#NAME?`. */
const likelyMissing = /^(#?n\/?a|<na>|-?nan|-?1\.#(ind|qnan)|null|\\n|\.|#nv|#[\p{L}\d/]+[!?])$/iu;
/** A dash in an empty cell; beside a plus it is a sign. */
const dashes = /^[-\u2013\u2014]+$/;

/**
 * Refuses classes or categories that look like missing values.
 *
 * @param lines the line of each field
 * @throws LikelyMissingError (`ST_DATA_LIKELY_MISSING`)
 */
function refuseLikelyMissing(
  file: string,
  column: string,
  fields: readonly string[],
  lines: readonly number[],
  { missing, ownMarks }: Pick<FieldRules, 'missing' | 'ownMarks'>,
): void {
  if (ownMarks) return;
  const areSigns = fields.includes('+');
  const isDash = (field: string): boolean => !areSigns && dashes.test(field);
  const at = fields.findIndex((field) => !missing.has(field) && (likelyMissing.test(field) || isDash(field)));
  if (at >= 0) throw new LikelyMissingError({ file, line: lines[at]!, column, value: fields[at]! });
}

/** How fields of a kind are read, and which fields make one expect the kind. */
const kinds = [
  { kind: 'number', read: sizeIn, isLike: isLikeNumber },
  { kind: 'date', read: daysIn, isLike: (field: string) => !Number.isNaN(daysIn(field)) },
] as const;

/** Whether a field is a value and no name: a number in whichever way of writing, or a date. */
export const isValueLike = (field: string): boolean => kinds.some(({ isLike }) => isLike(field));

/** The number in a field, where float64 can hold it; else NaN. */
function sizeIn(text: string, decimal: DecimalMark): number {
  const field = text.trim();
  const value = numberIn(field, decimal);
  return isRounded(field, value) ? NaN : value;
}

/**
 * Looks at all fields of a column.
 *
 * @param lines the line of each field, for messages
 * @throws MixedColumnError (`ST_DATA_MIXED_COLUMN`) where many fields are numbers, or dates, and some are not;
 *   LikelyMissingError (`ST_DATA_LIKELY_MISSING`); CsvIntegerError (`ST_DATA_CSV_INTEGER`); LabelSpellingError
 *   (`ST_DATA_LABEL_SPELLING`) where a category is written in two ways
 */
export function columnOf(
  file: string,
  name: string,
  fields: readonly string[],
  lines: readonly number[],
  rules: FieldRules,
): TableColumn {
  const present = fields.filter((field) => !rules.missing.has(field));
  const missing = fields.length - present.length;
  const different = new Set(present);
  const column = (kind: ColumnKind, features: readonly string[], values: readonly string[] = []) => {
    return { name, kind, missing, values, features };
  };
  if (different.size < 2) return column('constant', []);
  const values = [...different].sort();
  const category = () => {
    refuseLikelyMissing(file, name, fields, lines, rules);
    if (!rules.categories.has(name)) refuseSpellings(file, name, values);
    const features = values.map((value) => `${name}=${value}`);
    return column('category', features, values);
  };
  if (rules.categories.has(name)) return category();
  const [likely] = kinds
    .map((how) => ({ ...how, count: present.reduce((sum, field) => sum + Number(how.isLike(field)), 0) }))
    .sort((a, b) => b.count - a.count);
  const { kind, read, isLike, count } = likely!;
  const words = values.reduce((sum, value) => sum + Number(!isLike(value)), 0);
  if (count >= MOSTLY * present.length || (count > 0 && words <= FEW_WORDS)) {
    const isWrong = (field: string) => !rules.missing.has(field) && Number.isNaN(read(field, rules.decimal));
    const at = fields.findIndex(isWrong);
    if (at < 0) return column(kind, [name]);
    const found = { file, line: lines[at]!, column: name, value: fields[at]! };
    if (!isRounded(found.value, numberIn(found.value, rules.decimal)))
      throw new MixedColumnError({ ...found, kind });
    const hint = 'Name the column in drop, or in categories if it has few values.';
    throw new CsvIntegerError({ ...found, hint });
  }
  if (different.size > rules.maxCategories) return column('text', []);
  return category();
}

/**
 * Writes the features of a field from a place on.
 *
 * @returns false for a field that the column cannot hold: no number, no date, a category that is not known
 */
export function writeField(
  { kind, values }: TableColumn,
  field: string,
  { missing, decimal }: FieldRules,
  into: Float64Array,
  at: number,
): boolean {
  if (kind === 'constant' || kind === 'text') return true;
  const isMissing = missing.has(field);
  if (kind === 'category') {
    values.forEach((value, i) => (into[at + i] = Number(value === field)));
    return isMissing || values.includes(field);
  }
  into[at] = isMissing ? NaN : kind === 'number' ? sizeIn(field, decimal) : daysIn(field);
  return isMissing || !Number.isNaN(into[at]);
}

/** More different labels are values, not classes. */
const MOST_CLASSES = 50;

/**
 * The different labels in their order.
 *
 * @param lines the line of each label, for messages
 * @throws LabelSpellingError (`ST_DATA_LABEL_SPELLING`) where one is written in two ways; LikelyMissingError
 *   (`ST_DATA_LIKELY_MISSING`); NoClassesError (`ST_DATA_NO_CLASSES`)
 */
export function classesOf(
  file: string,
  column: string,
  labels: readonly string[],
  lines: readonly number[],
  rules: Omit<FieldRules, 'maxCategories'>,
): readonly string[] {
  refuseLikelyMissing(file, column, labels, lines, rules);
  const classes = [...new Set(labels)].sort();
  if (!rules.categories.has(column)) refuseSpellings(file, column, classes);
  if (classes.length < 2 || classes.length > MOST_CLASSES)
    throw new NoClassesError({ file, column, found: classes.length, most: MOST_CLASSES });
  const values = classes.map((text) => numberIn(text, rules.decimal));
  if (values.some(Number.isNaN)) return classes;
  return classes.sort((a, b) => numberIn(a, rules.decimal) - numberIn(b, rules.decimal));
}

/** Refuses different classes or categories that are one number or word. */
function refuseSpellings(file: string, column: string, texts: readonly string[]): void {
  const spellings = new Map<number | string, string>();
  for (const text of texts) {
    const meant = meantBy(text);
    const other = spellings.get(meant);
    const kind = typeof meant === 'number' ? 'number' : 'word';
    if (other !== undefined) throw new LabelSpellingError({ file, column, values: [other, text], kind });
    spellings.set(meant, text);
  }
}

/** The number that a class or category is, or the word: capitals, blanks and how accents are coded are no difference. */
function meantBy(field: string): number | string {
  const bare = field.trim();
  const value = (['.', ','] as const).map((mark) => numberIn(bare, mark)).find((one) => !Number.isNaN(one));
  if (value !== undefined) return isRounded(bare, value) ? bare : value;
  const text = field.normalize('NFC').replace(/\s+/g, ' ').trim();
  // Of short ones capitals may be the difference: Aa and AA, m and M.
  return text.length > 2 ? text.toLowerCase() : text;
}
