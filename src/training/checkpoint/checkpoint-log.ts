/** The checkpoints that a Kafka topic holds: which there are, where their records are, and their bytes. */
import {
  createTopic,
  fromKafka,
  LogTruncatedError,
  ReadRefusedError,
  TopicRecreatedError,
  UnknownTopicError,
  type KafkaClient,
  type PartitionDatasetOptions,
  type Position,
} from '../../kafka/index.ts';
import { entryOf } from '../../kafka/record.ts';
import { Turns } from '../../process/index.ts';
import { CheckpointDamagedError, CheckpointTopicError } from './errors.ts';
import { files, type CheckpointFiles } from './manifest.ts';

/** Where the records of a checkpoint are: offsets by key. */
export type Chunks = Map<string, number>;

const idPattern = /^checkpoint-\d{12}$/;

/** The settings of a topic that is made here: what was removed goes within hours, and a slow reader notices that it went. */
const TOPIC_CONFIG = {
  'cleanup.policy': 'compact',
  'segment.bytes': 64 * 1024 * 1024,
  'segment.ms': 3_600_000,
  'min.cleanable.dirty.ratio': 0.2,
  'delete.retention.ms': 3_600_000,
};
/** What reading on ends with where the log is not the one that was read. */
const OTHER_LOG = [TopicRecreatedError, LogTruncatedError, ReadRefusedError];
/** Bytes of a record beside its value, at most; and the most that one carries of a checkpoint. */
const RECORD_HEAD = 1024;
const MOST_CHUNK = 768 * 1024;

/** What a record says of its checkpoint: a part of it is there, or was removed. */
interface Note {
  readonly key: string;
  readonly isThere: boolean;
  readonly offset: number;
}

/** What a transaction of this process did: a checkpoint is there, and others were removed. */
interface Change {
  readonly id: string;
  readonly chunks: Chunks;
  readonly removed: readonly string[];
  /** The offset of its first record. */
  readonly from: number;
}

/**
 * What was committed to the topic, as far as it was read; only what came since is read the next time. One reading at a time,
 * and what it found is taken over as a whole: who asks meanwhile sees no part of a checkpoint, and no empty topic while it is
 * read again.
 */
export class CheckpointLog {
  readonly #topic: string;
  readonly #client: KafkaClient;
  readonly #place: string;
  readonly #turns = new Turns();
  #index = new Map<string, Chunks>();
  /** Up to where it was read; it knows in which topic and log that was. */
  #position: Position = {};
  /** How often the log was another one than before, with offsets of its own. */
  #logs = 0;
  /**
   * What was committed here and may not be read yet: during the reading that is under way, and last of all, since the broker
   * shows a transaction a little after it has said that it is committed. It takes up the next one after it shows this one.
   */
  #unread: readonly Change[] = [];
  #isReading = false;

  /** @param place the store, as errors name it */
  constructor(topic: string, client: KafkaClient, place: string) {
    this.#topic = topic;
    this.#client = client;
    this.#place = place;
  }

  /**
   * Makes the topic where it is not there, and refuses one that cannot keep checkpoints.
   *
   * @returns the most bytes of a checkpoint that one record of it may carry
   */
  async prepare(replication: number): Promise<number> {
    const topic = this.#topic;
    const { partitions } = await createTopic(topic, {
      client: this.#client,
      replication,
      config: TOPIC_CONFIG,
    });
    const config = await this.#client.topics.config(topic);
    const policy = config['cleanup.policy'] ?? '';
    if (policy !== 'compact')
      throw new CheckpointTopicError({ topic, problem: `its cleanup.policy is ${policy}` });
    if (partitions !== 1)
      throw new CheckpointTopicError({ topic, problem: `it has ${partitions} partitions` });
    const { maxRequestBytes } = this.#client.settings.producer;
    const most = Math.min(Number(config['max.message.bytes'] ?? maxRequestBytes), maxRequestBytes);
    return Math.max(1, Math.min(most - RECORD_HEAD, MOST_CHUNK));
  }

  /** The ids of all checkpoints, newest first. */
  ids(): readonly string[] {
    return [...this.#index.keys()].sort().reverse();
  }

  /** The keys of a checkpoint's records. */
  keysOf(id: string): readonly string[] {
    return [...(this.#index.get(id)?.keys() ?? [])];
  }

  /** Where its last record is, as it was read last: another checkpoint of the same id is elsewhere. */
  stampOf(id: string): string | undefined {
    const chunks = this.#index.get(id);
    return chunks && `${this.#logs} ${Math.max(...chunks.values())}`;
  }

  /** This process has committed checkpoint `id`, and with it removed others. It waits for no reading, and stands after it, too. */
  replaced(removed: readonly string[], id: string, chunks: Chunks): void {
    const change = { removed, id, chunks, from: Math.min(...chunks.values()) };
    make(change, this.#index);
    this.#unread = this.#isReading ? [...this.#unread, change] : [change];
  }

  /**
   * Reads the topic from its start: somebody else may have written.
   *
   * @throws UnknownTopicError (`ST_KAFKA_UNKNOWN_TOPIC`): who is about to write must not take it for empty
   */
  readAgain(): Promise<void> {
    return this.#reading((earlier) => this.#readFrom(new Map(), {}, earlier));
  }

  /** Reads what was committed to the topic since the last time; nothing where there is no topic. */
  read(): Promise<void> {
    return this.#reading(async (earlier) => {
      if (!(await this.#isThere())) {
        this.#logs++;
        return this.#takeOver(new Map(), {}, earlier);
      }
      // Also where it ends where it was read to: it may be another topic by now, which the ids and epochs show.
      try {
        await this.#readFrom(this.#index, this.#position);
      } catch (error) {
        // It is another topic of that name, or its log lost rows: what was read says nothing of it.
        const isOther = OTHER_LOG.some((kind) => error instanceof kind);
        if (!isOther || Object.keys(this.#position).length === 0) throw error;
        this.#logs++;
        await this.#readFrom(new Map(), {}, earlier);
      }
    });
  }

  /** @param work is given what was unread before it */
  #reading(work: (earlier: readonly Change[]) => Promise<void>): Promise<void> {
    return this.#turns.take(async () => {
      this.#isReading = true;
      await work(this.#unread).finally(() => (this.#isReading = false));
    });
  }

  /** Reads on from `position`, adds what it finds to `index`, and takes both over; `others` were changes of another log. */
  async #readFrom(
    index: Map<string, Chunks>,
    position: Position,
    others: readonly Change[] = [],
  ): Promise<void> {
    const notes: Note[] = [];
    const records = this.#records({ position });
    for await (const { key, value, offset } of records)
      notes.push({ key: String(key), isThere: value !== null, offset });
    for (const one of notes) note(index, one);
    this.#takeOver(index, records.position(), others);
  }

  #takeOver(index: Map<string, Chunks>, position: Position, others: readonly Change[]): void {
    const end = entryOf(position, this.#topic)?.[0] ?? 0;
    // What lies before the end was read, and so was who removed it since.
    this.#unread = this.#unread.filter((change) => change.from >= end && !others.includes(change));
    for (const change of this.#unread) make(change, index);
    this.#index = index;
    this.#position = position;
  }

  async #isThere(): Promise<boolean> {
    try {
      await this.#client.topics.watermarks(this.#topic);
      return true;
    } catch (error) {
      if (error instanceof UnknownTopicError) return false;
      throw error;
    }
  }

  #records(which: Pick<PartitionDatasetOptions, 'position' | 'offset' | 'stop'>) {
    const how = { client: this.#client, partition: 0, ...which };
    return fromKafka(this.#topic, { ...how, consumer: { isolationLevel: 'read_committed' } });
  }

  /** The bytes of a checkpoint as the topic has them. */
  async fetch(id: string): Promise<CheckpointFiles> {
    if (!this.#index.has(id)) await this.read();
    const chunks = this.#index.get(id) ?? new Map<string, number>();
    const offsets = [...chunks.values()];
    const found = new Map<string, Buffer>();
    if (offsets.length > 0)
      for await (const { key, value } of this.#records({
        ...{ offset: Math.min(...offsets), stop: Math.max(...offsets) + 1 },
      }))
        if (value !== null && chunks.has(String(key))) found.set(String(key), value);
    const joined = (part: keyof typeof files): Buffer => {
      const pieces: Buffer[] = [];
      for (let piece; (piece = found.get(`${id}/${files[part]}/${pieces.length}`)) !== undefined;)
        pieces.push(piece);
      if (pieces.length > 0) return Buffer.concat(pieces);
      const [checkpoint, problem] = [`${this.#place}/${id}`, 'is missing'];
      throw new CheckpointDamagedError({ checkpoint, file: files[part], fault: 'torn', problem });
    };
    return { manifest: joined('manifest'), arrays: joined('arrays') };
  }
}

function make({ id, chunks, removed }: Change, index: Map<string, Chunks>): void {
  index.set(id, chunks);
  for (const one of removed) index.delete(one);
}

function note(index: Map<string, Chunks>, { key, isThere, offset }: Note): void {
  const [id = ''] = key.split('/');
  if (!idPattern.test(id)) return;
  const chunks: Chunks = index.get(id) ?? new Map<string, number>();
  if (isThere) chunks.set(key, offset);
  else chunks.delete(key);
  if (chunks.size > 0) index.set(id, chunks);
  else index.delete(id);
}
