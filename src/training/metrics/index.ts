/** Metrics: of a dataset at once, and of a stream row by row. */

export {
  binaryScores,
  cheapestThreshold,
  confusionMatrix,
  errorCost,
  type BinaryScores,
  type CheapestThreshold,
  type ConfusionMatrix,
  type ErrorCosts,
  type ThresholdOptions,
} from './binary-scores.ts';
export { evaluateClassifier, type Evaluation, type LabelledBatch } from './evaluate-classifier.ts';
export type { MetricInput, OnlineMetric, Prediction } from './online-metric.ts';
export type { Average } from './recipes.ts';
export {
  StreamConfusionMatrix,
  streamMetric,
  streamMetricNames,
  type StreamConfusionOptions,
  type StreamMetricName,
  type StreamMetricOptions,
} from './stream-metric.ts';
