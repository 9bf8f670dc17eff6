/** What our data sets, writers and tools need of a Kafka client; kafkajs fills it today, another could. */

import type { KafkaReader } from './reader.ts';
import type { KafkaSettings, ProducerOptions } from '../settings/settings.ts';

/** Where one partition of a topic lives. Numbers are broker ids; `leader` is -1 while there is none. */
export interface PartitionInfo {
  readonly partition: number;
  readonly leader: number;
  readonly replicas: readonly number[];
  readonly inSync: readonly number[];
}

/** A topic as the brokers see it now, partitions in order. */
export interface TopicInfo {
  readonly topic: string;
  readonly partitions: readonly PartitionInfo[];
}

/** The offsets a partition can be read at: from `low` up to, not including, `high`. */
export interface Watermarks {
  readonly partition: number;
  /** First offset still kept. */
  readonly low: number;
  /** The offset the next record will get. */
  readonly high: number;
}

/** A new topic, as the broker is asked for it. */
export interface NewTopic {
  readonly topic: string;
  readonly partitions: number;
  /** Copies of each partition; -1 takes the broker's default. */
  readonly replication: number;
  /** Kafka's topic settings, e.g. `cleanup.policy`. */
  readonly config: Readonly<Record<string, string>>;
}

/** Questions about topics, and changes to them. Every method fails with an error of `errors.ts`. */
export interface TopicClient {
  /**
   * The topic, or `undefined` if there is none of that name: no broker knows it, and none does a moment later (`sure:
   * false` leaves that second look out). Asking never creates it.
   */
  describe(topic: string, options?: { readonly sure?: boolean }): Promise<TopicInfo | undefined>;
  /** Names of all topics, sorted, Kafka's own (`__consumer_offsets`, ...) left out. */
  list(): Promise<readonly string[]>;
  /** Asks for the topic; `false` when it was there already. Leaders may need a moment after this. */
  create(topic: NewTopic): Promise<boolean>;
  /** Raises the number of partitions to `count`. */
  addPartitions(topic: string, count: number): Promise<void>;
  /** Asks for the deletion; `false` when there was no such topic. */
  delete(topic: string): Promise<boolean>;
  /** The topic's settings, defaults included. */
  config(topic: string): Promise<Readonly<Record<string, string>>>;
  /** First and next offset of each partition (all of them unless named). `isolationLevel` default `read_uncommitted`. */
  watermarks(
    topic: string,
    options?: { partitions?: readonly number[]; isolationLevel?: 'read_committed' | 'read_uncommitted' },
  ): Promise<readonly Watermarks[]>;
  /** For each partition the first offset whose record is at or after `timestamp` (ms), or -1 when there is none. */
  offsetsForTimestamp(
    topic: string,
    timestamp: number,
    partitions?: readonly number[],
  ): Promise<ReadonlyMap<number, number>>;
  /** Drops the records before the offset given for each partition; -1 drops all. */
  deleteRecords(topic: string, before: ReadonlyMap<number, number>): Promise<void>;
}

/** One member of a consumer group, with what it reads. */
export interface GroupMember {
  readonly memberId: string;
  readonly clientId: string;
  readonly host: string;
  readonly assignment: Readonly<Record<string, readonly number[]>>;
}

/** A consumer group as its coordinator sees it; state `Dead` means there is none. */
export interface GroupInfo {
  readonly group: string;
  readonly state: string;
  readonly members: readonly GroupMember[];
}

/** Committed offsets by topic and partition. */
export type GroupOffsets = ReadonlyMap<string, ReadonlyMap<number, number>>;

/** Questions about consumer groups, and changes to them. */
export interface GroupClient {
  list(): Promise<readonly string[]>;
  describe(group: string): Promise<GroupInfo>;
  /** What the group has committed, of every topic it ever committed to. */
  offsets(group: string): Promise<GroupOffsets>;
  /** Sets committed offsets from outside; refused by the broker while the group has members. */
  setOffsets(group: string, offsets: GroupOffsets): Promise<void>;
  /** `false` when there was no such group. Refused while it has members. */
  delete(group: string): Promise<boolean>;
}

/** A record on its way to Kafka, bytes already. */
export interface OutgoingRecord {
  readonly key: Uint8Array | string | null;
  readonly value: Uint8Array | string | null;
  readonly headers?: OutgoingHeaders | undefined;
  /** ms since 1970; the time of sending if missing. */
  readonly timestamp?: number | undefined;
}

/**
 * Headers to write by name, a list of values writes the name several times; or all of them as [name, value], in order.
 * `null` is a header without a value.
 */
export type OutgoingHeaders =
  | Readonly<Record<string, string | Uint8Array | null | readonly (string | Uint8Array | null)[]>>
  | readonly (readonly [name: string, value: string | Uint8Array | null])[];

/** What became of a batch. */
export interface BatchReceipt {
  readonly topic: string;
  readonly partition: number;
  readonly records: number;
  /** Offset of the first record; -1 when the broker does not say (`acks: 0`). */
  readonly firstOffset: number;
}

/**
 * Sends batches. Several may be on the way at once; those of one partition land in the order of the calls, and
 * exactly once if the producer is idempotent, whatever happens to connections and brokers meanwhile.
 */
export interface KafkaProducer extends AsyncDisposable {
  /**
   * Sends one batch to one partition. Resolves when the broker has it, as `acks` says.
   *
   * @throws {DeliveryError} when it was refused or `deliveryTimeout` is over.
   */
  send(topic: string, partition: number, records: readonly OutgoingRecord[]): Promise<BatchReceipt>;
  /** Waits until nothing is on the way any more, whatever its fate. */
  flush(): Promise<void>;
  /**
   * Flushes, then frees what the producer holds. While no broker of the cluster answers, it waits for 3 s at most: what
   * is not delivered by then fails (`CLOSED`). Flush before, to wait for up to `deliveryTimeout`.
   */
  close(): Promise<void>;
}

/** A connection to one Kafka cluster, shared by everything that was opened from it. */
export interface KafkaClient extends AsyncDisposable {
  readonly settings: KafkaSettings;
  readonly topics: TopicClient;
  readonly groups: GroupClient;
  /** A producer of its own sequence; close it when done. */
  producer(options?: ProducerOptions): Promise<KafkaProducer>;
  /**
   * What data sets read through; each of them opens connections of its own from it.
   *
   * @param settings how to read, where it differs from the client's own settings; the connection is the same
   */
  reader(settings?: KafkaSettings): KafkaReader;
  /** Closes every connection; those of readers are their data sets' own. {@link KafkaClient.open} opens it again. */
  close(): Promise<void>;
  /**
   * Opens the client again after `close()`, for everything that was made with it; producers of before stay closed. While
   * it is open, it only makes sure that the cluster answers.
   *
   * @throws as `openKafka`
   */
  open(): Promise<void>;
}
