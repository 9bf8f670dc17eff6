/** How much each row counts: class weight times sample weight. */
import type { MiniBatch } from '../online-model.ts';

/**
 * One weight a row, or undefined where all rows count the same. The class is the target itself, or the position of the
 * largest one where there are several; a class that has no weight counts 1.
 */
export function rowWeights(
  { rows, ys, weights }: MiniBatch,
  targets: number,
  classWeights: ReadonlyMap<number, number> | undefined,
): Float32Array | undefined {
  if (!classWeights) return weights;
  const result = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    const label = targets === 1 ? ys[row]! : largest(ys, row * targets, targets);
    result[row] = (classWeights.get(label) ?? 1) * (weights?.[row] ?? 1);
  }
  return result;
}

/** The position (from 0) of the largest of `count` values from `from` on; the first of equals. */
export function largest(values: Float32Array, from: number, count: number): number {
  let best = 0;
  for (let i = 1; i < count; i++) if (values[from + i]! > values[from + best]!) best = i;
  return best;
}
