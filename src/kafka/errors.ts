/** Every way in which reaching Kafka, asking it, writing to it and coding rows can fail: one class and one code each. */
import { failure, messageOf } from '../errors.ts';
import type { OutgoingRecord } from './record.ts';

/** One thing wrong with the settings: where it was given, and what is wrong with it. */
export interface SettingsIssue {
  /** Dotted path of the option (`sasl.mechanism`), or the environment variable it came from. */
  readonly path: string;
  readonly problem: string;
}

/** The options, the environment or a `configuration` hold something that cannot be used. Nothing was connected. */
export class KafkaSettingsError extends failure({
  code: 'ST_KAFKA_SETTINGS',
  says: ({ issues }: { issues: readonly SettingsIssue[] }) =>
    `Kafka settings: ${issues.map(({ path, problem }) => `${path}: ${problem}`).join('; ')}`,
  cure: '',
}) {}

/** A name in `configuration` that this library does not know, or a value that is not understood as it was written. */
export class KafkaConfigurationError extends failure({
  code: 'ST_KAFKA_CONFIGURATION',
  says: ({ setting, problem }: { setting: string; problem: string }) =>
    `Kafka configuration "${setting}": ${problem}`,
  cure: '',
}) {}

/** No broker of the list answered in time. */
export class KafkaConnectionError extends failure({
  code: 'ST_KAFKA_CONNECTION',
  says: ({ brokers, problem }: { brokers: readonly string[]; problem: string }) =>
    `No Kafka broker at ${brokers.join(', ')}: ${problem.replace(/\.$/, '')}.`,
  cure: 'Check that Kafka runs there, and the addresses (STREAMTRAIN_BROKERS or { brokers }).',
  canRetry: true,
}) {}

/**
 * The cluster was found, but the address it gives for one of its brokers (`advertised.listeners`) cannot be reached from
 * here, as when Kafka runs in a container and names itself as it is known in there.
 */
export class AdvertisedAddressError extends failure({
  code: 'ST_KAFKA_ADVERTISED_ADDRESS',
  says: (facts: { node: number; address: string; brokers: readonly string[]; problem: string }) =>
    `Kafka at ${facts.brokers.join(', ')} advertises ${facts.address} for its broker ${facts.node}, and that cannot be ` +
    `reached from here: ${facts.problem}.`,
  cure: ({ address }) =>
    `Set the broker's advertised.listeners to an address that this machine can reach, or make ${address} reachable ` +
    '(host name, port mapping, tunnel); if the broker is down, start it.',
  canRetry: true,
}) {}

/** Kinds of failure that {@link KafkaTlsError} tells apart. */
export type TlsFailure =
  | 'untrusted-certificate'
  | 'expired-certificate'
  | 'wrong-host-name'
  | 'client-certificate'
  | 'not-tls'
  | 'tls-required'
  | 'handshake';

/** The two sides could not agree on an encrypted connection: wrong authority, expired certificate, wrong port. */
export class KafkaTlsError extends failure({
  code: 'ST_KAFKA_TLS',
  says: ({ broker, reason, problem }: { broker: string; reason: TlsFailure; problem: string }) =>
    `TLS to Kafka at ${broker} failed (${reason}): ${problem}`,
  cure: '',
}) {}

/** The broker refused the user name, the password or the mechanism, or wants a login and was given none. */
export class KafkaAuthenticationError extends failure({
  code: 'ST_KAFKA_AUTHENTICATION',
  says: (facts: { broker: string; mechanism?: string; username?: string; problem: string }) =>
    facts.username === undefined
      ? `Kafka at ${facts.broker} wants a login: ${facts.problem}.`
      : `Kafka at ${facts.broker} refused user "${facts.username}" with ${facts.mechanism}: ${facts.problem}.`,
  cure: ({ username }) =>
    username === undefined
      ? 'Give sasl.mechanism, sasl.username and sasl.password.'
      : 'Check sasl.username, sasl.password and sasl.mechanism against the broker.',
}) {}

/** The installed kafkajs is not the one whose internal modules this library was written for. Nothing was connected. */
export class KafkaJsVersionError extends failure({
  code: 'ST_KAFKA_JS_VERSION',
  says: (facts: { found: string; expected: string; differences: readonly string[] }) =>
    `kafkajs ${facts.found} is installed, and this library stands on internal modules of kafkajs ${facts.expected}` +
    `${facts.differences.length === 0 ? '' : `; different are: ${facts.differences.join(', ')}`}.`,
  cure: ({ expected }) => `Install it: npm install kafkajs@${expected}`,
}) {}

/** What helps against Kafka's own refusals. */
const CURES: Readonly<Record<string, string>> = {
  TOPIC_AUTHORIZATION_FAILED:
    'Ask for the right to do this with the topic (READ, WRITE, CREATE, DELETE, ALTER, DESCRIBE or DESCRIBE_CONFIGS), or use another user.',
  GROUP_AUTHORIZATION_FAILED:
    'Ask for the right to this group (READ, DESCRIBE or DELETE), or use another user.',
  TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
    'Ask for the right to this transactional id (WRITE and DESCRIBE), or use another user or id.',
  CLUSTER_AUTHORIZATION_FAILED: 'Ask for the right to do this in the cluster, or use another user.',
  OFFSET_OUT_OF_RANGE: 'Offsets run from the first record kept to the end; describeTopic() gives both.',
  UNSUPPORTED_VERSION:
    'The broker is too old or too new for this request; Kafka 2.1 and later are supported.',
  INVALID_REQUEST: 'One of the values given is not one Kafka takes.',
  TOPIC_DELETION_DISABLED: 'Set delete.topic.enable=true at the brokers.',
  INVALID_GROUP_ID: 'Give the group a name that is not empty.',
  THROTTLING_QUOTA_EXCEEDED: 'Wait a moment, or ask for a higher quota.',
};

/** The broker answered a request with one of Kafka's own error codes that has no class of its own here. */
export class KafkaProtocolError extends failure({
  code: 'ST_KAFKA_PROTOCOL',
  /** `type` is Kafka's name of the error, e.g. `CLUSTER_AUTHORIZATION_FAILED`; `answer` is what it means. */
  says: ({ what, type, answer }: { what: string; type: string; answer: string; canRetry: boolean }) =>
    `${what}: Kafka answered ${type}: ${answer.replace(/\.$/, '')}.`,
  cure: ({ type, canRetry }) =>
    (Object.hasOwn(CURES, type) ? CURES[type] : undefined) ??
    (canRetry
      ? 'This usually passes: try again in a moment; if it stays, check whether all brokers run.'
      : `What it means is explained at https://kafka.apache.org/protocol#protocol_error_codes under ${type}.`),
}) {}

/** An answer came that cannot be read; asking again would not help. */
export class UnreadableAnswerError extends failure({
  code: 'ST_KAFKA_ANSWER',
  says: ({ what, problem }: { what: string; problem: string }) =>
    `${what}: the answer could not be read: ${problem.replace(/\.$/, '')}.`,
  cure: "Check that Kafka answers there, and no other program. If it does, report this with the broker's version.",
}) {}

/** Something was asked of a topic that does not exist. */
export class UnknownTopicError extends failure({
  code: 'ST_KAFKA_UNKNOWN_TOPIC',
  says: ({ topic }: { topic: string }) => `Topic "${topic}" does not exist.`,
  cure: ({ topic }) => `Create it with createTopic('${topic}', { partitions: 1 }).`,
}) {}

/** What named a partition: an option or a row, the position to start from, or the position to stop at. */
export type PartitionNamer = 'option' | 'saved position' | 'stop position';

/** A topic has no partition of that number. */
export class UnknownPartitionError extends failure({
  code: 'ST_KAFKA_UNKNOWN_PARTITION',
  /** `namedBy`: what named the partition; an option or a row, if left out. */
  says: ({ topic, partition, partitionCount, namedBy = 'option' }: PartitionFacts) =>
    `Topic "${topic}" has no partition ${partition}${namedBy === 'option' ? '' : `, which the ${namedBy} names`}: ` +
    `its partitions are 0 to ${partitionCount - 1}.`,
  cure: ({ namedBy = 'option' }) =>
    namedBy === 'option'
      ? 'Partitions are whole numbers counted from 0.'
      : 'The topic was probably deleted and created again with fewer partitions: leave out the position, or the checkpoint ' +
        'that holds it.',
}) {}

interface PartitionFacts {
  topic: string;
  partition: number;
  partitionCount: number;
  namedBy?: PartitionNamer;
}

/** The topic is already there, but with another number of partitions than asked for. */
export class PartitionMismatchError extends failure({
  code: 'ST_KAFKA_PARTITION_MISMATCH',
  says: ({ topic, wanted, found }: { topic: string; wanted: number; found: number }) =>
    `Topic "${topic}" already exists with ${found} partition(s), but ${wanted} were asked for.`,
  cure: ({ topic, found }) =>
    `Use { partitions: ${found} }, another name, or deleteTopic('${topic}') first (its records are lost).`,
}) {}

/** The topic's name, its number of partitions or its configuration was refused. */
export class InvalidTopicError extends failure({
  code: 'ST_KAFKA_INVALID_TOPIC',
  says: ({ topic, problem }: { topic: string; problem: string }) => `Topic "${topic}" is refused: ${problem}`,
  cure: '',
}) {}

/**
 * Records that were handed to a writer did not arrive (or, after a time-out, may not have). `failed` are the records that
 * share this fate; `type` is Kafka's name of the error when the broker refused, e.g. `MESSAGE_TOO_LARGE`.
 */
export class DeliveryError extends failure({
  code: 'ST_KAFKA_DELIVERY',
  says: (facts: {
    topic: string;
    partition: number;
    failed: readonly OutgoingRecord[];
    type: string;
    problem: string;
  }) =>
    `${facts.failed.length} record(s) not written to topic "${facts.topic}", partition ${facts.partition} ` +
    `(${facts.type}): ${facts.problem}`,
  cure: '',
}) {}

/**
 * A row alone is larger than a request may be. It was not sent. `bytes` is its size on the wire before compression;
 * `index` counts the rows before it, and is `undefined` when that is not known.
 */
export class RecordTooLargeError extends failure({
  code: 'ST_KAFKA_RECORD_TOO_LARGE',
  says: (facts: { topic: string; bytes: number; maxRequestBytes: number; index?: number | undefined }) =>
    `${facts.index === undefined ? 'A row' : `Row ${facts.index}`} for topic "${facts.topic}" takes ${facts.bytes} bytes, ` +
    `more than the ${facts.maxRequestBytes} of maxRequestBytes.`,
  cure: "Write smaller rows, or raise maxRequestBytes together with the topic's max.message.bytes.",
}) {}

/**
 * The end of a writing during which rows failed; the others were written. `errors` are the first failures, at most ten;
 * `thrown` is there when the writer's `onError` failed besides.
 */
export class WriteError extends failure({
  code: 'ST_KAFKA_WRITE',
  says: (facts: {
    topic: string;
    written: number;
    failed: number;
    errors: readonly DeliveryError[];
    thrown?: { readonly error: unknown } | undefined;
  }) => {
    const rows = `${facts.failed} of ${facts.written + facts.failed} rows were not written to topic "${facts.topic}"`;
    const besides =
      facts.thrown === undefined ? '' : ` Besides, onError failed: ${messageOf(facts.thrown.error)}`;
    return `${rows}: ${facts.errors[0]?.message ?? ''}${besides}`;
  },
  cure: '',
}) {
  /** What the writer's `onError` threw when it was called with one of the failures; `undefined` when it did not. */
  get callbackError(): unknown {
    return this.thrown?.error;
  }
}

/** A topic that a writing with `intoEmpty` wanted empty holds records, most often those of its run before. Nothing was written. */
export class TopicNotEmptyError extends failure({
  code: 'ST_KAFKA_TOPIC_NOT_EMPTY',
  says: ({ topic, records }: { topic: string; records: number }) =>
    `Topic "${topic}" already holds ${records} records; written beside them, rows would be there twice.`,
  cure: 'Delete the topic and create it again (in a notebook, run the cell that does so), then write.',
}) {}

/** An item handed to a writer cannot be made into a record. `index` counts the items before it. */
export class InvalidItemError extends failure({
  code: 'ST_KAFKA_INVALID_ITEM',
  says: ({ index, problem }: { index: number; problem: string }) =>
    `Item ${index} cannot be written: ${problem}`,
  cure: '',
}) {}

/** Something was asked of a client, writer or dataset after it was closed. */
export class KafkaClosedError extends failure({
  code: 'ST_KAFKA_CLOSED',
  says: ({ what }: { what: string }) => `${what} is closed.`,
  cure: 'Open a new one.',
}) {}

/** A compression the running Node (or the installed packages) cannot do. */
export class UnsupportedCompressionError extends failure({
  code: 'ST_KAFKA_COMPRESSION',
  says: ({ compression, problem }: { compression: string; problem: string }) =>
    `Compression "${compression}" is not available: ${problem}`,
  cure: '',
}) {}

/**
 * The consumer group is in a state that forbids what was asked (members are active, or it does not exist). `type` is
 * Kafka's name of the error, or of the group's state.
 */
export class ConsumerGroupError extends failure({
  code: 'ST_KAFKA_GROUP',
  says: ({ group, type, problem }: { group: string; type: string; problem: string }) =>
    `Consumer group "${group}" (${type}): ${problem}`,
  cure: '',
}) {}

/** A wait ended because its time was over; the sentence says of what (`waited` ms), and what may help. */
export class KafkaTimeoutError extends failure({
  code: 'ST_KAFKA_TIMEOUT',
  says: ({ what, waited }: { what: string; waited: number; advice: string }) =>
    `${what} within ${waited} ms.`,
  cure: ({ advice }) => advice,
  canRetry: true,
}) {}
