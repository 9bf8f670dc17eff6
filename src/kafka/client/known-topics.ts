/**
 * What the cluster knows of topics: their partitions, leaders, and offsets. What one broker does not know yet is asked of the
 * others before it counts as missing.
 */
import {
  InvalidTopicError,
  KafkaConnectionError,
  KafkaProtocolError,
  UnknownPartitionError,
} from '../errors.ts';
import { inTime, pause } from '../../process/index.ts';
import type { BrokerConnection } from '../protocol/broker-connection.ts';
import type { KafkaLink } from './connections.ts';
import { metadataCall } from '../protocol/metadata.ts';
import type { ClusterMetadata, PartitionMetadata, TopicMetadata } from '../protocol/metadata.ts';
import { listOffsetsCall } from '../protocol/offsets.ts';

/** Kafka's error code for a topic that a broker does not know. */
export const UNKNOWN_TOPIC = 3;

const INVALID_TOPIC = 17;
/** Error codes that a topic's metadata may carry for a moment. */
const MOMENTARY = new Set([5, 6, 7, 9, 13]);

/** A new topic takes a moment until each broker knows it: all are asked again after each of these pauses, ms. */
const PAUSES = [0, 100, 250];
/** So long (ms) each of them may take to answer, and so many of them are asked. */
const ANSWER_MS = 1_000;
const MOST_ASKED = 8;

/** How to ask. */
export interface TopicQuestion {
  /** As of `KafkaLink.metadata`, ms. */
  readonly retryFor?: number;
  /** Partitions of every topic that must be there as well: new ones take a moment, too. */
  readonly partitions?: readonly number[] | undefined;
  /** `false`: what all brokers do not know now is missing, without a second look. Default: `true`. */
  readonly sure?: boolean;
  /** Asks every broker, not only about what the first one does not know. */
  readonly everywhere?: boolean;
}

/**
 * What the cluster knows of these topics. One is missing (error code 3) only when no broker knows it, and none does a
 * moment later: a third of a second, or three seconds where brokers do not answer.
 *
 * @throws the errors of {@link KafkaLink}; {@link KafkaProtocolError} `NO_ANSWER` when the answer leaves a topic out
 */
export async function knownTopics(
  link: KafkaLink,
  topics: readonly string[],
  { retryFor, partitions = [], sure = true, everywhere = false }: TopicQuestion = {},
): Promise<ClusterMetadata> {
  const first = await link.metadata(topics, retryFor === undefined ? {} : { retryFor });
  const found = new Map(first.topics.map((one) => [one.topic, one]));
  for (const topic of topics) if (!found.has(topic)) throw leftOut(`Topic "${topic}"`);
  const lacks = (one: TopicMetadata): boolean => {
    if (one.errorCode === UNKNOWN_TOPIC) return true;
    const there = new Set(one.partitions.map(({ partition }) => partition));
    return one.errorCode === 0 && partitions.some((partition) => !there.has(partition));
  };
  const nodes = first.brokers.slice(0, MOST_ASKED).map(({ nodeId }) => nodeId);
  for (const ms of sure ? PAUSES : PAUSES.slice(0, 1)) {
    const isFirst = ms === 0;
    const missing = [...found.values()].filter((one) => (everywhere && isFirst) || lacks(one));
    if (missing.length === 0) break;
    // A single broker has just been asked.
    if (isFirst && nodes.length === 1) continue;
    await pause(ms);
    const names = missing.map(({ topic }) => topic);
    for (const answer of await Promise.all(nodes.map((node) => askNode(link, node, names))))
      for (const one of answer)
        if (one.errorCode !== UNKNOWN_TOPIC) found.set(one.topic, merged(found.get(one.topic), one));
  }
  return { ...first, topics: [...found.values()] };
}

/**
 * The partitions of a topic; `undefined` when there is none of that name.
 *
 * @throws {InvalidTopicError}; {@link KafkaProtocolError} when the brokers give no information, or not just now
 */
export function partitionsOf({
  topic,
  errorCode,
  partitions,
}: TopicMetadata): readonly PartitionMetadata[] | undefined {
  if (errorCode === UNKNOWN_TOPIC) return undefined;
  if (errorCode === INVALID_TOPIC) throw new InvalidTopicError({ topic, problem: 'the name is not allowed' });
  const retriable = MOMENTARY.has(errorCode);
  if (errorCode === 0 || (retriable && partitions.length > 0)) return partitions;
  const type = errorCode === 29 ? 'TOPIC_AUTHORIZATION_FAILED' : `ERROR_${errorCode}`;
  const answer = 'the broker gives no information about this topic';
  throw new KafkaProtocolError({ what: `Topic "${topic}"`, type, answer, canRetry: retriable });
}

/**
 * What two brokers know of a topic. A broker may be behind, so of each partition the later election stands; partitions
 * that one of them knows are there, since their number only grows. Of two topics under one name the larger one stands.
 */
function merged(before: TopicMetadata | undefined, one: TopicMetadata): TopicMetadata {
  if (before === undefined || before.errorCode !== 0) return one;
  if (one.errorCode !== 0) return before;
  const topicId = before.topicId ?? one.topicId;
  if (one.topicId !== undefined && one.topicId !== topicId)
    return one.partitions.length > before.partitions.length ? one : before;
  const partitions = new Map(before.partitions.map((known) => [known.partition, known]));
  for (const other of one.partitions) {
    const known = partitions.get(other.partition);
    const isLater = known === undefined || other.leaderEpoch > known.leaderEpoch;
    const isSound = other.leaderEpoch === known?.leaderEpoch && known.errorCode !== 0;
    if (isLater || isSound) partitions.set(other.partition, other);
  }
  const inOrder = [...partitions.values()].sort((a, b) => a.partition - b.partition);
  return { ...before, topicId, partitions: inOrder };
}

/** What one broker knows; nothing, when it does not answer. */
async function askNode(
  link: KafkaLink,
  node: number,
  topics: readonly string[],
): Promise<readonly TopicMetadata[]> {
  const asking = async (): Promise<ClusterMetadata> => {
    const broker = await link.broker(node);
    return link.question(broker, () => broker.send(metadataCall(topics, broker)));
  };
  const late = (): Error =>
    new KafkaConnectionError({ brokers: link.settings.brokers, problem: `no answer within ${ANSWER_MS} ms` });
  return inTime(asking(), ANSWER_MS, late).then(
    (answer) => answer.topics,
    () => [],
  );
}

/** A part of the answer is missing: that is not the same as nothing being there. */
export function leftOut(what: string): KafkaProtocolError {
  const answer = 'the answer leaves it out; ask again';
  return new KafkaProtocolError({ what, type: 'NO_ANSWER', answer, canRetry: true });
}

/**
 * These partitions of a topic, or all of them, by the broker that leads them.
 *
 * @throws {UnknownPartitionError}; {@link KafkaProtocolError} `LEADER_NOT_AVAILABLE` for one that has no leader just now
 */
export function partitionsByLeader(
  topic: string,
  found: TopicMetadata | undefined,
  wanted: readonly number[] | undefined,
): ReadonlyMap<number, number[]> {
  const known = found?.partitions ?? [];
  const byLeader = new Map<number, number[]>();
  for (const partition of wanted ?? known.map((one) => one.partition)) {
    const leader = known.find((one) => one.partition === partition)?.leader ?? -1;
    if (leader < 0) {
      const mayBe = Number.isInteger(partition) && partition >= 0 && partition < known.length;
      if (known.length > 0 && !mayBe)
        throw new UnknownPartitionError({ topic, partition, partitionCount: known.length });
      const answer = `partition ${partition} has no leader just now`;
      const what = `Topic "${topic}"`;
      throw new KafkaProtocolError({ what, type: 'LEADER_NOT_AVAILABLE', answer, canRetry: true });
    }
    const own = byLeader.get(leader);
    if (own === undefined) byLeader.set(leader, [partition]);
    else own.push(partition);
  }
  return byLeader;
}

/** Asks each leader about its partitions, all at the same time. */
export async function askLeaders<T>(
  link: KafkaLink,
  byLeader: ReadonlyMap<number, number[]>,
  ask: (broker: BrokerConnection, partitions: readonly number[]) => Promise<readonly T[]>,
): Promise<readonly T[]> {
  const answers = await Promise.all(
    [...byLeader].map(async ([leader, own]) => {
      const broker = await link.broker(leader);
      return link.question(broker, () => ask(broker, own));
    }),
  );
  return answers.flat();
}

/** The offsets of partitions by their leaders: at the time `timestamp` (ms), or at the mark that stands in its place. */
export async function offsetsAtLeaders(
  link: KafkaLink,
  topic: string,
  byLeader: ReadonlyMap<number, number[]>,
  mark: { readonly timestamp: number; readonly readCommitted: boolean },
): Promise<Map<number, number>> {
  const found = await askLeaders(link, byLeader, async (broker, partitions) => {
    const offsets = await broker.send(listOffsetsCall({ topic, partitions, ...mark }));
    const answered = new Set(offsets.map(({ partition }) => partition));
    const missing = partitions.find((partition) => !answered.has(partition));
    if (missing !== undefined) throw leftOut(`asking for offsets of partition ${missing} of "${topic}"`);
    return offsets;
  });
  const inOrder = [...found].sort((one, other) => one.partition - other.partition);
  return new Map(inOrder.map(({ partition, offset }) => [partition, offset]));
}

/** How long a topic may be unknown before it counts as missing; a new one needs a moment to be known everywhere. */
const PATIENCE = 3_000;

/** Leaders of the topics asked about, until forgotten. */
export class LeaderMap {
  readonly #link: KafkaLink;
  readonly #leaders = new Map<string, ReadonlyMap<number, number>>();
  readonly #asking = new Map<string, Promise<'found' | 'missing'>>();
  readonly #missingSince = new Map<string, number>();

  constructor(link: KafkaLink) {
    this.#link = link;
  }

  /** The broker's number, or `undefined` when it must be asked for. */
  leader(topic: string, partition: number): number | undefined {
    return this.#leaders.get(topic)?.get(partition);
  }

  forget(topic: string): void {
    this.#leaders.delete(topic);
  }

  /** Asks the cluster, once for all that want to know. `missing` when the topic has been unknown for seconds. */
  find(topic: string): Promise<'found' | 'missing'> {
    const underWay = this.#asking.get(topic);
    if (underWay !== undefined) return underWay;
    const asking = this.#ask(topic).finally(() => this.#asking.delete(topic));
    this.#asking.set(topic, asking);
    return asking;
  }

  async #ask(topic: string): Promise<'found' | 'missing'> {
    const [found] = (await knownTopics(this.#link, [topic], { retryFor: 0, sure: false })).topics;
    if (found === undefined || found.errorCode === UNKNOWN_TOPIC) {
      const since = this.#missingSince.get(topic) ?? performance.now();
      this.#missingSince.set(topic, since);
      return performance.now() - since > PATIENCE ? 'missing' : 'found';
    }
    this.#missingSince.delete(topic);
    const led = found.partitions.filter(({ leader }) => leader >= 0);
    this.#leaders.set(topic, new Map(led.map(({ partition, leader }) => [partition, leader])));
    return 'found';
  }
}
