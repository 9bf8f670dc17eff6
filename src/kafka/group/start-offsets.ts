/** Where a member starts in the partitions it was given. */
import type { LogClient } from '../client/reader.ts';
import { ReadRefusedError } from '../dataset/errors.ts';
import type { PartitionRange } from '../fetch/partition-buffer.ts';
import type { Position } from '../record.ts';
import type { PartitionName } from './partition-name.ts';

/** What decides where to start. */
export interface StartWish {
  readonly groupId: string;
  /** Wins over the group's commits. */
  readonly position: Position | undefined;
  /** Where to start without a commit. */
  readonly reset: 'earliest' | 'latest' | 'error';
  readonly readCommitted: boolean;
  /** Stop at the end as it is now, or as it was when the partition was first given to this member. */
  readonly stopAtEnd: boolean;
  /** The ends found before, by `topic/partition`; added to. */
  readonly ends: Map<string, number>;
  /** Never before this offset. */
  readonly atLeast: (name: PartitionName) => number;
}

/**
 * The ranges to read: from the saved position, else the group's commit, else as `auto.offset.reset` says.
 *
 * @throws ReadRefusedError when there is no commit and `reset` is `'error'`
 */
export async function startOffsets(
  client: LogClient,
  partitions: readonly PartitionName[],
  wish: StartWish,
): Promise<PartitionRange[]> {
  if (partitions.length === 0) return [];
  const byTopic: Record<string, number[]> = {};
  for (const { topic, partition } of partitions) (byTopic[topic] ??= []).push(partition);
  const committed = await client.committed(wish.groupId, byTopic);
  const ranges: PartitionRange[] = [];
  for (const [topic, list] of Object.entries(byTopic)) {
    await client.partitions(topic); // so that the leaders are known
    const saved = (partition: number) => wish.position?.[topic]?.[partition] ?? committed[topic]?.[partition];
    const resets = await resetOffsets(
      client,
      topic,
      list.filter((one) => saved(one) === undefined),
      wish,
    );
    const ends = wish.stopAtEnd ? await client.offsets(topic, list, 'end', wish.readCommitted) : undefined;
    for (const partition of list) {
      const from = saved(partition) ?? resets.get(partition) ?? 0;
      const start = Math.max(from, wish.atLeast({ topic, partition }));
      const name = `${topic}/${partition}`;
      const end = wish.ends.get(name) ?? ends?.get(partition);
      if (end !== undefined) wish.ends.set(name, end);
      ranges.push({ topic, partition, start, stop: end ?? Infinity });
    }
  }
  return ranges;
}

async function resetOffsets(
  client: LogClient,
  topic: string,
  partitions: readonly number[],
  { groupId, reset, readCommitted }: StartWish,
): Promise<ReadonlyMap<number, number>> {
  if (partitions.length === 0) return new Map();
  if (reset === 'error') {
    const what = `to read partitions ${partitions.join(', ')} of topic "${topic}"`;
    throw new ReadRefusedError(
      what,
      `group "${groupId}" has no commit there and auto.offset.reset is "error"`,
      undefined,
    );
  }
  return client.offsets(topic, partitions, reset === 'latest' ? 'end' : 'beginning', readCommitted);
}
