/** Finds out whether the numbers of a CSV file have a point or a comma before the fraction, and refuses to guess. */
import { isLikeNumber, isNumber, mayBeThousands, type DecimalMark } from './csv-numbers.ts';
import { DecimalMarkError } from './table-errors.ts';

/** Fields of a column that may hold numbers. */
export interface ColumnFields {
  readonly name: string;
  readonly fields: readonly string[];
}

/** A field with a mark in it. */
interface Marked {
  readonly column: string;
  readonly line: number;
  readonly value: string;
}

/** Whether a column is one of numbers, by whichever mark; words among them are refused later. */
function holdsNumbers(fields: readonly string[], missing: ReadonlySet<string>): boolean {
  const present = fields.filter((field) => !missing.has(field));
  const numbers = present.reduce((count, field) => count + Number(isLikeNumber(field)), 0);
  return numbers > 0 && 2 * numbers >= present.length && new Set(present).size > 1;
}

/**
 * The mark before fractions, one for the whole file. Columns of texts have no say.
 *
 * @param columns those that are kept, and whose values are not named categories
 * @param lines the line of each field
 * @throws DecimalMarkError (`ST_DATA_DECIMAL_MARK`) where both marks stand before fractions; where every comma, or, in a
 *   file whose fields have no commas between them, every point may as well group thousands
 */
export function decimalOf(
  file: string,
  columns: readonly ColumnFields[],
  {
    lines,
    missing,
    delimiter,
  }: { lines: readonly number[]; missing: ReadonlySet<string>; delimiter: string },
): DecimalMark {
  const first = new Map<DecimalMark, Marked>();
  const certain = new Set<DecimalMark>();
  for (const { name, fields } of columns) {
    if (!holdsNumbers(fields, missing)) continue;
    for (const [at, field] of fields.entries())
      for (const mark of [',', '.'] as const) {
        const value = field.trim();
        if (!value.includes(mark) || !isNumber(value, mark)) continue;
        if (!first.has(mark)) first.set(mark, { column: name, line: lines[at]!, value });
        if (!mayBeThousands(value)) certain.add(mark);
      }
  }
  const [comma, point] = [first.get(','), first.get('.')];
  if (comma && point) throw new DecimalMarkError({ file, ...comma, other: point });
  if (comma && !certain.has(',')) throw new DecimalMarkError({ file, ...comma });
  if (point && !certain.has('.') && delimiter !== ',') throw new DecimalMarkError({ file, ...point });
  return comma ? ',' : '.';
}
