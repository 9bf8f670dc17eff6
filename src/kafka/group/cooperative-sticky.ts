/** Sharing out so that as few partitions as possible change hands, and none before its owner has let go of it. */
import type { MemberWish, Shares } from './assignors.ts';
import { inOrder, keyOf, type PartitionName } from './partition-name.ts';

/**
 * Leaves partitions where they are as far as the shares come out even. One that has to move is given to nobody yet: its
 * owner lets go of it and joins again, and only then it goes to its new owner (KIP-429).
 *
 * Source: Kafka's CooperativeStickyAssignor: its rules, not its order of work.
 */
export function stickyShares(members: readonly MemberWish[], partitions: readonly PartitionName[]): Shares {
  const byId = new Map(members.map((member) => [member.memberId, member]));
  const ids = [...byId.keys()].sort();
  const wants = new Map(members.map(({ memberId, topics }) => [memberId, new Set(topics)]));
  const owners = ownersOf(members, partitions);
  const shares = new Map<string, Map<string, PartitionName>>(ids.map((id) => [id, new Map()]));
  const load = (id: string) => shares.get(id)?.size ?? 0;
  const wanting = (topic: string) => ids.filter((id) => wants.get(id)?.has(topic));
  const lightest = (candidates: readonly string[]) =>
    candidates.reduce((best, id) => (load(id) < load(best) ? id : best));

  const free: PartitionName[] = [];
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
  const releasedFirst = ([key]: [string, PartitionName], id: string) => {
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
  partitions: readonly PartitionName[],
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
