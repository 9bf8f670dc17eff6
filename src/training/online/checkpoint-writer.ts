/** Writes checkpoints, and commits their offsets to Kafka once they are safe. */
import { messageOf } from '../../errors.ts';
import type { Position } from '../../kafka/index.ts';
import { leaderEpochsOf, topicIdsOf } from '../../kafka/index.ts';
import { orAfter, untilAborted, type StopSignal } from '../../process/index.ts';
import { isModel, nonFinitePlace } from '../checkpoint/restore.ts';
import { saveParts, type Statefuls } from '../checkpoint/restore.ts';
import type {
  CheckpointContent,
  CheckpointLock,
  CheckpointPart,
  CheckpointStore,
} from '../checkpoint/store.ts';
import { StateNotFiniteError } from '../errors.ts';
import type { MiniStream } from './source.ts';

/** Once training is stopped, its last commit is waited for at most so long (ms): the brokers may be away. */
const LAST_COMMIT_MS = 1_500;

/** How often a checkpoint is written: after so many mini datasets, or so long after the last one was begun. */
export type CheckpointEvery = number | { readonly milliseconds: number };

/** What a {@link CheckpointWriter} works with. */
interface CheckpointWriterParts {
  /** Without a store offsets are committed, and no state is written. */
  readonly store: CheckpointStore | undefined;
  readonly lock: CheckpointLock | undefined;
  readonly topics: readonly string[];
  readonly every: CheckpointEvery;
  readonly statefuls: Statefuls;
  readonly stream: MiniStream;
  readonly remark: (text: string) => void;
  readonly stop: StopSignal;
}

/**
 * Writes the state of one training. A checkpoint is the state at the moment it is asked for; the file, or the transaction, is
 * written while training goes on, one after the other: the next one begins when the one before is safe.
 */
export class CheckpointWriter {
  /** The id of the last checkpoint of this run that is safe. */
  lastId: string | undefined;
  /** How many are safe. */
  written = 0;
  readonly #parts: CheckpointWriterParts;
  #unwritten: Position | undefined;
  /** Mini datasets that are not written yet. */
  #noted = 0;
  #begunAt = performance.now();
  /** What is to be committed next; a later position replaces an earlier one that has not been sent. */
  #uncommitted: Position | undefined;
  #committing: Promise<void> | undefined;
  #lastWait: Promise<void> | undefined;
  /** The checkpoint that was begun last; rejects for good once one has failed. */
  #saving: Promise<void> = Promise.resolve();
  #isWriting = false;
  readonly #failed = new AbortController();

  constructor(parts: CheckpointWriterParts) {
    this.#parts = parts;
  }

  /** Whether a checkpoint is being written that needs turns of the event loop. */
  get needsTurns(): boolean {
    return this.#isWriting && this.#parts.store?.inThread !== true;
  }

  /** Aborted as soon as a checkpoint has failed, with what it failed with. */
  get failed(): AbortSignal {
    return this.#failed.signal;
  }

  /** ms until what is learnt is to be written: 0 if that is now, Infinity where that does not come with time. */
  get dueIn(): number {
    const { every } = this.#parts;
    if (!this.#unwritten) return Infinity;
    if (typeof every === 'number') return this.#noted >= every ? 0 : Infinity;
    return Math.max(0, this.#begunAt + every.milliseconds - performance.now());
  }

  /** One more mini dataset, everything before `position`, is learnt, and will be written. */
  note(position: Position): void {
    this.#unwritten = position;
    this.#noted++;
  }

  /**
   * Takes the state as it is when this resolves, which is when the checkpoint before is safe, and begins to write it with
   * the noted position as one checkpoint; once that is safe, the position is committed to Kafka. A slow broker is not waited for.
   *
   * @throws StateNotFiniteError (`ST_TRAINING_STATE_NOT_FINITE`); and what the checkpoint before failed with, see {@link safe}
   */
  async write(): Promise<void> {
    await this.#saving;
    // No more waiting from here on: the state and the position belong together.
    const position = this.#unwritten;
    if (!position) return;
    const { store, topics, stream } = this.#parts;
    const beside = { topicIds: topicIdsOf(position), leaderEpochs: leaderEpochsOf(position) };
    const member = stream.member?.().groupInstanceId;
    const content = store && { topics, position, ...beside, member, parts: this.#states() };
    this.#unwritten = undefined;
    this.#noted = 0;
    this.#begunAt = performance.now();
    const saving = this.#keep(position, content);
    this.#saving = saving;
    // For whoever waits for rows; and for whoever asks next: the next checkpoint, or the end.
    saving.catch((error: unknown) => this.#failed.abort(error));
  }

  /**
   * Resolves when everything that was begun is safe.
   *
   * @throws as `CheckpointStore.save`
   */
  async safe(): Promise<void> {
    await this.#saving;
  }

  /** Writes what is not written yet, and waits until it is safe and committed. */
  async finish(): Promise<void> {
    await this.write();
    await this.safe();
    await this.settled();
  }

  /**
   * Resolves when nothing is being written any more and all commits are done; soon after a stop at the latest, since the
   * checkpoint is the truth. Never rejects.
   */
  async settled(): Promise<void> {
    const { stop } = this.#parts;
    await this.#saving.catch(() => {});
    if (this.#committing) await untilAborted(this.#committing, stop.signal);
    if (this.#committing && stop.signal.aborted) this.#lastWait ??= orAfter(this.#committing, LAST_COMMIT_MS);
    await this.#lastWait;
  }

  async #keep(position: Position, content: CheckpointContent | undefined): Promise<void> {
    const { store, stream } = this.#parts;
    const groupId = store?.inKafka === true ? stream.groupId : undefined;
    if (store && content) {
      this.#isWriting = true;
      try {
        this.lastId = await store.save(content, groupId, content.member);
      } finally {
        this.#isWriting = false;
      }
      this.written++;
    }
    // With the checkpoint its offsets were committed.
    if (groupId !== undefined) return;
    this.#uncommitted = position;
    this.#committing ??= this.#commit();
  }

  /** All states, of models that are numbers still. */
  #states(): Readonly<Record<string, CheckpointPart>> {
    const { statefuls } = this.#parts;
    const states = saveParts(statefuls);
    for (const [name, one] of Object.entries(statefuls)) {
      const found = isModel(one) ? nonFinitePlace(states[name]!.state, name) : undefined;
      if (found && isModel(one))
        throw new StateNotFiniteError({ path: found.path, value: found.value, step: one.step });
    }
    return states;
  }

  /** A failed commit changes nothing: the checkpoint is the truth, and the next commit says it all. */
  async #commit(): Promise<void> {
    const { lock, stream, remark } = this.#parts;
    while (this.#uncommitted) {
      const position = this.#uncommitted;
      this.#uncommitted = undefined;
      try {
        await lock?.check?.();
        await stream.commit?.(position);
      } catch (error) {
        remark(`${messageOf(error)} The checkpoint is safe, and training goes on from it.`);
      }
    }
    this.#committing = undefined;
  }
}
