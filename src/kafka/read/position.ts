/**
 * Positions: the next offset of each partition, and which topics they are of. A topic that was deleted and created again
 * has another id, and old offsets say nothing about it.
 *
 * A position knows its ids as long as it is handed on within the process. Who writes it down keeps the ids beside it
 * (`topicIds()` of a dataset or stream, or {@link topicIdsOf} of a position, plain JSON both) and gives both back as
 * `{ position, topicIds }`. Then the read begins with `TopicRecreatedError`, or with `onTopicRecreated: 'restart'` at
 * the beginning of the new topic, when a topic is no longer the one the position was saved of. Without ids a position
 * is taken as it is; offsets beyond the end of the log are refused in any case.
 */
import type { LogClient } from '../client/client.ts';
import { inOrder, type TopicPartition } from '../protocol/group-member.ts';
import { TopicRecreatedError } from '../read-errors.ts';
import { entryOf, type Position } from '../record.ts';

/** The id of each topic, as Kafka's tools print it: `{"cancer-train": "Zk3mXeN2Q4a1bYkq0n0V9w"}`. */
export type TopicIds = Readonly<Record<string, string>>;

/** What to do when a topic is not the one it was: end with an error, or read the new one from its beginning. */
export type OnTopicRecreated = 'error' | 'restart';

const idsOf = new WeakMap<Position, TopicIds>();

/** A place in a log, with the id of its topic where it is known. */
interface PositionPart extends TopicPartition {
  /** The next offset to read. */
  readonly position: number;
  readonly topicId?: string | undefined;
}

/** Plain JSON out of next offsets, topics and partitions in order; see {@link topicIdsOf} for the ids. */
export function positionOf(parts: Iterable<PositionPart>): Position {
  const byTopic = new Map<string, Map<number, number>>();
  const ids = new Map<string, string>();
  for (const { topic, partition, position, topicId } of inOrder([...parts])) {
    const offsets = byTopic.get(topic) ?? new Map<number, number>();
    byTopic.set(topic, offsets.set(partition, position));
    if (topicId !== undefined) ids.set(topic, topicId);
  }
  // Own properties whatever the name: a topic may be called `__proto__`.
  const made: Position = Object.fromEntries(
    [...byTopic].map(([topic, offsets]) => [topic, Object.fromEntries(offsets)]),
  );
  if (ids.size > 0) idsOf.set(made, Object.fromEntries(ids));
  return made;
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
  return idsOf.get(position) ?? {};
}

/** The offset a position holds for a partition, if it names it. */
export function offsetIn(
  position: Position | undefined,
  topic: string,
  partition: number,
): number | undefined {
  return entryOf(position, topic)?.[partition];
}

/** The partitions of a topic that a position names. */
export function namedIn(position: Position | undefined, topic: string): readonly number[] {
  return Object.keys(entryOf(position, topic) ?? {}).map(Number);
}

/**
 * Whether a partition came to its topic after a position of it was saved: new ones are numbered behind all those that were
 * there, and a position names each partition that its reader had.
 */
export function isAddedSince(position: Position | undefined, { topic, partition }: TopicPartition): boolean {
  const named = namedIn(position, topic);
  return named.length > 0 && named.every((one) => one < partition);
}

/** A position as it was given, with what is known of its topics. */
export interface SavedPosition {
  readonly position: Position | undefined;
  /** Kept beside the position; else those the position knows by itself. */
  readonly topicIds: TopicIds | undefined;
  readonly onTopicRecreated: OnTopicRecreated;
}

/**
 * Whether a saved position may be used for a topic, whose metadata the client has: `false` when the topic is another
 * one and is to be read from its beginning.
 *
 * @throws TopicRecreatedError when it is another one and that is an error
 */
export function isOfThisTopic(client: LogClient, topic: string, saved: SavedPosition): boolean {
  const { position, topicIds, onTopicRecreated } = saved;
  const ids = topicIds ?? (position ? topicIdsOf(position) : {});
  return isSameTopic(client, topic, entryOf(ids, topic), onTopicRecreated);
}

/**
 * Whether the topic of that name is still the one with the id `idBefore`, as far as both ids are known.
 *
 * @throws TopicRecreatedError when it is another one and that is an error
 */
export function isSameTopic(
  client: LogClient,
  topic: string,
  idBefore: string | undefined,
  onTopicRecreated: OnTopicRecreated,
): boolean {
  const now = client.topicId?.(topic);
  if (idBefore === undefined || now === undefined || idBefore === now) return true;
  if (onTopicRecreated === 'error') throw new TopicRecreatedError({ topic, idBefore, idNow: now });
  return false;
}
