/** A saved position, held against the topics as they are now. */
import type { LogClient } from '../client/client.ts';
import { leaderEpochsOf, topicIdsOf, type LeaderEpochs, type TopicIds } from '../protocol/position.ts';
import type { TopicPartition } from '../protocol/group-member.ts';
import { TopicRecreatedError } from '../read-errors.ts';
import { entryOf, type Position } from '../record.ts';

/** What to do when a topic is not the one it was: end with an error, or read the new one from its beginning. */
export type OnTopicRecreated = 'error' | 'restart';

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
  /** The same. */
  readonly leaderEpochs: LeaderEpochs | undefined;
  /** The lasting name of the group's member that saved it, if it is known. */
  readonly savedBy?: string | undefined;
  readonly onTopicRecreated: OnTopicRecreated;
}

/** The epoch behind the offset that a saved position holds for a partition, if it is known. */
export function epochIn(
  { position, leaderEpochs }: Pick<SavedPosition, 'position' | 'leaderEpochs'>,
  topic: string,
  partition: number,
): number | undefined {
  const epochs = leaderEpochs ?? (position ? leaderEpochsOf(position) : {});
  return entryOf(epochs, topic)?.[partition];
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
