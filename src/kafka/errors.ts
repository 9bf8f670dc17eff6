/** Every way talking to Kafka can fail on purpose: one class and one code each. */

import { StreamTrainError, messageOf } from '../errors.ts';
import type { StreamTrainErrorOptions } from '../errors.ts';
import type { OutgoingRecord } from './client/client.ts';

export * from './connection-errors.ts';

/** One thing wrong with the settings: where it was given, and what is wrong with it. */
export interface SettingsIssue {
  /** Dotted path of the option (`sasl.mechanism`), or the environment variable it came from. */
  readonly path: string;
  readonly problem: string;
}

/** The options, the environment or a `configuration` hold something that cannot be used. Nothing was connected. */
export class KafkaSettingsError extends StreamTrainError {
  readonly code = 'ST_KAFKA_SETTINGS';
  readonly issues: readonly SettingsIssue[];

  constructor(issues: readonly SettingsIssue[], options: StreamTrainErrorOptions = {}) {
    super(`Kafka settings: ${issues.map(({ path, problem }) => `${path}: ${problem}`).join('; ')}`, options);
    this.issues = issues;
  }
}

/** A name in `configuration` that this library does not know, or one that is not understood the way it was written. */
export class KafkaConfigurationError extends StreamTrainError {
  readonly code = 'ST_KAFKA_CONFIGURATION';
  /** The librdkafka-style name, e.g. `session.timeout.ms`. */
  readonly setting: string;

  constructor(setting: string, problem: string) {
    super(`Kafka configuration "${setting}": ${problem}`);
    this.setting = setting;
  }
}

/** The broker answered a request with one of Kafka's own error codes that no class above stands for. */
export class KafkaProtocolError extends StreamTrainError {
  readonly code = 'ST_KAFKA_PROTOCOL';
  override readonly canRetry: boolean;
  /** Kafka's name of the error, e.g. `CLUSTER_AUTHORIZATION_FAILED`. */
  readonly type: string;

  constructor(
    what: string,
    answer: { type: string; message: string; retriable: boolean },
    options: StreamTrainErrorOptions = {},
  ) {
    const said = `${what}: Kafka answered ${answer.type}: ${answer.message.replace(/\.$/, '')}`;
    super(`${said}. ${cureOf(answer.type, answer.retriable)}`, options);
    this.type = answer.type;
    this.canRetry = answer.retriable;
  }
}

/** What helps against Kafka's own refusals. */
const CURES: Readonly<Record<string, string>> = {
  TOPIC_AUTHORIZATION_FAILED:
    'Ask for the right to this topic (READ, WRITE, DESCRIBE or CREATE), or use another user',
  GROUP_AUTHORIZATION_FAILED:
    'Ask for the right to this group (READ, DESCRIBE or DELETE), or use another user',
  CLUSTER_AUTHORIZATION_FAILED: 'Ask for the right to do this in the cluster, or use another user',
  OFFSET_OUT_OF_RANGE: 'Offsets run from the first record kept to the end; describeTopic() tells both',
  UNSUPPORTED_VERSION: 'The broker is too old or too new for this request; Kafka 2.1 and later are spoken to',
  INVALID_REQUEST: 'One of the values given is not one Kafka takes',
  TOPIC_DELETION_DISABLED: 'Set delete.topic.enable=true at the brokers',
  INVALID_GROUP_ID: 'Give the group a name that is not empty',
  THROTTLING_QUOTA_EXCEEDED: 'Wait a moment, or ask for a higher quota',
};

function cureOf(type: string, retriable: boolean): string {
  if (Object.hasOwn(CURES, type)) return `${CURES[type]}.`;
  if (retriable)
    return 'This passes by itself as a rule: try again in a moment; if it stays, see whether all brokers run.';
  return `What it means is told at https://kafka.apache.org/protocol#protocol_error_codes under ${type}.`;
}

/** Something was asked of a topic that does not exist. */
export class UnknownTopicError extends StreamTrainError {
  readonly code = 'ST_KAFKA_UNKNOWN_TOPIC';
  readonly topic: string;

  constructor(topic: string) {
    super(`Topic "${topic}" does not exist. Create it with createTopic('${topic}', { partitions: 1 }).`);
    this.topic = topic;
  }
}

/** A topic has no partition of that number. */
export class UnknownPartitionError extends StreamTrainError {
  readonly code = 'ST_KAFKA_UNKNOWN_PARTITION';
  readonly topic: string;
  readonly partition: number;
  readonly partitionCount: number;

  constructor(topic: string, partition: number, partitionCount: number) {
    super(
      `Topic "${topic}" has no partition ${partition}: its partitions are 0 to ${partitionCount - 1}. ` +
        'Partitions are whole numbers counted from 0.',
    );
    this.topic = topic;
    this.partition = partition;
    this.partitionCount = partitionCount;
  }
}

/** The topic is already there, but with another number of partitions than asked for. */
export class PartitionMismatchError extends StreamTrainError {
  readonly code = 'ST_KAFKA_PARTITION_MISMATCH';
  readonly topic: string;
  readonly wanted: number;
  readonly found: number;

  constructor(topic: string, wanted: number, found: number) {
    super(
      `Topic "${topic}" already exists with ${found} partition(s), but ${wanted} were asked for. ` +
        `Use { partitions: ${found} }, another name, or deleteTopic('${topic}') first (its records are lost).`,
    );
    this.topic = topic;
    this.wanted = wanted;
    this.found = found;
  }
}

/** The topic's name or its configuration was refused by the broker. */
export class InvalidTopicError extends StreamTrainError {
  readonly code = 'ST_KAFKA_INVALID_TOPIC';
  readonly topic: string;

  constructor(topic: string, problem: string, options: StreamTrainErrorOptions = {}) {
    super(`Topic "${topic}" cannot be created: ${problem}`, options);
    this.topic = topic;
  }
}

/** Records that were handed to a writer did not arrive (or, after a time-out, may not have). */
export class DeliveryError extends StreamTrainError {
  readonly code = 'ST_KAFKA_DELIVERY';
  readonly topic: string;
  readonly partition: number;
  /** The records that share this fate. */
  readonly failed: readonly OutgoingRecord[];
  /** Kafka's name of the error when the broker refused, e.g. `MESSAGE_TOO_LARGE`. */
  readonly type: string;
  readonly problem: string;

  constructor(
    what: { topic: string; partition: number; failed: readonly OutgoingRecord[]; type: string },
    problem: string,
    options: StreamTrainErrorOptions = {},
  ) {
    const { topic, partition, failed, type } = what;
    super(
      `${failed.length} record(s) not written to topic "${topic}", partition ${partition} (${type}): ${problem}`,
      options,
    );
    this.topic = topic;
    this.partition = partition;
    this.failed = failed;
    this.type = type;
    this.problem = problem;
  }
}

/** A row alone is larger than a request may be. It was not sent. */
export class RecordTooLargeError extends StreamTrainError {
  readonly code = 'ST_KAFKA_RECORD_TOO_LARGE';
  readonly topic: string;
  /** Its size on the wire, before compression. */
  readonly bytes: number;
  readonly maxRequestBytes: number;
  /** Count of rows before this one, from 0; `undefined` when it is not known. */
  readonly index: number | undefined;

  constructor(topic: string, bytes: number, maxRequestBytes: number, index?: number) {
    const which = index === undefined ? 'A row' : `Row ${index}`;
    super(
      `${which} for topic "${topic}" takes ${bytes} bytes, more than the ${maxRequestBytes} of maxRequestBytes. Write ` +
        `smaller rows, or raise maxRequestBytes together with the topic's max.message.bytes.`,
    );
    this.topic = topic;
    this.bytes = bytes;
    this.maxRequestBytes = maxRequestBytes;
    this.index = index;
  }
}

/** The end of a writing during which rows failed; the others were written. */
export class WriteError extends StreamTrainError {
  readonly code = 'ST_KAFKA_WRITE';
  readonly topic: string;
  /** Rows the broker has. */
  readonly written: number;
  /** Rows it does not have. */
  readonly failed: number;
  /** The first failures, at most ten. */
  readonly errors: readonly DeliveryError[];
  /** What the writer's `onError` threw when it was told of one of them; `undefined` when it did not. */
  readonly callbackError: unknown;

  constructor(
    outcome: { topic: string; written: number; failed: number; errors: readonly DeliveryError[] },
    thrown?: { readonly error: unknown },
  ) {
    const { topic, written, failed, errors } = outcome;
    const rows = `${failed} of ${written + failed} rows were not written to topic "${topic}"`;
    const besides = thrown === undefined ? '' : ` Besides, onError failed: ${messageOf(thrown.error)}`;
    super(`${rows}: ${errors[0]?.message ?? ''}${besides}`, { cause: errors[0] });
    this.callbackError = thrown?.error;
    this.topic = topic;
    this.written = written;
    this.failed = failed;
    this.errors = errors;
  }
}

/** An item handed to a writer cannot be made into a record. */
export class InvalidItemError extends StreamTrainError {
  readonly code = 'ST_KAFKA_INVALID_ITEM';
  /** Count of items before this one, from 0. */
  readonly index: number;

  constructor(index: number, problem: string) {
    super(`Item ${index} cannot be written: ${problem}`);
    this.index = index;
  }
}

/** Something was asked of a client, writer or data set after it was closed. */
export class KafkaClosedError extends StreamTrainError {
  readonly code = 'ST_KAFKA_CLOSED';

  constructor(what: string) {
    super(`${what} is closed. Open a new one.`);
  }
}

/** A compression the running Node (or the installed packages) cannot do. */
export class UnsupportedCompressionError extends StreamTrainError {
  readonly code = 'ST_KAFKA_COMPRESSION';
  readonly compression: string;

  constructor(compression: string, problem: string) {
    super(`Compression "${compression}" is not available: ${problem}`);
    this.compression = compression;
  }
}

/** The consumer group is in a state that forbids what was asked (members are active, or it does not exist). */
export class ConsumerGroupError extends StreamTrainError {
  readonly code = 'ST_KAFKA_GROUP';
  readonly group: string;
  /** Kafka's name of the error, or of the group's state. */
  readonly type: string;

  constructor(group: string, type: string, problem: string, options: StreamTrainErrorOptions = {}) {
    super(`Consumer group "${group}" (${type}): ${problem}`, options);
    this.group = group;
    this.type = type;
  }
}

/** A wait ended because its time was over; the sentence says of what, and what may help. */
export class KafkaTimeoutError extends StreamTrainError {
  readonly code = 'ST_KAFKA_TIMEOUT';
  override readonly canRetry = true;
  /** How long was waited, in ms. */
  readonly waited: number;

  constructor(what: string, waited: number, cure: string, options: StreamTrainErrorOptions = {}) {
    super(`${what} within ${waited} ms. ${cure}`, options);
    this.waited = waited;
  }
}
