/** What is needed of kafkajs' internal modules, as types, and the version in which it was read. */
import type { Socket } from 'node:net';
import type { KafkaLogEntry } from '../logger.ts';
import type { Versioned } from './calls.ts';

/** The version of kafkajs in which everything below was read, and with which it is tested. */
export const KAFKAJS_VERSION = '2.2.4';

/** Requests that kafkajs writes and whose answers it reads. They reject with its errors. */
export interface KafkaJsRequests {
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
  deleteRecords(query: {
    topics: readonly { topic: string; partitions: readonly { partition: number; offset: string }[] }[];
  }): Promise<unknown>;
  listGroups(): Promise<{ groups: readonly { groupId: string }[] }>;
  describeGroups(query: { groupIds: readonly string[] }): Promise<{
    groups: readonly {
      groupId: string;
      state: string;
      /** Of what kind its members are: `consumer`, or `connect`, ... */
      protocolType: string;
      members: readonly {
        memberId: string;
        clientId: string;
        clientHost: string;
        memberAssignment: Buffer;
      }[];
    }[];
  }>;
  deleteGroups(groups: readonly string[]): Promise<{ results: readonly { error?: Error }[] }>;
}

/** kafkajs' `Broker`: connects, logs in, and knows the requests the other side understands. */
export interface Broker extends KafkaJsRequests, Versioned {
  readonly connectionPool: ConnectionPool;
  connect(): Promise<void>;
}

/** The two connections kafkajs has to one broker, the second one only for fetching. */
interface ConnectionPool {
  readonly pool: readonly Connection[];
  isConnected(): boolean;
  send(call: object): Promise<unknown>;
}

/** One connection of a pool, and what waits for answers on it. */
interface Connection {
  readonly socket?: Socket;
  readonly requestQueue: {
    readonly inflight: ReadonlyMap<unknown, unknown>;
    readonly pending: readonly unknown[];
  };
  isConnected(): boolean;
  disconnect(): Promise<unknown>;
}

/** One request that waits for its answer. */
export interface SocketRequest {
  /** ms */
  readonly requestTimeout: number;
  timeoutRequest(): void;
}

/** kafkajs' `RequestQueue`, as far as its times go. */
export interface RequestQueue {
  /** Requests that wait for their turn. */
  readonly pending: readonly unknown[];
  readonly inflight: ReadonlyMap<unknown, SocketRequest>;
  readonly maxInFlightRequests: number | null;
  readonly requestTimeout: number;
  readonly enforceRequestTimeout: boolean;
  /** Time (ms) until which the broker wants no request; -1 for never. Here on the monotonic clock. */
  throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  requestTimeoutIntervalId?: NodeJS.Timeout;
  isConnected(): boolean;
  destroy(): void;
  checkPendingRequests(): void;
  scheduleCheckPendingRequests(): void;
  scheduleRequestTimeoutCheck(): void;
  canSendSocketRequestImmediately(): boolean;
  maybeThrottle(ms: number | null | undefined): void;
}

type Logger = object;

/** The connections of a pool, as far as they tell how a `Kafka` connects. */
interface PoolOfKafka {
  readonly pool: readonly (ConnectionOptions & {
    readonly host: string;
    readonly port: number;
    readonly sasl: object | undefined;
  })[];
}

/** What the private factory of a `Kafka` makes. Each `build()` makes a pool for the next of its brokers. */
interface ClusterOfKafka {
  readonly connectionPoolBuilder: { build(): Promise<PoolOfKafka> };
}

/** The description of the symbol under which a `Kafka` keeps its factory. */
const FACTORY = 'private:Kafka:createCluster';

/** A client of kafkajs: what its `new Kafka({ brokers, ... })` gives. */
export interface KafkaJs {
  producer(...options: never[]): unknown;
  consumer(...options: never[]): unknown;
  admin(...options: never[]): unknown;
  logger(): unknown;
}

/** The private factory of a `Kafka`; `undefined` for anything else. */
export function factoryOf(kafka: object): ((options: object) => Partial<ClusterOfKafka>) | undefined {
  const symbol = Object.getOwnPropertySymbols(kafka).find(({ description }) => description === FACTORY);
  const factory = symbol && (kafka as Record<symbol, unknown>)[symbol];
  return typeof factory === 'function' ? (factory as (options: object) => ClusterOfKafka) : undefined;
}

/** Whether this is a `Kafka` of kafkajs, of whatever copy of it. */
export function isKafkaJs(value: unknown): value is KafkaJs {
  return typeof value === 'object' && value !== null && factoryOf(value) !== undefined;
}

/** How a `Kafka` connects; `ssl` and `sasl` as they were given to it. */
export interface KafkaJsConnection extends Omit<ConnectionOptions, 'sasl' | 'socketFactory'> {
  /** `host:port` */
  readonly brokers: readonly string[];
  readonly sasl: object | undefined;
  /** Whether its sockets are made by a function of the user's. */
  readonly hasOwnSockets: boolean;
}

/** What a pool is made of; `ssl` and `sasl` as kafkajs names them. */
interface PoolOptions extends ConnectionOptions {
  readonly host: string;
  readonly port: number;
  readonly logger: Logger;
  readonly maxInFlightRequests: null;
}

/** The internal modules that are used. */
export interface Modules {
  readonly Broker: {
    new (options: {
      connectionPool: ConnectionPool;
      logger: Logger;
      nodeId: number | null;
      authenticationTimeout: number;
      allowAutoTopicCreation: boolean;
    }): Broker;
    readonly prototype: object;
  };
  readonly ConnectionPool: new (options: PoolOptions) => ConnectionPool;
  readonly RequestQueue: { readonly prototype: RequestQueue };
  readonly socketFactory: () => (where: SocketTarget) => Socket;
  readonly createLogger: (options: {
    level: number;
    logCreator: (level: number) => (entry: KafkaLogEntry) => void;
  }) => Logger;
  readonly createErrorFromCode: (code: number) => Error & { type?: string; retriable?: boolean };
  readonly lookupCodec: (type: number) => { decompress(bytes: Buffer): Promise<Buffer> } | null;
}

/** How to connect; `ssl` and `sasl` as kafkajs names them. */
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

/** The methods of `Broker` that are called. */
export const BROKER_METHODS = [
  ...['connect', 'createTopics', 'createPartitions', 'deleteTopics', 'describeConfigs', 'deleteRecords'],
  ...['listGroups', 'describeGroups', 'deleteGroups'],
];

/** The methods of `RequestQueue` that are called or replaced. */
export const QUEUE_METHODS = [
  ...['destroy', 'checkPendingRequests', 'scheduleCheckPendingRequests', 'scheduleRequestTimeoutCheck'],
  ...['canSendSocketRequestImmediately', 'maybeThrottle'],
];
