/** Names of partitions: compared, sorted, as keys. */

/** Which partition. */
export interface PartitionName {
  readonly topic: string;
  readonly partition: number;
}

/** The name as one text. */
export function keyOf({ topic, partition }: PartitionName): string {
  return `${topic}/${partition}`;
}

/** Whether both name the same partition. */
export function same(a: PartitionName, b: PartitionName): boolean {
  return a.partition === b.partition && a.topic === b.topic;
}

/** By topic, then partition. */
export function inOrder<T extends PartitionName>(names: readonly T[]): readonly T[] {
  return [...names].sort((a, b) =>
    a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1,
  );
}
