/** Values of rows, and those that are NaN or infinite found before they reach a model, which would learn them without a word. */

/** Values of rows: float32 as networks take them, or float64 where every digit counts. */
export type RowValues = Float32Array | Float64Array;

/** `Float32Array` or `Float64Array`: what makes such values. */
export type RowArray<Values extends RowValues = RowValues> = new (length: number) => Values;

/** Where the first value stands that is NaN or infinite; row and column count from 0. */
interface NonFiniteValue {
  readonly row: number;
  readonly column: number;
  readonly value: number;
}

/** What to do about missing values, as the end of an error's sentence. */
export const missingValuesCure =
  'fill gaps with fitMedianImputer (data frames) or OnlineMedianImputer (streams) before the model sees them';

/**
 * Whether every value is finite: one pass without a branch, about a nanosecond for two values.
 *
 * A finite number times 0 is 0, NaN or an infinity times 0 is NaN, and a NaN stays in the sum.
 */
export function allFinite(values: ArrayLike<number>): boolean {
  const { length } = values;
  const end = length - (length % 4);
  let [a, b, c, d] = [0, 0, 0, 0];
  // Four sums, as each addition waits for the one before it.
  for (let i = 0; i < end; i += 4) {
    a += values[i]! * 0;
    b += values[i + 1]! * 0;
    c += values[i + 2]! * 0;
    d += values[i + 3]! * 0;
  }
  for (let i = end; i < length; i++) a += values[i]! * 0;
  return a + b + c + d === 0;
}

/**
 * The first value that is NaN or infinite in rows that stand one after the other.
 *
 * @param width values in a row
 * @returns undefined if all are finite
 * @example
 * ```ts run
 * firstNonFinite([1, 2, 3, NaN], 2); // { row: 1, column: 1, value: NaN }
 * ```
 */
export function firstNonFinite(values: ArrayLike<number>, width: number): NonFiniteValue | undefined {
  if (allFinite(values)) return undefined;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!Number.isFinite(value)) return { row: Math.floor(i / width), column: i % width, value };
  }
  return undefined;
}
