/** Reads one CSV row: plain numbers straight from their bytes (fast), or any row by RFC 4180 with all its quotes (careful). */
import { isUtf8 } from 'node:buffer';
import { isInexact, mayBeInexact } from '../../exact-json.ts';
import type { RowValues } from '../../finite.ts';

/** No byte. */
const NONE = -2;
const TAB = 9;
const LF = 10;
const CR = 13;
const SPACE = 32;
const QUOTE = 34;
const PLUS = 43;
const COMMA = 44;
const MINUS = 45;
const DOT = 46;
const ZERO = 48;
const NINE = 57;
const UPPER_E = 69;
const LOWER_E = 101;

/** Powers of ten that a double holds exactly; within them one multiplication or division rounds correctly. */
const exactPowers = Float64Array.from({ length: 23 }, (_, power) => Number(`1e${power}`));
/** Up to 15 digits an integer is exact in a double, whatever the digits are. */
const exactDigits = 15;
/** Up to 9 digits it is in a word of 32 bits, in which it is read faster (`bench/README.md`). */
const wordDigits = 9;

/** What the reader needs to know of a row, and where it leaves the label. */
export interface CsvRowPlan {
  /** Fields in the row, the label's included. */
  columns: number;
  delimiter: number;
  /** Which field is the label; -1 when none is. */
  labelColumn: number;
  /** A one-byte mark of a missing value, such as `?`; -1 when there is none. */
  missingByte: number;
  missingValue: number;
  /** What an empty field means; `undefined` when it is no mark. */
  emptyValue: number | undefined;
  /** Marks that are numbers, such as -999, with their meanings; `undefined` when there are none. */
  numbers: ReadonlyMap<number, number> | undefined;
  /** Set by the reader when `labelColumn` is a field. */
  label: number;
}

/** The plan that reads a lone number, such as a key. */
export function singleNumberPlan(): CsvRowPlan {
  return {
    ...{ columns: 1, delimiter: COMMA, labelColumn: 0, label: NaN },
    ...{ missingByte: -1, missingValue: NaN, emptyValue: undefined, numbers: undefined },
  };
}

/**
 * Writes the row's features to `xs` from `at` on. Returns false when anything is out of the ordinary; the careful
 * reader ({@link splitCsvRow}) then decides whether the row is good after all, or why it is not. Numbers are exact:
 * the same float32 as `Math.fround(Number(text))` (Clinger 1990, the fast path; else `Number` itself), and whole ones that no
 * number holds are refused.
 */
export function readCsvRow(bytes: Buffer, plan: CsvRowPlan, xs: RowValues, at: number): boolean {
  const { columns, delimiter, labelColumn, missingByte, missingValue, emptyValue, numbers } = plan;
  // A blank that separates columns is not one that may stand around a field.
  const space = delimiter === SPACE ? NONE : SPACE;
  const tab = delimiter === TAB ? NONE : TAB;
  let end = bytes.length;
  if (end > 0 && bytes[end - 1] === LF) end--;
  if (end > 0 && bytes[end - 1] === CR) end--;
  let i = 0;
  let target = at;
  for (let column = 0; column < columns; column++) {
    let byte = i < end ? bytes[i]! : -1;
    while (byte === space || byte === tab) byte = ++i < end ? bytes[i]! : -1;
    const quoted = byte === QUOTE;
    if (quoted) {
      byte = ++i < end ? bytes[i]! : -1;
      while (byte === space || byte === tab) byte = ++i < end ? bytes[i]! : -1;
    }

    let value: number;
    if (byte === missingByte && byte !== -1) {
      value = missingValue;
      byte = ++i < end ? bytes[i]! : -1;
    } else if (emptyValue !== undefined && !quoted && (byte === delimiter || byte === -1)) {
      value = emptyValue;
    } else {
      const start = i;
      const negative = byte === MINUS;
      if (negative || byte === PLUS) byte = ++i < end ? bytes[i]! : -1;
      const first = i;
      let digits = 0;
      while (byte >= ZERO && byte <= NINE) {
        digits = (Math.imul(digits, 10) + byte - ZERO) | 0;
        byte = ++i < end ? bytes[i]! : -1;
      }
      let seen = i - first;
      let fraction = 0;
      if (byte === DOT) {
        const point = i;
        byte = ++i < end ? bytes[i]! : -1;
        while (byte >= ZERO && byte <= NINE) {
          digits = (Math.imul(digits, 10) + byte - ZERO) | 0;
          byte = ++i < end ? bytes[i]! : -1;
        }
        fraction = i - point - 1;
        seen += fraction;
      }
      if (seen === 0) return false;
      if (seen <= wordDigits && byte !== LOWER_E && byte !== UPPER_E) {
        value = fraction === 0 ? digits : digits / exactPowers[fraction]!;
        if (negative) value = -value;
      } else {
        value = readLongNumber(bytes, start, end);
        if (value !== value) return false;
        i = behindNumber;
        byte = i < end ? bytes[i]! : -1;
      }
      const meaning = numbers === undefined ? undefined : numbers.get(value);
      if (meaning === undefined) {
        const narrow = Math.fround(value);
        if (narrow - narrow !== 0) return false;
      } else value = meaning;
    }

    while (byte === space || byte === tab) byte = ++i < end ? bytes[i]! : -1;
    if (quoted) {
      if (byte !== QUOTE) return false;
      byte = ++i < end ? bytes[i]! : -1;
      while (byte === space || byte === tab) byte = ++i < end ? bytes[i]! : -1;
    }
    if (column === columns - 1 ? byte !== -1 : byte !== delimiter) return false;
    i++;
    if (column === labelColumn) plan.label = value;
    else xs[target++] = value;
  }
  return true;
}

/** Where {@link readLongNumber} stopped: the place of the first byte that is none of the number's. */
let behindNumber = 0;

/** Any decimal number that begins at `start`, after its sign with a digit or a point; NaN where it is none, or not exact. */
function readLongNumber(bytes: Buffer, start: number, end: number): number {
  let i = start;
  let byte = bytes[i]!;
  const negative = byte === MINUS;
  if (negative || byte === PLUS) byte = ++i < end ? bytes[i]! : -1;
  let mantissa = 0;
  let significant = 0;
  let power = 0;
  while (byte >= ZERO && byte <= NINE) {
    mantissa = mantissa * 10 + (byte - ZERO);
    if (mantissa !== 0) significant++;
    byte = ++i < end ? bytes[i]! : -1;
  }
  if (byte === DOT) {
    byte = ++i < end ? bytes[i]! : -1;
    while (byte >= ZERO && byte <= NINE) {
      mantissa = mantissa * 10 + (byte - ZERO);
      if (mantissa !== 0) significant++;
      power--;
      byte = ++i < end ? bytes[i]! : -1;
    }
  }
  if (byte === LOWER_E || byte === UPPER_E) {
    byte = ++i < end ? bytes[i]! : -1;
    const down = byte === MINUS;
    if (down || byte === PLUS) byte = ++i < end ? bytes[i]! : -1;
    let exponent = 0;
    const firstDigit = i;
    while (byte >= ZERO && byte <= NINE) {
      if (exponent < 100_000) exponent = exponent * 10 + (byte - ZERO);
      byte = ++i < end ? bytes[i]! : -1;
    }
    if (i === firstDigit) return NaN;
    power += down ? -exponent : exponent;
  }
  behindNumber = i;
  if (significant > exactDigits || power > 22 || power < -22) {
    const text = bytes.toString('latin1', start, i);
    const value = Number(text);
    return mayBeInexact(value) && isInexact(text) ? NaN : value;
  }
  const value = power < 0 ? mantissa / exactPowers[-power]! : mantissa * exactPowers[power]!;
  return negative ? -value : value;
}

/** A row's fields, or why its bytes are no row. Unquoted fields are trimmed of blanks; quoted ones are kept whole. */
type CsvFields = { fields: string[] } | { reason: 'binary' | 'malformed'; detail: string };

// Control characters never stand in a row of text; tab, line feed and carriage return may.
// eslint-disable-next-line no-control-regex
const controlCharacters = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;

/** Why these bytes are not text, or undefined when they are. */
export function whyBinary(bytes: Buffer): string | undefined {
  if (!isUtf8(bytes)) return `the value is not UTF-8 text (${bytes.length} bytes)`;
  if (controlCharacters.test(bytes.toString('utf8')))
    return `the value holds control bytes (${bytes.length} bytes)`;
  return undefined;
}

/** Splits one row; source: RFC 4180, section 2, with blanks allowed around quotes. */
export function splitCsvRow(bytes: Buffer, delimiter = ','): CsvFields {
  const binary = whyBinary(bytes);
  if (binary !== undefined) return { reason: 'binary', detail: binary };
  // Blanks around a field are space and tab, as in the fast path, but for the one that separates columns.
  const isBlank = (character: string | undefined): boolean =>
    (character === ' ' || character === '\t') && character !== delimiter;
  const text = bytes.toString('utf8').replace(/\r?\n$|\r$/, '');
  const fields: string[] = [];
  let i = 0;
  for (;;) {
    while (isBlank(text[i])) i++;
    let field = '';
    if (text[i] === '"') {
      i++;
      for (;;) {
        const close = text.indexOf('"', i);
        if (close === -1)
          return { reason: 'malformed', detail: `column ${fields.length + 1}: a quote is never closed` };
        field += text.slice(i, close);
        i = close + 1;
        if (text[i] !== '"') break;
        field += '"';
        i++;
      }
      while (isBlank(text[i])) i++;
      if (i < text.length && text[i] !== delimiter)
        return { reason: 'malformed', detail: `column ${fields.length + 1}: text after a closing quote` };
    } else {
      let stop = text.indexOf(delimiter, i);
      if (stop === -1) stop = text.length;
      let last = stop;
      while (last > i && isBlank(text[last - 1])) last--;
      field = text.slice(i, last);
      if (/[\r\n]/.test(field)) return { reason: 'malformed', detail: 'the record holds more than one line' };
      if (field.includes('"'))
        return {
          reason: 'malformed',
          detail: `column ${fields.length + 1}: a quote inside an unquoted field`,
        };
      i = stop;
    }
    fields.push(field);
    if (i >= text.length) return { fields };
    i++;
  }
}

/** The grammar of a number in a row: what `Number` takes, without hexadecimal, `Infinity` and the empty text. */
const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
/** Whether a text is read as a number, so that a mark of a missing value is one. */
export function isDecimal(text: string): boolean {
  return decimal.test(text);
}

const infinite = /^[+-]?(nan|inf|infinity)$/i;

/** What a field's text means: its number, or why it is none. */
export function readField(text: string): number | 'not-a-number' | 'not-finite' | 'not-exact' {
  const trimmed = text.trim();
  if (decimal.test(trimmed)) {
    const value = Number(trimmed);
    if (!Number.isFinite(Math.fround(value))) return 'not-finite';
    return isInexact(trimmed) ? 'not-exact' : value;
  }
  return infinite.test(trimmed) ? 'not-finite' : 'not-a-number';
}
