/** Where reading starts and stops, said in the user's words and resolved to offsets. */
import { checkInteger, checkOneOf, invalidOption, InvalidOptionError, isByName } from '../../options.ts';
import type { LogClient } from '../client/client.ts';
import { UnknownPartitionError, UnknownTopicError, type PartitionNamer } from '../errors.ts';
import type { LeaderEpochs } from '../protocol/position.ts';
import { entryOf, msOf, type Position } from '../record.ts';
import { checkedStarts, refuseCutBack, type PartitionRange } from './log-bounds.ts';
import { epochIn, isAddedSince, isOfThisTopic, namedIn, offsetIn } from './saved-position.ts';
import type { SavedPosition } from './saved-position.ts';

/** A moment: ms since 1970, or a date. */
export type Moment = number | Date;

/**
 * Where to start: an offset (offsets deleted from the log are passed over and counted), the first record there is, the
 * end (only what is written from now on), the first record at or after a moment, or so many offsets before the end.
 */
export type StartAt =
  | number
  | 'beginning'
  | 'end'
  | { readonly timestamp: Moment }
  | { readonly beforeEnd: number };

/**
 * Where to stop: before an offset, at the end as it is when the first pass starts, before the first record at or
 * after a moment, at a saved position, or never.
 */
export type StopAt =
  | number
  | 'end'
  | 'never'
  | { readonly timestamp: Moment }
  | { readonly position: Position };

/** What {@link resolveRanges} needs to know. */
export interface RangeWish {
  readonly topic: string;
  /** All of the topic's when left out. */
  readonly partitions?: readonly number[] | undefined;
  readonly start: StartAt;
  readonly stop: StopAt;
  /** A saved position; it wins over `start` for the partitions it names. */
  readonly saved: SavedPosition;
  readonly readCommitted: boolean;
}

/**
 * Turns wishes into offsets, with one look-up for each kind of mark.
 *
 * @throws {@link UnknownTopicError} (`ST_KAFKA_UNKNOWN_TOPIC`), {@link UnknownPartitionError} (`ST_KAFKA_UNKNOWN_PARTITION`),
 *   TopicRecreatedError (`ST_KAFKA_TOPIC_RECREATED`) when a saved position is of another topic of that name, LogTruncatedError
 *   (`ST_KAFKA_LOG_TRUNCATED`) when its log was cut back behind it
 */
export async function resolveRanges(client: LogClient, wish: RangeWish): Promise<PartitionRange[]> {
  const { topic, start, stop, readCommitted } = wish;
  const existing = await client.partitions(topic);
  if (!existing) throw new UnknownTopicError({ topic });
  const partitions = wish.partitions ?? existing;
  const stopAt = typeof stop === 'object' && 'position' in stop ? stop.position : undefined;
  if (stopAt !== undefined)
    isOfThisTopic(client, topic, { ...wish.saved, position: stopAt, onTopicRecreated: 'error' });
  const isOfThis = isOfThisTopic(client, topic, wish.saved);
  const named = isOfThis ? namedIn(wish.saved.position, topic) : [];
  await refuseUnknownPartitions(client, topic, existing, [
    { partitions, by: 'option' },
    { partitions: named, by: 'saved position' },
    { partitions: namedIn(stopAt, topic), by: 'stop position' },
  ]);
  const saved = (partition: number) =>
    isOfThis ? offsetIn(wish.saved.position, topic, partition) : undefined;
  const unsaved = partitions.filter((partition) => saved(partition) === undefined);
  // "The end" is that of when the reader began: what was added since its position was saved is read from its beginning.
  const isFromEnd = start === 'end' || (typeof start === 'object' && 'beforeEnd' in start);
  const isAdded = (partition: number) =>
    isFromEnd && !wish.partitions && isAddedSince(wish.saved.position, { topic, partition });
  const [added, others] = [unsaved.filter(isAdded), unsaved.filter((partition) => !isAdded(partition))];
  const [starts, begins, stops] = await Promise.all([
    offsetsOfStart(client, topic, others, isOfThis ? start : 'beginning', readCommitted),
    offsetsOfStart(client, topic, added, 'beginning', readCommitted),
    offsetsOfStop(client, topic, partitions, stop, readCommitted),
  ]);
  const ranges = partitions.map((partition) => ({
    topic,
    partition,
    start: saved(partition) ?? starts.get(partition) ?? begins.get(partition) ?? 0,
    stop: stops.get(partition) ?? Infinity,
    topicId: client.topicId?.(topic),
    isSaved: saved(partition) !== undefined,
    lastEpoch: isOfThis ? epochIn(wish.saved, topic, partition) : undefined,
  }));
  for (const partition of namedIn(stopAt, topic).filter((one) => partitions.includes(one))) {
    const [offset = 0, lastEpoch] = [
      offsetIn(stopAt, topic, partition),
      epochIn({ position: stopAt, leaderEpochs: undefined }, topic, partition),
    ];
    await refuseCutBack(client, { topic, partition, offset, lastEpoch });
  }
  return checkedStarts(client, ranges);
}

/**
 * Refuses partitions that the topic does not have. A position that names one is not of this topic: what it says of the
 * partition would be left out without a word.
 *
 * @param existing those that one broker knows of; all are asked about the others, since new ones take a moment
 * @param wanted the partitions, by what named them
 * @throws UnknownPartitionError
 */
export async function refuseUnknownPartitions(
  client: LogClient,
  topic: string,
  existing: readonly number[],
  wanted: readonly { readonly partitions: readonly number[]; readonly by: PartitionNamer }[],
): Promise<void> {
  const isThere = (partition: number) => existing.includes(partition);
  if (wanted.every(({ partitions }) => partitions.every(isThere))) return;
  const found = (await client.partitions(topic, { everywhere: true })) ?? [];
  for (const { partitions, by } of wanted)
    for (const partition of partitions)
      if (!found.includes(partition))
        throw new UnknownPartitionError({ topic, partition, partitionCount: found.length, namedBy: by });
}

/**
 * The ranges of partitions that were added to the topic since those `known` were resolved. All in them was written since,
 * so they are read from their beginning (or from the wished moment on).
 */
export async function addedRanges(
  client: LogClient,
  wish: RangeWish,
  known: readonly PartitionRange[],
): Promise<readonly PartitionRange[]> {
  const { topic, start } = wish;
  // Right after they were added not every broker knows of them.
  const existing = (await client.partitions(topic, { everywhere: true })) ?? [];
  const partitions = existing.filter((one) => !known.some(({ partition }) => partition === one));
  if (partitions.length === 0) return [];
  const isMoment = typeof start === 'object' && 'timestamp' in start;
  return resolveRanges(client, { ...wish, partitions, start: isMoment ? start : 'beginning' });
}

async function offsetsOfStart(
  client: LogClient,
  topic: string,
  partitions: readonly number[],
  start: StartAt,
  readCommitted: boolean,
): Promise<ReadonlyMap<number, number>> {
  if (partitions.length === 0) return new Map();
  if (typeof start === 'number') return new Map(partitions.map((partition) => [partition, start]));
  if (typeof start === 'string') return client.offsets(topic, partitions, start, readCommitted);
  if ('timestamp' in start) return client.offsets(topic, partitions, Number(start.timestamp), readCommitted);
  const [begins, ends] = await Promise.all([
    client.offsets(topic, partitions, 'beginning', readCommitted),
    client.offsets(topic, partitions, 'end', readCommitted),
  ]);
  return new Map(
    partitions.map((partition) => {
      const begin = begins.get(partition) ?? 0;
      return [partition, Math.max(begin, (ends.get(partition) ?? begin) - start.beforeEnd)];
    }),
  );
}

async function offsetsOfStop(
  client: LogClient,
  topic: string,
  partitions: readonly number[],
  stop: StopAt,
  readCommitted: boolean,
): Promise<ReadonlyMap<number, number>> {
  if (stop === 'never') return new Map();
  if (stop === 'end') return client.offsets(topic, partitions, 'end', readCommitted);
  if (typeof stop === 'number') return new Map(partitions.map((partition) => [partition, stop]));
  if ('timestamp' in stop) return client.offsets(topic, partitions, Number(stop.timestamp), readCommitted);
  // A partition the position does not name was not read then: nothing of it.
  return new Map(partitions.map((partition) => [partition, offsetIn(stop.position, topic, partition) ?? 0]));
}

/** Refuses what are not whole numbers by topic and partition. */
function checkByPartition(option: string, value: Position | LeaderEpochs, numbers: string): void {
  if (!isByName(value))
    throw invalidOption(option, value, `${numbers} by topic and partition, as a dataset gives them`);
  for (const [topic, byPartition] of Object.entries(value)) {
    if (!isByName(byPartition))
      throw invalidOption(`${option}["${topic}"]`, byPartition, `${numbers} by partition number`);
    for (const [partition, one] of Object.entries(byPartition)) {
      if (!/^(0|[1-9]\d*)$/.test(partition)) {
        const expected = `${numbers} by partition number`;
        throw new InvalidOptionError({ option: `${option}["${topic}"]`, value: byPartition, expected });
      }
      checkInteger(`${option}["${topic}"][${partition}]`, one);
    }
  }
}

/**
 * Refuses a position that is not one: offsets are whole numbers, and one that names topics must name those to be read,
 * or they would be read from their beginning without a word.
 */
function checkPosition(option: string, position: Position, topics: readonly string[]): void {
  checkByPartition(option, position, 'next offsets');
  const isNamed = topics.some((topic) => entryOf(position, topic) !== undefined);
  if (Object.keys(position).length > 0 && !isNamed)
    throw new InvalidOptionError({
      option,
      value: position,
      expected: `a position of ${topics.map((one) => `"${one}"`).join(', ')}`,
    });
}

/** Refuses a saved position that is not one, or what cannot be kept beside it. */
export function checkSaved(
  {
    position,
    leaderEpochs,
    topicIds,
  }: Partial<Pick<SavedPosition, 'position' | 'leaderEpochs' | 'topicIds'>>,
  topics: readonly string[],
): void {
  if (position !== undefined) checkPosition('position', position, topics);
  if (leaderEpochs !== undefined) checkByPartition('leaderEpochs', leaderEpochs, 'leader epochs');
  if (topicIds !== undefined && !isByName(topicIds))
    throw invalidOption('topicIds', topicIds, 'ids by topic, as a dataset gives them');
}

/** Refuses a start that cannot be. */
export function checkStart(option: string, start: StartAt): void {
  if (typeof start === 'number') checkInteger(option, start);
  else if (typeof start === 'string') checkOneOf(option, start, ['beginning', 'end']);
  else if (isMark(start, 'timestamp')) validMoment(`${option}.timestamp`, start.timestamp);
  else if (isMark(start, 'beforeEnd')) checkInteger(`${option}.beforeEnd`, start.beforeEnd);
  else throw invalidOption(option, start, "an offset, 'beginning', 'end', { timestamp } or { beforeEnd }");
}

/** Whether it is an object that says this, and nothing else. */
function isMark<Name extends string>(given: object, name: Name): given is Record<Name, never> {
  return given !== null && Object.keys(given).join() === name;
}

/** Refuses a stop that cannot be. */
export function checkStop(option: string, stop: StopAt, topic: string): void {
  if (typeof stop === 'number') checkInteger(option, stop);
  else if (typeof stop === 'string') checkOneOf(option, stop, ['end', 'never']);
  else if (isMark(stop, 'timestamp')) validMoment(`${option}.timestamp`, stop.timestamp);
  else if (isMark(stop, 'position')) checkPosition(`${option}.position`, stop.position, [topic]);
  else throw invalidOption(option, stop, "an offset, 'end', 'never', { timestamp } or { position }");
}

function validMoment(option: string, value: Moment): void {
  if (!Number.isFinite(msOf(value))) throw invalidOption(option, value, 'a date, or ms since 1970');
}
