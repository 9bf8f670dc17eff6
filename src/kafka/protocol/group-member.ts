/** Partitions by name, and what a consumer group's members and its coordinator write to each other in every protocol. */
import type { BytesWriter } from './bytes.ts';

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
  /** A leader's epoch in which the log held all before the offset, where it is known (KIP-320). */
  readonly leaderEpoch?: number | undefined;
}

/** A way to share partitions out that a member can follow, and what it says about itself for it. */
interface GroupProtocol {
  /** Its name among clients: `range`, `roundrobin`, ... */
  readonly name: string;
  /** The member's subscription, in the encoding of Kafka's ConsumerProtocol. */
  readonly metadata: Buffer;
}

/** A member of a group, as its leader sees it. */
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
  /** Called as soon as the broker has given this member its name, so that it can leave even before it is assigned.
   * What it throws ends the join. */
  readonly onMemberId?: (memberId: string) => void;
}

/** By what a group knows a member; calls of the group carry it. */
export interface MemberIdentity {
  readonly groupId: string;
  readonly memberId: string;
  readonly generation: number;
  /** The lasting name, if it has one: with it the broker refuses an older owner of the name. */
  readonly groupInstanceId?: string | undefined;
  /** The protocol of KIP-848; `generation` is then the member's epoch. */
  readonly protocol?: 'consumer';
}

/** What a member reports in the protocol in which the broker shares partitions out (KIP-848). */
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

/** What belongs to each topic, in the order it comes; the name is the topic's unless `nameOf` gives another. */
export function byTopic<T extends { readonly topic: string }>(
  parts: readonly T[],
  nameOf: (part: T) => string = ({ topic }) => topic,
): [string, T[]][] {
  const topics = new Map<string, T[]>();
  for (const part of parts) {
    const list = topics.get(nameOf(part));
    if (list) list.push(part);
    else topics.set(nameOf(part), [part]);
  }
  return [...topics];
}

/** The offsets of a commit, by topic, as flexible versions of OffsetCommit and TxnOffsetCommit have them. */
export function writeOffsets(body: BytesWriter, offsets: readonly CommittedOffset[]): void {
  body.compactList(byTopic(offsets), ([topic, list]) => {
    body.compactString(topic).compactList(list, ({ partition, offset, leaderEpoch = -1, metadata }) => {
      body.int32(partition).int64(BigInt(offset)).int32(leaderEpoch).compactString(metadata).tags();
    });
    body.tags();
  });
}

/** The partitions of each topic, in the order they come. */
export function perTopic(names: readonly TopicPartition[]): ReadonlyMap<string, readonly number[]> {
  return new Map(byTopic(names).map(([topic, list]) => [topic, list.map(({ partition }) => partition)]));
}

/** The partition's name as one text. */
export function keyOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`;
}

/** Those of `names` that are not among `others`. */
export function without<T extends TopicPartition>(
  names: readonly T[],
  others: readonly TopicPartition[],
): T[] {
  const known = new Set(others.map(keyOf));
  return names.filter((name) => !known.has(keyOf(name)));
}

/** By topic, then partition. */
export function inOrder<T extends TopicPartition>(names: readonly T[]): readonly T[] {
  return [...names].sort((a, b) =>
    a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1,
  );
}
