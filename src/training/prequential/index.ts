/** Prequential evaluation: judging a model along the stream it learns from. */

export { prequential, prequentialScore, type PrequentialSettings } from './prequential.ts';
export {
  PrequentialEvaluator,
  type EvaluationReport,
  type EvaluatorOptions,
  type Forecasts,
  type MetricValues,
} from './evaluator.ts';
export type { Forecast } from './baselines.ts';
export type { DriftMark, LabelDelay, PrequentialPoint } from './run.ts';
