/** Metrics: of a data set at once, and of a stream row by row. */

export { binaryScores, confusionMatrix } from './binary-scores.ts';
export type { BinaryScores, ConfusionMatrix, ThresholdOptions } from './binary-scores.ts';
export { cheapestThreshold, errorCost } from './threshold.ts';
export type { CheapestThreshold, ErrorCosts } from './threshold.ts';
export { evaluateClassifier, type Evaluation, type LabelledBatch } from './evaluate-classifier.ts';
export type { MetricInput, OnlineMetric, Prediction } from './online-metric.ts';
export {
  streamMetric,
  streamMetricNames,
  type StreamMetricName,
  type StreamMetricOptions,
} from './stream-metric.ts';
export type { Average } from './confusion-recipe.ts';
export { StreamConfusionMatrix, type StreamConfusionOptions } from './confusion-counts.ts';
