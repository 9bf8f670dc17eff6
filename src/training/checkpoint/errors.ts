/** What can go wrong with checkpoints: saving, reading, sharing them. */
import { StreamTrainError, messageOf } from '../../errors.ts';

/** Why a checkpoint was refused. */
export type CheckpointFault = 'damaged' | 'torn' | 'foreign' | 'newer' | 'notFinite';

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

/** The checkpoint holds a model that had diverged when it was written: weights that are NaN or infinite. */
export class CheckpointNotFiniteError extends CheckpointRefusedError {
  readonly code = 'ST_TRAINING_CHECKPOINT_NOT_FINITE';
  readonly fault = 'notFinite';
  /** Where, such as `model.arrays.weights[12]`. */
  readonly path: string;

  constructor(checkpoint: string, path: string, value: number) {
    super(checkpoint, `its ${path} is ${value}: the model had diverged when it was written. Delete it.`);
    this.path = path;
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

  constructor(
    store: string,
    { pid, host }: { readonly pid: number; readonly host: string },
    silentForMs = 0,
  ) {
    const silent =
      silentForMs > QUIET_MS
        ? ` It has not shown itself for ${Math.round(silentForMs / 1000)} s: it may be suspended, or busy in one long step.`
        : '';
    super(
      `Process ${pid} on ${host} is training on the checkpoints in ${store}.${silent} End it first, or give this ` +
        'training a folder of its own.',
    );
    this.store = store;
    this.pid = pid;
    this.host = host;
  }
}

/** An owner that has been silent for less is working normally, ms. */
const QUIET_MS = 10_000;

/** This process had the checkpoints, and another one has taken them over: it must not learn, write or commit any more. */
export class CheckpointLockLostError extends StreamTrainError {
  readonly code = 'ST_TRAINING_CHECKPOINT_LOCK_LOST';
  readonly store: string;
  /** Who has them now, if anybody. */
  readonly pid: number | undefined;
  readonly host: string | undefined;

  constructor(
    store: string,
    owner: { readonly pid: number; readonly host: string } | undefined,
    leaseMs: number,
  ) {
    const now = owner
      ? `process ${owner.pid} on ${owner.host} has taken them over`
      : 'their lock.json was taken away';
    super(
      `This process does not hold the checkpoints in ${store} any more: ${now}. It gave no sign of life for more than ` +
        `${leaseMs / 1000} s (suspended, or busy in one long step), or somebody deleted the lock. It stops here: what it ` +
        'learnt since its last checkpoint is dropped, and whoever goes on from there learns those rows. Nothing is ' +
        'learnt twice. Start it again when the other one has ended.',
    );
    this.store = store;
    this.pid = owner?.pid;
    this.host = owner?.host;
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
