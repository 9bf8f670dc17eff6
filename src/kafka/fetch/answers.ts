/** What an answer to a fetch means for a partition: records, known silence, a passing trouble, or an error. */
import { StreamTrainError } from '../../errors.ts';
import type { FetchedPartition, LogClient } from '../client/reader.ts';
import { ReadRefusedError } from '../dataset/errors.ts';
import type { FetchCounters, FetcherOptions } from './fetch-options.ts';
import type { PartitionBuffer } from './partition-buffer.ts';

/** Kafka's number for an offset that is not, or no longer, in the log. */
const OFFSET_OUT_OF_RANGE = 1;
const TOPIC_AUTHORIZATION_FAILED = 29;
/** Those that pass with fresh metadata: a leader moved, a topic is being made, storage hiccups. */
const PASSING = new Set([-1, 3, 5, 6, 7, 9, 56, 74, 75, 76, 78, 100, 103]);

/** What taking in an answer needs. */
export interface AnswerContext {
  readonly client: LogClient;
  readonly options: FetcherOptions;
  readonly counters: FetchCounters;
  /** When the request was sent, `performance.now()`. */
  readonly askedAt: number;
  /** Whether any partition of the answer brought something: the others may then have been left out for its size. */
  readonly broughtData: boolean;
  /** Unpacking stops once so many bytes of the partition wait. */
  readonly roomBytes: number;
}

/**
 * Takes in what came for one partition. Says what is wrong, if trying again may help.
 *
 * @throws ReadRefusedError, DamagedBatchError, RecordFormatError, RecordsTooLargeError when it does not help
 */
export async function takeIn(
  buffer: PartitionBuffer,
  answer: FetchedPartition,
  context: AnswerContext,
): Promise<string | undefined> {
  const { client, options, counters } = context;
  if (answer.errorCode === OFFSET_OUT_OF_RANGE) return relocate(client, buffer, options, counters);
  if (answer.errorCode !== 0)
    return `Kafka error ${passingError(answer)} for ${buffer.topic}[${buffer.partition}]`;
  const { aborted } = buffer;
  const taken = await buffer.accept(
    answer,
    (compression, packed) => client.decompress(compression, packed, options.maxRecordBytes),
    { ...options, roomBytes: context.roomBytes },
  );
  if (!taken) return undefined;
  if (answer.batches.length > 0) {
    counters.fetches++;
    counters.bytes += taken.bytes;
  }
  counters.aborted += buffer.aborted - aborted;
  skipLag(buffer, answer, options, counters);
  const heard = options.readCommitted ? answer.lastStableOffset : answer.highWatermark;
  if (taken.records > 0) buffer.silence.restart();
  else if (buffer.fetchAt === buffer.end && buffer.fetchAt === heard) buffer.silence.confirm(context.askedAt);
  return troubleOf(buffer, answer, context, heard);
}

/** What is wrong with an answer that has no error. */
function troubleOf(
  { topic, partition, fetchAt, fetched, end = 0 }: PartitionBuffer,
  answer: FetchedPartition,
  { broughtData }: AnswerContext,
  heard: number,
): string | undefined {
  const name = `${topic}[${partition}]`;
  if (fetched) return undefined;
  // A leader that has just been elected does not yet know how far its log is replicated.
  if (heard < end || heard < fetchAt)
    return `the log of ${name} ends at ${heard}, but was known to go on to ${Math.max(end, fetchAt)}`;
  // A broker passes over compacted offsets by itself: nothing at all means that it could not read just now.
  if (answer.batches.length === 0 && !broughtData && fetchAt < end)
    return `nothing came of ${name} from offset ${fetchAt} on, although its log goes on to ${end}`;
  return undefined;
}

function skipLag(
  buffer: PartitionBuffer,
  { highWatermark }: FetchedPartition,
  { maxLag }: FetcherOptions,
  counters: FetchCounters,
): void {
  const { end = 0, position } = buffer;
  if (maxLag === undefined || highWatermark - position <= maxLag) return;
  counters.skippedByLag += end - position;
  buffer.seek(end);
}

/**
 * The error number, if trying again helps.
 *
 * @throws ReadRefusedError if not
 */
function passingError({ topic, partition, errorCode }: FetchedPartition): number {
  if (PASSING.has(errorCode)) return errorCode;
  const reason =
    errorCode === TOPIC_AUTHORIZATION_FAILED ? 'this user may not read the topic' : 'it cannot be read';
  throw new ReadRefusedError(`to read ${topic}[${partition}]`, reason, errorCode);
}

/**
 * Finds a new place for a buffer whose offset is gone: behind what was deleted at the beginning of the log (counted),
 * or, for an offset beyond the end, where `onMissing` says.
 *
 * @throws ReadRefusedError for an offset beyond the end that must not be replaced
 */
async function relocate(
  client: LogClient,
  buffer: PartitionBuffer,
  { readCommitted, onMissing }: FetcherOptions,
  counters: FetchCounters,
): Promise<string | undefined> {
  const { topic, partition, fetchAt } = buffer;
  const [begin, end] = await boundsOf(client, buffer, readCommitted);
  if (typeof begin === 'string') return begin;
  if (fetchAt < begin) {
    counters.deleted += Math.min(begin, buffer.stop) - fetchAt;
    buffer.skipGap(begin);
    return undefined;
  }
  // It has grown meanwhile, or the broker that was asked knows less: the next fetch tells.
  if (fetchAt <= end) return `offset ${fetchAt} of ${topic}[${partition}] was refused, but its log holds it`;
  // Going back behind what was handed over would repeat rows without anybody noticing.
  if (onMissing === 'error' || buffer.isSaved || buffer.position > buffer.start)
    throw beyondEnd({ topic, partition, offset: fetchAt }, begin, end, buffer.isSaved);
  buffer.seek(onMissing === 'earliest' ? begin : end);
  buffer.end = end; // what was known before was of another log
  return undefined;
}

/** The refusal of an offset that lies behind the end of its log. */
export function beyondEnd(
  { topic, partition, offset }: { topic: string; partition: number; offset: number },
  begin: number,
  end: number,
  isSaved: boolean,
): ReadRefusedError {
  const why = isSaved ? ', so the position is not one of this log' : '';
  return new ReadRefusedError(
    `to read offset ${offset} of ${topic}[${partition}]`,
    `the log holds ${begin} up to, not including, ${end}${why}`,
    OFFSET_OUT_OF_RANGE,
  );
}

/** Where the log begins and ends now; a text instead, if that could not be found out just now. */
export async function boundsOf(
  client: LogClient,
  { topic, partition }: { readonly topic: string; readonly partition: number },
  readCommitted: boolean,
): Promise<readonly [begin: number | string, end: number]> {
  try {
    const begins = await client.offsets(topic, [partition], 'beginning', readCommitted);
    const ends = await client.offsets(topic, [partition], 'end', readCommitted);
    return [begins.get(partition) ?? 0, ends.get(partition) ?? 0];
  } catch (error) {
    if (error instanceof StreamTrainError && error.canRetry) return [error.message, 0];
    throw error;
  }
}
