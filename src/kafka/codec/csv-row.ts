/** Reads one CSV row of plain numbers straight from its bytes: the fast path of `csvCodec`. */
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
const UPPER_E = 69;
const LOWER_E = 101;

/** Powers of ten that a double holds exactly; within them one multiplication or division rounds correctly. */
const exactPowers = Float64Array.from({ length: 23 }, (_, power) => Number(`1e${power}`));
/** Up to 15 digits an integer is exact in a double, whatever the digits are. */
const exactDigits = 15;

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
 * reader (csv-fields.ts) then decides whether the row is good after all, or why it is not. Numbers are exact:
 * the same float32 as `Math.fround(Number(text))` (Clinger 1990, the fast path; else `Number` itself).
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
      let mantissa = 0;
      let significant = 0;
      let seen = 0;
      let power = 0;
      while (byte >= ZERO && byte <= 57) {
        mantissa = mantissa * 10 + (byte - ZERO);
        if (mantissa !== 0) significant++;
        seen++;
        byte = ++i < end ? bytes[i]! : -1;
      }
      if (byte === DOT) {
        byte = ++i < end ? bytes[i]! : -1;
        while (byte >= ZERO && byte <= 57) {
          mantissa = mantissa * 10 + (byte - ZERO);
          if (mantissa !== 0) significant++;
          seen++;
          power--;
          byte = ++i < end ? bytes[i]! : -1;
        }
      }
      if (seen === 0) return false;
      if (byte === LOWER_E || byte === UPPER_E) {
        byte = ++i < end ? bytes[i]! : -1;
        const down = byte === MINUS;
        if (down || byte === PLUS) byte = ++i < end ? bytes[i]! : -1;
        let exponent = 0;
        const firstDigit = i;
        while (byte >= ZERO && byte <= 57) {
          if (exponent < 100_000) exponent = exponent * 10 + (byte - ZERO);
          byte = ++i < end ? bytes[i]! : -1;
        }
        if (i === firstDigit) return false;
        power += down ? -exponent : exponent;
      }
      if (significant > exactDigits || power > 22 || power < -22)
        value = Number(bytes.toString('latin1', start, i));
      else {
        value = power < 0 ? mantissa / exactPowers[-power]! : mantissa * exactPowers[power]!;
        if (negative) value = -value;
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
