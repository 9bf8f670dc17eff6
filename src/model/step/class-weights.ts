/** How much each row counts: class weight times sample weight. */
import { MiniBatchError, ModelOptionError } from '../errors.ts';
import type { MiniBatch } from '../online-model.ts';
import type { Targets } from './target-checks.ts';

/**
 * Weights by class, from a record or a map.
 *
 * @throws ModelOptionError (`ST_MODEL_OPTION`)
 */
export function checkClassWeights(
  weights: Readonly<Record<number, number>> | ReadonlyMap<number, number> | undefined,
): ReadonlyMap<number, number> | undefined {
  if (weights === undefined) return undefined;
  if (typeof weights !== 'object' || weights === null)
    throw new ModelOptionError('classWeights', weights, 'weights by class, such as { 0: 1, 1: 2 }');
  const entries: Iterable<readonly [unknown, unknown]> =
    weights instanceof Map ? (weights as ReadonlyMap<unknown, unknown>) : Object.entries(weights);
  const map = new Map<number, number>();
  for (const [name, weight] of entries) {
    if (!/^\d+$/.test(String(name)))
      throw new ModelOptionError('classWeights', name, 'class numbers from 0 on');
    if (!(typeof weight === 'number' && weight >= 0 && weight < Infinity))
      throw new ModelOptionError(`classWeights[${String(name)}]`, weight, 'a number >= 0');
    map.set(Number(name), weight);
  }
  return map;
}

/**
 * Refuses weights of classes that the model does not have.
 *
 * @throws ModelOptionError (`ST_MODEL_OPTION`)
 */
export function checkWeighedClasses(
  weights: ReadonlyMap<number, number> | undefined,
  targets: Targets,
): void {
  const { kind, count, classes } = targets;
  if (weights !== undefined && kind === 'sign')
    throw new ModelOptionError(
      'classWeights',
      [...weights.keys()],
      'none: targets of this loss are -1 and 1',
    );
  // A single share is one of two classes; a number may be any class there is.
  const there = kind === 'class' || count > 1 ? classes : kind === 'share' ? 2 : Infinity;
  for (const label of weights?.keys() ?? []) {
    if (label >= there)
      throw new ModelOptionError('classWeights', label, `classes from 0 to ${there - 1}, as the model has`);
  }
}

/**
 * One weight a row, or undefined where all rows count the same. The class is the target itself, or the position of the
 * largest one where there are several; a class that has no weight counts 1.
 *
 * @throws MiniBatchError (`ST_MODEL_MINI_BATCH`) for a target that is no class
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
    if (!Number.isInteger(label))
      throw new MiniBatchError('ys', `has ${label} in row ${row}, class weights take whole class numbers`);
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
