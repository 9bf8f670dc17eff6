/** Judging a binary classifier on a dataset, batch by batch. */
import type { LayersModel, Tensor } from '@tensorflow/tfjs-node';
import { firstNonFinite, missingValuesCure } from '../../finite.ts';
import {
  binaryScores,
  confusionMatrix,
  thresholdOf,
  type BinaryScores,
  type ConfusionMatrix,
} from './binary-scores.ts';
import type { ThresholdOptions } from './binary-scores.ts';
import { metricInput } from './online-metric.ts';

/** A mini-batch: features `[n, features]` and labels `[n, 1]` or `[n]`, both float32. */
export interface LabelledBatch {
  xs: Tensor;
  ys: Tensor;
}

/** What {@link evaluateClassifier} finds. */
export interface Evaluation extends BinaryScores {
  /** How many rows were judged. */
  rows: number;
  /** Mean binary cross-entropy in nats a row, probabilities kept 1e-7 away from 0 and 1 as Keras does. */
  logLoss: number;
  confusion: ConfusionMatrix;
  /** The truth, 0 or 1, in the dataset's order. */
  labels: number[];
  /** The model's probability of class 1 for each row. */
  scores: number[];
}

/**
 * Lets a model judge every row of a dataset of mini-batches. Dropout is off; nothing is learnt. The batches are
 * disposed, and so is every tensor made here.
 *
 * @param model gives one probability a row: `[n, 1]`
 * @throws MetricInputError (`ST_TRAINING_METRIC_INPUT`) when the dataset is empty, a feature is not finite (a network can
 *   make 0 of NaN, and a probability of that), labels are not 0 or 1, or there is not one probability a row
 * @example
 * ```ts
 * const testDs = fromKafka('cancer-test').map(codec.decode).batch(64);
 * const { accuracy, confusion } = await evaluateClassifier(model, testDs);
 * ```
 */
export async function evaluateClassifier(
  model: LayersModel,
  batches: AsyncIterable<LabelledBatch> | Iterable<LabelledBatch>,
  options: ThresholdOptions = {},
): Promise<Evaluation> {
  const threshold = thresholdOf('evaluateClassifier', options);
  const labels: number[] = [];
  const scores: number[] = [];
  for await (const { xs, ys } of batches) {
    try {
      const truths = await ys.data();
      const rows = xs.shape[0] ?? 0;
      if (truths.length !== rows)
        throw metricInput(
          `there are ${truths.length} labels (shape [${ys.shape.join()}]) for ${rows} rows; give one a row, 0 or 1 (of one-hot ` +
            'labels the second column)',
        );
      checkFeatures(await xs.data(), rows, labels.length);
      const predicted = model.predictOnBatch(xs) as Tensor;
      try {
        const found = await predicted.data();
        if (found.length !== truths.length)
          throw metricInput(`the model gave ${found.length} probabilities for ${truths.length} labels`);
        for (let row = 0; row < truths.length; row++) {
          labels.push(truths[row]!);
          scores.push(found[row]!);
        }
      } finally {
        predicted.dispose();
      }
    } finally {
      xs.dispose();
      ys.dispose();
    }
  }
  if (labels.length === 0) throw metricInput('the dataset gave no row');
  const confusion = confusionMatrix(labels, scores, { threshold });
  return {
    rows: labels.length,
    ...binaryScores(confusion),
    logLoss: meanLogLoss(labels, scores),
    confusion,
    labels,
    scores,
  };
}

/** Refuses features that are NaN or infinite. `before`: rows judged before this batch. */
function checkFeatures(xs: ArrayLike<number>, rows: number, before: number): void {
  const found = firstNonFinite(xs, Math.max(1, xs.length / rows));
  if (!found) return;
  const { row, column, value } = found;
  throw metricInput(
    `row ${before + row} holds ${value} as its feature ${column} (both from 0); ${missingValuesCure}`,
  );
}

function meanLogLoss(labels: readonly number[], scores: readonly number[]): number {
  let total = 0;
  for (const [row, label] of labels.entries()) {
    const score = Math.min(Math.max(scores[row]!, 1e-7), 1 - 1e-7);
    total -= Math.log(label === 1 ? score : 1 - score);
  }
  return total / labels.length;
}
