/** Where a member starts in the partitions it was given. */
import type { CommittedOffset, TopicPartition } from '../../protocol/group-member.ts';
import type { LogClient } from '../../client/client.ts';
import { ReadRefusedError } from '../../read-errors.ts';
import { keyOf, perTopic } from '../../protocol/group-member.ts';
import {
  epochIn,
  isAddedSince,
  isOfThisTopic,
  isSameTopic,
  offsetIn,
  type SavedPosition,
} from '../saved-position.ts';
import { checkedStarts, epochUpTo } from '../log-bounds.ts';
import type { PartitionRange } from '../log-bounds.ts';
import type { LeftAt } from './handed-over.ts';

/** What decides where to start. */
interface StartWish {
  readonly groupId: string;
  /** A saved position (a checkpoint's, say), and what to do where a topic is another one by now. */
  readonly saved: SavedPosition;
  /** Whether this is the first assignment of this life: nobody can have had the partitions from it yet. */
  readonly isFirst: boolean;
  /** What this member writes beside its commits; empty when nothing distinguishes it from others. */
  readonly mark: string;
  /** How far this life got in a partition that it had before. */
  readonly before: (name: TopicPartition) => LeftAt | undefined;
  /** Whether a partition came to its topic since this life began: all in it was written since. */
  readonly isAdded: (name: TopicPartition) => boolean;
  /** Where to start without a commit. */
  readonly reset: 'earliest' | 'latest' | 'error';
  readonly readCommitted: boolean;
  /** Stop at the end as it is now, or as it was when the partition was first given to this member. */
  readonly stopAtEnd: boolean;
  /** The ends found before, by `topic/partition`; added to. */
  readonly ends: Map<string, number>;
  /** Called when the saved position is passed over because another member has committed further. */
  readonly onPassedOver: (name: TopicPartition, saved: number, commit: CommittedOffset) => void;
  /** Called when a partition counts as added since the position was saved. */
  readonly onAddedSince: (name: TopicPartition) => void;
}

/** Where a partition is begun. */
interface Start extends PartitionRange {
  /**
   * Whether the group has to know of it before its first record is handed over: it has no commit, and another member would
   * begin elsewhere.
   */
  readonly isToSay: boolean;
}

/**
 * The ranges to read. Each begins where this stream left it, or where another member has committed further since. A
 * saved position counts for what is given to this life first, and wins over this member's own commits: what a
 * checkpoint does not hold is not learnt. It does not win over a commit of another that is ahead. Without either: the
 * group's commit, else as `auto.offset.reset` says; of a partition that was added meanwhile, or since the position was saved,
 * `latest` leaves nothing out.
 *
 * @throws ReadRefusedError when there is nothing to start from and `reset` is `'error'`; TopicRecreatedError; LogTruncatedError
 *   when rows before a start were lost
 */
export async function startOffsets(
  client: LogClient,
  partitions: readonly TopicPartition[],
  wish: StartWish,
): Promise<Start[]> {
  if (partitions.length === 0) return [];
  const answers = await client.committed(wish.groupId, partitions);
  const committed = new Map(answers.map((commit) => [keyOf(commit), commit]));
  const ranges: Start[] = [];
  for (const [topic, list] of perTopic(partitions)) {
    await client.partitions(topic); // so that the leaders are known
    const topicId = client.topicId?.(topic);
    const isAsSaved = isOfThisTopic(client, topic, wish.saved);
    const known = new Map(
      list.map((partition) => [
        partition,
        knownStart(client, { topic, partition }, committed, isAsSaved ? wish : { ...wish, saved: NOT_SAVED }),
      ]),
    );
    const unknown = list.filter((partition) => known.get(partition) === undefined);
    const isAsLeft = list.every((partition) => {
      const left = wish.before({ topic, partition });
      return isSameTopic(client, topic, left?.topicId, wish.saved.onTopicRecreated);
    });
    const reset = isAsSaved && isAsLeft ? wish.reset : 'earliest';
    const isAdded = (name: TopicPartition): boolean => {
      if (wish.isAdded(name)) return true;
      const isSince = isAsSaved && isAddedSince(wish.saved.position, name);
      if (isSince) wish.onAddedSince(name);
      return isSince;
    };
    const [resets, ends] = await Promise.all([
      offsetsByReset(client, topic, unknown, { ...wish, reset, isAdded }),
      wish.stopAtEnd ? client.offsets(topic, list, 'end', wish.readCommitted) : undefined,
    ]);
    for (const partition of list) {
      const found: KnownStart = known.get(partition) ?? { offset: resets.get(partition) ?? 0 };
      const { offset: start, isSaved = false, lastEpoch } = found;
      const name = keyOf({ topic, partition });
      const isToSay = !committed.has(name) && (isSaved || wish.reset === 'latest');
      const key = `${name}/${topicId ?? ''}`;
      const end = wish.ends.get(key) ?? ends?.get(partition);
      if (end !== undefined) wish.ends.set(key, end);
      const range = { topic, partition, start, stop: end ?? Infinity, topicId, isSaved, lastEpoch };
      ranges.push({ ...range, isToSay });
    }
  }
  const checked = await checkedStarts(client, ranges);
  return Promise.all(
    checked.map(async (range) =>
      range.isToSay && range.lastEpoch === undefined
        ? { ...range, lastEpoch: await epochUpTo(client, range) }
        : range,
    ),
  );
}

const NOT_SAVED: SavedPosition = {
  ...{ position: undefined, topicIds: undefined, leaderEpochs: undefined, onTopicRecreated: 'restart' },
};

/** A start that does not depend on where the log begins or ends. */
interface KnownStart {
  readonly offset: number;
  readonly isSaved?: boolean;
  /** An epoch in which the log held all before it, where it is known. */
  readonly lastEpoch?: number | undefined;
}

/** Where to start without looking at the log; `undefined` when nothing is known of the partition. */
function knownStart(
  client: LogClient,
  name: TopicPartition,
  committed: ReadonlyMap<string, CommittedOffset>,
  { saved, isFirst, mark, before, onPassedOver }: StartWish,
): KnownStart | undefined {
  const { position, savedBy = mark, onTopicRecreated } = saved;
  const commit = committed.get(keyOf(name)); // Kafka forgets commits together with their topic
  const byCommit = commit && { offset: commit.offset, lastEpoch: commit.leaderEpoch };
  const left = before(name);
  if (left !== undefined && isSameTopic(client, name.topic, left.topicId, onTopicRecreated)) {
    const isNearer =
      byCommit &&
      (byCommit.offset > left.offset || (byCommit.offset === left.offset && (left.lastEpoch ?? -1) < 0));
    return isNearer ? byCommit : left;
  }
  const offset = left === undefined ? offsetIn(position, name.topic, name.partition) : undefined;
  if (offset === undefined) return byCommit;
  const lastEpoch = epochIn(saved, name.topic, name.partition);
  const bySaved = { offset, isSaved: true, lastEpoch };
  if (!commit || commit.offset <= offset) return bySaved;
  // A commit without a mark is a tool's, or an earlier version's: the saved position was made knowing better.
  const isOwnCommit = isFirst && (mark === '' || ['', mark, savedBy].includes(commit.metadata));
  if (isOwnCommit) return bySaved;
  onPassedOver(name, offset, commit);
  return byCommit;
}

async function offsetsByReset(
  client: LogClient,
  topic: string,
  partitions: readonly number[],
  wish: StartWish,
): Promise<ReadonlyMap<number, number>> {
  const { groupId, reset, readCommitted, isAdded } = wish;
  if (partitions.length === 0) return new Map();
  if (reset === 'error') {
    throw new ReadRefusedError({
      what: `to read partitions ${partitions.join(', ')} of topic "${topic}"`,
      reason: `group "${groupId}" has no commit there and auto.offset.reset is "error"`,
      kafkaCode: undefined,
      advice: 'Commit an offset there, or set "auto.offset.reset" to "earliest" or "latest".',
    });
  }
  const isLate = (partition: number) => reset === 'latest' && !isAdded({ topic, partition });
  const [late, early] = [partitions.filter(isLate), partitions.filter((partition) => !isLate(partition))];
  const [ends, begins] = await Promise.all([
    late.length > 0 ? client.offsets(topic, late, 'end', readCommitted) : [],
    early.length > 0 ? client.offsets(topic, early, 'beginning', readCommitted) : [],
  ]);
  return new Map([...ends, ...begins]);
}
