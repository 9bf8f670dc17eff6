/** Connections to the brokers of one cluster: found, opened, authenticated, replaced when they break. */

import { connect as connectPlain } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

import { StreamTrainError, messageOf } from '../../../errors.ts';
import { KafkaClosedError, KafkaConnectionError, KafkaTlsError } from '../../errors.ts';
import { isConnectionFailure, mayRetry, rootOf, securityFailure, translated } from './failures.ts';
import { brokerMaker } from './internals.ts';
import type { Broker, SocketTarget, WireCall } from './internals.ts';
import { metadataCall } from './metadata.ts';
import type { ClusterMetadata } from './metadata.ts';
import type { KafkaSettings } from '../../settings/settings.ts';
import { pause } from '../../pause.ts';

/** How often one address may accept a connection and close it on the first request before that counts as an answer. */
const CLOSED_BEFORE_ANSWER = 2;

/**
 * All connections to one cluster. Made from settings; connects on the first use.
 *
 * @throws every method: {@link KafkaConnectionError}, {@link KafkaTlsError}, `KafkaAuthenticationError`,
 *   `KafkaProtocolError`; {@link KafkaClosedError} after `close()`.
 */
export class KafkaLink {
  readonly settings: KafkaSettings;
  readonly #make: (host: string, port: number, nodeId: number | null) => Promise<Broker>;
  readonly #addresses = new Map<number, { host: string; port: number }>();
  readonly #brokers = new Map<number, Promise<Broker>>();
  readonly #closedEarly = new Map<string, number>();
  readonly #dropped = new WeakSet<Broker>();
  #seed: Promise<Broker> | undefined;
  #everConnected = false;
  #closed = false;

  constructor(settings: KafkaSettings) {
    this.settings = settings;
    this.#make = brokerMaker({
      clientId: settings.clientId,
      connectionTimeout: settings.connectTimeout,
      requestTimeout: settings.requestTimeout,
      ssl: sslOf(settings),
      sasl: settings.sasl && { ...settings.sasl, password: settings.sasl.password.reveal() },
      socketFactory: openSocket,
    });
  }

  /** Makes sure that one broker answers, as this user and over TLS where asked for. */
  async connect(): Promise<void> {
    await this.metadata([]);
  }

  /** What the cluster knows of these topics (`undefined`: of all), with error codes instead of exceptions. */
  async metadata(
    topics: readonly string[] | undefined,
    options: { retryFor?: number } = {},
  ): Promise<ClusterMetadata> {
    const attempt = async (): Promise<ClusterMetadata> => {
      const broker = await this.any();
      const metadata = await this.send(broker, metadataCall(topics));
      this.#remember(metadata);
      this.#everConnected = true;
      return metadata;
    };
    return this.retrying('asking for metadata', attempt, options.retryFor);
  }

  /** Any broker that can be reached. */
  async any(): Promise<Broker> {
    for (const entry of this.#brokers.values()) {
      const broker = await entry.catch(() => undefined);
      if (broker?.connectionPool.isConnected() === true) return broker;
    }
    const seed = await this.#seed?.catch(() => undefined);
    if (seed?.connectionPool.isConnected() === true) return seed;
    this.#refuseIfClosed();
    this.#seed = this.#openSeed();
    return this.#seed;
  }

  /** The broker of that number, connected. Callers at the same moment share one attempt. */
  async broker(nodeId: number): Promise<Broker> {
    for (;;) {
      this.#refuseIfClosed();
      const entry = this.#brokers.get(nodeId) ?? this.#openNode(nodeId);
      const broker = await entry;
      if (broker.connectionPool.isConnected()) return broker;
      if (this.#brokers.get(nodeId) === entry) this.drop(broker);
    }
  }

  /** The broker in charge of topics. */
  async controller(): Promise<Broker> {
    const { controllerId } = await this.metadata([]);
    return this.broker(controllerId);
  }

  /** The broker in charge of a consumer group. */
  async coordinator(groupId: string): Promise<Broker> {
    const asked = await this.any();
    const { coordinator } = await this.guarded(asked, () =>
      asked.findGroupCoordinator({ groupId, coordinatorType: 0 }),
    );
    this.#addresses.set(coordinator.nodeId, { host: coordinator.host, port: coordinator.port });
    return this.broker(coordinator.nodeId);
  }

  /** Sends one request of our own making. */
  async send<Answer>(broker: Broker, call: WireCall<Answer>): Promise<Answer> {
    return this.guarded(broker, () => broker.connectionPool.send({ logResponseError: false, ...call }));
  }

  /** Runs one request; a connection that fails under it is thrown away, so that the next call makes a new one. */
  async guarded<T>(broker: Broker, request: () => Promise<T>): Promise<T> {
    this.#refuseIfClosed();
    try {
      return await request();
    } catch (error) {
      if (isConnectionFailure(error)) this.drop(broker);
      throw error;
    }
  }

  /** Forgets a broker's connections and closes them. */
  drop(broker: Broker): void {
    if (this.#dropped.has(broker)) return;
    this.#dropped.add(broker);
    for (const [nodeId, entry] of this.#brokers) {
      entry.then(
        (one) => one === broker && this.#brokers.get(nodeId) === entry && this.#brokers.delete(nodeId),
        ignore,
      );
    }
    broker.disconnect().catch(ignore);
  }

  /**
   * Runs `attempt` again while its failure may pass, with growing pauses, for at most `retryFor` ms; by default
   * `requestTimeout`, before the first success of all `connectTimeout`.
   */
  async retrying<T>(what: string, attempt: () => Promise<T>, retryFor?: number): Promise<T> {
    const started = Date.now();
    for (let wait = 50; ; wait = Math.min(wait * 2, 1000)) {
      this.#refuseIfClosed();
      try {
        return await attempt();
      } catch (error) {
        const { requestTimeout, connectTimeout } = this.settings;
        const limit = retryFor ?? (this.#everConnected ? requestTimeout : connectTimeout);
        if (!mayRetry(error) || Date.now() - started + wait > limit)
          throw translated(error, what, this.settings);
        await pause(wait);
      }
    }
  }

  /** Closes every connection; calls under way fail. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const opened = [...this.#brokers.values(), ...(this.#seed === undefined ? [] : [this.#seed])];
    const outcomes = await Promise.allSettled(opened);
    const brokers = new Set(
      outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : [])),
    );
    await Promise.all([...brokers].map((broker) => broker.disconnect()));
    this.#brokers.clear();
  }

  /** Addresses may change when a broker comes back elsewhere; its old connections are then of no use. */
  #remember(metadata: ClusterMetadata): void {
    for (const { nodeId, host, port } of metadata.brokers) {
      const known = this.#addresses.get(nodeId);
      if (known !== undefined && (known.host !== host || known.port !== port)) this.#brokers.delete(nodeId);
      this.#addresses.set(nodeId, { host, port });
    }
  }

  #openNode(nodeId: number): Promise<Broker> {
    const address = this.#addresses.get(nodeId);
    const entry =
      address === undefined
        ? Promise.reject(
            new KafkaConnectionError(this.settings.brokers, `broker ${nodeId} is not in the cluster now`),
          )
        : this.#open(address.host, address.port, nodeId);
    this.#brokers.set(nodeId, entry);
    entry.catch(() => this.#brokers.get(nodeId) === entry && this.#brokers.delete(nodeId));
    return entry;
  }

  /** Tries the addresses of the settings one after the other. */
  async #openSeed(): Promise<Broker> {
    const problems: string[] = [];
    let cause: unknown;
    for (const address of this.settings.brokers) {
      const at = address.lastIndexOf(':');
      try {
        // An IPv6 address stands in brackets beside a port, and without them by itself.
        const host = address.slice(0, at).replace(/^\[(.*)\]$/, '$1');
        return await this.#open(host, Number(address.slice(at + 1)), null);
      } catch (error) {
        if (error instanceof StreamTrainError && !error.canRetry) throw error;
        problems.push(`${address}: ${messageOf(rootOf(error))}`);
        cause = error;
      }
    }
    const advice = this.#everConnected
      ? ''
      : '. Is Kafka running there? Set STREAMTRAIN_BROKERS or { brokers }';
    throw new KafkaConnectionError(this.settings.brokers, problems.join('; ') + advice, { cause });
  }

  async #open(host: string, port: number, nodeId: number | null): Promise<Broker> {
    const broker = await this.#make(host, port, nodeId);
    try {
      await broker.connect();
      // The first request that needs a right to be here: a broker that wants a login hangs up on it.
      if (nodeId === null) this.#adopt(broker, await broker.connectionPool.send(metadataCall([])));
      this.#closedEarly.delete(`${host}:${port}`);
      return broker;
    } catch (error) {
      broker.disconnect().catch(ignore);
      throw this.#refusal(error, `${host}:${port}`) ?? error;
    }
  }

  /** The seed is one of the cluster's brokers: no second connection to it. */
  #adopt(broker: Broker, metadata: ClusterMetadata): void {
    for (const { nodeId, host, port } of metadata.brokers) {
      this.#addresses.set(nodeId, { host, port });
      const same = host === broker.connectionPool.host && port === broker.connectionPool.port;
      if (same && !this.#brokers.has(nodeId)) this.#brokers.set(nodeId, Promise.resolve(broker));
    }
  }

  /** A failure to connect that waiting does not cure, in clear words. */
  #refusal(error: unknown, address: string): StreamTrainError | undefined {
    const security = securityFailure(error, address, this.settings);
    if (security !== undefined) return security;
    if (this.#everConnected || !/clos|disconnect|ECONNRESET|hang up/i.test(messageOf(rootOf(error))))
      return undefined;
    const times = (this.#closedEarly.get(address) ?? 0) + 1;
    this.#closedEarly.set(address, times);
    if (times < CLOSED_BEFORE_ANSWER) return undefined;
    const { tls, sasl } = this.settings;
    if (tls !== undefined && sasl === undefined) {
      const problem =
        'the connection was closed during the handshake; this port may not speak TLS, or wants a login (sasl)';
      return new KafkaTlsError(address, 'not-tls', problem, { cause: error });
    }
    if (tls !== undefined) {
      const problem = 'the connection was closed during the handshake; this port may not speak TLS';
      return new KafkaTlsError(address, 'not-tls', problem, { cause: error });
    }
    const login = sasl === undefined ? ', or a login (sasl)' : '';
    const problem = `the broker closes the connection at the first request; it may expect TLS (tls: true)${login}`;
    return new KafkaTlsError(address, 'tls-required', problem, { cause: error });
  }

  #refuseIfClosed(): void {
    if (this.#closed) throw new KafkaClosedError('This Kafka client');
  }
}

const ignore = (): void => undefined;

function sslOf({ tls }: KafkaSettings): object | undefined {
  if (tls === undefined) return undefined;
  const { ca, cert, key, passphrase, servername, rejectUnauthorized } = tls;
  const named = { ca, cert, key: key?.reveal(), passphrase: passphrase?.reveal(), servername };
  const given = Object.fromEntries(Object.entries(named).filter(([, value]) => value !== undefined));
  return { ...given, rejectUnauthorized };
}

/** Small requests must not wait for the answer of the ones before them (Nagle). */
function openSocket({ host, port, ssl, onConnect }: SocketTarget): Socket {
  const name = /^[\d.:]+$/.test(host) ? {} : { servername: host };
  const socket: Socket = ssl
    ? connectTls({ host, port, ...name, ...ssl }, onConnect)
    : connectPlain({ host, port }, onConnect);
  socket.setKeepAlive(true, 30_000);
  socket.setNoDelay(true);
  return socket;
}
