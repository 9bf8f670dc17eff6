/** Kappas against baselines that a stream makes strong: the last class, and the most frequent one. */
import { checkClass, labelOf } from './inputs.ts';
import type { MetricRecipe } from './recipe.ts';

/** Places in the sums. */
const TOTAL = 0;
const RIGHT = 1;
const BASELINE_RIGHT = 2;
const COUNTS = 3;

type Baseline = (sums: Float64Array, memory: Float64Array, classes: number) => number;

function baselineRecipe(classes: number, threshold: number, baseline: Baseline): MetricRecipe {
  return {
    sums: COUNTS + classes,
    width: 3,
    memory: 1,
    takes: 'label',
    biggerIsBetter: true,
    encode(row, truth, prediction, sums, memory) {
      checkClass(truth, classes);
      row[0] = labelOf(prediction, classes, threshold) === truth ? 1 : 0;
      row[1] = baseline(sums, memory, classes) === truth ? 1 : 0;
      row[2] = truth;
      memory[0] = truth;
    },
    add(sums, rows, at, weight) {
      sums[TOTAL]! += weight;
      sums[RIGHT]! += weight * rows[at]!;
      sums[BASELINE_RIGHT]! += weight * rows[at + 1]!;
      sums[COUNTS + rows[at + 2]!]! += weight;
    },
    value(sums) {
      const total = sums[TOTAL]!;
      if (!(total > 0)) return NaN;
      const left = total - sums[BASELINE_RIGHT]!;
      return left <= 0 ? NaN : (sums[RIGHT]! - sums[BASELINE_RIGHT]!) / left;
    },
  };
}

/**
 * Kappa-T: how much of what repeating the last class gets wrong is got right; below 0 if repeating is better, NaN if it is
 * never wrong.
 *
 * I. Žliobaitė and others: "Evaluation methods and decision theory for classification of streaming data with temporal
 * dependence", Machine Learning 98, 2015.
 */
export function kappaTRecipe(classes: number, threshold: number): MetricRecipe {
  return baselineRecipe(classes, threshold, (_sums, memory) => memory[0]!);
}

/**
 * Kappa-M: the same against the class that was most frequent so far (within the window, or fading).
 *
 * A. Bifet and others: "Efficient online evaluation of big data stream classifiers", KDD 2015.
 */
export function kappaMRecipe(classes: number, threshold: number): MetricRecipe {
  return baselineRecipe(classes, threshold, (sums) => {
    let best = 0;
    for (let c = 1; c < classes; c++) if (sums[COUNTS + c]! > sums[COUNTS + best]!) best = c;
    return best;
  });
}
