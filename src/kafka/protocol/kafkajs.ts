/**
 * The parts of kafkajs this library stands on, typed: its connections, its SASL, and its request encoders.
 *
 * kafkajs' public producer and consumer cannot do what data sets need (fetch by offset without a group, several
 * idempotent requests in flight), so the modules one level below are used; the version is pinned for that reason.
 */

import { createRequire } from 'node:module';
import type { Socket } from 'node:net';

import { cureTimers } from './kafkajs-timers.ts';
import type { RequestQueueClass } from './kafkajs-timers.ts';
import { kafkaLogCreator, kafkaLogLevel } from '../logger.ts';
import type { KafkaLogEntry } from '../logger.ts';

/** A request body as kafkajs wants it back from `encode`. */
export interface EncodedBody {
  readonly buf: Buffer;
  readonly buffer: Buffer;
}

/** One request with the way to read its answer. `expectResponse` missing means there is one. */
export interface WireCall<Answer> {
  readonly request: {
    readonly apiKey: number;
    readonly apiVersion: number;
    readonly apiName: string;
    readonly expectResponse?: () => boolean;
    readonly encode: () => Promise<EncodedBody>;
  };
  readonly response: {
    readonly decode: (body: Buffer) => Promise<Answer & { clientSideThrottleTime?: number }>;
    readonly parse: (answer: Answer) => Promise<Answer>;
  };
  /** ms; only a longer time than the connection's own has an effect. */
  readonly requestTimeout?: number;
  readonly logResponseError?: boolean;
}

/** The two connections kafkajs keeps to one broker (the second one only for fetching). */
export interface ConnectionPool {
  readonly host: string;
  readonly port: number;
  send<Answer>(call: WireCall<Answer>): Promise<Answer>;
  destroy(): Promise<void>;
  isConnected(): boolean;
}

/** API key -> versions the broker speaks. */
export type ApiVersions = Readonly<
  Record<number, { readonly minVersion: number; readonly maxVersion: number }>
>;

/** Offsets on kafkajs' wire types: decimal strings, because they may pass 2^53. */
interface OffsetsAnswer {
  readonly responses: readonly {
    readonly topic: string;
    readonly partitions: readonly { readonly partition: number; readonly offset: string }[];
  }[];
}

/** One broker: connects, authenticates, and knows the requests it understands. */
export interface Broker {
  readonly nodeId: number | null;
  readonly connectionPool: ConnectionPool;
  readonly versions: ApiVersions | null;
  isConnected(): boolean;
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  findGroupCoordinator(query: {
    groupId: string;
    coordinatorType: number;
  }): Promise<{ coordinator: { nodeId: number; host: string; port: number } }>;
  initProducerId(query: {
    transactionalId?: string;
    transactionTimeout?: number;
  }): Promise<{ producerId: string; producerEpoch: number }>;
  createTopics(query: {
    topics: readonly {
      topic: string;
      numPartitions: number;
      replicationFactor: number;
      configEntries: readonly { name: string; value: string }[];
    }[];
    timeout: number;
  }): Promise<unknown>;
  createPartitions(query: {
    topicPartitions: readonly { topic: string; count: number }[];
    timeout: number;
  }): Promise<unknown>;
  deleteTopics(query: { topics: readonly string[]; timeout: number }): Promise<unknown>;
  describeConfigs(query: { resources: readonly { type: number; name: string }[] }): Promise<{
    resources: readonly { configEntries: readonly { configName: string; configValue: string | null }[] }[];
  }>;
  listOffsets(query: {
    isolationLevel: number;
    topics: readonly {
      topic: string;
      partitions: readonly { partition: number; timestamp: number | string }[];
    }[];
  }): Promise<OffsetsAnswer>;
  deleteRecords(query: {
    topics: readonly { topic: string; partitions: readonly { partition: number; offset: string }[] }[];
  }): Promise<unknown>;
  listGroups(): Promise<{ groups: readonly { groupId: string }[] }>;
  describeGroups(query: { groupIds: readonly string[] }): Promise<{
    groups: readonly {
      groupId: string;
      state: string;
      members: readonly {
        memberId: string;
        clientId: string;
        clientHost: string;
        memberAssignment: Buffer;
      }[];
    }[];
  }>;
  deleteGroups(groups: readonly string[]): Promise<{ results: readonly { error?: Error }[] }>;
  offsetCommit(query: {
    groupId: string;
    groupGenerationId: number;
    memberId: string;
    topics: readonly { topic: string; partitions: readonly { partition: number; offset: string }[] }[];
  }): Promise<unknown>;
}

interface Logger {
  namespace(name: string): Logger;
}

interface ConnectionPoolBuilder {
  build(destination: { host: string; port: number }): Promise<ConnectionPool>;
}

/** What connections need to know; `ssl` and `sasl` as kafkajs names them. */
export interface ConnectionOptions {
  readonly clientId: string;
  readonly connectionTimeout: number;
  readonly requestTimeout: number;
  readonly ssl: object | undefined;
  readonly sasl: { mechanism: string; username: string; password: string } | undefined;
  readonly socketFactory: (where: SocketTarget) => Socket;
}

/** What kafkajs asks a socket factory for. */
export interface SocketTarget {
  readonly host: string;
  readonly port: number;
  readonly ssl: object | null | undefined;
  readonly onConnect: () => void;
}

type BrokerClass = new (options: {
  connectionPool: ConnectionPool;
  logger: Logger;
  nodeId: number | null;
  authenticationTimeout: number;
  allowAutoTopicCreation: boolean;
}) => Broker;

const require = createRequire(import.meta.url);

interface LoggerModule {
  readonly createLogger: (options: {
    level: number;
    logCreator: (level: number) => (entry: KafkaLogEntry) => void;
  }) => Logger;
}

/** The failure is told by the error, not by kafkajs' log. */
export function quietly<Answer>(call: WireCall<Answer>): WireCall<Answer> {
  return { logResponseError: false, ...call };
}

/** One socket of a pool, and what waits for answers on it. */
interface PooledConnection {
  readonly socket?: Socket;
  readonly requestQueue: {
    readonly inflight: ReadonlyMap<unknown, unknown>;
    readonly pending: readonly unknown[];
  };
  isConnected(): boolean;
  disconnect(): Promise<unknown>;
}

/**
 * Closes a broker's connections now. kafkajs itself would wait for the answers under way, which a broker that hangs never
 * gives; here they fail. A connection on which nothing is awaited ends in order, so that what was written arrives.
 */
export function cutBroker(broker: Broker): void {
  const { pool } = broker.connectionPool as unknown as { readonly pool: readonly PooledConnection[] };
  for (const connection of pool) {
    const { socket, requestQueue } = connection;
    const isIdle = requestQueue.inflight.size === 0 && requestQueue.pending.length === 0;
    if (isIdle && connection.isConnected()) connection.disconnect().catch(() => undefined);
    else socket?.destroy(new Error('the connection was given up'));
  }
}

/** Makes brokers that share one set of options; nothing is connected yet. */
export function brokerMaker(
  options: ConnectionOptions,
): (host: string, port: number, nodeId: number | null) => Promise<Broker> {
  const BrokerOfKafkajs = require('kafkajs/src/broker') as BrokerClass;
  const poolBuilder = require('kafkajs/src/cluster/connectionPoolBuilder') as (
    options: ConnectionOptions & { logger: Logger; brokers: readonly string[]; maxInFlightRequests: null },
  ) => ConnectionPoolBuilder;
  cureTimers(require('kafkajs/src/network/requestQueue') as RequestQueueClass);
  const { createLogger } = require('kafkajs/src/loggers') as LoggerModule;
  const logger = createLogger({ level: kafkaLogLevel(), logCreator: kafkaLogCreator });
  return async (host, port, nodeId) => {
    // kafkajs keeps its authenticator on the sasl object: each broker gets its own.
    const sasl = options.sasl && { ...options.sasl };
    const builder = poolBuilder({
      ...options,
      sasl,
      logger,
      brokers: [`${host}:${port}`],
      maxInFlightRequests: null,
    });
    return new BrokerOfKafkajs({
      connectionPool: await builder.build({ host, port }),
      logger,
      nodeId,
      authenticationTimeout: options.connectionTimeout,
      allowAutoTopicCreation: false,
    });
  };
}
