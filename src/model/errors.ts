/** What can go wrong with a model: its options, saving, loading. */
import { StreamTrainError, messageOf } from '../errors.ts';

/** An option of a model function is out of its range. */
export class ModelOptionError extends StreamTrainError {
  readonly code = 'ST_MODEL_OPTION';
  readonly option: string;
  readonly value: unknown;

  constructor(option: string, value: unknown, expected: string) {
    super(`The option ${option} is ${String(value)}; expected ${expected}.`);
    this.option = option;
    this.value = value;
  }
}

/** There is no saved model in the folder. */
export class ModelNotFoundError extends StreamTrainError {
  readonly code = 'ST_MODEL_NOT_FOUND';
  readonly folder: string;

  constructor(folder: string, cause: unknown) {
    super(
      `There is no saved model in ${folder}: ${messageOf(cause)}. Save one there with saveModel(model, folder) first.`,
      { cause },
    );
    this.folder = folder;
  }
}

/** A file of the saved model is missing, cut short or changed. */
export class ModelDamagedError extends StreamTrainError {
  readonly code = 'ST_MODEL_DAMAGED';
  readonly folder: string;
  /** The file at fault, relative to the folder. */
  readonly file: string;

  constructor(folder: string, file: string, problem: string, options: { cause?: unknown } = {}) {
    super(
      `The model saved in ${folder} is damaged: ${file} ${problem}. Save it again, or use another copy.`,
      options,
    );
    this.folder = folder;
    this.file = file;
  }
}

/** The saved model is whole, but not one that TensorFlow.js loads as layers. */
export class ModelFormatError extends StreamTrainError {
  readonly code = 'ST_MODEL_FORMAT';
  readonly folder: string;

  constructor(folder: string, problem: string, toDo: string, options: { cause?: unknown } = {}) {
    super(`The model in ${folder} cannot be loaded: ${problem}. ${toDo}`, options);
    this.folder = folder;
  }
}

/** The model could not be written. */
export class ModelSaveError extends StreamTrainError {
  readonly code = 'ST_MODEL_SAVE';
  readonly folder: string;

  constructor(folder: string, cause: unknown) {
    super(
      `The model could not be saved in ${folder}: ${messageOf(cause)}. Check the path, its permissions and the free space.`,
      { cause },
    );
    this.folder = folder;
  }
}

/** Where a value stands in a mini-batch; row and column count from 0. */
export interface MiniBatchPlace {
  readonly row: number;
  readonly column: number;
}

/** A mini-batch does not fit the model; nothing was learnt from it. */
export class MiniBatchError extends StreamTrainError {
  readonly code = 'ST_MODEL_MINI_BATCH';
  /** The part at fault: `rows`, `xs`, `ys` or `weights`. */
  readonly part: string;
  /** The row at fault (from 0), if it is one. */
  readonly row: number | undefined;
  /** The feature or target at fault (from 0), if it is one. */
  readonly column: number | undefined;

  constructor(part: string, problem: string, place?: MiniBatchPlace) {
    super(`The mini-batch does not fit the model: ${part} ${problem}.`);
    this.part = part;
    this.row = place?.row;
    this.column = place?.column;
  }
}

/**
 * A step made the loss, a weight, or what the optimizer keeps of gradients (Adam's moments, say) NaN or infinite. What the
 * model had learnt is lost: it refuses to learn, predict and save until a state from before is restored.
 */
export class ModelNotFiniteError extends StreamTrainError {
  readonly code = 'ST_MODEL_NOT_FINITE';
  /** The step (from 0) that did it, or after which it was seen: the optimizer's memory is looked at now and then. */
  readonly step: number;
  /** The loss of that step; where it is finite, it was the update that made other numbers NaN or infinite. */
  readonly loss: number;

  constructor(step: number, loss: number, what?: string) {
    const happened =
      what ?? (Number.isFinite(loss) ? 'made weights NaN or infinite' : `has the loss ${loss}`);
    super(
      `Training has diverged: step ${step} ${happened}, and the model is of no use until a state from before is restored. ` +
        'Lower the learning rate, scale the features (fitStandardScaler, OnlineStandardScaler), or limit the gradients ' +
        '(globalClipNorm).',
    );
    this.step = step;
    this.loss = loss;
  }
}

/** A state is not one of this model, or of another model's layers or optimizer. */
export class ModelStateError extends StreamTrainError {
  readonly code = 'ST_MODEL_STATE';
  /** The part at fault. */
  readonly part: string;

  constructor(part: string, problem: string) {
    super(
      `The state cannot be restored into this model, which is unchanged: its ${part} ${problem}. Build the model with ` +
        'the layers, loss and optimizer it was saved with.',
    );
    this.part = part;
  }
}

/** The model was used after its `dispose()`. */
export class ModelDisposedError extends StreamTrainError {
  readonly code = 'ST_MODEL_DISPOSED';

  constructor() {
    super('The model was already disposed. Build it anew, and restore its state if you saved it.');
  }
}
