/** Metrics of a step, from the predictions it returned. */
import type { MiniBatch } from '../online-model.ts';
import { largest } from './row-weights.ts';

/**
 * The share of rows whose class is predicted right. One output: class 1 from 0.5 on; several: the largest. Targets are
 * class numbers (one a row) or one value for each output.
 */
export function accuracy({ rows, ys }: MiniBatch, predictions: Float32Array, outputs: number): number {
  const targets = ys.length / rows;
  let right = 0;
  for (let row = 0; row < rows; row++) {
    const predicted =
      outputs === 1 ? Number(predictions[row]! >= 0.5) : largest(predictions, row * outputs, outputs);
    const truth = targets === 1 ? ys[row]! : largest(ys, row * targets, targets);
    if (predicted === truth) right++;
  }
  return right / rows;
}
