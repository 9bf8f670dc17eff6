/** What fresh metadata tells about the partitions being read: their topic was created again, their log was cut back. */
import { StreamTrainError } from '../../errors.ts';
import type { LogClient } from '../client/reader.ts';
import { LogTruncatedError, TopicRecreatedError } from '../dataset/errors.ts';
import { boundsOf } from './answers.ts';
import type { FetchCounters, FetcherOptions } from './fetch-options.ts';
import type { PartitionBuffer } from './partition-buffer.ts';

/** What looking at the metadata needs. */
export interface ChangeContext {
  readonly client: LogClient;
  readonly options: FetcherOptions;
  readonly counters: FetchCounters;
  /** Told of each partition that begins again because its topic is another one. */
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
    throw new TopicRecreatedError(buffer.topic, buffer.topicId ?? '', id);
  const [begin, end] = await boundsOf(client, buffer, options.readCommitted);
  if (typeof begin === 'string') return; // it is being made: the next metadata will tell
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
  const epoch = client.leaderEpoch?.(buffer.topic, buffer.partition);
  if (epoch === undefined || epoch === buffer.leaderEpoch) return;
  if (buffer.leaderEpoch !== undefined && buffer.lastEpoch >= 0) {
    try {
      const end = await client.endOfEpoch?.(buffer, buffer.lastEpoch);
      if (end !== undefined && end < buffer.fetchAt)
        throw new LogTruncatedError(buffer.topic, buffer.partition, buffer.fetchAt, Math.max(0, end));
    } catch (error) {
      if (error instanceof StreamTrainError && error.canRetry) return; // asked again with the next metadata
      throw error;
    }
  }
  buffer.leaderEpoch = epoch;
}
