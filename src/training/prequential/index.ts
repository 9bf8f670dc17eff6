/** Prequential evaluation: judging a model along the stream it learns from. */

export {
  prequential,
  prequentialScore,
  type DriftMark,
  type PrequentialSettings,
  type PrequentialPoint,
} from './prequential.ts';
export {
  PrequentialEvaluator,
  type EvaluationReport,
  type EvaluatorOptions,
  type Forecasts,
  type MetricValues,
} from './evaluator.ts';
export type { Forecast } from './baselines.ts';
export type { LabelDelay } from './label-delay.ts';
