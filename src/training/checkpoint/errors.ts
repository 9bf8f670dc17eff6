/** What can go wrong with checkpoints: saving, reading, sharing them. */
import { StreamTrainError, messageOf } from '../../errors.ts';

/** Why a checkpoint was refused. */
export type CheckpointFault = 'damaged' | 'torn' | 'foreign' | 'newer';

/** A checkpoint that must not be used; the subclasses say why. Nothing of it has been restored. */
export abstract class CheckpointRefusedError extends StreamTrainError {
  /** `'torn'`: a file is missing or cut short; `'damaged'`: its bytes changed. */
  abstract readonly fault: CheckpointFault;
  /** Where the checkpoint is. */
  readonly checkpoint: string;

  constructor(checkpoint: string, problem: string, options: { cause?: unknown } = {}) {
    super(`The checkpoint ${checkpoint} was refused: ${problem}`, options);
    this.checkpoint = checkpoint;
  }
}

/** A file of the checkpoint is missing, cut short or changed. */
export class CheckpointDamagedError extends CheckpointRefusedError {
  readonly code = 'ST_TRAINING_CHECKPOINT_DAMAGED';
  readonly fault: 'damaged' | 'torn';
  /** The file or part at fault. */
  readonly file: string;

  constructor(checkpoint: string, file: string, fault: 'damaged' | 'torn', problem: string, cause?: unknown) {
    super(checkpoint, `${file} ${problem}. Use another copy of it, or delete it.`, { cause });
    this.file = file;
    this.fault = fault;
  }
}

/** The checkpoint is of something else: not ours at all, another topic, another kind of model, metric or scaler. */
export class CheckpointForeignError extends CheckpointRefusedError {
  readonly code = 'ST_TRAINING_CHECKPOINT_FOREIGN';
  readonly fault = 'foreign';

  constructor(checkpoint: string, problem: string, cause?: unknown) {
    super(checkpoint, `${problem}. Give each training a checkpoint folder of its own.`, { cause });
  }
}

/** The checkpoint was written by a newer streamtrain. */
export class CheckpointNewerError extends CheckpointRefusedError {
  readonly code = 'ST_TRAINING_CHECKPOINT_NEWER';
  readonly fault = 'newer';
  readonly version: number;

  constructor(checkpoint: string, version: number, known: number) {
    super(
      checkpoint,
      `it has format ${version}, and this streamtrain reads up to ${known}. Update streamtrain, or start in another folder.`,
    );
    this.version = version;
  }
}

/** There are checkpoints, and every one of them was refused. Training does not start over by itself. */
export class CheckpointUnusableError extends StreamTrainError {
  readonly code = 'ST_TRAINING_CHECKPOINT_UNUSABLE';
  readonly store: string;
  readonly refused: readonly CheckpointRefusedError[];

  constructor(store: string, refused: readonly CheckpointRefusedError[]) {
    super(
      `No checkpoint in ${store} can be used; nothing was changed. ${refused.map(messageOf).join(' ')} ` +
        'To start anew, delete the folder or name another one.',
      { cause: refused[0] },
    );
    this.store = store;
    this.refused = refused;
  }
}

/** Another process trains on these checkpoints. */
export class CheckpointLockedError extends StreamTrainError {
  readonly code = 'ST_TRAINING_CHECKPOINT_LOCKED';
  override readonly canRetry = true;
  readonly store: string;
  readonly pid: number;
  readonly host: string;

  constructor(store: string, pid: number, host: string) {
    super(
      `Process ${pid} on ${host} is training on the checkpoints in ${store}. End it first, or give this training a ` +
        'folder of its own.',
    );
    this.store = store;
    this.pid = pid;
    this.host = host;
  }
}

/** The checkpoint could not be written. Earlier ones are as they were. */
export class CheckpointSaveError extends StreamTrainError {
  readonly code = 'ST_TRAINING_CHECKPOINT_SAVE';
  override readonly canRetry = true;
  readonly store: string;

  constructor(store: string, cause: unknown) {
    super(
      `The checkpoint could not be written in ${store}: ${messageOf(cause)}. The earlier ones are as they were. ` +
        'Check the free space and the permissions, then start again: training goes on from the last one.',
      { cause },
    );
    this.store = store;
  }
}

/** A state holds something that cannot be kept in a checkpoint. */
export class CheckpointStateError extends StreamTrainError {
  readonly code = 'ST_TRAINING_CHECKPOINT_STATE';
  /** Where in the state, such as `model.slots[2]`. */
  readonly path: string;

  constructor(path: string, found: string) {
    super(
      `${path} is ${found}, which a checkpoint cannot keep. States hold null, booleans, numbers, strings, typed arrays, ` +
        'and lists and plain objects of these.',
    );
    this.path = path;
  }
}

/** An option of a checkpoint store is out of its range. */
export class CheckpointOptionError extends StreamTrainError {
  readonly code = 'ST_TRAINING_CHECKPOINT_OPTION';
  readonly option: string;
  readonly value: unknown;

  constructor(option: string, value: unknown, expected: string) {
    super(`The option ${option} is ${String(value)}; expected ${expected}.`);
    this.option = option;
    this.value = value;
  }
}
