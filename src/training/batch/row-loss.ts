/** The loss of one row, from its label and what was predicted. */
import type { OnlineModel } from '../../model/index.ts';
import { TrainingOptionError } from '../online/errors.ts';

/** `predicted`: the probability of class 1 or the value; of several classes, all of theirs. */
export type RowLoss = (truth: number, predicted: number | Float32Array) => number;

/** Keras keeps probabilities so far from 0 and 1, for the loss to stay finite. */
const epsilon = 1e-7;

/**
 * -ln(probability of the true class), in nats; probabilities kept 1e-7 away from 0 and 1 as Keras does.
 *
 * @throws TrainingOptionError (`ST_TRAINING_OPTION`) for what is no class or no probability: of a regression, use
 *   {@link squaredError}
 */
export const logLoss: RowLoss = (truth, predicted) => {
  const classes = typeof predicted === 'number' ? 2 : predicted.length;
  if (!Number.isInteger(truth) || truth < 0 || truth >= classes)
    throw notForLogLoss(`the log loss of the label ${truth}`);
  const ofTruth =
    typeof predicted === 'number' ? (truth === 1 ? predicted : 1 - predicted) : predicted[truth]!;
  if (!(ofTruth >= -tolerance && ofTruth <= 1 + tolerance))
    throw notForLogLoss(`the log loss of the prediction ${String(predicted)}`);
  return -Math.log(Math.min(Math.max(ofTruth, epsilon), 1 - epsilon));
};

/** What float32 may be beside 0 and 1. */
const tolerance = 1e-5;

function notForLogLoss(found: string): TrainingOptionError {
  const expected =
    'classes from 0 on and probabilities, or rowLoss: squaredError for a regression (the default where the model tells ' +
    'that it is one)';
  return new TrainingOptionError('rowLoss', found, expected);
}

/** The validation loss unless told otherwise: of a regression the squared error, else the log loss. */
export function rowLossOf({ task }: OnlineModel): RowLoss {
  return task === 'regression' ? squaredError : logLoss;
}

/** (predicted - true) squared, of one output. */
export const squaredError: RowLoss = (truth, predicted) =>
  ((typeof predicted === 'number' ? predicted : (predicted[0] ?? NaN)) - truth) ** 2;
