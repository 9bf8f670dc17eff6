/** What a place for checkpoints is: the seam between training and where its state is kept. */
import type { LeaderEpochs, Position, TopicIds } from '../../kafka/index.ts';
import type { State } from '../../model/index.ts';

/** The state of one thing that learns, with its kind, so that it is never given to another kind. */
export interface CheckpointPart {
  readonly kind: string;
  readonly state: State;
}

/** Everything a training needs to go on, as one unit. */
export interface CheckpointContent {
  /** The topics it has learnt from; a checkpoint of other topics is refused. */
  readonly topics: readonly string[];
  /** The next offset to read of every partition. */
  readonly position: Position;
  /**
   * The id of each topic in `position`, as far as Kafka has ids; a topic that was deleted and made again has another one.
   * Missing in checkpoints of earlier versions.
   */
  readonly topicIds?: TopicIds | undefined;
  /**
   * The epochs of the leaders behind `position`, as far as Kafka has them; a log that was cut back has others there. Missing in
   * checkpoints of earlier versions.
   */
  readonly leaderEpochs?: LeaderEpochs | undefined;
  /** The lasting name of the group's member that has learnt it: commits in that name are of this training. */
  readonly member?: string | undefined;
  /** The states of model, scaler, metrics, ... by name. */
  readonly parts: Readonly<Record<string, CheckpointPart>>;
}

/** A checkpoint as it was read: complete and verified. */
export interface Checkpoint extends CheckpointContent {
  /** Its name in its store; later ones sort behind earlier ones. */
  readonly id: string;
  /** Where it is, for messages. */
  readonly place: string;
  readonly created: Date;
}

/** The exclusive right to write to a store. */
export interface CheckpointLock {
  /**
   * Resolves while the right is still held. Training asks before it learns, before it calls `onLearnt`, and before it
   * commits, so that an owner that was suspended until another one took over learns nothing more. Without it the right is
   * taken to last.
   *
   * @param now look now, even where the last look was just now
   * @throws CheckpointLockLostError (`ST_TRAINING_CHECKPOINT_LOCK_LOST`), CheckpointTakenOverError
   *   (`ST_TRAINING_CHECKPOINT_TAKEN_OVER`)
   */
  check?(now?: boolean): Promise<void>;
  release(): Promise<void>;
}

/**
 * A place for checkpoints. {@link localCheckpoints} keeps them in a folder, {@link kafkaCheckpoints} in a topic; an object
 * store can be another. What each one must hold to:
 *
 * - `save` is atomic: afterwards the checkpoint is there as a whole, or (when it throws, or the process dies) not at all,
 *   and survives a power cut once `save` has resolved;
 * - `load` gives back bit for bit what was saved, or throws a `CheckpointRefusedError`;
 * - `lock` is held by at most one living process; where an owner may be taken for dead while it is only suspended, `save`
 *   must refuse the old owner's checkpoints (CheckpointLockLostError), and `check` tell it.
 */
export interface CheckpointStore {
  /** Where this is, for messages. */
  readonly place: string;
  /**
   * Whether it is the same place from every machine, and commits a group's offsets with each checkpoint: then training commits
   * none itself, and whoever has the store takes over the group's membership of the owner before, wherever that ran.
   */
  readonly inKafka?: boolean;
  /** Whether `save` goes on in a thread of its own: else training gives the event loop a turn after every step meanwhile. */
  readonly inThread?: boolean;
  /** @throws CheckpointLockedError (`ST_TRAINING_CHECKPOINT_LOCKED`) while another living process has it */
  lock(): Promise<CheckpointLock>;
  /**
   * Keeps a checkpoint, and lets go of the oldest. Returns its id.
   *
   * @param groupId the group whose offsets the position is, for stores that commit them
   * @param mark what is written beside these offsets: the lasting name of the group's member, which knows them again by it
   * @throws CheckpointSaveError (`ST_TRAINING_CHECKPOINT_SAVE`), CheckpointStateError (`ST_TRAINING_CHECKPOINT_STATE`),
   *   CheckpointLockLostError (`ST_TRAINING_CHECKPOINT_LOCK_LOST`)
   */
  save(content: CheckpointContent, groupId?: string, mark?: string): Promise<string>;
  /** The ids of what is there, newest first, whether or not it can be used. */
  list(): Promise<readonly string[]>;
  /**
   * What changes when another checkpoint comes under this id, as those of a training that starts over do; undefined where there is
   * none. Servers ask for it at every look, so it must cost little. Without it they know such a checkpoint only where they have seen
   * that the one before was gone.
   */
  stamp?(id: string): Promise<string | undefined>;
  /** @throws CheckpointDamagedError, CheckpointForeignError, CheckpointNewerError */
  load(id: string): Promise<Checkpoint>;
}
