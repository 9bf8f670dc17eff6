/** The model room's public face. */

// Its types make the tensors of datasets those of TensorFlow.js, also for programs that import rooms one by one.
import '../tensorflow.ts';

export * from './errors.ts';
export * from './classifier.ts';
export { renewDropoutMasks } from './tfjs-layers.ts';
export * from './storage.ts';
export type { State, StateArray, Stateful } from '../state.ts';
export type { RowValues } from '../finite.ts';
export type { LearnResult, MiniBatch, OnlineModel } from './online-model.ts';
export { compileTrainStep } from './step/compile-train-step.ts';
export type { LossFunction, LossName, TrainStepOptions } from './step/options.ts';
export type { OptimizerName, OptimizerSettings } from './step/optimizer-options.ts';
export type {
  BatchesDataset,
  EpochsOptions,
  EpochsResult,
  FitDatasetArgs,
  StepResult,
  TrainStep,
} from './step/train-step.ts';
