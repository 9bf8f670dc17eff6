/** The serving room's public face. */

export * from './errors.ts';
export { serve, type ModelServer } from './serve.ts';
export type { ModelMaker, ServeOptions, ServingSource } from './options.ts';
export type { ServingProgress } from './progress.ts';
export type { ShadowOptions, VersionQuality } from './guard.ts';
export type { ModelSwap } from './model-versions.ts';
export { readPrediction, type ServedPrediction, type PredictionEncoder } from './prediction.ts';
export {
  startPredictionServer,
  type PredictionServer,
  type PredictionServerOptions,
} from './prediction-server.ts';
