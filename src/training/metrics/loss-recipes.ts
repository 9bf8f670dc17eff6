/** Metrics that are a mean over rows: losses of probabilities and errors of values. */
import { MetricInputError } from '../errors.ts';
import { checkClass, checkValues, classProbability } from './inputs.ts';
import type { MetricInput, Prediction } from './online-metric.ts';
import type { MetricRecipe } from './recipe.ts';

/** Probabilities are kept so far from 0 and 1, as in River. */
const CLAMP = 1e-15;

function meanRecipe(
  takes: MetricInput,
  rowLoss: (truth: number, prediction: Prediction) => number,
  finish: (mean: number) => number = (mean) => mean,
): MetricRecipe {
  return {
    sums: 2,
    width: 1,
    memory: 0,
    takes,
    biggerIsBetter: false,
    encode(row, truth, prediction) {
      const loss = rowLoss(truth, prediction);
      if (loss === Infinity)
        throw new MetricInputError(`the square of ${Number(prediction)} - ${truth} is beyond float64`);
      row[0] = loss;
    },
    add(sums, rows, at, weight) {
      sums[0]! += weight * rows[at]!;
      sums[1]! += weight;
    },
    value(sums) {
      return sums[1]! > 0 ? finish(Math.max(0, sums[0]!) / sums[1]!) : NaN;
    },
  };
}

/** Mean negative logarithm of the probability given to the true class, in nats. */
export function logLossRecipe(classes: number): MetricRecipe {
  return meanRecipe('probability', (truth, prediction) => {
    checkClass(truth, classes);
    const probability = classProbability(prediction, truth, classes);
    return -Math.log(Math.max(CLAMP, Math.min(1 - CLAMP, probability)));
  });
}

/** Mean squared error of the probabilities: of class 1 for two classes, summed over all for several (G. W. Brier, 1950). */
export function brierRecipe(classes: number): MetricRecipe {
  return meanRecipe('probability', (truth, prediction) => {
    checkClass(truth, classes);
    if (classes === 2) return (1 - classProbability(prediction, truth, 2)) ** 2;
    let loss = 0;
    for (let label = 0; label < classes; label++)
      loss += (classProbability(prediction, label, classes) - (label === truth ? 1 : 0)) ** 2;
    return loss;
  });
}

/** Root of the mean squared error. */
export function rmseRecipe(): MetricRecipe {
  return meanRecipe('value', (truth, prediction) => (checkValues(truth, prediction) - truth) ** 2, Math.sqrt);
}

/** Mean absolute error. */
export function maeRecipe(): MetricRecipe {
  return meanRecipe('value', (truth, prediction) => Math.abs(checkValues(truth, prediction) - truth));
}
