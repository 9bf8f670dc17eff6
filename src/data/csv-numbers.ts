/** The numbers in the fields of a CSV file: which texts are numbers, with a point or a comma before the fraction, and which mean none. */
import { isInexact, mayBeInexact } from '../exact-json.ts';

/** What stands before a fraction. */
export type DecimalMark = '.' | ',';

const numbers = {
  '.': /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i,
  ',': /^[+-]?(\d+,?\d*|,\d+)(e[+-]?\d+)?$/i,
} as const;

/** Digits in groups of three, as in `1,234,567`, `1.234,5`, `1 234` and `1'234`. */
const grouped = /^[+-]?[1-9]\d{0,2}([.,'’_\s]\d{3})+([.,]\d+)?$/;
/** What stands before or behind an amount or a share, as in `$10` and `35 %`. */
const unit = /^([+-]?)\p{Sc}\s?|\s?[%‰\p{Sc}]$/u;
/** Digits in groups as in India: `12,34,567`. */
const groupedByTwo = /^[+-]?\d{1,2}(,\d{2})+,\d{3}(\.\d+)?$/;
/** Below 0 as accounts, other programs and typographers write it: `(5)`, `5-`, `−5`. */
const below = /^\((.*)\)$|^(.*\d)-$|^\u2212(.*)$/;

/** The number in a field; NaN where it is none. */
export function numberIn(field: string, decimal: DecimalMark): number {
  if (!numbers[decimal].test(field)) return NaN;
  const value = Number(decimal === ',' ? field.replace(',', '.') : field);
  return Number.isFinite(value) ? value : NaN;
}

/** Whether a field is written as a number, whatever its value is. */
export function isNumber(field: string, decimal: DecimalMark): boolean {
  return numbers[decimal].test(field);
}

/** Whether a field is a number somewhere in the world, by whichever mark, with or without groups of digits, a unit or blanks. */
export function isLikeNumber(field: string): boolean {
  const bare = field.trim().replace(below, '-$1$2$3').replace(unit, '$1');
  return isNumber(bare, '.') || isNumber(bare, ',') || grouped.test(bare) || groupedByTwo.test(bare);
}

/** What usually stands for a missing value in a file of others. */
export const usualMissingMarks: readonly string[] = ['', '?', 'NA', 'N/A', 'NaN', 'null'];

/** Whether a field may mean a thousand times as much as it seems to: `2,101` and `2.101`, but not `0,101`. */
export function mayBeThousands(field: string): boolean {
  return /^[+-]?[1-9]\d{0,2}[.,]\d{3}$/.test(field);
}

/** Whether a whole number is beyond 2^53 and `value`, which float64 made of it, is another one, and is written otherwise. */
export function isRounded(field: string, value: number): boolean {
  return mayBeInexact(value) && isInexact(field);
}
