/** What can go wrong with checkpoints: saving, reading, sharing them. */
import { StreamTrainError, failure, messageOf } from '../../errors.ts';

/** Why a checkpoint was refused. `'torn'`: a file is missing or cut short; `'damaged'`: its bytes changed. */
export type CheckpointFault = 'damaged' | 'torn' | 'foreign' | 'newer' | 'notFinite';

/** A checkpoint that must not be used; the subclasses say why. Nothing of it has been restored. */
export abstract class CheckpointRefusedError extends StreamTrainError {
  abstract readonly fault: CheckpointFault;
  /** Where the checkpoint is. */
  abstract readonly checkpoint: string;
}

const refused = (checkpoint: string, problem: string): string =>
  `The checkpoint ${checkpoint} was refused: ${problem}`;

/** A file or part of the checkpoint is missing, cut short or changed. */
export class CheckpointDamagedError extends failure({
  code: 'ST_TRAINING_CHECKPOINT_DAMAGED',
  says: ({
    checkpoint,
    file,
    problem,
  }: {
    checkpoint: string;
    file: string;
    fault: 'damaged' | 'torn';
    problem: string;
  }) => refused(checkpoint, `${file} ${problem}.`),
  cure: 'Use another copy of it, or delete it.',
  base: CheckpointRefusedError,
}) {}

/** The checkpoint is of something else: not ours at all, another topic, another kind of model, metric or scaler. */
export class CheckpointForeignError extends failure({
  code: 'ST_TRAINING_CHECKPOINT_FOREIGN',
  says: ({ checkpoint, problem }: { checkpoint: string; problem: string }) =>
    refused(checkpoint, `${problem}.`),
  cure: 'Give each training a checkpoint folder of its own.',
  base: CheckpointRefusedError,
}) {
  override readonly fault = 'foreign';
}

/** The checkpoint holds a model that had diverged when it was written: weights that are NaN or infinite, at `path`. */
export class CheckpointNotFiniteError extends failure({
  code: 'ST_TRAINING_CHECKPOINT_NOT_FINITE',
  says: ({ checkpoint, path, value }: { checkpoint: string; path: string; value: number }) =>
    refused(checkpoint, `its ${path} is ${value}: the model had diverged when it was written.`),
  cure: 'Delete it.',
  base: CheckpointRefusedError,
}) {
  override readonly fault = 'notFinite';
}

/** The checkpoint was written by a newer streamtrain. */
export class CheckpointNewerError extends failure({
  code: 'ST_TRAINING_CHECKPOINT_NEWER',
  says: ({ checkpoint, version, known }: { checkpoint: string; version: number; known: number }) =>
    refused(checkpoint, `it has format ${version}, and this streamtrain reads up to ${known}.`),
  cure: 'Update streamtrain, or start in another folder.',
  base: CheckpointRefusedError,
}) {
  override readonly fault = 'newer';
}

/** There are checkpoints, and every one of them was refused. Training does not start over by itself. */
export class CheckpointUnusableError extends failure({
  code: 'ST_TRAINING_CHECKPOINT_UNUSABLE',
  says: ({ store, refused }: { store: string; refused: readonly CheckpointRefusedError[] }) =>
    `No checkpoint in ${store} can be used; nothing was changed. ${refused.map(messageOf).join(' ')}`,
  cure: 'To start over, delete the folder or name another one.',
}) {}

/** An owner that has been silent for less is working normally, ms. */
const QUIET_MS = 10_000;

/** Another process trains on these checkpoints. */
export class CheckpointLockedError extends failure({
  code: 'ST_TRAINING_CHECKPOINT_LOCKED',
  says: ({
    store,
    pid,
    host,
    silentForMs = 0,
  }: {
    store: string;
    pid: number;
    host: string;
    silentForMs?: number;
  }) => {
    const silent =
      silentForMs > QUIET_MS
        ? ` It has not shown itself for ${Math.round(silentForMs / 1000)} s: it may be suspended, or busy in one long step.`
        : '';
    return `Process ${pid} on ${host} is training on the checkpoints in ${store}.${silent}`;
  },
  cure: 'End it first, or give this training a folder of its own.',
  canRetry: true,
}) {}

/**
 * This process had the checkpoints, and another one (`pid` on `host`, if anybody) has taken them over: it must not learn,
 * write or commit any more.
 */
export class CheckpointLockLostError extends failure({
  code: 'ST_TRAINING_CHECKPOINT_LOCK_LOST',
  says: ({
    store,
    pid,
    host,
    leaseMs,
  }: {
    store: string;
    pid: number | undefined;
    host: string | undefined;
    leaseMs: number;
  }) => {
    const now =
      pid === undefined ? 'their lock.json was taken away' : `process ${pid} on ${host} has taken them over`;
    return (
      `This process does not hold the checkpoints in ${store} any more: ${now}. It gave no sign of life for more than ` +
      `${leaseMs / 1000} s (suspended, or busy in one long step), or somebody deleted the lock. It stops here: what it ` +
      'learnt since its last checkpoint is dropped, and whoever goes on from there learns those rows. Nothing is ' +
      'learnt twice.'
    );
  },
  cure: 'Start it again when the other one has ended.',
}) {}

/**
 * Another trainer has taken the topic of checkpoints over: this one must not learn, write or commit any more, and cannot.
 */
export class CheckpointTakenOverError extends failure({
  code: 'ST_TRAINING_CHECKPOINT_TAKEN_OVER',
  says: ({ store }: { store: string }) =>
    `Another trainer has taken over the checkpoints in ${store}. This one stops here: what it learnt since its last ` +
    'checkpoint is dropped, and the other one learns those rows. Nothing is learnt twice.',
  cure: 'If that was not meant, give each training a topic of its own.',
}) {}

/** The topic that is to hold checkpoints is not fit for it; nothing was written to it. */
export class CheckpointTopicError extends failure({
  code: 'ST_TRAINING_CHECKPOINT_TOPIC',
  says: ({ topic, problem }: { topic: string; problem: string }) =>
    `Topic "${topic}" cannot hold checkpoints: ${problem}.`,
  cure: 'It wants one partition and cleanup.policy=compact. Name another one, which is then made so.',
}) {}

/** The checkpoint could not be written. Earlier ones are as they were. */
export class CheckpointSaveError extends failure({
  code: 'ST_TRAINING_CHECKPOINT_SAVE',
  says: ({ store, cause }: { store: string; cause: unknown }) =>
    `The checkpoint could not be written in ${store}: ${messageOf(cause)}. The earlier ones are as they were.`,
  cure: 'Check the free space and the permissions, then start again: training goes on from the last one.',
  canRetry: true,
}) {}

/** A state holds something that cannot be kept in a checkpoint, at `path` (such as `model.slots[2]`). */
export class CheckpointStateError extends failure({
  code: 'ST_TRAINING_CHECKPOINT_STATE',
  says: ({ path, found }: { path: string; found: string }) =>
    `${path} is ${found}, which a checkpoint cannot keep.`,
  cure: 'States hold null, booleans, numbers, strings, typed arrays, and lists and plain objects of these.',
}) {}
