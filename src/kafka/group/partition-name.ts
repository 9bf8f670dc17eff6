/** Names of partitions: compared, sorted, as keys, and grouped by topic. */
import type { TopicPartition } from '../client/reader.ts';

/** Which partition. */
export type PartitionName = TopicPartition;

/** The name as one text. */
export function keyOf({ topic, partition }: PartitionName): string {
  return `${topic}/${partition}`;
}

/** Whether both name the same partition. */
export function same(a: PartitionName, b: PartitionName): boolean {
  return a.partition === b.partition && a.topic === b.topic;
}

/** Those of `names` that are not among `others`. */
export function without<T extends PartitionName>(names: readonly T[], others: readonly PartitionName[]): T[] {
  const known = new Set(others.map(keyOf));
  return names.filter((name) => !known.has(keyOf(name)));
}

/** By topic, then partition. */
export function inOrder<T extends PartitionName>(names: readonly T[]): readonly T[] {
  return [...names].sort((a, b) =>
    a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1,
  );
}

/** The partitions of each topic, in the order they come. */
export function perTopic(names: readonly PartitionName[]): ReadonlyMap<string, readonly number[]> {
  const topics = new Map<string, number[]>();
  for (const { topic, partition } of names) {
    const list = topics.get(topic);
    if (list) list.push(partition);
    else topics.set(topic, [partition]);
  }
  return topics;
}
