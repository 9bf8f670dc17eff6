/** Writes checkpoints, and commits their offsets to Kafka once they are safe. */
import { messageOf } from '../../errors.ts';
import type { Position } from '../../kafka/index.ts';
import { topicIdsOf } from '../../kafka/index.ts';
import { orAfter, untilAborted, type StopSignal } from '../../process/index.ts';
import { isModel, nonFinitePlace } from '../checkpoint/restore.ts';
import { saveParts, type Statefuls } from '../checkpoint/restore.ts';
import type { CheckpointLock, CheckpointPart, CheckpointStore } from '../checkpoint/store.ts';
import { StateNotFiniteError } from '../errors.ts';
import type { MiniStream } from './source.ts';

/** Once training is stopped, its last commit is waited for at most so long (ms): the brokers may be away. */
const LAST_COMMIT_MS = 1_500;

/** What a {@link CheckpointWriter} works with. */
interface CheckpointWriterParts {
  /** Without a store offsets are committed, and no state is written. */
  readonly store: CheckpointStore | undefined;
  readonly lock: CheckpointLock | undefined;
  readonly topics: readonly string[];
  readonly statefuls: Statefuls;
  readonly stream: MiniStream;
  readonly remark: (text: string) => void;
  readonly stop: StopSignal;
}

/** Writes the state of one training. */
export class CheckpointWriter {
  /** The id of the last checkpoint of this run. */
  lastId: string | undefined;
  readonly #parts: CheckpointWriterParts;
  #unwritten: Position | undefined;
  /** What is to be committed next; a later position replaces an earlier one that has not been sent. */
  #uncommitted: Position | undefined;
  #committing: Promise<void> | undefined;
  #lastWait: Promise<void> | undefined;
  /** Checkpoints follow each other, also where the group is rearranged while training comes to its end. */
  #saving: Promise<void> = Promise.resolve();

  constructor(parts: CheckpointWriterParts) {
    this.#parts = parts;
  }

  /** Everything before `position` is learnt, and will be written later. */
  note(position: Position): void {
    this.#unwritten = position;
  }

  /**
   * Writes the state and `position` as one checkpoint, then commits the position to Kafka; a slow broker is not waited for.
   *
   * @throws StateNotFiniteError (`ST_TRAINING_STATE_NOT_FINITE`), and as `CheckpointStore.save`
   */
  async write(position: Position): Promise<void> {
    this.note(position);
    await this.#writeNoted();
  }

  /** Writes what is not written yet, and waits for the commit. */
  async finish(): Promise<void> {
    await this.#writeNoted();
    await this.settled();
  }

  /**
   * Resolves when all commits are done; soon after a stop at the latest, since the checkpoint is
   * the truth. Never rejects.
   */
  async settled(): Promise<void> {
    const { stop } = this.#parts;
    if (this.#committing) await untilAborted(this.#committing, stop.signal);
    if (this.#committing && stop.signal.aborted) this.#lastWait ??= orAfter(this.#committing, LAST_COMMIT_MS);
    await this.#lastWait;
  }

  async #writeNoted(): Promise<void> {
    const saving = this.#saving.then(async () => {
      const position = this.#unwritten;
      if (!position) return;
      const { store, topics, stream } = this.#parts;
      const groupId = store?.inKafka === true ? stream.groupId : undefined;
      if (store) {
        const topicIds = topicIdsOf(position);
        this.lastId = await store.save({ topics, position, topicIds, parts: this.#states() }, groupId);
      }
      this.#unwritten = undefined;
      // With the checkpoint its offsets were committed.
      if (groupId !== undefined) return;
      this.#uncommitted = position;
      this.#committing ??= this.#commit();
    });
    this.#saving = saving.catch(() => {});
    await saving;
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
