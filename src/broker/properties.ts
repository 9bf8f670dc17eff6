/** Writes Kafka's settings for one small broker on this machine, alone or as a node of a small cluster. */
import type { Ports } from './data-folder.ts';
import { BrokerOptionsError } from './errors.ts';
import { LOOPBACK } from './ports.ts';
import { SECURE_LISTENER, secureListenerProperties, secureListenerProtocol } from './security.ts';
import type { BrokerSecurity } from './security.ts';

/** A node's place in its cluster; every node is broker and controller. */
export interface ClusterPlace {
  /** From 1. */
  readonly id: number;
  /** The controller ports of all nodes by their ids, this one's too. */
  readonly controllers: ReadonlyMap<number, number>;
}

/** What decides the settings. */
export interface PropertiesOptions {
  ports: Ports;
  /** Default: the only node. */
  place?: ClusterPlace;
  /** Kafka's `log.dirs`. */
  kafkaData: string;
  security?: BrokerSecurity;
  /** Proxies' ports: for each a plain listener tells its clients to come back through it. */
  proxyPorts?: readonly number[];
  /** More settings, in Kafka's names; they win over the defaults. */
  config?: Record<string, string | number | boolean>;
}

/** Small and quick instead of many and safe against the loss of a machine that there is only one of. */
const DEFAULTS = {
  'auto.create.topics.enable': false,
  'offsets.topic.num.partitions': 4,
  'transaction.state.log.num.partitions': 4,
  'share.coordinator.state.topic.num.partitions': 1,
  'group.initial.rebalance.delay.ms': 0,
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
 * @throws {@link BrokerOptionsError} (`ST_BROKER_OPTIONS`) when `config` names a setting that is ours
 */
export function serverProperties(options: PropertiesOptions): string {
  const { ports, kafkaData, security, proxyPorts = [], config = {} } = options;
  const { id, controllers } = options.place ?? { id: 1, controllers: new Map([[1, ports.controller]]) };
  const refused = Object.keys(config).filter((name) => OURS.has(name));
  if (refused.length > 0) {
    throw new BrokerOptionsError({
      what: 'use these Kafka settings',
      tried: `config: ${refused.join(', ')}`,
      answered: 'the embedded broker sets them itself',
      toDo: 'Leave them out; use the options port, dataFolder, security and proxy of startBroker.',
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
