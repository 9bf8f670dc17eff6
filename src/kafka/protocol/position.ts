/**
 * Positions: the next offset of each partition, and which logs they are of. A topic that was deleted and created again
 * has another id, and old offsets say nothing about it; a log that was cut back and grew again shows by the epochs of its
 * leaders (KIP-320).
 *
 * A position knows its ids and epochs as long as it is handed on within the process. Who writes it down keeps them beside it
 * (`topicIds()` and `leaderEpochs()` of a dataset or stream, or {@link topicIdsOf} and {@link leaderEpochsOf} of a position,
 * plain JSON all) and gives all back as `{ position, topicIds, leaderEpochs }`. Then the read begins with
 * `TopicRecreatedError`, or with `onTopicRecreated: 'restart'` at the beginning of the new topic, when a topic is no longer the
 * one the position was saved of, and with `LogTruncatedError` when its log was cut back behind it. Without them a position
 * is taken as it is; offsets beyond the end of the log are refused in any case.
 */
import { inOrder, keyOf, type CommittedOffset, type TopicPartition } from './group-member.ts';
import { entryOf, type Position } from '../record.ts';

/** The id of each topic, as Kafka's tools print it: `{"cancer-train": "Zk3mXeN2Q4a1bYkq0n0V9w"}`. */
export type TopicIds = Readonly<Record<string, string>>;

/**
 * How often a leader had been elected when each offset of a position was read up to, by topic and partition:
 * `{"cancer-train": {"0": 7}}`.
 */
export type LeaderEpochs = Readonly<Record<string, Readonly<Record<string, number>>>>;

/** What is known of a position beside its offsets; `{}` for what is not. */
interface Beside {
  readonly topicIds: TopicIds;
  readonly leaderEpochs: LeaderEpochs;
}

const besides = new WeakMap<Position, Beside>();

/** A place in a log, with the id of its topic where it is known. */
interface PositionPart extends TopicPartition {
  /** The next offset to read. */
  readonly position: number;
  readonly topicId?: string | undefined;
  /** An epoch in which the log held all before it: that of the last record or a later one. -1: not known. */
  readonly lastEpoch?: number | undefined;
}

/**
 * Plain JSON out of next offsets, topics and partitions in order; of two of the same partition the later one. See
 * {@link topicIdsOf} for the ids, {@link leaderEpochsOf} for the epochs.
 */
export function positionOf(parts: Iterable<PositionPart>): Position {
  const sorted = [...new Map(inOrder([...parts]).map((part) => [keyOf(part), part])).values()];
  const made: Position = byPartition(sorted.map((part) => [part, part.position]));
  const topicIds = Object.fromEntries(
    sorted.flatMap(({ topic, topicId }) => (topicId === undefined ? [] : [[topic, topicId]])),
  );
  const leaderEpochs = byPartition(
    sorted.flatMap((part) => ((part.lastEpoch ?? -1) < 0 ? [] : [[part, part.lastEpoch!]])),
  );
  besides.set(made, { topicIds, leaderEpochs });
  return made;
}

/** Numbers by topic and partition. Own properties whatever the name: a topic may be called `__proto__`. */
function byPartition(
  numbers: readonly (readonly [place: TopicPartition, value: number])[],
): Readonly<Record<string, Readonly<Record<string, number>>>> {
  const topics = new Map<string, Map<number, number>>();
  for (const [{ topic, partition }, value] of numbers)
    topics.set(topic, (topics.get(topic) ?? new Map<number, number>()).set(partition, value));
  return Object.fromEntries([...topics].map(([topic, values]) => [topic, Object.fromEntries(values)]));
}

/** The places of a position, with what is kept beside it; else with what it knows itself. */
function partsOf(position: Position, beside: Partial<Beside> = besides.get(position) ?? {}): PositionPart[] {
  const { topicIds = {}, leaderEpochs = {} } = beside;
  return Object.entries(position).flatMap(([topic, offsets]) =>
    Object.entries(offsets).map(([name, offset]) => {
      const [partition, topicId] = [Number(name), entryOf(topicIds, topic)];
      return {
        topic,
        partition,
        position: offset,
        topicId,
        lastEpoch: entryOf(leaderEpochs, topic)?.[partition],
      };
    }),
  );
}

/** A position that was written down, as one that knows what was kept beside it; what was not is left as it knows it. */
export function positionWith({
  position,
  topicIds = topicIdsOf(position),
  leaderEpochs = leaderEpochsOf(position),
}: { readonly position: Position } & {
  readonly [Name in keyof Beside]?: Beside[Name] | undefined;
}): Position {
  return positionOf(partsOf(position, { topicIds, leaderEpochs }));
}

/** Two positions as one: where both name a partition, the later one counts. */
export function mergedPositions(before: Position, later: Position): Position {
  return positionOf([...partsOf(before), ...partsOf(later)]);
}

/** A position as the offsets of a commit, each with `metadata` beside it. */
export function committedOffsets(position: Position, metadata: string): CommittedOffset[] {
  return partsOf(position).map(({ topic, partition, position: offset, lastEpoch: leaderEpoch }) => {
    return { topic, partition, offset, metadata, leaderEpoch };
  });
}

/**
 * The ids of the topics of a position that a dataset or stream of this process gave; `{}` where they are not known.
 *
 * @example
 * ```ts
 * const position = fromKafka('cancer-train').position();
 * const saved = JSON.stringify({ position, topicIds: topicIdsOf(position) });
 * fromKafka('cancer-train', JSON.parse(saved)); // fails if the topic was created again meanwhile
 * ```
 */
export function topicIdsOf(position: Position): TopicIds {
  return besides.get(position)?.topicIds ?? {};
}

/**
 * The epochs behind a position that a dataset or stream of this process gave; `{}` where they are not known. Kept beside a
 * position that is written down, they show whether the log was cut back meanwhile, even where it has grown again.
 *
 * @example
 * ```ts
 * const position = fromKafka('cancer-train').position();
 * const beside = { topicIds: topicIdsOf(position), leaderEpochs: leaderEpochsOf(position) };
 * const saved = JSON.stringify({ position, ...beside });
 * fromKafka('cancer-train', JSON.parse(saved)); // fails if rows before the position were lost meanwhile
 * ```
 */
export function leaderEpochsOf(position: Position): LeaderEpochs {
  return besides.get(position)?.leaderEpochs ?? {};
}
