/** The reading half of the client: fetches by explicit offset, without a group. */
import { unlessAborted } from '../../process/index.ts';
import { KafkaClosedError, KafkaProtocolError, UnknownTopicError } from '../errors.ts';
import { newestVersion } from '../protocol/calls.ts';
import { decompress } from '../protocol/compression.ts';
import { fetchCall, type FetchRequest } from '../protocol/fetch.ts';
import type { PartitionMetadata, TopicMetadata } from '../protocol/metadata.ts';
import { EARLIEST, EPOCH_KEY, EPOCH_VERSION, LATEST, epochCall, wholeMoment } from '../protocol/offsets.ts';
import type { KafkaSettings } from '../settings/settings.ts';
import type { KafkaReader, LogClient, OffsetMark } from './client.ts';
import { KafkaLink } from './connections.ts';
import { translated } from './failures.ts';
import {
  UNKNOWN_TOPIC,
  knownTopics,
  leftOut,
  offsetsAtLeaders,
  partitionsByLeader,
  partitionsOf,
} from './known-topics.ts';
import type { TopicQuestion } from './known-topics.ts';
import { groupCalls } from './membership.ts';
import { prefixedLog } from './prefixed.ts';

/**
 * Makes readers' connections from checked settings. Nothing is dialled before a reader's first call.
 *
 * @param settings or what finds them out: called at the first call of all, and again after a failure
 */
export function kafkajsReader(settings: KafkaSettings | (() => Promise<KafkaSettings>)): KafkaReader {
  const open = new Set<LogClient>();
  let known: Promise<KafkaSettings> | undefined;
  const forget = (error: unknown): never => {
    known = undefined;
    throw error;
  };
  return {
    open() {
      const onClose = () => open.delete(client);
      const client: LogClient =
        typeof settings === 'function'
          ? openLater(() => (known ??= settings().catch(forget)), onClose)
          : openLogClient(settings, onClose);
      open.add(client);
      return client;
    },
    async close() {
      await Promise.all([...open].map((client) => client.close()));
    },
  };
}

/** As {@link openLogClient}, with settings that are found out at the first call. */
function openLater(settings: () => Promise<KafkaSettings>, onClose: () => void): LogClient {
  const closing = new AbortController();
  let opened: Required<LogClient> | undefined;
  const client = async (): Promise<Required<LogClient>> => {
    if (opened !== undefined) return opened;
    const found = await unlessAborted(settings(), closing.signal);
    closing.signal.throwIfAborted();
    return (opened ??= openLogClient(found, () => undefined));
  };
  return {
    partitions: async (...asked) => (await client()).partitions(...asked),
    leader: (...asked) => opened?.leader(...asked),
    topicId: (...asked) => opened?.topicId(...asked),
    leaderEpoch: (...asked) => opened?.leaderEpoch(...asked),
    endOfEpoch: async (...asked) => (await client()).endOfEpoch(...asked),
    refresh: async (within) => (await client()).refresh(within),
    offsets: async (...asked) => (await client()).offsets(...asked),
    fetch: async (...asked) => (await client()).fetch(...asked),
    decompress,
    join: async (...asked) => (await client()).join(...asked),
    heartbeat: async (...asked) => (await client()).heartbeat(...asked),
    leave: async (...asked) => (await client()).leave(...asked),
    beat: async (...asked) => (await client()).beat(...asked),
    commit: async (...asked) => (await client()).commit(...asked),
    committed: async (...asked) => (await client()).committed(...asked),
    async close() {
      closing.abort(new KafkaClosedError({ what: 'This Kafka client' }));
      onClose();
      await opened?.close();
    },
  };
}

/** One reader's own connection to the cluster. */
function openLogClient(settings: KafkaSettings, onClose: () => void): Required<LogClient> {
  const link = new KafkaLink(settings);
  const topics = new Map<string, TopicMetadata>();
  let closing: Promise<void> | undefined;

  async function call<T>(what: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw translated(error, what, settings);
    }
  }

  async function learn(names: readonly string[], question: TopicQuestion = {}): Promise<void> {
    const metadata = await knownTopics(link, names, question);
    for (const one of metadata.topics) topics.set(one.topic, withKnown(one, topics.get(one.topic)));
  }

  /** The partition in the metadata at hand: partitions come in order, and nearly always with no gap. */
  function known(topic: string, partition: number): PartitionMetadata | undefined {
    const partitions = topics.get(topic)?.partitions;
    const found = partitions?.[partition];
    return found?.partition === partition ? found : partitions?.find((one) => one.partition === partition);
  }

  function leader(topic: string, partition: number): number | undefined {
    const found = known(topic, partition);
    return found && found.leader >= 0 ? found.leader : undefined;
  }

  async function endOfEpoch(
    { topic, partition }: { topic: string; partition: number },
    epoch: number,
    within?: number,
  ): Promise<number | undefined> {
    const what = `asking where epoch ${epoch} of ${topic}[${partition}] ends`;
    let isKnown = leader(topic, partition) !== undefined;
    const attempt = async (): Promise<number | undefined> => {
      if (!isKnown)
        await learn([topic], { partitions: [partition], ...(within !== undefined && { retryFor: within }) });
      isKnown = false;
      const { leaderEpoch = -1 } = known(topic, partition) ?? {};
      const [node = -1] = partitionsByLeader(topic, topics.get(topic), [partition]).keys();
      const broker = await link.broker(node);
      if (newestVersion(broker, EPOCH_KEY) < EPOCH_VERSION) return undefined;
      const question = epochCall({ topic, partition, leaderEpoch, epoch });
      const end = await link.question(broker, () => broker.send(question));
      if (end === undefined) throw leftOut(what);
      return end;
    };
    return link.retrying(what, attempt, within);
  }

  /** One look-up of offsets, asked of each partition's leader. */
  async function listOffsets(
    topic: string,
    partitions: readonly number[],
    timestamp: number,
    readCommitted: boolean,
  ): Promise<Map<number, number>> {
    // When a look-up fails because of what has changed since, the topic is asked about again.
    let isKnown = partitions.every((partition) => leader(topic, partition) !== undefined);
    return link.retrying(`looking up offsets of topic "${topic}"`, async () => {
      if (!isKnown) await learn([topic], { partitions });
      isKnown = false;
      const found = topics.get(topic);
      if (found?.errorCode === UNKNOWN_TOPIC) throw new UnknownTopicError({ topic });
      const byLeader = partitionsByLeader(topic, found, partitions);
      return offsetsAtLeaders(link, topic, byLeader, { timestamp, readCommitted });
    });
  }

  async function offsets(
    topic: string,
    partitions: readonly number[],
    mark: OffsetMark,
    readCommitted: boolean,
  ) {
    if (mark === 'beginning') return listOffsets(topic, partitions, EARLIEST, readCommitted);
    if (mark === 'end') return listOffsets(topic, partitions, LATEST, readCommitted);
    const moment = wholeMoment(mark);
    const found = await listOffsets(topic, partitions, moment, readCommitted);
    const beyond = partitions.filter((partition) => (found.get(partition) ?? -1) < 0);
    if (beyond.length === 0) return found;
    const ends = await listOffsets(topic, beyond, LATEST, readCommitted);
    // What was written between the two answers stands before that end, and may be of the moment: it is asked for once more.
    const since = await listOffsets(topic, beyond, moment, readCommitted);
    const later = [...since].map(
      ([partition, offset]) => [partition, offset < 0 ? ends.get(partition)! : offset] as const,
    );
    return new Map([...found, ...later]);
  }

  const log: Required<LogClient> = {
    async partitions(topic, options) {
      await learn([topic], options);
      const found = topics.get(topic);
      return found && partitionsOf(found)?.map(({ partition }) => partition);
    },
    leader,
    topicId: (topic) => topics.get(topic)?.topicId,
    leaderEpoch(topic, partition) {
      const { leaderEpoch = -1 } = known(topic, partition) ?? {};
      return leaderEpoch < 0 ? undefined : leaderEpoch;
    },
    endOfEpoch,
    async refresh(within) {
      const isShort = within !== undefined && within < settings.requestTimeout;
      await learn([...topics.keys()], isShort ? { retryFor: Math.max(0, within) } : {});
    },
    offsets,
    fetch: (node: number, request: FetchRequest) =>
      call('fetching', async () => {
        const broker = await link.broker(node);
        const { errorCode, partitions } = await link.send(broker, fetchCall(request, broker));
        if (errorCode === 0) return partitions;
        const [type, answer] = [`error ${errorCode}`, 'the whole request failed'];
        throw new KafkaProtocolError({ what: 'fetching', type, answer, canRetry: true });
      }),
    decompress,
    ...groupCalls(link),
    close() {
      onClose();
      return (closing ??= link.close());
    },
  };
  return prefixedLog(log, settings.prefix);
}

/** A broker that does not know of new partitions yet does not make those known before unknown. */
function withKnown(now: TopicMetadata, before: TopicMetadata | undefined): TopicMetadata {
  const isSame = now.topicId !== undefined && now.topicId === before?.topicId;
  if (before === undefined || !isSame || now.errorCode !== 0) return now;
  const answered = new Set(now.partitions.map(({ partition }) => partition));
  const missing = before.partitions.filter(({ partition }) => !answered.has(partition));
  return missing.length === 0 ? now : { ...now, partitions: [...now.partitions, ...missing] };
}
