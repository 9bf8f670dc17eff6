/** Shares a group's partitions out to its members. */

/** A member and the topics it wants. */
export interface MemberWish {
  readonly memberId: string;
  readonly topics: readonly string[];
}

/**
 * Deals partitions out in turn, topic by topic, to the members that want the topic; every member has an entry. The
 * same members and partitions always give the same result, whatever order they come in.
 *
 * @example
 * ```ts
 * shareOut([{ memberId: 'a', topics: ['t'] }, { memberId: 'b', topics: ['t'] }],
 *   [{ topic: 't', partition: 0 }, { topic: 't', partition: 1 }, { topic: 't', partition: 2 }]);
 * // a: { t: [0, 2] }, b: { t: [1] }
 * ```
 */
export function shareOut(
  members: readonly MemberWish[],
  partitions: readonly { topic: string; partition: number }[],
): Map<string, Record<string, number[]>> {
  const inOrder = [...members].sort((a, b) => (a.memberId < b.memberId ? -1 : 1));
  const shares = new Map<string, Record<string, number[]>>(inOrder.map(({ memberId }) => [memberId, {}]));
  const sorted = [...partitions].sort((a, b) =>
    a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1,
  );
  let turn = 0;
  for (const { topic, partition } of sorted) {
    if (!inOrder.some((member) => member.topics.includes(topic))) continue;
    while (!inOrder[turn % inOrder.length]?.topics.includes(topic)) turn++;
    const share = shares.get(inOrder[turn++ % inOrder.length]?.memberId ?? '');
    if (share) (share[topic] ??= []).push(partition);
  }
  return shares;
}
