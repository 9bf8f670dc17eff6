/** The training room's public face: online and batch training, models, metrics, drift, evaluation. */

// Its types make the tensors of datasets those of TensorFlow.js, also for programs that import rooms one by one.
import '../tensorflow.ts';

export {
  FeatureNotFiniteError,
  LearnerInputError,
  LossNotFiniteError,
  MetricInputError,
  StateMismatchError,
  StateNotFiniteError,
} from './errors.ts';
export type { RowPlace } from './errors.ts';
export * from '../scaling/index.ts';

// Metrics: of a dataset at once, and of a stream row by row.
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
} from './metrics/binary-scores.ts';
export { evaluateClassifier, type Evaluation, type LabelledBatch } from './metrics/evaluate-classifier.ts';
export type { MetricInput, OnlineMetric, Prediction } from './metrics/online-metric.ts';
export type { Average } from './metrics/recipes.ts';
export {
  StreamConfusionMatrix,
  streamMetric,
  streamMetricNames,
  type StreamConfusionOptions,
  type StreamMetricName,
  type StreamMetricOptions,
} from './metrics/stream-metric.ts';

// Models that learn from a stream row by row; none of them needs TensorFlow.
export type { RowModel } from './learners/row-model.ts';
export { withScaler, type ScaledRowModel } from './learners/scaled-model.ts';
export { RowClassifier, type RowClassifierOptions } from './learners/row-classifier.ts';
export { GeneralizedLinearModel, type LinearModelOptions } from './linear/generalized-linear-model.ts';
export { LinearRegression, LogisticRegression } from './linear/linear-models.ts';
export { SoftmaxRegression, type SoftmaxRegressionOptions } from './linear/softmax-regression.ts';
export { GaussianNaiveBayes } from './bayes/gaussian-naive-bayes.ts';
export {
  KNeighborsClassifier,
  type KNeighborsClassifierOptions,
} from './neighbours/k-neighbors-classifier.ts';

// Rows that are unlike the others, found without labels.
export { anomalyModel, type AnomalyModel } from './anomaly/anomaly-model.ts';
export type { AnomalyScorer } from './anomaly/anomaly-scorer.ts';
export { HalfSpaceTrees, type HalfSpaceTreesOptions } from './anomaly/half-space-trees.ts';

// Trees that grow while rows stream by, and forests of them.
export { HoeffdingTreeClassifier } from './trees/hoeffding-tree.ts';
export { AdaptiveRandomForest } from './trees/adaptive-random-forest.ts';
export type { AdaptiveRandomForestOptions } from './trees/forest-options.ts';
export type { LeafPrediction, TreeOptions } from './trees/options.ts';
export type { SplitCriterion } from './trees/criteria.ts';

// Drift: noticing that a stream has changed, and what to do then.
export type { DriftDetector } from './drift/drift-detector.ts';
export { Adwin, type AdwinOptions } from './drift/adwin.ts';
export { Ddm, Eddm, type DdmOptions, type EddmOptions } from './drift/ddm.ts';
export { HddmA, HddmW, type HddmAOptions, type HddmWOptions } from './drift/hddm.ts';
export { Kswin, kolmogorovSmirnov, type KolmogorovSmirnov, type KswinOptions } from './drift/kswin.ts';
export { PageHinkley, type PageHinkleyOptions } from './drift/page-hinkley.ts';
export {
  DriftReactor,
  reactToDrift,
  type DriftReaction,
  type DriftReport,
  type ReactOptions,
} from './drift/reaction.ts';

// Streams that drift on purpose: generators with a seed, and joining them.
export type { LabelledRow } from './rows/labelled-rows.ts';
export {
  hyperplaneStream,
  seaStream,
  staggerStream,
  type HyperplaneOptions,
  type SeaOptions,
  type StaggerOptions,
} from './streams/generators.ts';
export {
  conceptDrift,
  takeRows,
  type ConceptDriftOptions,
  type GeneratedRow,
  type RowStream,
} from './streams/row-stream.ts';
export { PythonRandom } from './streams/python-random.ts';

// Checkpoints: the whole state of a training as one unit.
export * from './checkpoint/errors.ts';
export { kafkaCheckpoints, type KafkaCheckpointsOptions } from './checkpoint/kafka-checkpoints.ts';
export { localCheckpoints, type LocalCheckpointsOptions } from './checkpoint/local-checkpoints.ts';
export {
  restoreNewest,
  restoreParts,
  saveParts,
  type Restored,
  type Statefuls,
} from './checkpoint/restore.ts';
export type {
  Checkpoint,
  CheckpointContent,
  CheckpointLock,
  CheckpointPart,
  CheckpointStore,
} from './checkpoint/store.ts';

// Online training: learning from a stream, mini dataset by mini dataset.
export { trainOnline, type OnlineResult } from './online/train-online.ts';
export type { CheckpointEvery } from './online/checkpoint-writer.ts';
export type { DriftEvent, TrainOnlineOptions } from './online/options.ts';
export type { OnlineProgress } from './online/progress.ts';
export type {
  CustomTrainingSource,
  KafkaTrainingSource,
  MiniRecords,
  MiniStream,
  TrainingSource,
} from './online/source.ts';
export type { RowDecoder } from './rows/labelled-rows.ts';
export { classificationError } from './rows/evaluation.ts';
export type { LabelledRows, RowError, StreamDetector, StreamMetric } from './rows/evaluation.ts';

// Batch training: epochs over a bounded dataset.
export { trainOnBatches } from './batch/train-on-batches.ts';
export {
  logLoss,
  squaredError,
  type BatchHistory,
  type EarlyStoppingOptions,
  type EpochReport,
  type RowLoss,
  type TrainOnBatchesOptions,
} from './batch/options.ts';
export type { RowData, Rows } from './batch/blocks.ts';

// Prequential evaluation: judging a model along the stream it learns from.
export { prequential, prequentialScore, type PrequentialSettings } from './prequential/prequential.ts';
export {
  PrequentialEvaluator,
  type EvaluationReport,
  type EvaluatorOptions,
  type Forecasts,
  type MetricValues,
} from './prequential/evaluator.ts';
export type { Forecast } from './prequential/baselines.ts';
export type { DriftMark, LabelDelay, PrequentialPoint } from './prequential/run.ts';
