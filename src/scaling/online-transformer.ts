/** The small interface of what brings features into shape while it learns from the stream itself, and what it refuses. */
import { failure } from '../errors.ts';
import { firstNonFinite, missingValuesCure, type RowValues } from '../finite.ts';
import type { State, Stateful } from '../state.ts';

/** What is done to the features of a row, one by one, in float64. */
export type RowTransformation =
  /** (value - shift) * factor */
  | { readonly kind: 'scale'; readonly shifts: Float64Array; readonly factors: Float64Array }
  /** A missing value (NaN) becomes that of its feature. */
  | { readonly kind: 'fill'; readonly values: Float64Array };

/** What a scaler does to a row. */
export type Scaling = Extract<RowTransformation, { kind: 'scale' }>;

/**
 * Learns from features (never from labels) as they come, and transforms them. Rows are row-major in one typed array.
 * Its state lives in the checkpoint, beside the model that was trained on what it gave.
 */
export interface OnlineTransformer extends Stateful {
  /** Values in a row. */
  readonly features: number;
  /** What {@link transform} does to a row now, for those who write it down elsewhere; left out where it cannot be said so. */
  readonly transformation?: RowTransformation;
  /** Whether it takes missing values (NaN), to fill them; else rows that have one are refused. */
  readonly takesMissing?: boolean;
  /**
   * Takes `rows x features` values into account. Refuses rows it cannot take, and is then unchanged: infinite values,
   * (but for an imputer) missing ones, and (of a scaler) values too far apart for float64.
   */
  learn(xs: RowValues, rows: number): void;
  /**
   * Takes back what {@link learn} last took into account, bit for bit; nothing where nothing was learnt since it was made,
   * restored, or undone. For rows that the model behind it refuses: `withScaler` lets both learn a row, or neither. Of a
   * transformer without it, it saves the state before each call of `learn`.
   */
  undoLearn?(): void;
  /**
   * Writes the transformed `rows x features` values to `out` (new memory if left out; may be `xs` itself). Refuses as `learn`,
   * and what `out` does not hold: a value beyond float32, say. `out` is of no use then.
   */
  transform<Out extends RowValues = Float32Array>(xs: RowValues, rows: number, out?: Out): Out;
}

/** A scaler was made, fed or restored with something that does not fit it. `scaler` is its kind, such as `standardScaler`. */
export class ScalerInputError extends failure({
  code: 'ST_TRAINING_SCALER_INPUT',
  says: ({ scaler, problem }: { scaler: string; problem: string }) => `${scaler}: ${problem}.`,
  cure: '',
}) {}

/** Which value of which row a scaler does not take. */
interface ScalerValue {
  readonly scaler: string;
  readonly row: number;
  readonly feature: number;
  readonly value: number;
  /** What does not hold `value`, which is a scaled one: none where the row itself is refused. */
  readonly beyond?: 'float32' | 'float64';
}

/**
 * Rows for a scaler hold a value that is NaN or infinite, or one that is `beyond` the numbers of the result once it is scaled,
 * at `row` and `feature` (from 0); nothing was learnt from them.
 */
export class ScalerValueError extends failure({
  code: 'ST_TRAINING_SCALER_VALUE',
  says: ({ scaler, row, feature, value, beyond }: ScalerValue) =>
    beyond === undefined
      ? `${scaler}: row ${row} holds ${value} as its feature ${feature} (both from 0), not a finite number;`
      : `${scaler}: feature ${feature} of row ${row} (both from 0) is ${value} when it is scaled, which ${beyond} does not hold;`,
  cure: ({ value, beyond }) => {
    if (beyond !== undefined) return 'mend the value, or let the scaler learn rows with values of that size.';
    return Number.isNaN(value)
      ? `${missingValuesCure}.`
      : 'mend it at its source, or decode it as missing (NaN) and fill it with OnlineMedianImputer.';
  },
}) {}

/** Writes (value - shift) * factor of each feature's shift and factor to `out`; refuses what `out` does not hold. */
export function shiftAndScale(
  scaler: string,
  xs: RowValues,
  rows: number,
  out: RowValues,
  { shifts, factors }: Scaling,
): void {
  for (let row = 0, at = 0; row < rows; row++) {
    for (let feature = 0; feature < factors.length; feature++, at++) {
      const scaled = (xs[at]! - shifts[feature]!) * factors[feature]!;
      out[at] = scaled;
      if (out[at]! * 0 === 0) continue;
      const beyond = Number.isFinite(scaled) ? 'float32' : 'float64';
      throw new ScalerValueError({ scaler, row, feature, value: scaled, beyond });
    }
  }
}

/** Refuses a number of features that cannot be. */
export function checkFeatures(scaler: string, features: number): void {
  if (!Number.isInteger(features) || features < 1)
    throw new ScalerInputError({ scaler, problem: `features is ${features}; expected a whole number >= 1` });
}

/** Refuses arrays that are too short for so many rows. */
export function checkRows(
  scaler: string,
  features: number,
  rows: number,
  ...arrays: readonly RowValues[]
): void {
  if (!Number.isInteger(rows) || rows < 0)
    throw new ScalerInputError({ scaler, problem: `rows is ${rows}; expected a whole number >= 0` });
  for (const { length } of arrays) {
    if (length < rows * features)
      throw new ScalerInputError({
        scaler,
        problem: `${rows} rows of ${features} features need ${rows * features} values, not ${length}`,
      });
  }
}

/** Refuses rows with a value that is NaN or infinite, naming its row and feature. */
export function checkFinite(scaler: string, features: number, rows: number, xs: RowValues): void {
  const end = rows * features;
  const found = firstNonFinite(end === xs.length ? xs : xs.subarray(0, end), features);
  if (found)
    throw new ScalerValueError({ scaler, row: found.row, feature: found.column, value: found.value });
}

/** What a scaler says of a feature whose spread float64 cannot measure. */
export function tooLarge(scaler: string, feature: number): ScalerInputError {
  const problem = `the values of feature ${feature} (from 0) lie too far apart for float64; divide them before they come here`;
  return new ScalerInputError({ scaler, problem });
}

/** The named arrays of a state, each with as many values as there are features; refuses any other state. */
export function arraysOf<Name extends string>(
  scaler: string,
  features: number,
  state: State,
  names: readonly Name[],
): Record<Name, Float64Array> {
  const found = typeof state === 'object' && state !== null ? (state as Readonly<Record<string, State>>) : {};
  const arrays = {} as Record<Name, Float64Array>;
  for (const name of names) {
    const array = found[name];
    if (!(array instanceof Float64Array) || array.length !== features) {
      const has = array instanceof Float64Array ? `${array.length} values` : 'no list of numbers';
      throw new ScalerInputError({
        scaler,
        problem: `the state has ${has} for ${name}; expected ${features}`,
      });
    }
    arrays[name] = array.slice();
  }
  return arrays;
}

/** Refuses a state that no rows can have led to. */
export function checkRestored(scaler: string, isPossible: boolean, problem: string): void {
  if (!isPossible) throw new ScalerInputError({ scaler, problem: `the state cannot be: ${problem}` });
}

/** Where a transformer writes by default: new memory, float32. */
export function newValues<Out extends RowValues>(rows: number, features: number): Out {
  return new Float32Array(rows * features) as RowValues as Out;
}
