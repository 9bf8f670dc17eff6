/** What can go wrong when a model is trained or judged. */
import { failure } from '../errors.ts';
import { missingValuesCure } from '../finite.ts';

/** Labels and scores do not belong together, or are no labels and scores. */
export class MetricInputError extends failure({
  code: 'ST_TRAINING_METRIC_INPUT',
  says: ({ problem }: { problem: string }) => `The metric cannot be computed: ${problem}.`,
  cure: '',
}) {}

/**
 * A model, detector or stream was given a value that it cannot take; nothing was learnt from it. `learner`
 * refused it, such as `logisticRegression`; `what` it was, such as `feature 3`.
 */
export class LearnerInputError extends failure({
  code: 'ST_TRAINING_LEARNER_INPUT',
  says: ({
    learner,
    what,
    value,
    expected,
  }: {
    learner: string;
    what: string;
    value: unknown;
    expected: string;
  }) => `${learner}: ${what} is ${String(value)}; expected ${expected}.`,
  cure: '',
}) {}

/** The error of `learner` for a value of `what`. */
export function learnerInput(
  learner: string,
  what: string,
  value: unknown,
  expected: string,
): LearnerInputError {
  return new LearnerInputError({ learner, what, value, expected });
}

/** A state is not of this kind of thing, or of one made with other options. What refused it is unchanged. */
export class StateMismatchError extends failure({
  code: 'ST_TRAINING_STATE_MISMATCH',
  says: ({ kind, problem }: { kind: string; problem: string }) =>
    `The state does not fit this ${kind}: ${problem}.`,
  cure: 'Restore into one made with the same options.',
}) {}

/** The loss is no number any more after `step`: the weights are of no use, and are not kept in a checkpoint. */
export class LossNotFiniteError extends failure({
  code: 'ST_TRAINING_LOSS_NOT_FINITE',
  says: ({ loss, step }: { loss: number; step: number }) =>
    `The loss is ${loss} after step ${step}: training has diverged, and this state was not kept.`,
  cure: 'Look for features that are NaN or very large (an imputer and a scaler help), or lower the learning rate.',
}) {}

/** Where a row came from: a record of Kafka, or the number of the row (from 0) in data of one's own. */
export type RowPlace =
  | { readonly topic: string; readonly partition: number; readonly offset: number }
  | { readonly row: number };

/** A row has a gap (NaN) or an infinite value as its feature `column` (from 0); nothing was learnt from its mini dataset. */
export class FeatureNotFiniteError extends failure({
  code: 'ST_TRAINING_FEATURE_NOT_FINITE',
  says: ({
    column,
    value,
    place,
    stage,
  }: {
    column: number;
    value: number;
    place: RowPlace;
    stage: 'decoded' | 'transformed';
  }) => {
    const where =
      'topic' in place
        ? `offset ${place.offset} of partition ${place.partition} of topic ${place.topic}`
        : `row ${place.row}`;
    const after = stage === 'transformed' ? ' after scaling' : '';
    return `Feature ${column} (from 0) of ${where} is ${value}${after}; a model must not learn that:`;
  },
  cure: ({ value }) =>
    Number.isNaN(value)
      ? `${missingValuesCure}.`
      : 'look for values that float32 cannot hold, and leave such rows out or scale them before they are written; ' +
        `for gaps, ${missingValuesCure}.`,
}) {}

/** A model's state holds numbers that are none any more, at `path` (such as `model.arrays.weights[12]`); it was not kept. */
export class StateNotFiniteError extends failure({
  code: 'ST_TRAINING_STATE_NOT_FINITE',
  says: ({ path, value, step }: { path: string; value: number; step: number }) =>
    `${path} is ${value} after step ${step}: training has diverged, and no checkpoint was written of it.`,
  cure: 'Lower the learning rate, or clip the gradients, and start again: training goes on from the last checkpoint.',
}) {}
