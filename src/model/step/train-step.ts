/** What a compiled training step is for its user. */
import type { History, LayersModel, ModelFitDatasetArgs } from '@tensorflow/tfjs-node';
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

/**
 * A dataset of mini-batches `{xs, ys}` as TensorFlow.js takes it: a `Dataset` of this library, or one of tf.data. Each call of
 * `iterator` is a new pass.
 */
export interface BatchesDataset {
  iterator(): Promise<{
    next(): Promise<{ value?: unknown; done?: boolean | undefined }>;
    return?(): unknown;
  }>;
  /** Mini-batches in a pass, if it is known. */
  readonly size?: number;
}

/** The arguments of `fitDataset`: those of TensorFlow.js; `validationData` may be a dataset of this library, too. */
export type FitDatasetArgs = Omit<ModelFitDatasetArgs<unknown>, 'validationData'> & {
  validationData?: ModelFitDatasetArgs<unknown>['validationData'] | BatchesDataset;
};

/** A model with its loss and optimizer that learns one mini-batch a call. */
export interface TrainStep extends OnlineModel, Disposable {
  /** Whether the step is one native call; false where it falls back to plain tfjs. */
  readonly compiled: boolean;
  /** Why it is not, if it is not. */
  readonly fallbackReason: string | undefined;
  learn(batch: MiniBatch): StepResult;
  /** Several epochs over rows that are in memory: the same steps as so many calls of `learn`. */
  learnEpochs(batch: MiniBatch, options?: EpochsOptions): EpochsResult;
  /**
   * Trains on a dataset as `model.fitDataset` of TensorFlow.js does, several times as fast: the same arguments, callbacks
   * in the same order, and the same history (`loss`, `acc`, `val_loss`, ...). The loss is each mini-batch's before its
   * update, with penalties; that of `validationData` is without,
   * and from probabilities (clipped at 1e-7), also where the model learns from logits. Tensors of the dataset are disposed. Callbacks that are
   * objects of `tf.Callback` (`tf.callbacks.earlyStopping`, say) are given a model with the weights as they are then. Unlike
   * there, `verbose` prints a line an epoch, not a bar (0: nothing), and an epoch without a mini-batch is an error.
   *
   * @throws InvalidOptionError (`ST_OPTION_INVALID`), UnknownOptionError (`ST_OPTION_UNKNOWN`); MiniBatchError
   *   (`ST_MODEL_MINI_BATCH`); ModelNotFiniteError (`ST_MODEL_NOT_FINITE`); ModelBusyError (`ST_MODEL_BUSY`) while another call is under way; and what the dataset or a
   *   callback throws
   * @example
   * ```ts
   * const model = compileTrainStep(compileClassifier(buildClassifier({ inputs: 9 })));
   * const { history } = await model.fitDataset(trainDs, { epochs: 10, verbose: 0 });
   * console.log(history.loss);
   * ```
   */
  fitDataset(dataset: BatchesDataset, args: FitDatasetArgs): Promise<History>;
  /** Set in a callback of {@link fitDataset}, it ends the training after the mini-batch at hand. */
  stopTraining: boolean;
  /** A tf.LayersModel with the weights as they are now: to predict, to save in the tfjs format. The caller disposes it. */
  toLayersModel(): LayersModel;
}
