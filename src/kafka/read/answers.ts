/**
 * What an answer means for a partition: to a fetch, records, known silence, a passing trouble, or an error; to a question
 * for metadata, that its topic was created again, or its log cut back.
 */
import { StreamTrainError } from '../../errors.ts';
import type { FetchedPartition } from '../protocol/fetch.ts';
import type { LogClient } from '../client/client.ts';
import { ReadRefusedError, TopicRecreatedError } from '../read-errors.ts';
import { beyondEnd, boundsOf, OFFSET_OUT_OF_RANGE, refuseCutBack } from './log-bounds.ts';
import type { PartitionBuffer } from './partition-buffer.ts';
import type { FetcherOptions } from './read-options.ts';
import type { FetchCounters } from './stats.ts';

const TOPIC_AUTHORIZATION_FAILED = 29;
/** Those that pass with fresh metadata: a leader moved, a topic is being made, storage hiccups. */
const PASSING = new Set([-1, 3, 5, 6, 7, 9, 56, 74, 75, 78, 100, 103]);

/** What looking at an answer needs. */
interface FetchContext {
  readonly client: LogClient;
  readonly options: FetcherOptions;
  readonly counters: FetchCounters;
}

/** What taking in an answer needs. */
export interface AnswerContext extends FetchContext {
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
  const [reason, advice] =
    errorCode === TOPIC_AUTHORIZATION_FAILED
      ? ['this user may not read the topic', 'Ask for the right to it (READ), or use another user.']
      : [
          'it cannot be read',
          'The numbers are listed at https://kafka.apache.org/protocol#protocol_error_codes.',
        ];
  throw new ReadRefusedError({
    what: `to read ${topic}[${partition}]`,
    ...{ reason, kafkaCode: errorCode, advice },
  });
}

/**
 * Finds a new place for a buffer whose offset is no longer there: behind what was deleted at the beginning of the log (counted),
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
    buffer.lastEpoch = -1; // nothing is known of what lay between
    return undefined;
  }
  // It has grown meanwhile, or the broker that was asked knows less: the next fetch shows.
  if (fetchAt <= end) return `offset ${fetchAt} of ${topic}[${partition}] was refused, but its log holds it`;
  // Going back behind what was handed over would repeat rows without anybody noticing.
  if (onMissing === 'error' || buffer.isSaved || buffer.position > buffer.start)
    throw beyondEnd({ topic, partition, offset: fetchAt }, begin, end, buffer.isSaved);
  buffer.seek(onMissing === 'earliest' ? begin : end);
  buffer.end = end; // what was known before was of another log
  return undefined;
}

/** What looking at the metadata needs. */
interface ChangeContext extends FetchContext {
  /** Called with each partition that begins again because its topic is another one. */
  readonly onRestarted: (buffer: PartitionBuffer) => void;
}

/**
 * Compares the metadata at hand with what each partition was read from, and takes over what is new.
 *
 * @throws TopicRecreatedError unless topics created again are to be read from their beginning; LogTruncatedError
 */
export async function noteChanges(
  buffers: readonly PartitionBuffer[],
  context: ChangeContext,
): Promise<void> {
  for (const buffer of buffers) {
    const id = context.client.topicId?.(buffer.topic);
    if (id !== undefined && id !== (buffer.topicId ??= id)) await beginAgain(buffer, id, context);
    await noteLeader(buffer, context.client);
  }
}

async function beginAgain(buffer: PartitionBuffer, id: string, context: ChangeContext): Promise<void> {
  const { client, options, counters, onRestarted } = context;
  if (options.onTopicRecreated === 'error')
    throw new TopicRecreatedError({ topic: buffer.topic, idBefore: buffer.topicId ?? '', idNow: id });
  const [begin, end] = await boundsOf(client, buffer, options.readCommitted);
  if (typeof begin === 'string') return; // it is being made: the next metadata will show
  if (buffer.topicId === id) return; // another look at the metadata was faster
  buffer.beginAgain(id, begin, buffer.stop === Infinity ? Infinity : end);
  counters.restarted++;
  onRestarted(buffer);
}

/**
 * A partition is read on under a new leader only once that leader's log is known to go as far as the partition was
 * read, in the same epochs. Source: KIP-320, cwiki.apache.org/confluence/x/KIP-320
 */
async function noteLeader(buffer: PartitionBuffer, client: LogClient): Promise<void> {
  const { topic, partition, fetchAt, lastEpoch } = buffer;
  const epoch = client.leaderEpoch?.(topic, partition);
  if (epoch === undefined || epoch === buffer.leaderEpoch) return;
  try {
    await refuseCutBack(client, { topic, partition, offset: fetchAt, lastEpoch }, 0);
  } catch (error) {
    if (error instanceof StreamTrainError && error.canRetry) return; // asked again with the next metadata
    throw error;
  }
  // What the leader before sent meanwhile was not asked about: this one refuses the next fetch, and is asked then.
  if (buffer.fetchAt === fetchAt && buffer.lastEpoch === lastEpoch) buffer.leaderEpoch = epoch;
}
