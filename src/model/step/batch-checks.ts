/** Refuses mini-batches that do not fit a model before they reach native memory, and weighs their rows. */
import { firstNonFinite, missingValuesCure, allFinite } from '../../finite.ts';
import { MiniBatchError } from '../errors.ts';
import type { MiniBatch } from '../online-model.ts';
import { invalidOption, checkNumber } from '../../options.ts';

const badBatch = (part: string, problem: string, place?: { readonly row: number; readonly column: number }) =>
  new MiniBatchError({ part, problem, ...place });

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
  if (!Number.isInteger(rows) || rows < 1) throw badBatch('rows', `is ${rows}, expected a whole number >= 1`);
  if (!(xs instanceof Float32Array)) throw badBatch('xs', 'is no Float32Array, which networks take');
  if (xs.length !== rows * features)
    throw badBatch('xs', `has ${xs.length} values, expected ${rows} rows x ${features} features`);
  const found = firstNonFinite(xs, features);
  if (!found) {
    if (indices !== undefined) checkIndices(xs, features, indices);
    return;
  }
  const { row, column, value } = found;
  const cure = Number.isNaN(value) ? missingValuesCure : 'it is beyond float32; scale the features';
  throw badBatch('xs', `has ${value} in row ${row}, column ${column} (from 0): ${cure}`, { row, column });
}

/** An embedding would cut 1.7 to 1, and look that up. */
function checkIndices(xs: Float32Array, features: number, indices: number): void {
  const at = xs.findIndex((value) => !(Number.isInteger(value) && value >= 0 && value < indices));
  if (at < 0) return;
  const [row, column] = [Math.floor(at / features), at % features];
  const problem =
    `has ${xs[at]} in row ${row}, column ${column} (from 0): the embedding takes whole numbers from 0 to ${indices - 1}, ` +
    'which are not to be scaled';
  throw badBatch('xs', problem, { row, column });
}

/** @throws MiniBatchError (`ST_MODEL_MINI_BATCH`) */
export function checkBatch({ rows, xs, ys, weights }: MiniBatch, shape: BatchShape): void {
  const { targets } = shape;
  checkRows(xs, rows, shape);
  if (!(ys instanceof Float32Array)) throw badBatch('ys', 'is no Float32Array');
  if (ys.length !== rows * targets.count)
    throw badBatch('ys', `has ${ys.length} values, expected ${rows} rows x ${targets.count}`);
  checkTargets(ys, targets);
  if (!weights) return;
  if (!(weights instanceof Float32Array)) throw badBatch('weights', 'is no Float32Array');
  if (weights.length !== rows)
    throw badBatch('weights', `has ${weights.length} values, expected one for each of ${rows} rows`);
  for (let row = 0; row < rows; row++) {
    const weight = weights[row]!;
    if (!(weight >= 0 && weight < Infinity))
      throw badBatch('weights', `has ${weight} in row ${row}, expected a finite number >= 0`);
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
  const { row, column, value } = found;
  const problem = `gives the prediction ${value} in row ${row}: its values are too large for the layers; scale the features`;
  throw badBatch('xs', problem, { row, column });
}

/**
 * What a loss asks of its targets: a share from 0 to 1 each; the number of a class; a distribution over the last axis; -1
 * or 1; nothing below 0; or any finite number.
 */
export type TargetKind = 'share' | 'class' | 'distribution' | 'sign' | 'notNegative' | 'finite';

/** The targets of a row and the loss that takes them. */
export interface Targets {
  readonly kind: TargetKind;
  /** The loss, for messages. */
  readonly loss: string;
  /** Targets of a row. */
  readonly count: number;
  /** Number of classes: of a `class`, or of each `distribution` in a row. */
  readonly classes: number;
}

/** Rounding of float32 shares that sum to 1. */
const SUM_TOLERANCE = 1e-3;

const encodeCure =
  'code labels as classes first, with encodeLabels, such as encodeLabels(frame, { codes: { 2: 0, 4: 1 } })';

/**
 * @param ys all targets of the mini-batch, row after row
 * @throws MiniBatchError (`ST_MODEL_MINI_BATCH`) naming the first row whose target the loss does not take
 */
function checkTargets(ys: Float32Array, targets: Targets): void {
  const { kind, loss, count, classes } = targets;
  const refuse = (i: number, expected: string) => {
    const [row, column] = [Math.floor(i / count), i % count];
    const where = count === 1 ? `row ${row}` : `row ${row}, column ${column}`;
    throw badBatch('ys', `has ${ys[i]} in ${where}, ${loss} takes ${expected}`, { row, column });
  };
  if (kind === 'finite') {
    if (allFinite(ys)) return;
    const { row, column } = firstNonFinite(ys, count)!;
    refuse(row * count + column, 'finite numbers');
  }
  for (let i = 0; i < ys.length; i++) {
    const y = ys[i]!;
    if (kind === 'share' || kind === 'distribution') {
      if (!(y >= 0 && y <= 1)) refuse(i, `targets from 0 to 1: ${encodeCure}`);
    } else if (kind === 'class') {
      if (!(Number.isInteger(y) && y >= 0 && y < classes))
        refuse(i, `a class from 0 to ${classes - 1}: ${encodeCure}`);
    } else if (kind === 'sign') {
      if (y !== 1 && y !== -1) refuse(i, 'targets of -1 and 1: code labels so, with encodeLabels');
    } else if (!(y >= 0 && y < Infinity)) refuse(i, 'finite targets >= 0');
  }
  if (kind === 'distribution') checkSums(ys, targets);
}

function checkSums(ys: Float32Array, { loss, count, classes }: Targets): void {
  for (let from = 0; from < ys.length; from += classes) {
    let sum = 0;
    for (let i = from; i < from + classes; i++) sum += ys[i]!;
    if (Math.abs(sum - 1) <= SUM_TOLERANCE) continue;
    const [row, column] = [Math.floor(from / count), from % count];
    const cure =
      sum === 0
        ? 'one of them must be 1 (tf.oneHot, or sparseCategoricalCrossentropy with class numbers)'
        : 'for several classes at once use binaryCrossentropy';
    const problem = `sums to ${sum} over the ${classes} classes of row ${row}, ${loss} takes shares that sum to 1: ${cure}`;
    throw badBatch('ys', problem, { row, column });
  }
}

/**
 * Weights by class, from a record or a map.
 *
 * @throws InvalidOptionError (`ST_OPTION_INVALID`)
 */
export function checkClassWeights(
  weights: Readonly<Record<number, number>> | ReadonlyMap<number, number> | undefined,
): ReadonlyMap<number, number> | undefined {
  if (weights === undefined) return undefined;
  if (typeof weights !== 'object' || weights === null)
    throw invalidOption('classWeights', weights, 'weights by class, such as { 0: 1, 1: 2 }');
  const entries: Iterable<readonly [unknown, unknown]> =
    weights instanceof Map ? (weights as ReadonlyMap<unknown, unknown>) : Object.entries(weights);
  const map = new Map<number, number>();
  for (const [name, weight] of entries) {
    if (!/^\d+$/.test(String(name))) throw invalidOption('classWeights', name, 'class numbers from 0 on');
    map.set(Number(name), checkNumber(`classWeights[${String(name)}]`, weight, { least: 0 }));
  }
  return map;
}

/**
 * Refuses weights of classes that the model does not have.
 *
 * @throws InvalidOptionError (`ST_OPTION_INVALID`)
 */
export function checkWeighedClasses(
  weights: ReadonlyMap<number, number> | undefined,
  targets: Targets,
): void {
  const { kind, count, classes } = targets;
  if (weights !== undefined && kind === 'sign')
    throw invalidOption('classWeights', [...weights.keys()], 'none: targets of this loss are -1 and 1');
  // A single share is one of two classes; a number may be any class there is.
  const there = kind === 'class' || count > 1 ? classes : kind === 'share' ? 2 : Infinity;
  for (const label of weights?.keys() ?? []) {
    if (label >= there)
      throw invalidOption('classWeights', label, `classes from 0 to ${there - 1}, as the model has`);
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
      throw badBatch('ys', `has ${label} in row ${row}, class weights take whole class numbers`);
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
