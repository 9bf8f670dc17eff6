/** What datasets, writers and tools need of a Kafka client; kafkajs fills it today, another could. */

import type { FetchRequest, FetchedPartition } from '../protocol/fetch.ts';
import type {
  CommittedOffset,
  GroupInfo,
  GroupJoin,
  GroupMembership,
  MemberBeat,
  MemberBeatAnswer,
  MemberIdentity,
  TopicPartition,
} from '../protocol/group-member.ts';
import type { OutgoingRecord } from '../record.ts';
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
   * false` leaves that second look out). Asking never creates it. `everywhere` asks all brokers, of which some may not know
   * yet of partitions that were added.
   */
  describe(
    topic: string,
    options?: { readonly sure?: boolean; readonly everywhere?: boolean },
  ): Promise<TopicInfo | undefined>;
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

export type { GroupInfo, GroupMember } from '../protocol/group-member.ts';

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

/** Writes transactions under one transactional id, which it holds until another one takes it. */
export interface TransactionalProducer extends AsyncDisposable {
  /**
   * Begins the next transaction. One at a time.
   *
   * @throws {ProducerFencedError}, {@link TransactionStateError}, {@link TransactionUnknownError}
   */
  begin(): Promise<ProducerTransaction>;
  /**
   * Asks the broker whether this producer still has the id, between two transactions.
   *
   * @throws {ProducerFencedError}
   */
  check(): Promise<void>;
  /** Aborts what is open, and frees what the producer holds. */
  close(): Promise<void>;
}

/** One transaction: begun, filled, then committed or aborted. One that is disposed of before is aborted. */
export interface ProducerTransaction extends AsyncDisposable {
  /** As {@link KafkaProducer.send}; readers see the records once the transaction is committed. */
  send(topic: string, partition: number, records: readonly OutgoingRecord[]): Promise<BatchReceipt>;
  /** Commits offsets of a group, as one of its members or, with generation -1, from outside. */
  sendOffsets(offsets: readonly CommittedOffset[], group: MemberIdentity): Promise<void>;
  /**
   * Waits until all has arrived, and commits.
   *
   * @throws {TransactionAbortedError}, {@link TransactionUnknownError}, {@link ProducerFencedError}
   */
  commit(): Promise<void>;
  abort(): Promise<void>;
}

/** Where to look up an offset: the ends of the log, or the first record at or after a time in ms. */
export type OffsetMark = 'beginning' | 'end' | number;

/** Opens connections for readers: the reading half of a Kafka client. */
export interface KafkaReader {
  /** A connection of its own for one reader; nothing is dialled before its first call. */
  open(): LogClient;
  /** Closes every connection it opened. */
  close(): Promise<void>;
}

/**
 * A connection to a cluster for one reader; it owns its sockets. Calls reject with an error of `errors.ts`, whose
 * `canRetry` says whether trying again may help; those about groups carry Kafka's `type`.
 */
export interface LogClient {
  /**
   * The partitions of a topic in order; `undefined` if there is no such topic. `everywhere`: those that any broker knows
   * of; new ones take a moment until each does.
   */
  partitions(
    topic: string,
    options?: { readonly everywhere?: boolean },
  ): Promise<readonly number[] | undefined>;
  /** The broker that leads a partition, from the metadata at hand; `undefined` when there is none just now. */
  leader(topic: string, partition: number): number | undefined;
  /** The topic's id, from the metadata at hand: another one when it was deleted and created again. */
  topicId?(topic: string): string | undefined;
  /** How often a leader of the partition was elected, from the metadata at hand. */
  leaderEpoch?(topic: string, partition: number): number | undefined;
  /**
   * Where the records of a leader's epoch end in the log as it is now (KIP-320): below an offset that was read, when
   * the log was cut back; -1 when it holds nothing of that epoch or a later one. `undefined` from brokers before Kafka 2.3.
   *
   * @param within how long failures that may pass are tried again, ms; default: as the connection is set
   */
  endOfEpoch?(
    place: { readonly topic: string; readonly partition: number },
    epoch: number,
    within?: number,
  ): Promise<number | undefined>;
  /**
   * Asks for the metadata again, after a leader moved or a broker was lost.
   *
   * @param within how long brokers that are away are waited for, ms; default and most: as the connection is set
   */
  refresh(within?: number): Promise<void>;
  /** Looks up offsets. For a time after the last record, the end. */
  offsets(
    topic: string,
    partitions: readonly number[],
    mark: OffsetMark,
    readCommitted: boolean,
  ): Promise<ReadonlyMap<number, number>>;
  fetch(node: number, request: FetchRequest): Promise<readonly FetchedPartition[]>;
  /**
   * Decompresses the records of a batch.
   *
   * @throws RangeError when more than `maxBytes` come out
   */
  decompress(compression: number, bytes: Buffer, maxBytes: number): Promise<Buffer>;

  /** Joins or re-joins a group and waits for the assignment. */
  join(join: GroupJoin): Promise<GroupMembership>;
  heartbeat(identity: MemberIdentity): Promise<void>;
  leave(identity: MemberIdentity): Promise<void>;
  /** Join, heartbeat and leave in one (KIP-848): epoch 0 joins, -1 leaves. Missing: only the classic protocol. */
  beat?(beat: MemberBeat): Promise<MemberBeatAnswer>;
  commit(identity: MemberIdentity, offsets: readonly CommittedOffset[]): Promise<void>;
  /** What the group has committed; partitions without a commit are left out. */
  committed(groupId: string, partitions: readonly TopicPartition[]): Promise<readonly CommittedOffset[]>;

  /** Cuts all connections at once. Calls under way reject. */
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
   * Takes a transactional id: whoever had it is fenced, and what it left open is aborted. Needs Kafka 4.0 or later.
   *
   * @param options how long a transaction may be open (ms) before the broker aborts it, and how to write
   * @throws TransactionVersionError (`ST_KAFKA_TRANSACTION_VERSION`) where the cluster speaks an earlier version of transactions
   */
  transactional(
    transactionalId: string,
    options?: ProducerOptions & { readonly transactionTimeout?: number },
  ): Promise<TransactionalProducer>;
  /**
   * What datasets read through; each of them opens connections of its own from it.
   *
   * @param settings how to read, where it differs from the client's own settings; the connection is the same
   */
  reader(settings?: KafkaSettings): KafkaReader;
  /** Closes every connection; those of readers are their datasets' own. {@link KafkaClient.open} opens it again. */
  close(): Promise<void>;
  /**
   * Opens the client again after `close()`, for everything that was made with it; producers of before stay closed. While
   * it is open, it only makes sure that the cluster answers.
   *
   * @throws as `openKafka`
   */
  open(): Promise<void>;
}
