/** Kafka's settings for one small broker on this machine, alone or in a small cluster, with TLS and SASL if wished. */
import { createPrivateKey, pbkdf2Sync, randomBytes } from 'node:crypto';
import { InvalidOptionError, refuseUnknownOptions } from '../options.ts';
import { LOOPBACK } from '../process/index.ts';
import type { Ports } from './data-folder.ts';

/** A node's place in its cluster; every node is broker and controller. */
export interface ClusterPlace {
  /** From 1. */
  readonly id: number;
  /** The controller ports of all nodes by their ids, this one's too. */
  readonly controllers: ReadonlyMap<number, number>;
}

/** What decides the settings. */
interface PropertiesOptions {
  ports: Ports;
  /** Default: the only node. */
  place?: ClusterPlace;
  /** Kafka's `log.dirs`. */
  kafkaData: string;
  security?: BrokerSecurity;
  /** Proxies' ports: for each a plain listener that gives its clients the proxy's address. */
  proxyPorts?: readonly number[];
  /** More settings, in Kafka's names; they win over the defaults. */
  config?: Record<string, string | number | boolean>;
}

/** Small and quick instead of many and safe against the loss of a machine that there is only one of. */
const DEFAULTS = {
  'auto.create.topics.enable': false,
  'offsets.topic.num.partitions': 4,
  'transaction.state.log.num.partitions': 4,
  // How often the broker looks for transactions whose time is over; readers wait for them. Kafka's own 10 s are for many clients.
  'transaction.abort.timed.out.transaction.cleanup.interval.ms': 1000,
  'share.coordinator.state.topic.num.partitions': 1,
  'group.initial.rebalance.delay.ms': 0,
  // Records without content, twice a second by default, that nothing but a metric reads: a third of what an idle broker computes.
  'metadata.max.idle.interval.ms': 0,
  'group.min.session.timeout.ms': 1000,
  // After a crash the controller waits this long before the same broker may come back; Kafka's own 9 s are for networks.
  'broker.session.timeout.ms': 3000,
  'broker.heartbeat.interval.ms': 500,
  // What a broker passes on to a controller that hangs fails after this long, not after 30 s; by then another one leads.
  'controller.socket.timeout.ms': 3000,
  // Kept until deleted: whoever comes back to a notebook after two weeks finds the topics full.
  'log.retention.ms': -1,
  'log.index.size.max.bytes': 2 << 20,
  'log.cleaner.dedupe.buffer.size': 16 << 20,
  'num.network.threads': 2,
  'num.io.threads': 4,
  'background.threads': 2,
  'group.coordinator.threads': 1,
  'share.coordinator.threads': 1,
} as const;

/** These are what the embedding consists of. */
const OURS = new Set([
  'process.roles',
  'node.id',
  'controller.quorum.voters',
  'controller.listener.names',
  'inter.broker.listener.name',
  'listeners',
  'advertised.listeners',
  'listener.security.protocol.map',
  'log.dirs',
]);

/**
 * The text of `server.properties`: one KRaft node that is broker and controller, on the loopback address only. In a
 * cluster everything is kept on up to three nodes, and a write of all acks needs all but one of them.
 *
 * @throws {@link InvalidOptionError} (`ST_OPTION_INVALID`) when `config` names a setting that is ours
 */
export function serverProperties(options: PropertiesOptions): string {
  const { ports, kafkaData, security, proxyPorts = [], config = {} } = options;
  const { id, controllers } = options.place ?? { id: 1, controllers: new Map([[1, ports.controller]]) };
  const refused = Object.keys(config).filter((name) => OURS.has(name));
  if (refused.length > 0) {
    throw new InvalidOptionError({
      option: 'config',
      value: Object.fromEntries(refused.map((name) => [name, config[name]])),
      expected: `settings that the embedded broker does not make itself, so not ${refused.join(', ')}; use the options port, dataFolder, security and proxy of startBroker`,
    });
  }
  const at = (name: string, port: number) => `${name}://${LOOPBACK}:${port}`;
  const listeners = [at('PLAINTEXT', ports.client), at('CONTROLLER', ports.controller)];
  const advertised = [at('PLAINTEXT', ports.client)];
  const protocols = ['PLAINTEXT:PLAINTEXT', 'CONTROLLER:PLAINTEXT'];
  if (security) {
    listeners.push(at(SECURE_LISTENER, ports.secure));
    advertised.push(at(SECURE_LISTENER, ports.secure));
    protocols.push(`${SECURE_LISTENER}:${secureListenerProtocol(security)}`);
  }
  for (const [index, proxyPort] of proxyPorts.entries()) {
    const name = `PROXIED${index + 1}`;
    listeners.push(at(name, ports.proxied[index] ?? 0));
    advertised.push(at(name, proxyPort));
    protocols.push(`${name}:PLAINTEXT`);
  }
  return toProperties({
    'process.roles': 'broker,controller',
    'node.id': id,
    'controller.quorum.voters': [...controllers]
      .map(([node, port]) => `${node}@${LOOPBACK}:${port}`)
      .join(','),
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    listeners: listeners.join(','),
    'advertised.listeners': advertised.join(','),
    'listener.security.protocol.map': protocols.join(','),
    'log.dirs': kafkaData,
    ...DEFAULTS,
    ...replication(controllers.size),
    ...(security ? secureListenerProperties(security) : {}),
    ...config,
  });
}

function replication(nodes: number): Record<string, number> {
  const copies = Math.min(3, nodes);
  const needed = Math.max(1, copies - 1);
  return {
    'default.replication.factor': copies,
    'min.insync.replicas': needed,
    'offsets.topic.replication.factor': copies,
    'transaction.state.log.replication.factor': copies,
    'transaction.state.log.min.isr': needed,
    'share.coordinator.state.topic.replication.factor': copies,
    'share.coordinator.state.topic.min.isr': needed,
  };
}

/** How Kafka's log file is written: what went wrong, and of the rest only the milestones. */
export const LOGGER_PROPERTIES = `status = error
appender.file.type = Console
appender.file.name = FILE
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = %d %p %c{1}: %m%n
rootLogger.level = WARN
rootLogger.appenderRef.file.ref = FILE
logger.server.name = kafka.server
logger.server.level = INFO
logger.settings.name = kafka.server.KafkaConfig
logger.settings.level = WARN
`;

/**
 * Java's properties format, for any text.
 *
 * @see java.util.Properties#load
 */
export function toProperties(values: Record<string, string | number | boolean>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${escape(String(value))}\n`)
    .join('');
}

function escape(text: string): string {
  return text
    .replaceAll('\\', '\\\\')
    .replaceAll('\r', '\\r')
    .replaceAll('\n', '\\n')
    .replace(/^ /, '\\ ')
    .replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** A SASL mechanism that the embedded broker offers. */
export type SaslMechanism = 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512';

/** What the extra listener demands of its clients. */
export interface BrokerSecurity {
  /** Encrypt; without it the listener is plain (SASL over plain TCP). */
  tls?: {
    /** The broker's certificate, PEM, followed by those that signed it, if any. Should name 127.0.0.1. */
    cert: string;
    /** Its private key, PEM, not encrypted. */
    key: string;
    /** The authority that client certificates must be signed by, PEM; given, a client certificate is demanded. */
    clientCa?: string;
  };
  /** Demand a user name and a password. */
  sasl?: SaslMechanism;
  /** User names and passwords; SCRAM users are created when the data folder is formatted and stay. */
  users?: Record<string, string>;
}

/** The listener's name in Kafka's settings. */
const SECURE_LISTENER = 'SECURE';

/**
 * Kafka's settings for the extra listener.
 *
 * @throws {@link InvalidOptionError} (`ST_OPTION_INVALID`) when neither TLS nor SASL is asked for, SASL has no users, or
 *   the private key cannot be read
 */
export function secureListenerProperties(security: BrokerSecurity): Record<string, string> {
  refuseUnknownOptions('security', security, { tls: true, sasl: true, users: true });
  const { tls, sasl, users = {} } = security;
  // A misspelt clientCa would let everybody in.
  if (tls) refuseUnknownOptions('security.tls', tls, { cert: true, key: true, clientCa: true });
  if (!tls && !sasl) throw wrong('security', {}, 'tls, sasl or both in it; or leave it out');
  if (sasl && Object.keys(users).length === 0)
    throw wrong('security.users', users, `at least one, with a password, for ${sasl}`);
  const prefix = `listener.name.${SECURE_LISTENER.toLowerCase()}`;
  const properties: Record<string, string> = {};
  if (tls) {
    properties[`${prefix}.ssl.keystore.type`] = 'PEM';
    properties[`${prefix}.ssl.keystore.certificate.chain`] = tls.cert;
    properties[`${prefix}.ssl.keystore.key`] = toPkcs8(tls.key);
    if (tls.clientCa !== undefined) {
      properties[`${prefix}.ssl.truststore.type`] = 'PEM';
      properties[`${prefix}.ssl.truststore.certificates`] = tls.clientCa;
      properties[`${prefix}.ssl.client.auth`] = 'required';
    }
  }
  if (sasl) {
    properties[`${prefix}.sasl.enabled.mechanisms`] = sasl;
    properties[`${prefix}.${sasl.toLowerCase()}.sasl.jaas.config`] =
      sasl === 'PLAIN'
        ? `org.apache.kafka.common.security.plain.PlainLoginModule required ${Object.entries(users)
            .map(([name, password]) => `user_${name}=${quoted(password)}`)
            .join(' ')};`
        : 'org.apache.kafka.common.security.scram.ScramLoginModule required;';
  }
  return properties;
}

/** Kafka's name for the listener's protocol. */
function secureListenerProtocol({ tls, sasl }: BrokerSecurity): string {
  return sasl ? (tls ? 'SASL_SSL' : 'SASL_PLAINTEXT') : 'SSL';
}

/** RFC 7677 asks for at least this many. */
const SCRAM_ITERATIONS = 4096;

/**
 * What the formatting tool needs to create the SCRAM users, an argument each. Passwords are given salted (base64), so that
 * any character may be in one; a salted one logs in as well, so no command line may show it.
 *
 * @throws {@link InvalidOptionError} (`ST_OPTION_INVALID`) when a user's name holds what the tool's own syntax is made of
 */
export function scramArguments({ sasl, users = {} }: BrokerSecurity): string[] {
  if (sasl === undefined || sasl === 'PLAIN') return [];
  const [hash, length] = sasl === 'SCRAM-SHA-256' ? (['sha256', 32] as const) : (['sha512', 64] as const);
  return Object.entries(users).flatMap(([name, password]) => {
    if (!/^[^\s,=[\]"]+$/.test(name)) throw wrong('security.users', name, 'names of letters and digits');
    const salt = randomBytes(16);
    const salted = pbkdf2Sync(password, salt, SCRAM_ITERATIONS, length, hash).toString('base64');
    const entry = `name=${name},salt=${salt.toString('base64')},iterations=${SCRAM_ITERATIONS},saltedpassword=${salted}`;
    return ['--add-scram', `${sasl}=[${entry}]`];
  });
}

/** Kafka reads PKCS#8 only. */
function toPkcs8(key: string): string {
  try {
    return createPrivateKey(key).export({ type: 'pkcs8', format: 'pem' }).toString();
  } catch (error) {
    const kind = /-----BEGIN [\w ]+-----/.exec(key)?.[0] ?? 'no PEM text'; // never the key itself
    throw wrong('security.tls.key', kind, 'the text of an unencrypted private key in PEM form', error);
  }
}

function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}

function wrong(option: string, value: unknown, expected: string, cause?: unknown): InvalidOptionError {
  return new InvalidOptionError({ option, value, expected, cause });
}
