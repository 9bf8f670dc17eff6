/** Metrics as sums over rows: of a confusion matrix, against baselines, mean losses. */
import {
  metricInput,
  checkClass,
  labelOf,
  checkValues,
  classProbability,
  type MetricInput,
  type Prediction,
} from './online-metric.ts';
import type { MetricRecipe } from './sum-metric.ts';

/** A confusion matrix, `classes x classes`: `matrix[truth * classes + label]`. */
type Counts = Float64Array;

/** Options of these metrics. */
export interface ConfusionOptions {
  readonly classes: number;
  readonly threshold: number;
  readonly positive: number;
  readonly average: Average;
}

/** How scores of single classes become one: of the positive class only, or a mean, or of all decisions together. */
export type Average = 'binary' | 'macro' | 'micro' | 'weighted';

type Score = (m: Counts, margins: Margins, options: ConfusionOptions) => number;

/** Sums of the matrix. A class has been seen if it was a truth or a label. */
interface Margins {
  readonly total: number;
  readonly right: number;
  readonly wrong: number;
  readonly truths: Float64Array;
  readonly labels: Float64Array;
  readonly seen: readonly number[];
}

/** Of shares that rounding has moved a little off 0. */
const NOTHING = 1e-9;
/** A class with less than this share of the weight of all rows has faded away. */
const FADED = 1e-12;

const ratio = (a: number, b: number) => (b > 0 ? a / b : 0);
const precisionOf = (m: Counts, { labels }: Margins, c: number, n: number) =>
  ratio(m[c * n + c]!, labels[c]!);
const recallOf = (m: Counts, { truths }: Margins, c: number, n: number) => ratio(m[c * n + c]!, truths[c]!);
const f1Of = (m: Counts, margins: Margins, c: number, n: number) => {
  const [p, r] = [precisionOf(m, margins, c, n), recallOf(m, margins, c, n)];
  return ratio(2 * p * r, p + r);
};

const averaged =
  (scoreOf: (m: Counts, margins: Margins, label: number, classes: number) => number): Score =>
  (m, margins, { classes, positive, average }) => {
    const { seen, truths, total, right } = margins;
    if (average === 'binary') return scoreOf(m, margins, positive, classes);
    // Every wrong row is one label too many and one truth missed: precision, recall and F1 are the accuracy.
    if (average === 'micro') return ratio(right, total);
    let sum = 0;
    for (const c of seen) sum += scoreOf(m, margins, c, classes) * (average === 'weighted' ? truths[c]! : 1);
    return ratio(sum, average === 'weighted' ? total : seen.length);
  };

const accuracy: Score = (_m, { right, total }) => ratio(right, total);

/**
 * How likely two classes that are drawn on their own, by these weights, differ. Summed as it is: as 1 minus its opposite it would
 * have no digit left where nearly all rows are of one class.
 */
const unlike = (one: Float64Array, other: Float64Array, { total, seen }: Margins): number => {
  let sum = 0;
  for (const c of seen) for (const d of seen) if (c !== d) sum += (one[c]! / total) * (other[d]! / total);
  return sum;
};

const kappa: Score = (_m, margins) => {
  const chance = unlike(margins.truths, margins.labels, margins);
  // scikit-learn: with one class in truths and predictions there is no chance to be better than.
  return chance > 0 ? 1 - margins.wrong / margins.total / chance : NaN;
};

/** Gorodkin's correlation of several classes; Matthews' for two. */
const mcc: Score = (_m, margins) => {
  const { truths, labels, wrong, total } = margins;
  const spread = Math.sqrt(unlike(truths, truths, margins)) * Math.sqrt(unlike(labels, labels, margins));
  return spread > 0 ? (unlike(truths, labels, margins) - wrong / total) / spread : 0;
};

/** Mean recall of the classes that came as a truth: scikit-learn's, which leaves the others out. */
const balancedAccuracy: Score = (m, margins, { classes }) => {
  const { truths, seen } = margins;
  const came = seen.filter((c) => truths[c]! > 0);
  return came.reduce((sum, c) => sum + recallOf(m, margins, c, classes), 0) / came.length;
};

/** The metrics by name. 0 where there is nothing to divide by, as scikit-learn and River have it; kappa is then NaN. */
const confusionScores = {
  accuracy,
  confusionMatrix: accuracy,
  balancedAccuracy,
  precision: averaged(precisionOf),
  recall: averaged(recallOf),
  f1: averaged(f1Of),
  kappa,
  mcc,
} as const satisfies Record<string, Score>;

/** A metric counted from a confusion matrix. */
export function confusionRecipe(name: keyof typeof confusionScores, options: ConfusionOptions): MetricRecipe {
  const { classes, threshold } = options;
  const score: Score = confusionScores[name];
  return {
    sums: classes * classes,
    width: 1,
    memory: 0,
    takes: 'label',
    biggerIsBetter: true,
    encode(row, truth, prediction) {
      checkClass(truth, classes);
      row[0] = truth * classes + labelOf(prediction, classes, threshold);
    },
    add(rows, at, plus) {
      plus(rows[at]!, 1);
    },
    value(sums) {
      const margins = marginsOf(sums, classes);
      return margins.total > 0 ? score(sums, margins, options) : NaN;
    },
  };
}

function marginsOf(m: Counts, classes: number): Margins {
  const truths = new Float64Array(classes);
  const labels = new Float64Array(classes);
  let total = 0;
  let [right, wrong] = [0, 0];
  for (let truth = 0; truth < classes; truth++) {
    for (let label = 0; label < classes; label++) {
      const count = m[truth * classes + label]!;
      truths[truth]! += count;
      labels[label]! += count;
      total += count;
      if (truth === label) right += count;
      else wrong += count;
    }
  }
  for (const sums of [truths, labels])
    for (let c = 0; c < classes; c++) if (sums[c]! <= FADED * total) sums[c] = 0;
  const seen = Array.from(truths.keys()).filter((c) => truths[c]! > 0 || labels[c]! > 0);
  return { total, right, wrong, truths, labels, seen };
}

/** Places in the sums. */
const TOTAL = 0;
/** Rows that the baseline gets wrong. */
const WRONG = 1;
/** Of these, rows that are got right. */
const AHEAD = 2;
/** Rows that only the baseline gets right. */
const BEHIND = 3;
const COUNTS = 4;

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
    add(rows, at, plus) {
      const [right, baselineRight] = [rows[at]!, rows[at + 1]!];
      plus(TOTAL, 1);
      plus(WRONG, 1 - baselineRight);
      plus(AHEAD, right * (1 - baselineRight));
      plus(BEHIND, (1 - right) * baselineRight);
      plus(COUNTS + rows[at + 2]!, 1);
    },
    value(sums) {
      const wrong = sums[WRONG]!;
      return wrong > FADED * sums[TOTAL]! ? (sums[AHEAD]! - sums[BEHIND]!) / wrong : NaN;
    },
    ofEarlier(sums) {
      if (sums.length !== COUNTS - 1 + classes) return undefined;
      // Total, rows right, rows of the baseline right, counts: what the rounding of their differences leaves is nothing.
      const [total, right, baselineRight] = sums as unknown as readonly [number, number, number];
      const least = NOTHING * total;
      const wrong = total - baselineRight > least ? total - baselineRight : 0;
      const ahead = right - baselineRight;
      return Float64Array.of(total, wrong, Math.max(0, ahead), Math.max(0, -ahead), ...sums.subarray(3));
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

/** Probabilities are kept so far from 0 and 1, as in River. */
const CLAMP = 1e-15;

/** With weights of up to 1e100, sums of 1e8 such losses are finite. */
const GREATEST_LOSS = 1e200;

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
      if (loss > GREATEST_LOSS)
        throw metricInput(
          `the prediction is ${Number(prediction)} for ${truth}: a row's loss of ${loss} is more than sums of many rows can hold`,
        );
      row[0] = loss;
    },
    add(rows, at, plus) {
      plus(0, rows[at]!);
      plus(1, 1);
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
