/** What a reader relies on in a log: that it holds the offsets wanted, and still what was read before them. */
import { StreamTrainError } from '../../errors.ts';
import type { LogClient } from '../client/client.ts';
import type { TopicPartition } from '../protocol/group-member.ts';
import { LogTruncatedError, ReadRefusedError } from '../read-errors.ts';

/** Which part of a partition is wanted. */
export interface PartitionRange extends TopicPartition {
  /** The first offset wanted. */
  readonly start: number;
  /** The first offset no longer wanted; `Infinity` for no end. */
  readonly stop: number;
  /** The id of the topic that is meant; that of the first one met, if left out. */
  readonly topicId?: string | undefined;
  /** Whether `start` is a saved position: then it must be in the log, and is never replaced by another. */
  readonly isSaved?: boolean | undefined;
  /** An epoch in which the log held all before `start`, if it was read up to there; -1 or missing: not known. */
  readonly lastEpoch?: number | undefined;
  /** The epoch of the leader whose log was found to go as far as `start`. */
  readonly leaderEpoch?: number | undefined;
}

/** Kafka's number for an offset that is not, or no longer, in the log. */
export const OFFSET_OUT_OF_RANGE = 1;

/**
 * The ranges, once their logs are known to hold what was read before their starts. A saved position behind the end of the log
 * is not of this log; ranges that end behind their start find that out by reading.
 *
 * @throws LogTruncatedError, ReadRefusedError
 */
export async function checkedStarts<Range extends PartitionRange>(
  client: LogClient,
  ranges: readonly Range[],
): Promise<(Range & { readonly leaderEpoch: number | undefined })[]> {
  return Promise.all(
    ranges.map(async (range) => {
      const { topic, partition, start, stop, isSaved, lastEpoch } = range;
      // As it was before the look: of a leader that is elected meanwhile nothing is known.
      const leaderEpoch = client.leaderEpoch?.(topic, partition);
      await refuseCutBack(client, { topic, partition, offset: start, lastEpoch });
      // What has no stop is looked at, too: in a group it is committed before its first fetch could refuse it.
      if (isSaved && (start > stop || stop === Infinity)) {
        const [begin, end] = await logBounds(client, { topic, partition }, false);
        if (start > end) throw beyondEnd({ topic, partition, offset: start }, begin, end, true);
      }
      return { ...range, leaderEpoch };
    }),
  );
}

/** An offset up to which a log was read, and an epoch in which it held all before it; -1 or missing: not known. */
interface ReadUpTo extends TopicPartition {
  readonly offset: number;
  readonly lastEpoch: number | undefined;
}

/**
 * Asks the leader whether its log still goes as far as it was read, in the same epochs. An election of a leader that lacked
 * rows cuts the log back, and what is written then stands at the offsets of those that were lost (KIP-320).
 *
 * @param within how long failures that may pass are tried again, ms; default: as the connection is set
 * @throws LogTruncatedError when it does not
 */
export async function refuseCutBack(
  client: LogClient,
  { topic, partition, offset, lastEpoch = -1 }: ReadUpTo,
  within?: number,
): Promise<void> {
  if (lastEpoch < 0) return;
  const end = await client.endOfEpoch?.({ topic, partition }, lastEpoch, within);
  if (end === undefined || end >= offset) return;
  throw new LogTruncatedError({ topic, partition, offset, agreesUpTo: Math.max(0, end) });
}

/**
 * The epoch of the leader whose log goes as far as `offset`: kept beside a start of which nothing was read, it shows later
 * whether the log was cut back before it. `undefined` where that is not known.
 */
export async function epochUpTo(
  client: LogClient,
  { topic, partition, start }: PartitionRange,
): Promise<number | undefined> {
  const epoch = client.leaderEpoch?.(topic, partition);
  const end = epoch === undefined ? undefined : await client.endOfEpoch?.({ topic, partition }, epoch);
  if (end === undefined) return undefined;
  if (end >= start) return epoch;
  // What was known of the leader was of before its election; the question has shown it.
  return client.leaderEpoch?.(topic, partition) === epoch
    ? undefined
    : epochUpTo(client, { topic, partition, start, stop: Infinity });
}

/** The refusal of an offset that lies behind the end of its log. */
export function beyondEnd(
  { topic, partition, offset }: TopicPartition & { readonly offset: number },
  begin: number,
  end: number,
  isSaved: boolean,
): ReadRefusedError {
  const why = isSaved ? ', so the position is not one of this log' : '';
  return new ReadRefusedError({
    what: `to read offset ${offset} of ${topic}[${partition}]`,
    reason: `the log holds ${begin} up to, not including, ${end}${why}`,
    kafkaCode: OFFSET_OUT_OF_RANGE,
    advice: isSaved
      ? 'Start without the saved position or checkpoint.'
      : 'Start at an offset that the log holds, or set "auto.offset.reset".',
  });
}

/** Where the log begins and ends now. */
async function logBounds(
  client: LogClient,
  { topic, partition }: TopicPartition,
  readCommitted: boolean,
): Promise<readonly [begin: number, end: number]> {
  const begins = await client.offsets(topic, [partition], 'beginning', readCommitted);
  const ends = await client.offsets(topic, [partition], 'end', readCommitted);
  return [begins.get(partition) ?? 0, ends.get(partition) ?? 0];
}

/** The same; a text instead, if that could not be found out just now. */
export async function boundsOf(
  client: LogClient,
  place: TopicPartition,
  readCommitted: boolean,
): Promise<readonly [begin: number | string, end: number]> {
  try {
    return await logBounds(client, place, readCommitted);
  } catch (error) {
    if (error instanceof StreamTrainError && error.canRetry) return [error.message, 0];
    throw error;
  }
}
