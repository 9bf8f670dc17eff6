/** Writes checkpoints, and tells Kafka what they hold once they are safe. */
import { messageOf } from '../../errors.ts';
import type { Position } from '../../kafka/index.ts';
import { saveParts, type CheckpointStore, type Statefuls } from '../checkpoint/index.ts';
import type { MiniStream } from './source.ts';

/** Keeps the state of one training. Without a store only Kafka is told. */
export class Keeper {
  /** The id of the last checkpoint of this run. */
  lastId: string | undefined;
  readonly #store: CheckpointStore | undefined;
  readonly #topics: readonly string[];
  readonly #statefuls: Statefuls;
  readonly #stream: MiniStream;
  readonly #remark: (text: string) => void;
  #unkept: Position | undefined;
  /** What Kafka is to be told next; a later position replaces an earlier one that has not been sent. */
  #uncommitted: Position | undefined;
  #committing: Promise<void> | undefined;

  constructor(
    store: CheckpointStore | undefined,
    topics: readonly string[],
    statefuls: Statefuls,
    stream: MiniStream,
    remark: (text: string) => void,
  ) {
    this.#store = store;
    this.#topics = topics;
    this.#statefuls = statefuls;
    this.#stream = stream;
    this.#remark = remark;
  }

  /** Everything before `position` is learnt, and will be kept later. */
  note(position: Position): void {
    this.#unkept = position;
  }

  /** Writes the state and `position` as one checkpoint, then commits the position to Kafka; a slow broker is not waited for. */
  async keep(position: Position): Promise<void> {
    this.#unkept = undefined;
    if (this.#store)
      this.lastId = await this.#store.save({
        topics: this.#topics,
        position,
        parts: saveParts(this.#statefuls),
      });
    this.#uncommitted = position;
    this.#committing ??= this.#commit();
  }

  /** Keeps what is not kept yet, and waits until Kafka was told. */
  async finish(): Promise<void> {
    if (this.#unkept) await this.keep(this.#unkept);
    await this.settled();
  }

  /** Resolves when Kafka was told what there was to tell. Never rejects. */
  async settled(): Promise<void> {
    await this.#committing;
  }

  /** A failed commit changes nothing: the checkpoint is the truth, and the next commit says it all. */
  async #commit(): Promise<void> {
    while (this.#uncommitted) {
      const position = this.#uncommitted;
      this.#uncommitted = undefined;
      try {
        await this.#stream.commit?.(position);
      } catch (error) {
        this.#remark(`${messageOf(error)} The checkpoint is safe, and training goes on from it.`);
      }
    }
    this.#committing = undefined;
  }
}
