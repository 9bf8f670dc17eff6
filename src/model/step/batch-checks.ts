/** Refuses mini-batches that do not fit, before they reach native memory. */
import { firstNonFinite, missingValuesCure } from '../../finite.ts';
import { MiniBatchError } from '../errors.ts';
import type { MiniBatch } from '../online-model.ts';
import { checkTargets, type Targets } from './target-checks.ts';

/** What a model expects of its mini-batches. */
export interface BatchShape {
  readonly features: number;
  readonly targets: Targets;
  /** The first layer is an embedding: features are whole numbers below this. */
  readonly indices?: number | undefined;
}

/**
 * Also refuses values that are NaN or infinite: a relu makes 0 of NaN, so that a network would learn (and predict) on, with
 * a finite loss and dead weights.
 *
 * @throws MiniBatchError (`ST_MODEL_MINI_BATCH`)
 */
export function checkRows(
  xs: Float32Array,
  rows: number,
  { features, indices }: Pick<BatchShape, 'features' | 'indices'>,
): void {
  if (!Number.isInteger(rows) || rows < 1)
    throw new MiniBatchError('rows', `is ${rows}, expected a whole number >= 1`);
  if (!(xs instanceof Float32Array))
    throw new MiniBatchError('xs', 'is no Float32Array, which networks take');
  if (xs.length !== rows * features)
    throw new MiniBatchError('xs', `has ${xs.length} values, expected ${rows} rows x ${features} features`);
  const found = firstNonFinite(xs, features);
  if (!found) {
    if (indices !== undefined) checkIndices(xs, features, indices);
    return;
  }
  const { row, column, value } = found;
  const cure = Number.isNaN(value) ? missingValuesCure : 'it is beyond float32; scale the features';
  throw new MiniBatchError('xs', `has ${value} in row ${row}, column ${column} (from 0): ${cure}`, found);
}

/** An embedding would cut 1.7 to 1, and look that up. */
function checkIndices(xs: Float32Array, features: number, indices: number): void {
  const at = xs.findIndex((value) => !(Number.isInteger(value) && value >= 0 && value < indices));
  if (at < 0) return;
  const [row, column] = [Math.floor(at / features), at % features];
  const problem =
    `has ${xs[at]} in row ${row}, column ${column} (from 0): the embedding takes whole numbers from 0 to ${indices - 1}, ` +
    'which are not to be scaled';
  throw new MiniBatchError('xs', problem, { row, column });
}

/** @throws MiniBatchError (`ST_MODEL_MINI_BATCH`) */
export function checkBatch({ rows, xs, ys, weights }: MiniBatch, shape: BatchShape): void {
  const { targets } = shape;
  checkRows(xs, rows, shape);
  if (!(ys instanceof Float32Array)) throw new MiniBatchError('ys', 'is no Float32Array');
  if (ys.length !== rows * targets.count)
    throw new MiniBatchError('ys', `has ${ys.length} values, expected ${rows} rows x ${targets.count}`);
  checkTargets(ys, targets);
  if (!weights) return;
  if (!(weights instanceof Float32Array)) throw new MiniBatchError('weights', 'is no Float32Array');
  if (weights.length !== rows)
    throw new MiniBatchError(
      'weights',
      `has ${weights.length} values, expected one for each of ${rows} rows`,
    );
  for (let row = 0; row < rows; row++) {
    const weight = weights[row]!;
    if (!(weight >= 0 && weight < Infinity))
      throw new MiniBatchError('weights', `has ${weight} in row ${row}, expected a finite number >= 0`);
  }
}

/**
 * Refuses predictions that are no numbers, which finite features give only where they are far too large.
 *
 * @throws MiniBatchError (`ST_MODEL_MINI_BATCH`)
 */
export function checkPredictions(predictions: Float32Array, outputs: number): Float32Array {
  const found = firstNonFinite(predictions, outputs);
  if (!found) return predictions;
  const { row, value } = found;
  const problem = `gives the prediction ${value} in row ${row}: its values are too large for the layers; scale the features`;
  throw new MiniBatchError('xs', problem, found);
}
