/** Refuses targets that a loss would learn without a word although they are none of its kind. */
import { allFinite, firstNonFinite } from '../../finite.ts';
import { MiniBatchError } from '../errors.ts';

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
export function checkTargets(ys: Float32Array, targets: Targets): void {
  const { kind, loss, count, classes } = targets;
  const refuse = (i: number, expected: string) => {
    const [row, column] = [Math.floor(i / count), i % count];
    const where = count === 1 ? `row ${row}` : `row ${row}, column ${column}`;
    throw new MiniBatchError('ys', `has ${ys[i]} in ${where}, ${loss} takes ${expected}`, { row, column });
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
    throw new MiniBatchError('ys', problem, { row, column });
  }
}
