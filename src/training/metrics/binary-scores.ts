/** Metrics of a binary classifier on plain arrays of labels and scores, and the threshold at which errors cost least. */
import { refuseUnknownOptions, type OptionNames } from '../../options.ts';
import { MetricInputError } from '../errors.ts';
import { metricInput, binaryProbability } from './online-metric.ts';

/** Options of every metric here. */
export interface ThresholdOptions {
  /** A score above it counts as class 1: 0 to 1. Default 0.5, as Keras has it. */
  threshold?: number;
}

const optionNames: OptionNames<ThresholdOptions> = { threshold: true };

/** `matrix[actual][predicted]` counts rows; class 0 comes first. */
export type ConfusionMatrix = [[number, number], [number, number]];

/**
 * Counts how often each actual class (first index) was taken for each class (second index).
 *
 * @param labels 0 or 1, the truth
 * @param scores the model's probabilities of class 1, as many as labels
 * @throws MetricInputError (`ST_TRAINING_METRIC_INPUT`) when lengths differ, a label is not 0 or 1, a score is no
 *   probability from 0 to 1, or the threshold is none
 * @example
 * ```ts run
 * confusionMatrix([0, 1, 1], [0.2, 0.9, 0.4]); // [[1, 0], [1, 1]]
 * ```
 */
export function confusionMatrix(
  labels: ArrayLike<number>,
  scores: ArrayLike<number>,
  options: ThresholdOptions = {},
): ConfusionMatrix {
  const threshold = thresholdOf('confusionMatrix', options);
  if (labels.length !== scores.length) {
    throw metricInput(`there are ${labels.length} labels but ${scores.length} scores`);
  }
  const matrix: ConfusionMatrix = [
    [0, 0],
    [0, 0],
  ];
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row];
    const score = scores[row]!;
    if (label !== 0 && label !== 1) throw metricInput(`label ${row} is ${label}, not 0 or 1`);
    matrix[label][probabilityOf(row, score) > threshold ? 1 : 0]++;
  }
  return matrix;
}

/** The threshold among the options, checked. */
export function thresholdOf(of: string, options: ThresholdOptions): number {
  refuseUnknownOptions(of, options, optionNames);
  const { threshold = 0.5 } = options;
  if (threshold >= 0 && threshold <= 1) return threshold;
  throw metricInput(`the option threshold is ${threshold}, not a number from 0 to 1`);
}

function probabilityOf(row: number, score: number): number {
  try {
    return binaryProbability(score);
  } catch (error) {
    if (!(error instanceof MetricInputError)) throw error;
    throw metricInput(`score ${row} is ${score}, not a probability from 0 to 1`);
  }
}

/** What a {@link ConfusionMatrix} says, each from 0 to 1; `NaN` where there is nothing to divide by. */
export interface BinaryScores {
  /** Share of rows classified rightly. */
  accuracy: number;
  /** Of the rows taken for class 1, the share that is. */
  precision: number;
  /** Of the rows of class 1, the share that was found. */
  recall: number;
  /** Harmonic mean of precision and recall. */
  f1: number;
}

/**
 * Accuracy, precision, recall and F1 of class 1.
 *
 * @example
 * ```ts run
 * binaryScores([[178, 5], [3, 94]]).recall; // 0.969...
 * ```
 */
export function binaryScores([[tn, fp], [fn, tp]]: ConfusionMatrix): BinaryScores {
  return {
    accuracy: (tn + tp) / (tn + fp + fn + tp),
    precision: tp / (tp + fp),
    recall: tp / (tp + fn),
    f1: (2 * tp) / (2 * tp + fp + fn),
  };
}

/** What the two kinds of error cost, in any unit; finite and above 0. */
export interface ErrorCosts {
  /** A row of class 1 that was taken for class 0. */
  missed: number;
  /** A row of class 0 that was taken for class 1. Default 1. */
  falseAlarm?: number;
}

const costNames: OptionNames<ErrorCosts> = { missed: true, falseAlarm: true };

/** What {@link cheapestThreshold} found. */
export interface CheapestThreshold {
  /** A score above it counts as class 1. */
  readonly threshold: number;
  /** What the errors on the given rows cost there. */
  readonly cost: number;
}

/**
 * What the errors in a confusion matrix cost together.
 *
 * @throws MetricInputError (`ST_TRAINING_METRIC_INPUT`) for costs that are not finite and above 0;
 *   UnknownOptionError (`ST_OPTION_UNKNOWN`)
 * @example
 * ```ts run
 * errorCost([[178, 5], [3, 94]], { missed: 20 }); // 65
 * ```
 */
export function errorCost([[, alarms], [missed]]: ConfusionMatrix, costs: ErrorCosts): number {
  const { missed: ofMiss, falseAlarm } = checkedCosts('errorCost', costs);
  return falseAlarm * alarms + ofMiss * missed;
}

/**
 * Finds the threshold at which the errors on the given rows cost least. Give it rows that the model has **not** learnt
 * (of a validation part, or of cross-validation with `kFold`): on those it has learnt, it is surer than it will be later.
 * A choice on few rows is a rough one. Where the probabilities can be believed none is needed: the mean cost is least at
 * `falseAlarm / (falseAlarm + missed)` (Elkan, "The foundations of cost-sensitive learning", 2001).
 *
 * @param labels 0 or 1, the truth; both have to occur
 * @param scores the model's probabilities of class 1, as many as labels
 * @returns a threshold midway between two scores, or 0 or 1; of equally cheap ones the lowest
 * @throws MetricInputError (`ST_TRAINING_METRIC_INPUT`) as `confusionMatrix`, where a class does not occur, and for costs
 *   that are not finite and above 0; UnknownOptionError (`ST_OPTION_UNKNOWN`)
 * @example
 * ```ts run
 * cheapestThreshold([0, 0, 1, 1], [0.1, 0.4, 0.3, 0.9], { missed: 20 }); // { threshold: 0.2, cost: 1 }
 * ```
 */
export function cheapestThreshold(
  labels: ArrayLike<number>,
  scores: ArrayLike<number>,
  costs: ErrorCosts,
): CheapestThreshold {
  const { missed: ofMiss, falseAlarm } = checkedCosts('cheapestThreshold', costs);
  const [[passed, alarms], [missed, found]] = confusionMatrix(labels, scores, { threshold: 0 });
  for (const [label, rows] of [passed + alarms, missed + found].entries())
    if (rows === 0) throw metricInput(`no row is of class ${label}: there is nothing to weigh`);
  const rows = Array.from(labels, (label, row) => ({ label, score: clamped(scores[row]!) }));
  rows.sort((a, b) => a.score - b.score);
  let cost = falseAlarm * (passed + alarms); // every row is an alarm
  let best: CheapestThreshold = { threshold: 0, cost: rows[0]!.score > 0 ? cost : Infinity };
  for (const [place, { label, score }] of rows.entries()) {
    cost += label === 1 ? ofMiss : -falseAlarm;
    const next = rows[place + 1]?.score;
    if (next !== score && cost < best.cost) best = { threshold: between(score, next), cost };
  }
  return best;
}

function clamped(score: number): number {
  return Math.min(1, Math.max(0, score));
}

/** The middle of two scores, or the lower one where float64 has no number between them. */
function between(score: number, next: number | undefined): number {
  if (next === undefined) return 1;
  const middle = (score + next) / 2;
  return middle < next ? middle : score;
}

function checkedCosts(of: string, costs: ErrorCosts): Required<ErrorCosts> {
  refuseUnknownOptions(of, costs, costNames);
  const checked = { missed: costs.missed, falseAlarm: costs.falseAlarm ?? 1 };
  for (const [name, cost] of Object.entries(checked))
    if (!(typeof cost === 'number' && cost > 0 && cost < Infinity))
      throw metricInput(`the cost ${name} is ${String(cost)}, not a finite number above 0`);
  return checked;
}
