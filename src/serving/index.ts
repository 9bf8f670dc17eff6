/** The serving room's public face. */

export * from './errors.ts';
export { serve } from './serve.ts';
export type { ModelServer } from './running-server.ts';
export type { ModelMaker, ServeOptions, ServingSource } from './options.ts';
export type { ServingProgress } from './progress.ts';
export type { ShadowOptions, VersionQuality } from './guard.ts';
export type { LabelCounts } from './label-join.ts';
export type { LabelsOptions } from './labels.ts';
export type { ModelSwap } from './predictor.ts';
export { readPrediction, type ServedPrediction, type PredictionEncoder } from './prediction.ts';
export {
  startPredictionServer,
  type PredictionServer,
  type PredictionServerOptions,
} from './prediction-server.ts';
export {
  startTrainingMetrics,
  type TrainingMetrics,
  type TrainingMetricsOptions,
} from './training-metrics.ts';
