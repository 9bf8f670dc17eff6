/** Creates, describes, lists and deletes topics and their records, and comes back only when the change can be relied on. */

import type { KafkaClient, TopicInfo } from '../client/client.ts';
import {
  checkInteger,
  invalidOption,
  isByName,
  refuseUnknownOptions,
  type OptionNames,
} from '../../options.ts';
import { accessNames, usingKafka } from '../client/open.ts';
import type { KafkaAccess } from '../client/open.ts';
import {
  InvalidTopicError,
  KafkaTimeoutError,
  PartitionMismatchError,
  UnknownTopicError,
} from '../errors.ts';
import { until } from '../../process/index.ts';

/** What a new topic shall be like. */
export interface CreateTopicOptions extends KafkaAccess {
  /** 1 if missing; an existing topic must then have the same number, unless none was given. */
  partitions?: number;
  /** Copies of each partition; the broker's default if missing. */
  replication?: number;
  /** Kafka's topic settings: `{ 'cleanup.policy': 'compact' }`. Values may be numbers. */
  config?: Readonly<Record<string, string | number | boolean>>;
}

/** What Kafka's protocol holds. */
const MOST_PARTITIONS = 2 ** 31 - 1;
const MOST_COPIES = 2 ** 15 - 1;

const createNames: OptionNames<CreateTopicOptions> = {
  ...accessNames,
  ...{ partitions: true, replication: true, config: true },
};

/** A topic that is there and can be written to and read. */
export interface CreatedTopic {
  readonly topic: string;
  readonly partitions: number;
  /** `false`: it existed before. */
  readonly created: boolean;
}

/** A topic with its settings and how much is in it. */
export interface TopicDescription extends TopicInfo {
  /** Records that can be read now: offsets between the first and the next (markers of transactions count too). */
  readonly records: number;
  readonly offsets: readonly { readonly partition: number; readonly low: number; readonly high: number }[];
  readonly config: Readonly<Record<string, string>>;
}

/**
 * Makes sure that a topic exists. Returns when every partition has a leader that answers.
 *
 * @throws {PartitionMismatchError} when it exists with another number of partitions.
 * @throws {InvalidTopicError} when the broker refuses its name or settings.
 * @throws {KafkaConnectionError} and the other connection errors of {@link openKafka}.
 *
 * @example
 * ```ts
 * await createTopic('cancer-train', { partitions: 2 });
 * ```
 */
export async function createTopic(topic: string, options: CreateTopicOptions = {}): Promise<CreatedTopic> {
  refuseUnknownOptions('createTopic', options, createNames);
  const { partitions, replication = -1, config = {} } = options;
  if (!isByName(config)) throw invalidOption('config', config, 'settings by name');
  const refuse = (what: string, most: number, given: number) => {
    if (Number.isInteger(given) && given >= 1 && given <= most) return;
    const problem = `${what} must be a whole number from 1 to ${most}, not ${given}`;
    throw new InvalidTopicError({ topic, problem });
  };
  if (partitions !== undefined) refuse('partitions', MOST_PARTITIONS, partitions);
  // -1 is Kafka's own word for the broker's default.
  if (replication !== -1) refuse('replication', MOST_COPIES, replication);
  if (!/^[\w.-]{1,249}$/.test(topic) || topic === '.' || topic === '..') {
    throw new InvalidTopicError({
      topic,
      problem: 'a name is 1 to 249 letters, digits, dots, underscores or hyphens',
    });
  }
  return usingKafka(options, async (client) => {
    const texts = Object.fromEntries(Object.entries(config).map(([name, value]) => [name, String(value)]));
    const isThere = (await client.topics.describe(topic, { sure: false })) !== undefined;
    const wanted = { topic, partitions: partitions ?? 1, replication, config: texts };
    const created = !isThere && (await client.topics.create(wanted));
    // A topic of before may have lost its leaders for long; only a new one is waited for with its full number.
    const found = await untilReady(client, topic, created ? wanted.partitions : undefined);
    if (partitions !== undefined && found !== partitions)
      throw new PartitionMismatchError({ topic, wanted: partitions, found });
    return { topic, partitions: found, created };
  });
}

/**
 * Deletes a topic with all its records. Returns when the brokers do not know it any more.
 *
 * @returns `false` when there was none.
 */
export async function deleteTopic(topic: string, options: KafkaAccess = {}): Promise<boolean> {
  refuseUnknownOptions('deleteTopic', options, accessNames);
  return usingKafka(options, async (client) => {
    if (!(await client.topics.delete(topic))) return false;
    await untilYes(
      client,
      `Topic "${topic}" was not removed`,
      async () => (await client.topics.describe(topic, { sure: false })) === undefined,
    );
    return true;
  });
}

/**
 * Everything about one topic.
 *
 * @throws {UnknownTopicError} when there is none of that name.
 *
 * @example
 * ```ts
 * const { partitions, records } = await describeTopic('cancer-train');
 * ```
 */
export async function describeTopic(topic: string, options: KafkaAccess = {}): Promise<TopicDescription> {
  refuseUnknownOptions('describeTopic', options, accessNames);
  return usingKafka(options, async (client) => {
    const info = await client.topics.describe(topic);
    if (info === undefined) throw new UnknownTopicError({ topic });
    const [offsets, config] = await Promise.all([
      client.topics.watermarks(topic),
      client.topics.config(topic),
    ]);
    const records = offsets.reduce((sum, { low, high }) => sum + high - low, 0);
    return { ...info, records, offsets, config };
  });
}

/**
 * Raises the number of partitions; returns when the new ones answer. Keys may then go to other partitions than before.
 *
 * @throws {UnknownTopicError} when there is no such topic.
 * @throws {InvalidTopicError} when the topic has that many already: partitions cannot be taken away.
 */
export async function addPartitions(
  topic: string,
  partitions: number,
  options: KafkaAccess = {},
): Promise<void> {
  refuseUnknownOptions('addPartitions', options, accessNames);
  await usingKafka(options, async (client) => {
    const info = await client.topics.describe(topic);
    if (info === undefined) throw new UnknownTopicError({ topic });
    const found = info.partitions.length;
    if (!Number.isInteger(partitions) || partitions <= found || partitions > MOST_PARTITIONS) {
      throw new InvalidTopicError({
        topic,
        problem: `it has ${found} partition(s); the new number must be whole, larger, and ${MOST_PARTITIONS} at most, not ${partitions}`,
      });
    }
    await client.topics.addPartitions(topic, partitions);
    await untilReady(client, topic, partitions);
  });
}

/** Options of {@link deleteRecords}. */
export interface DeleteRecordsOptions extends KafkaAccess {
  /** For each partition the first offset to keep; all records of all partitions go if missing. */
  before?: Readonly<Record<number, number>>;
}

const deleteRecordsNames: OptionNames<DeleteRecordsOptions> = { ...accessNames, before: true };

/**
 * Drops the oldest records of a topic; the offsets of the others stay as they are.
 *
 * @returns the first offset kept, by partition.
 * @throws {UnknownTopicError} when there is no such topic.
 * @throws {KafkaProtocolError} `OFFSET_OUT_OF_RANGE` when an offset lies behind the end.
 * @throws InvalidOptionError (`ST_OPTION_INVALID`) for what is no offset; nothing is dropped then.
 *
 * @example
 * ```ts
 * await deleteRecords('cancer-train', { before: { 0: 100 } });
 * ```
 */
export async function deleteRecords(
  topic: string,
  options: DeleteRecordsOptions = {},
): Promise<Readonly<Record<number, number>>> {
  refuseUnknownOptions('deleteRecords', options, deleteRecordsNames);
  // Kafka takes -1, such as of a search that found nothing, for the end of the log: everything would go.
  const { before = {} } = options;
  if (!isByName(before)) throw invalidOption('before', before, 'offsets by partition');
  for (const [partition, offset] of Object.entries(before)) checkInteger(`before[${partition}]`, offset);
  return usingKafka(options, async (client) => {
    const info = await client.topics.describe(topic);
    if (info === undefined) throw new UnknownTopicError({ topic });
    const all = info.partitions.map(({ partition }): [number, number] => [partition, -1]);
    const named = Object.entries(options.before ?? {}).map(([partition, offset]): [number, number] => [
      Number(partition),
      offset,
    ]);
    await client.topics.deleteRecords(topic, new Map(options.before === undefined ? all : named));
    const marks = await client.topics.watermarks(topic);
    return Object.fromEntries(marks.map(({ partition, low }) => [partition, low]));
  });
}

/** The names of all topics, sorted, without Kafka's own. */
export async function listTopics(options: KafkaAccess = {}): Promise<readonly string[]> {
  refuseUnknownOptions('listTopics', options, accessNames);
  return usingKafka(options, (client) => client.topics.list());
}

/** Waits for a leader that answers, in every partition; gives their number. */
async function untilReady(client: KafkaClient, topic: string, expected: number | undefined): Promise<number> {
  let partitions = 0;
  await untilYes(client, `Topic "${topic}" was not ready`, async () => {
    const info = await client.topics.describe(topic);
    partitions = info?.partitions.length ?? 0;
    if (info === undefined || partitions === 0 || (expected !== undefined && partitions < expected))
      return false;
    if (info.partitions.some(({ leader }) => leader < 0)) return false;
    try {
      return (await client.topics.watermarks(topic)).length === partitions;
    } catch (error) {
      // A new topic is not known to all brokers of a cluster at the same moment, and this asks another one.
      if (error instanceof UnknownTopicError) return false;
      throw error;
    }
  });
  return partitions;
}

/** Asks again and again, in short intervals, until the answer is yes. */
async function untilYes(client: KafkaClient, what: string, yes: () => Promise<boolean>): Promise<void> {
  const limit = client.settings.requestTimeout;
  const late = () =>
    new KafkaTimeoutError({
      what,
      waited: limit,
      advice: 'See whether all brokers run, or raise requestTimeout.',
    });
  await until(async () => (await yes()) || undefined, { first: 5, longest: 250 }, limit, late);
}
