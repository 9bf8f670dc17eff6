/** The loss of one row, from its label and what was predicted. */

/** `predicted`: the probability of class 1 or the value; of several classes, all of theirs. */
export type RowLoss = (truth: number, predicted: number | Float32Array) => number;

/** Keras keeps probabilities so far from 0 and 1, for the loss to stay finite. */
const epsilon = 1e-7;

/** -ln(probability of the true class), in nats; probabilities kept 1e-7 away from 0 and 1 as Keras does. */
export const logLoss: RowLoss = (truth, predicted) => {
  const ofTruth =
    typeof predicted === 'number' ? (truth === 1 ? predicted : 1 - predicted) : (predicted[truth] ?? 0);
  return -Math.log(Math.min(Math.max(ofTruth, epsilon), 1 - epsilon));
};

/** (predicted - true) squared, of one output. */
export const squaredError: RowLoss = (truth, predicted) =>
  ((typeof predicted === 'number' ? predicted : (predicted[0] ?? NaN)) - truth) ** 2;
