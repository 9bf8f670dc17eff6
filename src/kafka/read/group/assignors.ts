/** Ways to share a group's partitions out to its members, under the names that all of Kafka's clients know. */
import type { JoinedMember, TopicPartition } from '../../protocol/group-member.ts';
import { inOrder, keyOf } from '../../protocol/group-member.ts';
import { decodeSubscription, encodeAssignment } from '../../protocol/consumer-protocol.ts';

/** A member as whoever shares out sees it. */
export interface MemberWish {
  readonly memberId: string;
  /** Its lasting name; with one, its place among the others does not change when it restarts. */
  readonly groupInstanceId?: string | undefined;
  readonly topics: readonly string[];
  /** What it still reads, and since which generation; only members that give up nothing beforehand say so. */
  readonly owned: readonly TopicPartition[];
  readonly generation: number;
}

/** What each member gets; every member has an entry. */
type Shares = ReadonlyMap<string, readonly TopicPartition[]>;

/** One way to share out. The same members and partitions give the same result, in whatever order they come. */
type Assignor = (members: readonly MemberWish[], partitions: readonly TopicPartition[]) => Shares;

/** The names that can be asked for as `partition.assignment.strategy`. */
export type Strategy = 'range' | 'roundrobin' | 'cooperative-sticky';

/** Each strategy's names on the wire; kafkajs has one of its own for `roundrobin`. */
const ASSIGNORS: ReadonlyMap<string, Assignor> = new Map([
  ['range', byRange],
  ['roundrobin', byRoundRobin],
  ['RoundRobinAssigner', byRoundRobin],
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
  partitionsOf: (topics: readonly string[]) => Promise<readonly TopicPartition[]>,
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
function membersInOrder(members: readonly MemberWish[]): readonly MemberWish[] {
  const rank = ({ groupInstanceId, memberId }: MemberWish) =>
    groupInstanceId === undefined ? `1${memberId}` : `0${groupInstanceId}`;
  return [...members].sort((one, other) => (rank(one) < rank(other) ? -1 : 1));
}

/**
 * Deals partitions out in turn, topic by topic, to the members that want the topic.
 *
 * Source: Kafka's RoundRobinAssignor.
 */
function byRoundRobin(members: readonly MemberWish[], partitions: readonly TopicPartition[]): Shares {
  const sorted = membersInOrder(members);
  const shares = new Map<string, TopicPartition[]>(sorted.map(({ memberId }) => [memberId, []]));
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
function byRange(members: readonly MemberWish[], partitions: readonly TopicPartition[]): Shares {
  const sorted = membersInOrder(members);
  const shares = new Map<string, TopicPartition[]>(sorted.map(({ memberId }) => [memberId, []]));
  const topics = new Map<string, TopicPartition[]>();
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

/**
 * Leaves partitions where they are as far as the shares come out even. One that has to move is given to nobody yet: its
 * owner lets go of it and joins again, and only then it goes to its new owner (KIP-429).
 *
 * Source: Kafka's CooperativeStickyAssignor: its rules, not its order of work.
 */
function stickyShares(members: readonly MemberWish[], partitions: readonly TopicPartition[]): Shares {
  const byId = new Map(members.map((member) => [member.memberId, member]));
  const ids = [...byId.keys()].sort();
  const wants = new Map(members.map(({ memberId, topics }) => [memberId, new Set(topics)]));
  const owners = ownersOf(members, partitions);
  const shares = new Map<string, Map<string, TopicPartition>>(ids.map((id) => [id, new Map()]));
  const load = (id: string) => shares.get(id)?.size ?? 0;
  const wanting = (topic: string) => ids.filter((id) => wants.get(id)?.has(topic));
  const lightest = (candidates: readonly string[]) =>
    candidates.reduce((best, id) => (load(id) < load(best) ? id : best));

  const free: TopicPartition[] = [];
  for (const name of inOrder(partitions)) {
    const owner = owners.get(keyOf(name));
    if (owner !== undefined && wants.get(owner)?.has(name.topic)) shares.get(owner)?.set(keyOf(name), name);
    else if (wanting(name.topic).length > 0) free.push(name);
  }
  for (const name of free) shares.get(lightest(wanting(name.topic)))?.set(keyOf(name), name);
  // Each move makes the shares more even, so this comes to an end.
  for (let moved = true; moved;) {
    moved = false;
    for (const id of [...ids].sort((one, other) => load(other) - load(one))) {
      for (const [key, name] of [...(shares.get(id) ?? [])].reverse()) {
        const taker = lightest(wanting(name.topic));
        if (load(id) - load(taker) < 2) continue;
        shares.get(id)?.delete(key);
        shares.get(taker)?.set(key, name);
        moved = true;
      }
    }
  }
  const releasedFirst = ([key]: [string, TopicPartition], id: string) => {
    const owner = owners.get(key);
    return owner === undefined || owner === id;
  };
  return new Map(
    ids.map((id) => [
      id,
      inOrder(
        [...(shares.get(id) ?? [])].filter((entry) => releasedFirst(entry, id)).map(([, name]) => name),
      ),
    ]),
  );
}

/**
 * Who reads what now, as the members say: of two that claim the same partition the one of the later generation is
 * right; of the same generation neither is believed.
 */
function ownersOf(
  members: readonly MemberWish[],
  partitions: readonly TopicPartition[],
): ReadonlyMap<string, string> {
  const existing = new Set(partitions.map(keyOf));
  const claims = new Map<string, { owner: string | undefined; generation: number }>();
  for (const { memberId, owned, generation } of members) {
    for (const key of owned.map(keyOf)) {
      const other = claims.get(key);
      if (!existing.has(key) || (other && other.generation > generation)) continue;
      const owner = other?.generation === generation ? undefined : memberId;
      claims.set(key, { owner, generation });
    }
  }
  return new Map([...claims].flatMap(([key, { owner }]) => (owner === undefined ? [] : [[key, owner]])));
}
