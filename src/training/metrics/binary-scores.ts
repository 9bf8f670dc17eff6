/** Metrics of a binary classifier, on plain arrays of labels and scores. */
import { refuseUnknownOptions, type OptionNames } from '../../options.ts';
import { MetricInputError } from '../errors.ts';
import { binaryProbability } from './inputs.ts';

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
 * ```ts
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
    throw new MetricInputError(`there are ${labels.length} labels but ${scores.length} scores`);
  }
  const matrix: ConfusionMatrix = [
    [0, 0],
    [0, 0],
  ];
  for (let row = 0; row < labels.length; row++) {
    const label = labels[row];
    const score = scores[row]!;
    if (label !== 0 && label !== 1) throw new MetricInputError(`label ${row} is ${label}, not 0 or 1`);
    matrix[label][probabilityOf(row, score) > threshold ? 1 : 0]++;
  }
  return matrix;
}

/** The threshold among the options, checked. */
export function thresholdOf(of: string, options: ThresholdOptions): number {
  refuseUnknownOptions(of, options, optionNames);
  const { threshold = 0.5 } = options;
  if (threshold >= 0 && threshold <= 1) return threshold;
  throw new MetricInputError(`the option threshold is ${threshold}, not a number from 0 to 1`);
}

function probabilityOf(row: number, score: number): number {
  try {
    return binaryProbability(score);
  } catch (error) {
    if (!(error instanceof MetricInputError)) throw error;
    throw new MetricInputError(`score ${row} is ${score}, not a probability from 0 to 1`);
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
 * ```ts
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
