/** What a compiled training step is for its user. */
import type { LayersModel } from '@tensorflow/tfjs-node';
import type { LearnResult, MiniBatch, OnlineModel } from '../online-model.ts';

/** What one step found, with the metrics asked for. */
export interface StepResult extends LearnResult {
  /** The metrics of the training pass's predictions, by name (`accuracy`, or tfjs's own); empty if none were asked for. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** Options of {@link TrainStep.learnEpochs}. */
export interface EpochsOptions {
  /** How often the rows are gone over (default 1). */
  epochs?: number;
  /** Rows in a mini-batch (default 32); the last one of an epoch may have fewer. */
  batchSize?: number;
  /** A new order of the rows at each epoch, from this seed and the model's step; left out: the order they have. */
  shuffleSeed?: number;
}

/** What several epochs found. */
export interface EpochsResult {
  /** Mean loss a row of each epoch, each mini-batch's taken before its update. */
  readonly losses: readonly number[];
  /** Steps that were made. */
  readonly steps: number;
}

/** A model with its loss and optimizer that learns one mini-batch a call. */
export interface TrainStep extends OnlineModel, Disposable {
  /** Whether the step is one native call; false where it falls back to plain tfjs. */
  readonly compiled: boolean;
  /** Why it is not, if it is not. */
  readonly fallbackReason: string | undefined;
  learn(batch: MiniBatch): StepResult;
  /** Several epochs over rows that are in memory: the same steps as so many calls of `learn`. */
  learnEpochs(batch: MiniBatch, options?: EpochsOptions): EpochsResult;
  /** A tf.LayersModel with the weights as they are now: to predict, to save in the tfjs format. The caller disposes it. */
  toLayersModel(): LayersModel;
}
