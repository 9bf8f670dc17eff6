/** Ways to share a group's partitions out to its members, under the names that all of Kafka's clients know. */
import type { JoinedMember } from '../client/reader.ts';
import { decodeSubscription, encodeAssignment } from './consumer-protocol.ts';
import { stickyShares } from './cooperative-sticky.ts';
import { inOrder, type PartitionName } from './partition-name.ts';

/** A member as whoever shares out sees it. */
export interface MemberWish {
  readonly memberId: string;
  /** Its lasting name; with one, its place among the others does not change when it restarts. */
  readonly groupInstanceId?: string | undefined;
  readonly topics: readonly string[];
  /** What it still reads, and since which generation; only members that give up nothing beforehand say so. */
  readonly owned: readonly PartitionName[];
  readonly generation: number;
}

/** What each member gets; every member has an entry. */
export type Shares = ReadonlyMap<string, readonly PartitionName[]>;

/** One way to share out. The same members and partitions give the same result, in whatever order they come. */
export type Assignor = (members: readonly MemberWish[], partitions: readonly PartitionName[]) => Shares;

/** The names that can be asked for as `partition.assignment.strategy`. */
export const STRATEGIES = ['range', 'roundrobin', 'cooperative-sticky'] as const;

/** One of {@link STRATEGIES}. */
export type Strategy = (typeof STRATEGIES)[number];

/** Each strategy's names on the wire; kafkajs has one of its own for `roundrobin`. */
const ASSIGNORS: ReadonlyMap<string, Assignor> = new Map([
  ['range', byRange],
  ['roundrobin', inTurn],
  ['RoundRobinAssigner', inTurn],
  ['cooperative-sticky', stickyShares],
]);

/** The names under which a member joins that follows `strategies`. */
export function protocolNames(strategies: readonly Strategy[]): readonly string[] {
  return strategies.flatMap((name) =>
    name === 'roundrobin' ? ['roundrobin', 'RoundRobinAssigner'] : [name],
  );
}

/** Whether members keep reading while the group is rearranged (KIP-429): only if nothing else can be chosen. */
export function isCooperative(strategies: readonly Strategy[]): boolean {
  return strategies.every((name) => name === 'cooperative-sticky');
}

/** What each member of a group gets, in the encoding that members understand; the work of the group's leader. */
export async function shareOut(
  protocol: string,
  members: readonly JoinedMember[],
  partitionsOf: (topics: readonly string[]) => Promise<readonly PartitionName[]>,
): Promise<ReadonlyMap<string, Buffer>> {
  const wishes = members.map(({ memberId, groupInstanceId, metadata }) => {
    return { memberId, groupInstanceId, ...decodeSubscription(metadata) };
  });
  const partitions = await partitionsOf(wishes.flatMap(({ topics }) => topics));
  const shares = assignorOf(protocol)(wishes, partitions);
  return new Map([...shares].map(([memberId, share]) => [memberId, encodeAssignment(share)]));
}

/** The assignor of that name. A broker chooses only among names that this member has offered. */
export function assignorOf(protocol: string): Assignor {
  const found = ASSIGNORS.get(protocol);
  if (!found) throw new RangeError(`the group has chosen "${protocol}", which this member did not offer`);
  return found;
}

/** Members in an order that a restart does not change for those with a lasting name. */
export function membersInOrder(members: readonly MemberWish[]): readonly MemberWish[] {
  const rank = ({ groupInstanceId, memberId }: MemberWish) =>
    groupInstanceId === undefined ? `1${memberId}` : `0${groupInstanceId}`;
  return [...members].sort((one, other) => (rank(one) < rank(other) ? -1 : 1));
}

/**
 * Deals partitions out in turn, topic by topic, to the members that want the topic.
 *
 * Source: Kafka's RoundRobinAssignor.
 */
function inTurn(members: readonly MemberWish[], partitions: readonly PartitionName[]): Shares {
  const sorted = membersInOrder(members);
  const shares = new Map<string, PartitionName[]>(sorted.map(({ memberId }) => [memberId, []]));
  let turn = 0;
  for (const name of inOrder(partitions)) {
    if (!sorted.some((member) => member.topics.includes(name.topic))) continue;
    while (!sorted[turn % sorted.length]?.topics.includes(name.topic)) turn++;
    shares.get(sorted[turn++ % sorted.length]?.memberId ?? '')?.push(name);
  }
  return shares;
}

/**
 * Gives each member that wants a topic neighbouring partitions of it, the first members one more where they do not
 * come out even.
 *
 * Source: Kafka's RangeAssignor.
 */
function byRange(members: readonly MemberWish[], partitions: readonly PartitionName[]): Shares {
  const sorted = membersInOrder(members);
  const shares = new Map<string, PartitionName[]>(sorted.map(({ memberId }) => [memberId, []]));
  const topics = new Map<string, PartitionName[]>();
  for (const name of inOrder(partitions)) topics.set(name.topic, [...(topics.get(name.topic) ?? []), name]);
  for (const [topic, names] of topics) {
    const sharers = sorted.filter((member) => member.topics.includes(topic));
    for (const [place, { memberId }] of sharers.entries()) {
      const each = Math.floor(names.length / sharers.length);
      const more = names.length % sharers.length;
      const from = each * place + Math.min(place, more);
      for (const name of names.slice(from, from + each + (place < more ? 1 : 0)))
        shares.get(memberId)?.push(name);
    }
  }
  return shares;
}
