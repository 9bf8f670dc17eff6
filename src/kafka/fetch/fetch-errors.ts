/** What a fetcher does about a partition's error number. */
import { StreamTrainError } from '../../errors.ts';
import type { FetchedPartition, LogClient } from '../client/reader.ts';
import { ReadRefusedError } from '../dataset/errors.ts';
import type { FetchCounters, FetcherOptions } from './fetch-options.ts';
import type { PartitionBuffer } from './partition-buffer.ts';

/** Kafka's number for an offset that is not, or no longer, in the log. */
export const OFFSET_OUT_OF_RANGE = 1;
const TOPIC_AUTHORIZATION_FAILED = 29;
/** Those that pass with fresh metadata: a leader moved, a topic is being made, storage hiccups. */
const PASSING = new Set([-1, 3, 5, 6, 7, 9, 56, 74, 75, 76, 78, 100, 103]);

/**
 * The error number, if trying again helps.
 *
 * @throws ReadRefusedError if not
 */
export function passingError({ topic, partition, errorCode }: FetchedPartition): number {
  if (PASSING.has(errorCode)) return errorCode;
  const reason =
    errorCode === TOPIC_AUTHORIZATION_FAILED ? 'this user may not read the topic' : 'it cannot be read';
  throw new ReadRefusedError(`to read ${topic}[${partition}]`, reason, errorCode);
}

/**
 * Finds a new place for a buffer whose offset is gone: behind what was deleted at the beginning of the log (counted),
 * or, for an offset beyond the end, where `onMissing` says. Says what is wrong, if trying again may help.
 *
 * @throws ReadRefusedError for an offset beyond the end that must not be replaced
 */
export async function relocate(
  client: LogClient,
  buffer: PartitionBuffer,
  { readCommitted, onMissing }: FetcherOptions,
  counters: FetchCounters,
): Promise<string | undefined> {
  const { topic, partition } = buffer;
  let [begin, end] = [0, 0];
  try {
    begin = (await client.offsets(topic, [partition], 'beginning', readCommitted)).get(partition) ?? 0;
    end = (await client.offsets(topic, [partition], 'end', readCommitted)).get(partition) ?? 0;
  } catch (error) {
    if (error instanceof StreamTrainError && error.canRetry) return error.message;
    throw error;
  }
  if (buffer.fetchAt < begin) {
    counters.deleted += Math.min(begin, buffer.stop) - buffer.fetchAt;
    buffer.skipGap(begin);
    return undefined;
  }
  if (buffer.fetchAt <= end) return undefined; // it has grown meanwhile: the next fetch will do
  // Going back behind what was handed over would repeat rows without anybody noticing.
  if (onMissing === 'error' || buffer.position > buffer.start) {
    const what = `to read offset ${buffer.fetchAt} of ${topic}[${partition}]`;
    throw new ReadRefusedError(
      what,
      `the log holds ${begin} up to, not including, ${end}`,
      OFFSET_OUT_OF_RANGE,
    );
  }
  buffer.seek(onMissing === 'earliest' ? begin : end);
  return undefined;
}
