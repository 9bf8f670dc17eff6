/** Topic questions and changes: the topic part of the client interface. */

import type { NewTopic, TopicClient, TopicInfo, Watermarks } from './client.ts';
import { kafkaTypeOf, rootOf } from './failures.ts';
import type { KafkaJsRequests } from '../protocol/kafkajs-parts.ts';
import { EARLIEST, LATEST, wholeMoment } from '../protocol/offsets.ts';
import {
  UNKNOWN_TOPIC,
  askLeaders,
  knownTopics,
  leftOut,
  offsetsAtLeaders,
  partitionsByLeader,
  partitionsOf,
} from './known-topics.ts';
import type { KafkaLink } from './connections.ts';
import { InvalidTopicError, UnknownTopicError } from '../errors.ts';
import { messageOf } from '../../errors.ts';

const TOPIC_RESOURCE = 2;

/** A change takes the brokers longer than a question: so many times `connectTimeout`. */
const CHANGE_PATIENCE = 3;

/** Topics of Kafka and of its services that the broker does not call internal. */
const OWN_TOPICS = /^__(cluster_metadata|remote_log_metadata|share_group_state|amazon_msk|confluent)/;

/** Topic questions and changes over one {@link KafkaLink}. */
export class KafkaJsTopics implements TopicClient {
  readonly #link: KafkaLink;

  constructor(link: KafkaLink) {
    this.#link = link;
  }

  async describe(
    topic: string,
    options: Parameters<TopicClient['describe']>[1] = {},
  ): Promise<TopicInfo | undefined> {
    const [found] = (await knownTopics(this.#link, [topic], options)).topics;
    const partitions = (found && partitionsOf(found))?.map(({ partition, leader, replicas, inSync }) => {
      return { partition, leader, replicas, inSync };
    });
    return partitions && { topic, partitions };
  }

  async list(): Promise<readonly string[]> {
    const { topics } = await this.#link.metadata(undefined);
    return topics
      .filter(({ internal, topic }) => !internal && !OWN_TOPICS.test(topic))
      .map(({ topic }) => topic)
      .sort();
  }

  async create({ topic, partitions, replication, config }: NewTopic): Promise<boolean> {
    const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }));
    const wanted = { topic, numPartitions: partitions, replicationFactor: replication, configEntries };
    return this.#change(`creating topic "${topic}"`, 'TOPIC_ALREADY_EXISTS', async (requests, timeout) => {
      try {
        await requests.createTopics({ topics: [wanted], timeout });
      } catch (error) {
        throw (await this.#collision(topic, error)) ?? refusedTopic(topic, error) ?? error;
      }
    });
  }

  /** Names that differ only in dots and underscores are one and the same in Kafka's metrics, so the second is refused. */
  async #collision(topic: string, error: unknown): Promise<InvalidTopicError | undefined> {
    if (kafkaTypeOf(error) !== 'INVALID_TOPIC_EXCEPTION') return undefined;
    const { topics } = await this.#link.metadata(undefined);
    const alike = (name: string): string => name.replaceAll('.', '_');
    const other = topics.find((one) => one.topic !== topic && alike(one.topic) === alike(topic));
    if (other === undefined) return undefined;
    const problem = `it collides with topic "${other.topic}", since dots and underscores are the same in Kafka's metrics; use another name`;
    return new InvalidTopicError({ topic, problem, cause: error });
  }

  async addPartitions(topic: string, count: number): Promise<void> {
    // The caller knows that there are fewer: when the broker answers that there are so many, an earlier attempt arrived.
    await this.#change(`adding partitions to "${topic}"`, 'INVALID_PARTITIONS', (requests, timeout) =>
      requests.createPartitions({ topicPartitions: [{ topic, count }], timeout }),
    );
  }

  async delete(topic: string): Promise<boolean> {
    return this.#change(`deleting topic "${topic}"`, 'UNKNOWN_TOPIC_OR_PARTITION', (requests, timeout) =>
      requests.deleteTopics({ topics: [topic], timeout }),
    );
  }

  async config(topic: string): Promise<Readonly<Record<string, string>>> {
    const what = `reading the settings of topic "${topic}"`;
    const { resources } = await this.#link.retrying(what, () =>
      this.#link.ask(({ requests }) => {
        return requests.describeConfigs({ resources: [{ type: TOPIC_RESOURCE, name: topic }] });
      }),
    );
    const entries = resources[0]?.configEntries;
    if (entries === undefined) throw leftOut(what);
    return Object.fromEntries(entries.map(({ configName, configValue }) => [configName, configValue ?? '']));
  }

  async watermarks(
    topic: string,
    options: Parameters<TopicClient['watermarks']>[1] = {},
  ): Promise<readonly Watermarks[]> {
    const readCommitted = options.isolationLevel === 'read_committed';
    const [low, high] = await Promise.all([
      this.#offsets(topic, { timestamp: EARLIEST, readCommitted }, options.partitions),
      this.#offsets(topic, { timestamp: LATEST, readCommitted }, options.partitions),
    ]);
    return [...low].map(([partition, first]) => {
      const next = high.get(partition);
      if (next === undefined) throw leftOut(`asking for the end of partition ${partition} of "${topic}"`);
      return { partition, low: first, high: next };
    });
  }

  async offsetsForTimestamp(
    topic: string,
    timestamp: number,
    partitions?: readonly number[],
  ): Promise<ReadonlyMap<number, number>> {
    const mark = { timestamp: wholeMoment(timestamp), readCommitted: false };
    return this.#offsets(topic, mark, partitions);
  }

  async deleteRecords(topic: string, before: ReadonlyMap<number, number>): Promise<void> {
    const what = `deleting records of "${topic}"`;
    await this.#atLeaders(what, topic, [...before.keys()], (byLeader) =>
      askLeaders(this.#link, byLeader, async ({ requests }, partitions) => {
        const cut = partitions.map((partition) => ({
          partition,
          offset: String(before.get(partition) ?? -1),
        }));
        await requests.deleteRecords({ topics: [{ topic, partitions: cut }] });
        return [];
      }),
    );
  }

  async #offsets(
    topic: string,
    mark: { readonly timestamp: number; readonly readCommitted: boolean },
    partitions: readonly number[] | undefined,
  ): Promise<ReadonlyMap<number, number>> {
    return this.#atLeaders(`asking for offsets of "${topic}"`, topic, partitions, (byLeader) =>
      offsetsAtLeaders(this.#link, topic, byLeader, mark),
    );
  }

  /** Runs `ask` with the leaders of these partitions, which are looked up again for every attempt. */
  async #atLeaders<T>(
    what: string,
    topic: string,
    partitions: readonly number[] | undefined,
    ask: (byLeader: ReadonlyMap<number, number[]>) => Promise<T>,
  ): Promise<T> {
    return this.#link.retrying(what, async () => {
      const [found] = (await knownTopics(this.#link, [topic], { partitions })).topics;
      if (found === undefined || found.errorCode === UNKNOWN_TOPIC) throw new UnknownTopicError({ topic });
      return ask(partitionsByLeader(topic, found, partitions));
    });
  }

  /** A change at the controller; `false` when the broker answers that it is done already. */
  async #change(
    what: string,
    done: string | undefined,
    change: (requests: KafkaJsRequests, timeout: number) => Promise<unknown>,
  ): Promise<boolean> {
    let attempts = 0;
    return this.#link.retrying(what, async () => {
      attempts++;
      const broker = await this.#link.controller();
      try {
        const { connectTimeout, requestTimeout } = this.#link.settings;
        await this.#link.question(
          broker,
          () => change(broker.requests, requestTimeout),
          CHANGE_PATIENCE * connectTimeout,
        );
        return true;
      } catch (error) {
        // On a second attempt "already done" may be the work of the first, whose answer was lost.
        if (done !== undefined && kafkaTypeOf(error) === done) {
          if (attempts > 1 || done !== 'INVALID_PARTITIONS') return attempts > 1;
        }
        throw error;
      }
    });
  }
}

/** What only the user can correct: a name, a number or a setting the broker does not take. */
function refusedTopic(topic: string, error: unknown): InvalidTopicError | undefined {
  const type = kafkaTypeOf(error) ?? '';
  const advice: Readonly<Record<string, string>> = {
    INVALID_TOPIC_EXCEPTION: 'use another name, of 1 to 249 letters, digits, dots, underscores or hyphens',
    INVALID_CONFIG:
      'one of the given settings is not known to the broker, or its value is wrong; they are listed at https://kafka.apache.org/documentation/#topicconfigs',
    INVALID_PARTITIONS: 'the number of partitions must be 1 or more',
    INVALID_REPLICATION_FACTOR: 'there are fewer brokers than copies asked for; give a smaller replication',
    POLICY_VIOLATION: "it breaks the cluster's rules; ask who runs it",
  };
  const found = advice[type];
  return found === undefined
    ? undefined
    : new InvalidTopicError({
        topic,
        problem: `${found} (${type}: ${messageOf(rootOf(error))})`,
        cause: error,
      });
}
