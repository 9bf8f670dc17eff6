/**
 * The one file that uses internal modules of kafkajs, the version of which is pinned for that reason: its connections with
 * their login, its request queue, and its encoders of rare requests. kafkajs' public producer and consumer cannot do what
 * datasets need (fetch by offset without a group, several idempotent requests in flight).
 *
 * What is needed of it is written down in kafkajs-parts.ts, and checked once in a process, before the first connection:
 * another version, or one with other parts, is a {@link KafkaJsVersionError}.
 */
import { createRequire } from 'node:module';
import { KafkaJsVersionError } from '../errors.ts';
import { kafkaLogCreator, kafkaLogLevel } from '../logger.ts';
import { BrokerConnection } from './broker-connection.ts';
import { BROKER_METHODS, KAFKAJS_VERSION, QUEUE_METHODS, factoryOf } from './kafkajs-parts.ts';
import type {
  ConnectionOptions,
  KafkaJs,
  KafkaJsConnection,
  Modules,
  RequestQueue,
  SocketRequest,
} from './kafkajs-parts.ts';

/**
 * The modules, when they are those that this file was written for. Nothing is connected.
 *
 * @param require finds kafkajs
 * @throws KafkaJsVersionError (`ST_KAFKA_JS_VERSION`)
 */
export function checkedModules(require: NodeJS.Require): Modules {
  const { version } = require('kafkajs/package.json') as { version: string };
  const differences: string[] = [];
  const expect = (part: string, isThere: () => boolean): void => {
    try {
      if (isThere()) return;
    } catch {
      // It is different.
    }
    differences.push(part);
  };
  const load = (path: string): unknown => {
    try {
      return require(`kafkajs/src/${path}`);
    } catch {
      differences.push(`src/${path}`);
      return {};
    }
  };
  const modules = {
    Broker: load('broker'),
    ConnectionPool: load('network/connectionPool'),
    RequestQueue: load('network/requestQueue'),
    socketFactory: load('network/socketFactory'),
    ...(load('loggers') as Pick<Modules, 'createLogger'>),
    ...(load('protocol/error') as Pick<Modules, 'createErrorFromCode'>),
    ...(load('protocol/message/compression') as Pick<Modules, 'lookupCodec'>),
  } as Modules;
  const { Broker, ConnectionPool, RequestQueue, createErrorFromCode, lookupCodec } = modules;
  const has = (object: object, names: readonly string[]): boolean =>
    names.every((name) => typeof (object as Record<string, unknown>)[name] === 'function');
  expect('the methods of Broker', () => has(Broker.prototype, BROKER_METHODS));
  expect('the methods of RequestQueue', () => has(RequestQueue.prototype, QUEUE_METHODS));
  expect('the errors of codes', () => {
    const { name, type, retriable } = createErrorFromCode(6);
    return name.startsWith('KafkaJS') && type === 'NOT_LEADER_FOR_PARTITION' && retriable === true;
  });
  expect('the sockets', () => typeof modules.socketFactory() === 'function');
  expect('the look-up of codecs', () => typeof lookupCodec(1)?.decompress === 'function');
  expect('the connections of a pool', () => {
    const socketFactory = (): never => {
      throw new Error('nothing is connected here');
    };
    const options = {
      clientId: '',
      connectionTimeout: 1,
      requestTimeout: 1,
      ssl: undefined,
      sasl: undefined,
    };
    const logger = modules.createLogger({ level: 0, logCreator: () => () => undefined });
    const where = { host: 'nowhere', port: 1, logger, maxInFlightRequests: null, socketFactory };
    const { pool } = new ConnectionPool({ ...options, ...where });
    return (
      pool.length === 2 &&
      pool.every(
        (one) =>
          has(one, ['isConnected', 'disconnect', 'send']) &&
          one.requestQueue.inflight instanceof Map &&
          Array.isArray(one.requestQueue.pending),
      )
    );
  });
  if (version !== KAFKAJS_VERSION || differences.length > 0)
    throw new KafkaJsVersionError({ found: version, expected: KAFKAJS_VERSION, differences });
  return modules;
}

let loaded: Modules | undefined;

/** Checked and patched at the first use in the process. */
function modules(): Modules {
  if (loaded === undefined) {
    const checked = checkedModules(createRequire(import.meta.url));
    patchRequestQueueTimers(checked.RequestQueue);
    loaded = checked;
  }
  return loaded;
}

/** kafkajs' error for one of Kafka's codes; `translated` of the client makes it this library's. */
export function kafkaError(code: number): Error {
  return modules().createErrorFromCode(code);
}

/** The codec that the user registered in kafkajs' `CompressionCodecs`, by Kafka's number of the compression. */
export function registeredCodec(compression: number): ReturnType<Modules['lookupCodec']> {
  try {
    return modules().lookupCodec(compression);
  } catch (error) {
    if (error instanceof KafkaJsVersionError) throw error;
    return null; // kafkajs throws where none is registered
  }
}

/**
 * How a `Kafka` of kafkajs connects, read from pools that it makes and nobody connects. They are for its brokers in turn: it
 * is asked until as many in a row as there are, and at least two, are known already. A function of brokers is called each time.
 *
 * @throws kafkajs' error when it has no brokers, or their function fails; KafkaJsVersionError
 */
export async function connectionOf(kafka: KafkaJs): Promise<KafkaJsConnection> {
  const { connectionPoolBuilder: builder } = factoryOf(kafka)?.({}) ?? {};
  const brokers = new Set<string>();
  for (let known = 0; ; known++) {
    const connection = (await builder?.build())?.pool[0];
    if (connection?.socketFactory === undefined) {
      const differences = ['the connections of a Kafka'];
      throw new KafkaJsVersionError({ found: 'of another version', expected: KAFKAJS_VERSION, differences });
    }
    const { host, port, socketFactory, ...how } = connection;
    if (!brokers.has(`${host}:${port}`)) known = -1;
    brokers.add(`${host}:${port}`);
    if (known + 1 < Math.max(2, brokers.size)) continue;
    const { clientId, connectionTimeout, requestTimeout, ssl, sasl } = how;
    const hasOwnSockets = String(socketFactory) !== String(modules().socketFactory());
    return { brokers: [...brokers], clientId, connectionTimeout, requestTimeout, ssl, sasl, hasOwnSockets };
  }
}

/** Makes connections that share one set of options; nothing is connected yet. `nodeId` is `null` while it is not known. */
export function brokerMaker(
  options: ConnectionOptions,
): (address: { host: string; port: number }, nodeId: number | null) => BrokerConnection {
  const { Broker, ConnectionPool, createLogger } = modules();
  const logger = createLogger({ level: kafkaLogLevel(), logCreator: kafkaLogCreator });
  return ({ host, port }, nodeId) => {
    // kafkajs writes its authenticator into the sasl object: each broker gets its own.
    const sasl = options.sasl && { ...options.sasl };
    const pool = new ConnectionPool({ ...options, sasl, host, port, logger, maxInFlightRequests: null });
    const authenticationTimeout = options.connectionTimeout;
    const broker = {
      connectionPool: pool,
      logger,
      nodeId,
      authenticationTimeout,
      allowAutoTopicCreation: false,
    };
    return new BrokerConnection({ host, port }, new Broker(broker));
  };
}

/** How soon to look again at requests that wait for a free place, ms; kafkajs' own figure. */
const PENDING_MS = 10;
/** How often is looked for requests whose time is over, ms; kafkajs' own figure. */
const CHECK_MS = 100;
/** After a check that comes later than this (ms) the program was busy: it could not have read an answer. */
const MOST_COUNTED_MS = 1_000;

/**
 * Replaces the timers of kafkajs' request queue. kafkajs measures durations by `Date.now()`: a clock set back by an hour
 * throttles for an hour, and one set forward times every request out. It also sets a timer for `throttledUntil` while that
 * is -1 because nothing is throttled: a delay in the past, of which Node 24 warns (github.com/tulios/kafkajs/issues/1751).
 * Here durations are on the monotonic clock, no delay is in the past, and a request's time counts only while the program
 * could have read the answer. A second call changes nothing.
 */
export function patchRequestQueueTimers({ prototype }: Modules['RequestQueue']): void {
  prototype.scheduleRequestTimeoutCheck = function (this: RequestQueue) {
    if (!this.enforceRequestTimeout) return;
    this.destroy();
    const waited = new WeakMap<SocketRequest, number>();
    let last = performance.now();
    this.requestTimeoutIntervalId = setInterval(
      () => {
        const now = performance.now();
        const passed = Math.min(now - last, MOST_COUNTED_MS);
        last = now;
        for (const request of [...this.inflight.values()]) {
          const before = waited.get(request);
          const total = before === undefined ? 0 : before + passed;
          waited.set(request, total);
          if (total > request.requestTimeout) request.timeoutRequest();
        }
        if (!this.isConnected()) this.destroy();
      },
      Math.min(this.requestTimeout, CHECK_MS),
    );
  };
  prototype.maybeThrottle = function (this: RequestQueue, ms: number | null | undefined) {
    if (ms !== null && ms !== undefined && ms > 0)
      this.throttledUntil = Math.max(performance.now() + ms, this.throttledUntil);
  };
  prototype.canSendSocketRequestImmediately = function (this: RequestQueue) {
    const { inflight, maxInFlightRequests, throttledUntil } = this;
    return !(
      (maxInFlightRequests !== null && inflight.size >= maxInFlightRequests) ||
      throttledUntil > performance.now()
    );
  };
  prototype.scheduleCheckPendingRequests = function (this: RequestQueue) {
    if (this.throttleCheckTimeoutId) return;
    const throttledMs = this.throttledUntil - performance.now();
    const waitMs = throttledMs > 0 ? throttledMs : this.pending.length > 0 ? PENDING_MS : 1;
    this.throttleCheckTimeoutId = setTimeout(() => {
      this.throttleCheckTimeoutId = null;
      this.checkPendingRequests();
    }, waitMs);
  };
}
