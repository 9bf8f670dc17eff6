/** The small interface of models that also predict and learn single rows in float64. */
import type { MiniBatch, OnlineModel } from '../../model/online-model.ts';
import { missingValuesCure, type RowValues } from '../../finite.ts';
import type { LearnerInputError } from '../errors.ts';
import { learnerInput } from '../errors.ts';

/** Numbers in one array of a model or window, at most: 4 GiB. */
export const MOST_VALUES = 2 ** 29;

/** Predicts and learns row by row in float64; what it learns is the same as from mini-batches of one row. */
export interface RowModel extends OnlineModel {
  /**
   * The probability of class 1 or the value; of several classes all their probabilities, in memory that the next call
   * overwrites.
   *
   * @throws LearnerInputError (`ST_TRAINING_LEARNER_INPUT`) for a row that is too short or not finite
   */
  predictRow(xs: ArrayLike<number>): number | Float64Array;
  /**
   * Refuses a target it cannot learn.
   *
   * @param row its row in a mini-batch, for the message
   * @throws LearnerInputError (`ST_TRAINING_LEARNER_INPUT`)
   */
  checkTarget(y: number, row?: number): void;
  /**
   * Refuses a weight it cannot learn with.
   *
   * @param row its row in a mini-batch, for the message
   * @throws LearnerInputError (`ST_TRAINING_LEARNER_INPUT`)
   */
  checkWeight(weight: number, row?: number): void;
  /** One step on one row. `weight` scales the gradient (default 1). Refuses as `predictRow`, and is then unchanged. */
  learnRow(xs: ArrayLike<number>, y: number, weight?: number): void;
}

/** Whether a model also works row by row in float64. */
export function isRowModel(model: OnlineModel): model is RowModel {
  return 'learnRow' in model && typeof model.learnRow === 'function';
}

/** Refuses a row with fewer values than features. */
export function checkRow(learner: string, features: number, xs: ArrayLike<number>): void {
  if (xs.length < features)
    throw learnerInput(learner, 'the number of features', xs.length, String(features));
}

/** Says which feature made a sum not finite; otherwise the weights did. `at`: where the row begins in `xs`. */
export function notFinite(
  learner: string,
  features: number,
  xs: ArrayLike<number>,
  at = 0,
): LearnerInputError {
  for (let i = 0; i < features; i++) {
    if (!Number.isFinite(xs[at + i]!))
      return learnerInput(learner, featureOf(features, xs, at + i), xs[at + i], finiteNumber);
  }
  return learnerInput(
    learner,
    'the weighted sum of the features',
    'not finite',
    'weights that have not diverged: lower the learning rate or scale the features',
  );
}

/** What a feature should be, and what to do about a gap. */
export const finiteNumber = `a finite number (${missingValuesCure})`;

/** The name of a feature, with its row where there are several. */
export function featureOf(features: number, xs: ArrayLike<number>, at: number): string {
  const name = `feature ${at % features}`;
  return xs.length > features ? `${name} of row ${Math.floor(at / features)}` : name;
}

/** The name of a target, with its row where there are several. */
export function targetOf(name: string, row: number | undefined): string {
  return row === undefined ? `the ${name}` : `the ${name} of row ${row}`;
}

/** The name of a weight, with its row where there are several. */
export function weightOf(row: number | undefined): string {
  return row === undefined ? 'the weight of a row' : `the weight of row ${row}`;
}

/** Refuses a weight of a row by which no gradient can be scaled. */
export function checkWeight(learner: string, weight: number, row?: number): void {
  if (!(weight >= 0 && weight < Infinity))
    throw learnerInput(learner, weightOf(row), weight, 'a finite number >= 0');
}

/** Refuses a mini-batch whose arrays do not hold its rows. */
export function checkBatch(
  learner: string,
  features: number,
  { rows, xs, ys, weights }: MiniBatch<RowValues>,
): void {
  checkRows(learner, features, rows, xs);
  if (ys.length < rows) throw learnerInput(learner, 'the number of targets', ys.length, String(rows));
  if (weights && weights.length < rows)
    throw learnerInput(learner, 'the number of weights', weights.length, String(rows));
}

/** Refuses rows that are none, or more than the array holds. */
export function checkRows(learner: string, features: number, rows: number, xs: RowValues): void {
  if (!Number.isSafeInteger(rows) || rows < 1)
    throw learnerInput(learner, 'the number of rows', rows, 'a whole number >= 1');
  if (xs.length < rows * features)
    throw learnerInput(learner, 'the number of values', xs.length, `${rows} rows of ${features}`);
}
