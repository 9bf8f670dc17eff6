/** Understands settings written with librdkafka's names (`session.timeout.ms`, `sasl.username`, ...). */

import { KafkaConfigurationError } from '../errors.ts';

/** librdkafka-style settings: an object, or the article's `['session.timeout.ms=7000', ...]`. */
export type Configuration = Readonly<Record<string, string | number | boolean>> | readonly string[];

/** The same settings under this library's names and grouped the way {@link KafkaOptions} groups them. */
interface MappedConfiguration {
  [group: string]: string | number | boolean | { [name: string]: string | number | boolean };
}

type Kind = 'text' | 'whole' | 'truth' | readonly string[];

/** Each known name: where it goes (dotted), and what its value must be. A list is the values that are allowed. */
const KNOWN: Readonly<Record<string, readonly [path: string, kind: Kind]>> = {
  'bootstrap.servers': ['brokers', 'text'],
  'metadata.broker.list': ['brokers', 'text'],
  'client.id': ['clientId', 'text'],
  'socket.connection.setup.timeout.ms': ['connectTimeout', 'whole'],
  'request.timeout.ms': ['requestTimeout', 'whole'],
  'socket.timeout.ms': ['requestTimeout', 'whole'],

  'security.protocol': ['securityProtocol', ['plaintext', 'ssl', 'sasl_plaintext', 'sasl_ssl']],
  'sasl.mechanism': ['sasl.mechanism', ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512']],
  'sasl.mechanisms': ['sasl.mechanism', ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512']],
  'sasl.username': ['sasl.username', 'text'],
  'sasl.password': ['sasl.password', 'text'],
  'ssl.ca.location': ['tls.ca', 'text'],
  'ssl.ca.pem': ['tls.ca', 'text'],
  'ssl.certificate.location': ['tls.cert', 'text'],
  'ssl.certificate.pem': ['tls.cert', 'text'],
  'ssl.key.location': ['tls.key', 'text'],
  'ssl.key.pem': ['tls.key', 'text'],
  'ssl.key.password': ['tls.passphrase', 'text'],
  'enable.ssl.certificate.verification': ['tls.rejectUnauthorized', 'truth'],

  'group.id': ['consumer.groupId', 'text'],
  'group.instance.id': ['consumer.groupInstanceId', 'text'],
  'session.timeout.ms': ['consumer.sessionTimeout', 'whole'],
  'heartbeat.interval.ms': ['consumer.heartbeatInterval', 'whole'],
  'max.poll.interval.ms': ['consumer.maxPollInterval', 'whole'],
  'group.protocol': ['consumer.groupProtocol', ['classic', 'consumer']],
  'partition.assignment.strategy': ['consumer.partitionAssignmentStrategy', 'text'],
  'metadata.max.age.ms': ['consumer.metadataMaxAge', 'whole'],
  'topic.metadata.refresh.interval.ms': ['consumer.metadataMaxAge', 'whole'],
  'auto.offset.reset': ['consumer.autoOffsetReset', ['earliest', 'latest', 'error']],
  'enable.auto.commit': ['consumer.autoCommit', 'truth'],
  'auto.commit.interval.ms': ['consumer.autoCommitInterval', 'whole'],
  'isolation.level': ['consumer.isolationLevel', ['read_committed', 'read_uncommitted']],
  'check.crcs': ['consumer.checkCrcs', 'truth'],
  'fetch.min.bytes': ['consumer.fetchMinBytes', 'whole'],
  'fetch.wait.max.ms': ['consumer.fetchMaxWait', 'whole'],
  'fetch.max.wait.ms': ['consumer.fetchMaxWait', 'whole'],
  'fetch.max.bytes': ['consumer.fetchMaxBytes', 'whole'],
  'max.partition.fetch.bytes': ['consumer.maxPartitionFetchBytes', 'whole'],
  'fetch.message.max.bytes': ['consumer.maxPartitionFetchBytes', 'whole'],

  'compression.type': ['producer.compression', ['none', 'gzip', 'snappy', 'lz4', 'zstd']],
  'compression.codec': ['producer.compression', ['none', 'gzip', 'snappy', 'lz4', 'zstd']],
  acks: ['producer.acks', ['all', '-1', '0', '1']],
  'request.required.acks': ['producer.acks', ['all', '-1', '0', '1']],
  'enable.idempotence': ['producer.idempotent', 'truth'],
  'linger.ms': ['producer.linger', 'whole'],
  'queue.buffering.max.ms': ['producer.linger', 'whole'],
  'batch.size': ['producer.batchBytes', 'whole'],
  'message.max.bytes': ['producer.maxRequestBytes', 'whole'],
  'max.request.size': ['producer.maxRequestBytes', 'whole'],
  'batch.num.messages': ['producer.batchRecords', 'whole'],
  'max.in.flight.requests.per.connection': ['producer.maxInFlight', 'whole'],
  'delivery.timeout.ms': ['producer.deliveryTimeout', 'whole'],
  'message.timeout.ms': ['producer.deliveryTimeout', 'whole'],
};

/** Every librdkafka name this library maps, sorted. */
export const knownConfigurationNames: readonly string[] = Object.keys(KNOWN).sort();

/**
 * Turns librdkafka names into this library's options. Values may be strings (`'7000'`, `'true'`) or typed.
 *
 * @throws {KafkaConfigurationError} for a name that is not known (the message lists the known ones), a line
 *   without `=`, or a value of the wrong kind.
 *
 * @example
 * ```ts run
 * mapConfiguration(['session.timeout.ms=7000']); // { consumer: { sessionTimeout: 7000 } }
 * ```
 * Names: https://github.com/confluentinc/librdkafka/blob/master/CONFIGURATION.md
 */
export function mapConfiguration(configuration: Configuration): MappedConfiguration {
  const mapped: MappedConfiguration = {};
  for (const [name, value] of entriesOf(configuration)) {
    const known = Object.hasOwn(KNOWN, name) ? KNOWN[name] : undefined;
    if (known === undefined) throw new KafkaConfigurationError({ setting: name, problem: unknownName(name) });
    const [path, kind] = known;
    place(mapped, path, valueOf(name, value, kind));
  }
  return mapped;
}

function entriesOf(configuration: Configuration): readonly (readonly [string, string | number | boolean])[] {
  if (!isLines(configuration)) return Object.entries(configuration);
  return configuration.map((line) => {
    const at = line.indexOf('=');
    if (at < 1) throw new KafkaConfigurationError({ setting: line, problem: 'a line must read name=value' });
    return [line.slice(0, at).trim(), line.slice(at + 1).trim()] as const;
  });
}

function isLines(configuration: Configuration): configuration is readonly string[] {
  return Array.isArray(configuration);
}

function valueOf(name: string, value: string | number | boolean, kind: Kind): string | number | boolean {
  // A wrong value is not shown: it may be a password that slipped one line up.
  const text = String(value).trim();
  if (kind === 'text') return text;
  if (kind === 'truth') {
    if (/^(true|t|1|yes|on)$/i.test(text)) return true;
    if (/^(false|f|0|no|off)$/i.test(text)) return false;
    throw new KafkaConfigurationError({ setting: name, problem: 'must be true or false' });
  }
  if (kind === 'whole') {
    if (/^\d+$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
    throw new KafkaConfigurationError({ setting: name, problem: 'must be a whole number, 0 or more' });
  }
  const found = kind.find((allowed) => allowed.toLowerCase() === text.toLowerCase());
  if (found === undefined)
    throw new KafkaConfigurationError({ setting: name, problem: `must be one of ${kind.join(', ')}` });
  return found;
}

function place(mapped: MappedConfiguration, path: string, value: string | number | boolean): void {
  const [group = path, name] = path.split('.');
  if (name === undefined) {
    mapped[group] = value;
    return;
  }
  const inner = mapped[group];
  if (typeof inner === 'object') inner[name] = value;
  else mapped[group] = { [name]: value };
}

function unknownName(name: string): string {
  const near = knownConfigurationNames.filter((known) => known.includes(name) || shareMostWords(known, name));
  const hint = near.length > 0 ? ` Did you mean ${near.slice(0, 3).join(' or ')}?` : '';
  return `is not a setting this library knows.${hint} Known: ${knownConfigurationNames.join(', ')}`;
}

function shareMostWords(one: string, other: string): boolean {
  const words = new Set(one.split('.'));
  const others = other.split(/[._-]/);
  return others.filter((word) => words.has(word)).length >= Math.max(2, words.size - 1);
}
