/** The export room's public face: models for other programs, and predictors out of checkpoints. */

// Its types make the layers of models those of TensorFlow.js, also for programs that import rooms one by one.
import '../tensorflow.ts';

export * from './errors.ts';
export {
  exportFormats,
  exportModel,
  type ExportedModel,
  type ExportFormat,
  type ExportOptions,
} from './export-model.ts';
export { newestCheckpoint } from './checkpoints.ts';
export { rowPredictor, type RowPredictor } from './row-predictor.ts';
export type { ExportSource } from './read-model.ts';
