/** The small interface of what brings features into shape while it learns from the stream itself. */
import type { State, Stateful } from '../../model/index.ts';
import { ScalerInputError } from './errors.ts';

/**
 * Learns from features (never from labels) as they come, and transforms them. Rows are row-major in one typed array.
 * Its state lives in the checkpoint, beside the model that was trained on what it gave.
 */
export interface OnlineTransformer extends Stateful {
  /** Values in a row. */
  readonly features: number;
  /** Takes `rows x features` values into account. */
  learn(xs: Float32Array, rows: number): void;
  /** Writes the transformed `rows x features` values to `out` (new memory if left out; may be `xs` itself). */
  transform(xs: Float32Array, rows: number, out?: Float32Array): Float32Array;
}

/** Refuses a number of features that cannot be. */
export function checkFeatures(scaler: string, features: number): void {
  if (!Number.isInteger(features) || features < 1)
    throw new ScalerInputError(scaler, `features is ${features}; expected a whole number >= 1`);
}

/** Refuses arrays that are too short for so many rows. */
export function checkRows(
  scaler: string,
  features: number,
  rows: number,
  ...arrays: readonly Float32Array[]
): void {
  if (!Number.isInteger(rows) || rows < 0)
    throw new ScalerInputError(scaler, `rows is ${rows}; expected a whole number >= 0`);
  for (const { length } of arrays) {
    if (length < rows * features)
      throw new ScalerInputError(
        scaler,
        `${rows} rows of ${features} features need ${rows * features} values, not ${length}`,
      );
  }
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
      throw new ScalerInputError(scaler, `the state has ${has} for ${name}; expected ${features}`);
    }
    arrays[name] = array.slice();
  }
  return arrays;
}
