/** What can go wrong with a model: saving, loading, learning, restoring. */
import { failure, messageOf } from '../errors.ts';

/** There is no saved model in the folder. */
export class ModelNotFoundError extends failure({
  code: 'ST_MODEL_NOT_FOUND',
  says: ({ folder, cause }: { folder: string; cause: unknown }) =>
    `There is no saved model in ${folder}: ${messageOf(cause)}.`,
  cure: 'Save one there with saveModel(model, folder) first.',
}) {}

/** A file of the saved model (relative to its folder) is missing, cut short or changed. */
export class ModelDamagedError extends failure({
  code: 'ST_MODEL_DAMAGED',
  says: ({ folder, file, problem }: { folder: string; file: string; problem: string }) =>
    `The model saved in ${folder} is damaged: ${file} ${problem}.`,
  cure: 'Save it again, or use another copy.',
}) {}

/** The saved model is whole, but not one that TensorFlow.js loads as layers. */
export class ModelFormatError extends failure({
  code: 'ST_MODEL_FORMAT',
  says: ({ folder, problem }: { folder: string; problem: string; toDo: string }) =>
    `The model in ${folder} cannot be loaded: ${problem}.`,
  cure: ({ toDo }) => toDo,
}) {}

/** The model could not be written. */
export class ModelSaveError extends failure({
  code: 'ST_MODEL_SAVE',
  says: ({ folder, cause }: { folder: string; cause: unknown }) =>
    `The model could not be saved in ${folder}: ${messageOf(cause)}.`,
  cure: 'Check the path, its permissions and the free space.',
}) {}

/**
 * A mini-batch does not fit the model; nothing was learnt from it. `part` is at fault: `rows`, `xs`, `ys` or `weights`;
 * `row` and `column` (from 0) say which value, if it is one.
 */
export class MiniBatchError extends failure({
  code: 'ST_MODEL_MINI_BATCH',
  says: ({ part, problem }: { part: string; problem: string; row?: number; column?: number }) =>
    `The mini-batch does not fit the model: ${part} ${problem}.`,
  cure: '',
}) {}

/**
 * A step made the loss, a weight, or what the optimizer keeps of gradients (Adam's moments, say) NaN or infinite. What the
 * model had learnt is lost: it refuses to learn, predict and save until a state from before is restored. `step` (from 0) did
 * it, or is that after which it was seen: the optimizer's memory is looked at now and then. Where `loss`, the step's own, is
 * finite, it was the update that made other numbers NaN or infinite.
 */
export class ModelNotFiniteError extends failure({
  code: 'ST_MODEL_NOT_FINITE',
  says: ({ step, loss, what }: { step: number; loss: number; what?: string }) => {
    const happened =
      what ?? (Number.isFinite(loss) ? 'made weights NaN or infinite' : `has the loss ${loss}`);
    return `Training has diverged: step ${step} ${happened}, and the model is of no use until a state from before is restored.`;
  },
  cure:
    'Lower the learning rate, scale the features (fitStandardScaler, OnlineStandardScaler), or limit the gradients ' +
    '(globalClipNorm).',
}) {}

/** A state is not one of this model: `part` is of other layers, another loss or optimizer, or no state at all. */
export class ModelStateError extends failure({
  code: 'ST_MODEL_STATE',
  says: ({ part, problem }: { part: string; problem: string }) =>
    `The state cannot be restored into this model, which is unchanged: its ${part} ${problem}.`,
  cure: 'Build the model with the layers, loss and optimizer it was saved with.',
}) {}

/** The model was used after its `dispose()`. */
export class ModelDisposedError extends failure({
  code: 'ST_MODEL_DISPOSED',
  says: () => 'The model was already disposed.',
  cure: 'Build it again, and restore its state if you saved it.',
}) {}

/** A training of this model is under way, and another was begun. The first goes on. */
export class ModelBusyError extends failure({
  code: 'ST_MODEL_BUSY',
  says: () => 'fitDataset was called while another call of it trains this model.',
  cure: 'Await the first one.',
}) {}

/** A part of TensorFlow.js that is not public, and that models are read by, is not there in this version. */
export class TfjsLayersError extends failure({
  code: 'ST_MODEL_TFJS_LAYERS',
  says: ({ missing, version }: { missing: string; version: string }) =>
    `TensorFlow.js has not ${missing} where version 4.22.0 has: this is version ${version}.`,
  cure: 'Install @tensorflow/tfjs-node 4.22.0.',
}) {}
