/** Where reading starts and stops, said in the user's words and resolved to offsets. */
import type { LogClient } from '../client/reader.ts';
import { DatasetOptionError } from '../dataset/errors.ts';
import { UnknownPartitionError, UnknownTopicError } from '../errors.ts';
import type { PartitionRange } from './partition-buffer.ts';
import { entryOf, type Position } from '../record.ts';
import { beyondEnd } from './answers.ts';
import { isOfThisTopic, offsetIn, type SavedPosition } from './topic-ids.ts';

/** A moment: ms since 1970, or a date. */
export type Moment = number | Date;

/**
 * Where to start: an offset (offsets deleted from the log are passed over and counted), the first record there is, the
 * end (only what is written from now on), the first record at or after a moment, or so many offsets before the end.
 */
export type StartAt =
  number | 'beginning' | 'end' | { readonly timestamp: Moment } | { readonly beforeEnd: number };

/**
 * Where to stop: before an offset, at the end as it is when the first pass starts, before the first record at or
 * after a moment, at a saved position, or never.
 */
export type StopAt =
  number | 'end' | 'never' | { readonly timestamp: Moment } | { readonly position: Position };

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
 *   TopicRecreatedError (`ST_KAFKA_TOPIC_RECREATED`) when a saved position is of another topic of that name
 */
export async function resolveRanges(client: LogClient, wish: RangeWish): Promise<PartitionRange[]> {
  const { topic, start, stop, readCommitted } = wish;
  const existing = await client.partitions(topic);
  if (!existing) throw new UnknownTopicError(topic);
  const partitions = wish.partitions ?? existing;
  for (const partition of partitions) {
    if (!existing.includes(partition)) throw new UnknownPartitionError(topic, partition, existing.length);
  }
  if (typeof stop === 'object' && 'position' in stop)
    isOfThisTopic(client, topic, { ...wish.saved, position: stop.position, onTopicRecreated: 'error' });
  const isOfThis = isOfThisTopic(client, topic, wish.saved);
  const saved = (partition: number) =>
    isOfThis ? offsetIn(wish.saved.position, topic, partition) : undefined;
  const unsaved = partitions.filter((partition) => saved(partition) === undefined);
  const [starts, stops] = await Promise.all([
    startOffsets(client, topic, unsaved, isOfThis ? start : 'beginning', readCommitted),
    stopOffsets(client, topic, partitions, stop, readCommitted),
  ]);
  const ranges = partitions.map((partition) => ({
    topic,
    partition,
    start: saved(partition) ?? starts.get(partition) ?? 0,
    stop: stops.get(partition) ?? Infinity,
    topicId: client.topicId?.(topic),
    isSaved: saved(partition) !== undefined,
  }));
  await refuseBeyondEnd(client, ranges);
  return ranges;
}

/**
 * A saved position behind the end of the log is not of this log. Ranges with anything to read find that out by reading.
 *
 * @throws ReadRefusedError
 */
export async function refuseBeyondEnd(client: LogClient, ranges: readonly PartitionRange[]): Promise<void> {
  for (const { topic, partition, start, stop, isSaved } of ranges) {
    if (!isSaved || start <= stop) continue;
    const [begin, end] = await Promise.all(
      (['beginning', 'end'] as const).map(async (mark) => {
        const found = await client.offsets(topic, [partition], mark, false);
        return found.get(partition) ?? 0;
      }),
    );
    if (start > (end ?? 0)) throw beyondEnd({ topic, partition, offset: start }, begin ?? 0, end ?? 0, true);
  }
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

async function startOffsets(
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

async function stopOffsets(
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

/**
 * Refuses a position that is not one: offsets are whole numbers, and one that names topics must name those to be read,
 * or they would be read from their beginning without a word.
 */
export function checkPosition(option: string, position: Position, topics: readonly string[]): void {
  if (typeof position !== 'object' || position === null)
    throw new DatasetOptionError(
      option,
      position,
      'next offsets by topic and partition, as position() gives them',
    );
  const named = Object.entries(position);
  for (const [topic, offsets] of named)
    for (const [partition, offset] of Object.entries(offsets))
      wholeAtLeastZero(`${option}["${topic}"][${partition}]`, offset);
  const isNamed = topics.some((topic) => entryOf(position, topic) !== undefined);
  if (named.length > 0 && !isNamed)
    throw new DatasetOptionError(
      option,
      position,
      `a position of ${topics.map((one) => `"${one}"`).join(', ')}`,
    );
}

/** Refuses a start that cannot be. */
export function checkStart(option: string, start: StartAt): void {
  if (typeof start === 'number') wholeAtLeastZero(option, start);
  else if (typeof start === 'string') {
    if (!['beginning', 'end'].includes(start))
      throw new DatasetOptionError(option, start, '"beginning" or "end"');
  } else if ('timestamp' in start) validMoment(`${option}.timestamp`, start.timestamp);
  else wholeAtLeastZero(`${option}.beforeEnd`, start.beforeEnd);
}

/** Refuses a stop that cannot be. */
export function checkStop(option: string, stop: StopAt, topic: string): void {
  if (typeof stop === 'number') wholeAtLeastZero(option, stop);
  else if (typeof stop === 'string') {
    if (!['end', 'never'].includes(stop)) throw new DatasetOptionError(option, stop, '"end" or "never"');
  } else if ('timestamp' in stop) validMoment(`${option}.timestamp`, stop.timestamp);
  else checkPosition(`${option}.position`, stop.position, [topic]);
}

function wholeAtLeastZero(option: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 0)
    throw new DatasetOptionError(option, value, 'a whole number >= 0');
}

function validMoment(option: string, value: Moment): void {
  if (!Number.isFinite(Number(value)))
    throw new DatasetOptionError(option, value, 'a date, or ms since 1970');
}
