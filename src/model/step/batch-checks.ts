/** Refuses mini-batches that do not fit, before they reach native memory. */
import type { MiniBatch } from '../online-model.ts';
import { MiniBatchError } from '../errors.ts';

/** What a model expects of its mini-batches. */
export interface BatchShape {
  readonly features: number;
  /** Values of a target: 1 for sparse classes. */
  readonly targets: number;
  /** Number of classes where targets are class numbers. */
  readonly classes?: number;
}

/** @throws MiniBatchError (`ST_MODEL_MINI_BATCH`) */
export function checkRows(xs: Float32Array, rows: number, features: number): void {
  if (!Number.isInteger(rows) || rows < 1)
    throw new MiniBatchError('rows', `is ${rows}, expected a whole number >= 1`);
  if (!(xs instanceof Float32Array)) throw new MiniBatchError('xs', 'is no Float32Array');
  if (xs.length !== rows * features)
    throw new MiniBatchError('xs', `has ${xs.length} values, expected ${rows} rows x ${features} features`);
}

/** @throws MiniBatchError (`ST_MODEL_MINI_BATCH`) */
export function checkBatch(
  { rows, xs, ys, weights }: MiniBatch,
  { features, targets, classes }: BatchShape,
): void {
  checkRows(xs, rows, features);
  if (!(ys instanceof Float32Array)) throw new MiniBatchError('ys', 'is no Float32Array');
  if (ys.length !== rows * targets)
    throw new MiniBatchError('ys', `has ${ys.length} values, expected ${rows} rows x ${targets}`);
  if (classes !== undefined) {
    for (let row = 0; row < rows; row++) {
      const y = ys[row]!;
      if (!(Number.isInteger(y) && y >= 0 && y < classes))
        throw new MiniBatchError('ys', `has ${y} in row ${row}, expected a class from 0 to ${classes - 1}`);
    }
  }
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
