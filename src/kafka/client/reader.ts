/** What a data set needs of a Kafka client to read logs; kafkajs fills it today, another client could. */

/** One partition to fetch from. */
export interface FetchTarget {
  readonly topic: string;
  readonly partition: number;
  /** The first offset wanted. */
  readonly offset: number;
  /** At most so many bytes of this partition (a single larger batch still comes whole). */
  readonly maxBytes: number;
  /** The id of the topic that is meant: one of the same name that was created later is not read. */
  readonly topicId?: string | undefined;
  /** The leader's epoch as it was when the offset was last known to be right; the broker refuses an older one. */
  readonly leaderEpoch?: number | undefined;
}

/** One request for data to one broker. */
export interface FetchRequest {
  readonly targets: readonly FetchTarget[];
  /** The broker answers when so many bytes are there ... */
  readonly minBytes: number;
  /** ... or after so many ms, whichever comes first. */
  readonly maxWaitMs: number;
  /** At most so many bytes in the whole answer. */
  readonly maxBytes: number;
  readonly readCommitted: boolean;
}

/** A transaction that was aborted and reaches into the fetched data. */
export interface AbortedTransaction {
  readonly producerId: number;
  readonly firstOffset: number;
}

/** What came back for one partition. */
export interface FetchedPartition {
  readonly topic: string;
  readonly partition: number;
  /** 0, or Kafka's error number. */
  readonly errorCode: number;
  /** The end of what is replicated: the offset the next record will have. */
  readonly highWatermark: number;
  /** The end of what is decided: everything before belongs to no open transaction. */
  readonly lastStableOffset: number;
  readonly aborted: readonly AbortedTransaction[];
  /** The record batches, as on the wire; the last may be cut off. */
  readonly batches: Buffer;
}

/** Where to look up an offset: the ends of the log, or the first record at or after a time in ms. */
export type OffsetMark = 'beginning' | 'end' | number;

/** Which partition. */
export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

/** What a group has committed of a partition: the next offset to read, and the words that came with it. */
export interface CommittedOffset extends TopicPartition {
  readonly offset: number;
  /** Free text beside the offset; empty for none. */
  readonly metadata: string;
}

/** A way to share partitions out that a member can follow, and what it says about itself for it. */
export interface GroupProtocol {
  /** Its name among clients: `range`, `roundrobin`, ... */
  readonly name: string;
  /** The member's subscription, in the encoding of Kafka's ConsumerProtocol. */
  readonly metadata: Buffer;
}

/** A member of a group, as its leader is told of it. */
export interface JoinedMember {
  readonly memberId: string;
  readonly groupInstanceId: string | undefined;
  /** Its subscription for the protocol that was chosen. */
  readonly metadata: Buffer;
}

/** A member's view of its group, as returned by joining. */
export interface GroupMembership {
  readonly memberId: string;
  readonly generation: number;
  /** Whether this member shares the partitions out. */
  readonly leads: boolean;
  /** The partitions this member now has, in the encoding of Kafka's ConsumerProtocol; may be empty. */
  readonly assignment: Buffer;
}

/** What joining a group needs to know. */
export interface GroupJoin {
  readonly groupId: string;
  /** Empty for a new member. */
  readonly memberId: string;
  /** A lasting name: who joins under it takes the place of the member that had it before, at once. */
  readonly groupInstanceId?: string | undefined;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  /** What this member can follow, the one it likes best first. The group takes one that all members know. */
  readonly protocols: readonly GroupProtocol[];
  /** As the group's leader: what each member gets, by member id. */
  readonly assign: (
    protocol: string,
    members: readonly JoinedMember[],
  ) => Promise<ReadonlyMap<string, Buffer>>;
  /** Told as soon as the broker has given this member its name, so that it can leave even before it is assigned.
   * What it throws ends the join. */
  readonly onMemberId?: (memberId: string) => void;
}

/** By what a group knows a member; calls of the group carry it. */
export interface MemberIdentity {
  readonly groupId: string;
  readonly memberId: string;
  readonly generation: number;
  /** The lasting name, if it has one: with it the broker tells an older owner of the name that it is one. */
  readonly groupInstanceId?: string | undefined;
  /** The protocol of KIP-848; `generation` is then the member's epoch. */
  readonly protocol?: 'consumer';
}

/** What a member says in the protocol in which the broker shares partitions out (KIP-848). */
export interface MemberBeat {
  readonly identity: MemberIdentity;
  readonly rebalanceTimeoutMs: number;
  readonly topics: readonly string[];
  /** What it has now, by topic id. */
  readonly owned: readonly TopicIdPartitions[];
}

/** What the broker answers to it. */
export interface MemberBeatAnswer {
  readonly epoch: number;
  /** ms until the next one is due. */
  readonly intervalMs: number;
  /** What it is to have, by topic id; `undefined` when the broker says nothing of it. */
  readonly assigned: readonly TopicIdPartitions[] | undefined;
}

/** Partitions of a topic that is named by its id. */
export interface TopicIdPartitions {
  readonly topicId: string;
  readonly partitions: readonly number[];
}

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
   */
  endOfEpoch?(
    place: { readonly topic: string; readonly partition: number },
    epoch: number,
  ): Promise<number | undefined>;
  /** Asks for the metadata again, after a leader moved or a broker was lost. */
  refresh(): Promise<void>;
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
