/** Checkpoints in a compacted topic, written in transactions together with the group's offsets. */
import os from 'node:os';
import { checkInteger, invalidOption, refuseUnknownOptions, type OptionNames } from '../../options.ts';
import { Turns } from '../../process/index.ts';
import {
  ProducerFencedError,
  TransactionUnknownError,
  TransactionVersionError,
  type KafkaClient,
} from '../../kafka/index.ts';
import type { ProducerTransaction, TransactionalProducer } from '../../kafka/client/client.ts';
import { committedOffsets, positionWith } from '../../kafka/protocol/position.ts';
import {
  CheckpointLockedError,
  CheckpointRefusedError,
  CheckpointSaveError,
  CheckpointStateError,
  CheckpointTakenOverError,
  CheckpointTopicError,
} from './errors.ts';
import { CheckpointLog, type Chunks } from './checkpoint-log.ts';
import { files, readCheckpoint, writeCheckpoint, type CheckpointFiles } from './manifest.ts';
import type { Checkpoint, CheckpointContent, CheckpointLock, CheckpointStore } from './store.ts';

/** Options of {@link kafkaCheckpoints}. */
export interface KafkaCheckpointsOptions {
  /** Its topic: of its own, with one partition. Made where it is not there, when a trainer takes it. */
  topic: string;
  /** What `openKafka` gave. It stays yours: close it when you are done. */
  client: KafkaClient;
  /** How many are kept (default 3). Older ones are removed by tombstones, and their bytes by the broker's cleaner. */
  keep?: number;
  /** Copies of the topic where it is made here (default: the cluster's own number). */
  replication?: number;
}

/** What says enough by itself of why a checkpoint was not saved. */
const passedOn = [
  CheckpointStateError,
  CheckpointTopicError,
  TransactionUnknownError,
  TransactionVersionError,
];

/** Offsets that are committed with a checkpoint. */
interface GroupOffsets {
  readonly groupId: string;
  readonly offsets: ReturnType<typeof committedOffsets>;
}

const known: OptionNames<KafkaCheckpointsOptions> = {
  topic: true,
  client: true,
  keep: true,
  replication: true,
};

/** For so long (ms) after the broker has said that the id is still held, it is not asked again. */
const TRUSTED_MS = 500;

/**
 * Keeps checkpoints in a compacted Kafka topic: a trainer then dies with its machine and goes on on another one, and servers
 * anywhere take the new model from there. Each is written in one transaction: its arrays and its manifest (the same bytes and
 * checksums as in a folder) in records below the topic's `max.message.bytes`, the manifest last; tombstones for those that are
 * not kept any more; and the group's offsets. So it is there as a whole or not at all, and the offsets always are those of the
 * newest checkpoint. Refused checkpoints are left alone and not counted.
 *
 * **One trainer at a time**: who takes the topic has it. A trainer that had it before, living or not, is fenced: it can write
 * nothing more, and ends with CheckpointTakenOverError within half a second of its next mini dataset; what it learnt since its
 * last checkpoint is dropped with it. Reading (`list`, `load`) takes nothing and disturbs nobody.
 *
 * @throws InvalidOptionError (`ST_OPTION_INVALID`), UnknownOptionError (`ST_OPTION_UNKNOWN`)
 * @example
 * ```ts
 * const model = compileTrainStep(buildClassifier({ inputs: 9 }));
 * const store = kafkaCheckpoints({ topic: 'cancer-model', client, keep: 5 });
 * await trainOnline({ source: { topics: 'cancer-train', groupId: 'cg', client }, model, decode: codec, checkpoint: store });
 * ```
 */
export function kafkaCheckpoints(options: KafkaCheckpointsOptions): CheckpointStore {
  refuseUnknownOptions('kafkaCheckpoints', options, known);
  const { topic, client, keep = 3, replication = -1 } = options;
  if (typeof topic !== 'string' || topic === '') throw invalidOption('topic', topic, "a topic's name");
  if (typeof (client as Partial<KafkaClient> | undefined)?.transactional !== 'function')
    throw invalidOption('client', client, 'what openKafka() gives');
  checkInteger('keep', keep, { least: 1 });
  checkInteger('replication', replication, { least: -1 });
  return new KafkaCheckpoints(topic, client, { keep, replication });
}

class KafkaCheckpoints implements CheckpointStore {
  readonly place: string;
  readonly inKafka = true;
  readonly #topic: string;
  readonly #client: KafkaClient;
  readonly #options: { readonly keep: number; readonly replication: number };
  readonly #refused = new Set<string>();
  readonly #log: CheckpointLog;
  #producer: TransactionalProducer | undefined;
  #chunkBytes = 1;
  #heldAt = -Infinity;
  /** The number of the last one that was saved here since the topic was taken. */
  #newest = 0;
  #isLocked = false;
  readonly #turns = new Turns();

  constructor(topic: string, client: KafkaClient, options: { keep: number; replication: number }) {
    this.#topic = topic;
    this.#client = client;
    this.#options = options;
    this.place = `kafka:${topic}`;
    this.#log = new CheckpointLog(topic, client, this.place);
  }

  async lock(): Promise<CheckpointLock> {
    if (this.#isLocked)
      throw new CheckpointLockedError({ store: this.place, pid: process.pid, host: os.hostname() });
    this.#isLocked = true;
    try {
      const producer = await this.#turns.take(async () => {
        await this.#drop();
        return this.#open();
      });
      let isReleased = false;
      return {
        check: (now) => this.#check(producer, now),
        release: async () => {
          if (!isReleased) this.#isLocked = false;
          isReleased = true;
          if (this.#producer === producer) this.#producer = undefined;
          await producer.close();
        },
      };
    } catch (error) {
      this.#isLocked = false;
      throw error;
    }
  }

  async save(content: CheckpointContent, groupId?: string, mark = ''): Promise<string> {
    try {
      // Now, whoever else is being saved: what it is made of may change.
      const written = writeCheckpoint(content);
      const offsets = committedOffsets(positionWith(content), mark);
      return await this.#turns.take(() =>
        this.#save(written, groupId === undefined ? undefined : { groupId, offsets }),
      );
    } catch (error) {
      if (error instanceof ProducerFencedError) throw this.#takenOver(error);
      if (passedOn.some((kind) => error instanceof kind)) throw error;
      throw new CheckpointSaveError({ store: this.place, cause: error });
    }
  }

  async #save(written: CheckpointFiles, group: GroupOffsets | undefined): Promise<string> {
    const producer = this.#producer ?? (await this.#open());
    const existing = this.#log.ids();
    // Also where the topic was deleted meanwhile, no number comes twice.
    const last = Math.max(this.#newest, Number(existing[0]?.slice(-12) ?? 0));
    const id = `checkpoint-${String(last + 1).padStart(12, '0')}`;
    const gone = existing.filter((one) => !this.#refused.has(one)).slice(this.#options.keep - 1);
    try {
      await using transaction = await producer.begin();
      const chunks = await this.#write(transaction, { id, written, gone, group });
      await transaction.commit();
      this.#newest = last + 1;
      this.#log.replaced(gone, id, chunks);
    } catch (error) {
      // The next one opens it again and reads what became of this one. Not under a lock: that would take the topic back from
      // whoever has taken it meanwhile, so the lock must be taken again.
      if (error instanceof TransactionUnknownError && !this.#isLocked)
        await this.#drop().catch(() => undefined);
      throw error;
    }
    this.#heldAt = performance.now();
    return id;
  }

  /** Closes the producer, if there is one. */
  async #drop(): Promise<void> {
    const producer = this.#producer;
    this.#producer = undefined;
    await producer?.close();
  }

  async list(): Promise<readonly string[]> {
    await this.#log.read();
    return this.#log.ids();
  }

  async stamp(id: string): Promise<string | undefined> {
    return this.#log.stampOf(id);
  }

  async load(id: string): Promise<Checkpoint> {
    try {
      const checkpoint = readCheckpoint(`${this.place}/${id}`, id, await this.#log.fetch(id));
      this.#refused.delete(id);
      return checkpoint;
    } catch (error) {
      if (error instanceof CheckpointRefusedError) this.#refused.add(id);
      throw error;
    }
  }

  /** Takes the topic's transactional id, and makes sure that the topic is there and fit. */
  async #open(): Promise<TransactionalProducer> {
    this.#chunkBytes = await this.#log.prepare(this.#options.replication);
    const producer = await this.#client.transactional(`streamtrain-checkpoints-${this.#topic}`);
    try {
      this.#heldAt = performance.now();
      // Only from here on nobody else writes.
      await this.#log.readAgain();
      this.#newest = 0;
    } catch (error) {
      await producer.close().catch(() => undefined);
      throw error;
    }
    return (this.#producer = producer);
  }

  async #check(producer: TransactionalProducer, now = false): Promise<void> {
    if (!now && performance.now() - this.#heldAt < TRUSTED_MS) return;
    try {
      await producer.check();
      this.#heldAt = performance.now();
    } catch (error) {
      throw error instanceof ProducerFencedError ? this.#takenOver(error) : error;
    }
  }

  #takenOver(cause: unknown): CheckpointTakenOverError {
    return new CheckpointTakenOverError({ store: this.place, cause });
  }

  /** Everything of one checkpoint, the manifest last; gives where its records are. */
  async #write(
    transaction: ProducerTransaction,
    parts: {
      readonly id: string;
      readonly written: CheckpointFiles;
      readonly gone: readonly string[];
      readonly group: GroupOffsets | undefined;
    },
  ): Promise<Chunks> {
    const { id, written, gone, group } = parts;
    const under = [];
    const chunks: Chunks = new Map();
    for (const part of ['arrays', 'manifest'] as const) {
      const bytes = written[part];
      for (let at = 0, index = 0; index === 0 || at < bytes.length; at += this.#chunkBytes, index++) {
        const key = `${id}/${files[part]}/${index}`;
        const record = { key, value: bytes.subarray(at, at + this.#chunkBytes) };
        const sending = transaction.send(this.#topic, 0, [record]);
        under.push(sending.then(({ firstOffset }) => void chunks.set(key, firstOffset)));
      }
    }
    const tombstones = gone.flatMap((one) => this.#log.keysOf(one));
    if (tombstones.length > 0)
      under.push(
        transaction.send(
          this.#topic,
          0,
          tombstones.map((key) => ({ key, value: null })),
        ),
      );
    if (group !== undefined) {
      const outside = { groupId: group.groupId, generation: -1, memberId: '' };
      under.push(transaction.sendOffsets(group.offsets, outside));
    }
    await Promise.all(under);
    return chunks;
  }
}
