/**
 * Puts a prefix in front of every name that goes to the cluster, and takes it off every name that comes back: the one place
 * that knows of both. What stands above it, datasets, writers, checkpoints, servers, has this program's names only.
 */
import { StreamTrainError } from '../../errors.ts';
import { ConsumerGroupError } from '../errors.ts';
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from '../protocol/consumer-protocol.ts';
import type { GroupJoin, JoinedMember, MemberIdentity } from '../protocol/group-member.ts';
import { ClusterNames } from '../settings/prefix.ts';
import { kafkaSettings, type KafkaOptions, type KafkaSettings } from '../settings/settings.ts';
import type {
  GroupClient,
  GroupOffsets,
  KafkaProducer,
  LogClient,
  ProducerTransaction,
  TopicClient,
  TransactionalProducer,
} from './client.ts';

/**
 * What a topic, group or transactional id of this program is called on the cluster: with the prefix of the settings
 * (`STREAMTRAIN_PREFIX`, option `prefix`) in front, the same where there is none. For what talks to Kafka by other means:
 * kafkajs, Kafka's own tools, the SQL of an engine. Functions of this library take the name without it.
 *
 * @throws KafkaSettingsError (`ST_KAFKA_SETTINGS`) for a prefix that cannot be one
 * @example
 * ```ts run
 * clusterName('cancer-train', { prefix: 'ada' }); // 'ada.cancer-train'
 * clusterName('cancer-train', { prefix: '' }); // 'cancer-train'
 * ```
 */
export function clusterName(name: string, options: KafkaOptions | KafkaSettings = {}): string {
  return new ClusterNames(kafkaSettings(options).prefix).onCluster(name);
}

/** Topics by this program's names; those of others are not listed. */
export function prefixedTopics(topics: TopicClient, prefix: string): TopicClient {
  const names = new ClusterNames(prefix);
  if (names.areSame) return topics;
  const about = telling(names);
  return {
    describe: (topic, options) =>
      about(async () => {
        const found = await topics.describe(names.onCluster(topic), options);
        return found && names.received(found);
      }),
    list: async () => names.ownOnes(await topics.list()),
    create: (topic) => about(() => topics.create(names.sent(topic))),
    addPartitions: (topic, count) => about(() => topics.addPartitions(names.onCluster(topic), count)),
    delete: (topic) => about(() => topics.delete(names.onCluster(topic))),
    config: (topic) => about(() => topics.config(names.onCluster(topic))),
    watermarks: (topic, options) => about(() => topics.watermarks(names.onCluster(topic), options)),
    offsetsForTimestamp: (topic, timestamp, partitions) =>
      about(() => topics.offsetsForTimestamp(names.onCluster(topic), timestamp, partitions)),
    deleteRecords: (topic, before) => about(() => topics.deleteRecords(names.onCluster(topic), before)),
  };
}

/** Groups by this program's names; those of others are not listed. */
export function prefixedGroups(groups: GroupClient, prefix: string): GroupClient {
  const names = new ClusterNames(prefix);
  if (names.areSame) return groups;
  const about = telling(names);
  const renamed = (offsets: GroupOffsets, name: (topic: string) => string): GroupOffsets =>
    new Map([...offsets].map(([topic, partitions]) => [name(topic), partitions]));
  return {
    list: async () => names.ownOnes(await groups.list()),
    describe: (group) =>
      about(async () => {
        const { members, ...info } = await groups.describe(names.onCluster(group));
        const named = members.map(({ assignment, ...member }) => {
          const topics = Object.entries(assignment).map(
            ([topic, list]) => [ownOf(names, group, topic), list] as const,
          );
          return { ...member, assignment: Object.fromEntries(topics) };
        });
        return { ...info, group, members: named };
      }),
    offsets: (group) =>
      about(async () =>
        renamed(await groups.offsets(names.onCluster(group)), (topic) => ownOf(names, group, topic)),
      ),
    setOffsets: (group, offsets) =>
      about(() =>
        groups.setOffsets(
          names.onCluster(group),
          renamed(offsets, (topic) => names.onCluster(topic)),
        ),
      ),
    delete: (group) => about(() => groups.delete(names.onCluster(group))),
  };
}

/**
 * This program's name of a topic that a group reads. Another tool's member of it may read a topic outside the prefix, for which
 * there is no name here: bare, it would be that of another topic under the prefix.
 */
function ownOf(names: ClusterNames, group: string, topic: string): string {
  if (names.isOwn(topic)) return names.own(topic);
  const problem = `it reads topic "${topic}" of the cluster, which is not under this program's prefix`;
  throw new ConsumerGroupError({ group, type: 'TOPIC_OUTSIDE_PREFIX', problem });
}

/** A producer that writes to this program's topics. */
export function prefixedProducer(producer: KafkaProducer, prefix: string): KafkaProducer {
  const names = new ClusterNames(prefix);
  if (names.areSame) return producer;
  return {
    send: sendingTo(producer, names),
    flush: () => producer.flush(),
    close: () => producer.close(),
    [Symbol.asyncDispose]: () => producer.close(),
  };
}

/** The same in transactions, whose offsets are those of this program's groups. */
export function prefixedTransactions(producer: TransactionalProducer, prefix: string): TransactionalProducer {
  const names = new ClusterNames(prefix);
  if (names.areSame) return producer;
  const about = telling(names);
  return {
    begin: () => about(async () => prefixedTransaction(await producer.begin(), names)),
    check: () => about(() => producer.check()),
    close: () => producer.close(),
    [Symbol.asyncDispose]: () => producer.close(),
  };
}

function prefixedTransaction(transaction: ProducerTransaction, names: ClusterNames): ProducerTransaction {
  const about = telling(names);
  return {
    send: sendingTo(transaction, names),
    sendOffsets: (offsets, group) =>
      about(() =>
        transaction.sendOffsets(
          offsets.map((offset) => names.sent(offset)),
          inGroup(group, names),
        ),
      ),
    commit: () => about(() => transaction.commit()),
    abort: () => transaction.abort(),
    [Symbol.asyncDispose]: () => transaction[Symbol.asyncDispose](),
  };
}

function sendingTo(sender: Pick<KafkaProducer, 'send'>, names: ClusterNames): KafkaProducer['send'] {
  const about = telling(names);
  return (topic, partition, records) =>
    about(async () => names.received(await sender.send(names.onCluster(topic), partition, records)));
}

/** One reader's connection, by this program's names of topics and groups. */
export function prefixedLog(log: Required<LogClient>, prefix: string): Required<LogClient> {
  const names = new ClusterNames(prefix);
  if (names.areSame) return log;
  const about = telling(names);
  return {
    partitions: (topic, options) => about(() => log.partitions(names.onCluster(topic), options)),
    leader: (topic, partition) => log.leader(names.onCluster(topic), partition),
    topicId: (topic) => log.topicId(names.onCluster(topic)),
    leaderEpoch: (topic, partition) => log.leaderEpoch(names.onCluster(topic), partition),
    endOfEpoch: (place, ...asked) => about(() => log.endOfEpoch(names.sent(place), ...asked)),
    refresh: (within) => about(() => log.refresh(within)),
    offsets: (topic, ...asked) => about(() => log.offsets(names.onCluster(topic), ...asked)),
    fetch: (node, request) =>
      about(async () => {
        const targets = request.targets.map((target) => names.sent(target));
        return (await log.fetch(node, { ...request, targets })).map((part) => names.received(part));
      }),
    decompress: (...asked) => log.decompress(...asked),
    join: (wish) =>
      about(async () => {
        const membership = await log.join(joining(wish, names));
        return { ...membership, assignment: assignmentWith(membership.assignment, names, 'received') };
      }),
    heartbeat: (identity) => about(() => log.heartbeat(inGroup(identity, names))),
    leave: (identity) => about(() => log.leave(inGroup(identity, names))),
    beat: (beat) =>
      about(() =>
        log.beat({
          ...beat,
          identity: inGroup(beat.identity, names),
          topics: beat.topics.map((topic) => names.onCluster(topic)),
        }),
      ),
    commit: (identity, offsets) =>
      about(() =>
        log.commit(
          inGroup(identity, names),
          offsets.map((offset) => names.sent(offset)),
        ),
      ),
    committed: (groupId, partitions) =>
      about(async () => {
        const asked = partitions.map((partition) => names.sent(partition));
        const found = await log.committed(names.onCluster(groupId), asked);
        return found.map((offset) => names.received(offset));
      }),
    close: () => log.close(),
  };
}

/** What a member says of itself, and what the leader gives to each, is read by the broker and by other tools, too. */
function joining(wish: GroupJoin, names: ClusterNames): GroupJoin {
  return {
    ...wish,
    groupId: names.onCluster(wish.groupId),
    protocols: wish.protocols.map((protocol) => ({
      ...protocol,
      metadata: subscriptionWith(protocol.metadata, (topic) => names.onCluster(topic)),
    })),
    assign: async (protocol, members) => {
      const own = members.map((member): JoinedMember => {
        return {
          ...member,
          metadata: subscriptionWith(member.metadata, (topic) => ownOf(names, wish.groupId, topic)),
        };
      });
      const shares = await wish.assign(protocol, own);
      return new Map([...shares].map(([member, share]) => [member, assignmentWith(share, names, 'sent')]));
    },
  };
}

type Way = 'sent' | 'received';

function subscriptionWith(bytes: Buffer, name: (topic: string) => string): Buffer {
  const { topics, owned, generation } = decodeSubscription(bytes);
  return encodeSubscription({
    topics: topics.map(name),
    owned: owned.map((partition) => ({ ...partition, topic: name(partition.topic) })),
    generation,
  });
}

function assignmentWith(bytes: Buffer, names: ClusterNames, way: Way): Buffer {
  if (bytes.length === 0) return bytes;
  return encodeAssignment(decodeAssignment(bytes).map((partition) => names[way](partition)));
}

function inGroup(identity: MemberIdentity, names: ClusterNames): MemberIdentity {
  return { ...identity, groupId: names.onCluster(identity.groupId) };
}

/** What an error calls by its name. */
const NAMED = new Set(['topic', 'group', 'transactionalId']);

/** Runs a call; an error about a topic, group or transactional id then tells this program's name of it. */
function telling(names: ClusterNames): <T>(call: () => Promise<T>) => Promise<T> {
  return async (call) => {
    try {
      return await call();
    } catch (error) {
      throw withOwnNames(error, names);
    }
  };
}

function withOwnNames(error: unknown, names: ClusterNames): unknown {
  if (!(error instanceof StreamTrainError)) return error;
  const facts = Object.entries(error) as [string, unknown][];
  const named = facts.filter(([fact]) => NAMED.has(fact));
  const own = named.filter(([, name]) => typeof name === 'string' && names.isOwn(name));
  if (own.length === 0) return error;
  const Failure = error.constructor as new (facts: object) => StreamTrainError;
  const renamed = own.map(([fact, name]) => [fact, names.own(name as string)] as const);
  const again = new Failure({ ...error, ...Object.fromEntries(renamed), cause: error.cause });
  if (error.stack !== undefined) again.stack = error.stack.replace(error.message, again.message);
  return again;
}
