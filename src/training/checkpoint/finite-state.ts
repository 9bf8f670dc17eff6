/** Finds numbers in a model's state that are none any more: such a model is of no use, and must not replace a good one. */
import { firstNonFinite } from '../../finite.ts';
import type { OnlineModel, State, Stateful } from '../../model/index.ts';

/** A number that is NaN or infinite, and where it stands. */
export interface NonFinitePlace {
  /** Such as `model.arrays.weights[12]`. */
  readonly path: string;
  readonly value: number;
}

/** Whether it is a model: what it holds in arrays are weights, and what an optimizer keeps of them. */
export function isModel(one: Stateful): one is OnlineModel {
  return 'learn' in one && 'predict' in one && 'step' in one;
}

/**
 * The first value in the state's arrays of floats that is NaN or infinite. One pass without a branch, half a nanosecond a
 * value. A scaler within a model (`withScaler`) is left out: before its first row it holds infinities.
 *
 * @param path how the state is called
 */
export function nonFinitePlace(state: State, path: string): NonFinitePlace | undefined {
  if (typeof state !== 'object' || state === null) return undefined;
  if (state instanceof Float32Array || state instanceof Float64Array) {
    const found = firstNonFinite(state, 1);
    return found && { path: `${path}[${found.row}]`, value: found.value };
  }
  if (ArrayBuffer.isView(state)) return undefined;
  for (const [name, part] of Object.entries(state as Readonly<Record<string, State>>)) {
    if (name === 'scaler') continue;
    const found = nonFinitePlace(part, Array.isArray(state) ? `${path}[${name}]` : `${path}.${name}`);
    if (found) return found;
  }
  return undefined;
}
