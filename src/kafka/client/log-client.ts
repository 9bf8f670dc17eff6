/** The reading half of the client on kafkajs' connections: fetches by explicit offset, with our own decoding. */
import type { Socket } from 'node:net';
import type { FetchRequest, KafkaReader, LogClient, OffsetMark } from './reader.ts';
import { EPOCH_KEY, epochCall } from '../protocol/offsets.ts';
import { groupCalls } from './membership.ts';
import { translated } from './failures.ts';
import type { Broker } from '../protocol/kafkajs.ts';
import { UNKNOWN_TOPIC, knownTopics, leftOut, partitionsOf, type TopicQuestion } from './known-topics.ts';
import { KafkaLink } from './connections.ts';
import type { PartitionMetadata, TopicMetadata } from '../protocol/metadata.ts';
import { KafkaProtocolError, UnknownPartitionError, UnknownTopicError } from '../errors.ts';
import { decompress } from '../protocol/decompress.ts';
import { fetchCall, FETCH_KEY } from '../protocol/fetch.ts';
import type { KafkaSettings } from '../settings/settings.ts';

/** Makes readers' connections from checked settings. Nothing is dialled before a reader's first call. */
export function kafkajsReader(settings: KafkaSettings): KafkaReader {
  const open = new Set<LogClient>();
  return {
    open() {
      const client = openLogClient(settings, () => open.delete(client));
      open.add(client);
      return client;
    },
    async close() {
      await Promise.all([...open].map((client) => client.close()));
    },
  };
}

/** One reader's own connection to the cluster. */
function openLogClient(settings: KafkaSettings, onClose: () => void): LogClient {
  const link = new KafkaLink(settings);
  /** Brokers that requests went to which take their time; their sockets are cut on closing. */
  const waitedFor = new Set<Broker>();
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
  ): Promise<number | undefined> {
    const { leaderEpoch = -1 } = known(topic, partition) ?? {};
    const what = `asking where epoch ${epoch} of ${topic}[${partition}] ends`;
    return call(what, async () => {
      const node = leader(topic, partition);
      if (node === undefined) throw leaderless(topic, partition, 0);
      const broker = await link.broker(node);
      if ((broker.versions?.[EPOCH_KEY]?.maxVersion ?? 0) < 3) return undefined;
      const { errorCode, endOffset } = await link.send(
        broker,
        epochCall({ topic, partition, leaderEpoch, epoch }),
      );
      if (errorCode !== 0) {
        const message = 'the leader may have moved';
        throw new KafkaProtocolError(what, { type: `error ${errorCode}`, message, retriable: true });
      }
      return endOffset;
    });
  }

  /** One look-up of offsets, asked of each partition's leader. */
  async function listOffsets(
    topic: string,
    partitions: readonly number[],
    timestamp: number,
    readCommitted: boolean,
  ): Promise<Map<number, number>> {
    // A look-up that fails because of what has changed since learns anew.
    let isKnown = partitions.every((partition) => leader(topic, partition) !== undefined);
    return link.retrying(`looking up offsets of topic "${topic}"`, async () => {
      if (!isKnown) await learn([topic], { partitions });
      isKnown = false;
      const found = topics.get(topic);
      if (found?.errorCode === UNKNOWN_TOPIC) throw new UnknownTopicError(topic);
      const byLeader = new Map<number, number[]>();
      for (const partition of partitions) {
        const node = leader(topic, partition);
        if (node === undefined) throw leaderless(topic, partition, found?.partitions.length ?? 0);
        byLeader.set(node, [...(byLeader.get(node) ?? []), partition]);
      }
      const answers = await Promise.all(
        [...byLeader].map(async ([node, led]) => {
          const broker = await link.broker(node);
          const isolationLevel = readCommitted ? 1 : 0;
          const wanted = [{ topic, partitions: led.map((partition) => ({ partition, timestamp })) }];
          const { responses } = await link.question(broker, () =>
            broker.listOffsets({ isolationLevel, topics: wanted }),
          );
          const marks = responses.flatMap((response) => response.partitions);
          const told = new Set(marks.map(({ partition }) => partition));
          const silent = led.find((partition) => !told.has(partition));
          if (silent !== undefined) throw leftOut(`Partition ${silent} of topic "${topic}"`);
          return marks;
        }),
      );
      return new Map(answers.flat().map(({ partition, offset }) => [partition, Number(offset)]));
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
    const found = await listOffsets(topic, partitions, mark, readCommitted);
    const beyond = partitions.filter((partition) => (found.get(partition) ?? -1) < 0);
    if (beyond.length === 0) return found;
    const ends = await listOffsets(topic, beyond, LATEST, readCommitted);
    return new Map([...found, ...ends]);
  }

  return {
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
    async refresh() {
      await learn([...topics.keys()]);
    },
    offsets,
    fetch: (node: number, request: FetchRequest) =>
      call('fetching', async () => {
        const broker = await link.broker(node);
        waitedFor.add(broker);
        const answer = await link.send(
          broker,
          fetchCall(request, broker.versions?.[FETCH_KEY]?.maxVersion ?? 4),
        );
        if (answer.errorCode !== 0) {
          const type = `error ${answer.errorCode}`;
          throw new KafkaProtocolError('fetching', {
            type,
            message: 'the whole request failed',
            retriable: true,
          });
        }
        return answer.partitions;
      }),
    decompress,
    ...groupCalls(link, (broker) => waitedFor.add(broker)),
    close() {
      closing ??= (async () => {
        onClose();
        // kafkajs would wait for the requests under way, a long fetch or a join among them; cutting the line rejects them.
        for (const broker of waitedFor) cut(broker);
        await link.close();
      })();
      return closing;
    },
  };
}

const EARLIEST = -2;
const LATEST = -1;

function leaderless(topic: string, partition: number, count: number): Error {
  if (partition >= count && count > 0) return new UnknownPartitionError(topic, partition, count);
  const message = `partition ${partition} of topic "${topic}" has no leader`;
  return new KafkaProtocolError('looking up offsets', {
    type: 'LEADER_NOT_AVAILABLE',
    message,
    retriable: true,
  });
}

/** A broker that does not know of new partitions yet does not make those known before unknown. */
function withKnown(now: TopicMetadata, before: TopicMetadata | undefined): TopicMetadata {
  const isSame = now.topicId !== undefined && now.topicId === before?.topicId;
  if (before === undefined || !isSame || now.errorCode !== 0) return now;
  const told = new Set(now.partitions.map(({ partition }) => partition));
  const missing = before.partitions.filter(({ partition }) => !told.has(partition));
  return missing.length === 0 ? now : { ...now, partitions: [...now.partitions, ...missing] };
}

/** Breaks the connections to a broker at once. */
function cut(broker: Broker): void {
  const { pool } = broker.connectionPool as unknown as {
    readonly pool: readonly { readonly socket?: Socket }[];
  };
  for (const { socket } of pool) socket?.destroy(new Error('closed by the reader'));
}
