/** Connections to the brokers of one cluster: found, opened, replaced when they break, passed by when they hang. */

import { setMaxListeners } from 'node:events';
import { AdvertisedAddressError, KafkaClosedError, KafkaConnectionError } from '../errors.ts';
import { Dialer, addressOf, addressText, forget, noneAnswered } from './dial.ts';
import type { Address } from './dial.ts';
import { isConnectionFailure, kafkaTypeOf, mayAskAnother, mayRetry, translated } from './failures.ts';
import type { KafkaCall } from '../protocol/calls.ts';
import type { BrokerConnection } from '../protocol/broker-connection.ts';
import { kafkaError } from '../protocol/kafkajs.ts';
import { coordinatorCall, metadataCall } from '../protocol/metadata.ts';
import type { ClusterMetadata } from '../protocol/metadata.ts';
import type { KafkaSettings } from '../settings/settings.ts';
import { firstAnswer, inTime, pause, retrying } from '../../process/index.ts';

/** After so long (ms) without an answer the next broker is asked as well; sooner, where the list is long. */
const STAGGER = 1_000;
const LEAST_STAGGER = 250;
/** So many of the connected brokers are asked at most, and of those only known by the cluster's word. */
const MOST_ASKED = 4;

/**
 * All connections to one cluster. Made from settings; connects on the first use.
 *
 * @throws every method: {@link KafkaConnectionError}, {@link AdvertisedAddressError}, `KafkaTlsError`,
 *   `KafkaAuthenticationError`, `KafkaProtocolError`; {@link KafkaClosedError} after `close()`.
 */
export class KafkaLink {
  readonly settings: KafkaSettings;
  readonly #dialer: Dialer;
  readonly #addresses = new Map<number, Address>();
  readonly #brokers = new Map<number, Promise<BrokerConnection>>();
  /** Connections by an address of the settings, for as long as the broker's number is not known. */
  readonly #seeds = new Map<string, Promise<BrokerConnection>>();
  readonly #dropped = new WeakSet<BrokerConnection>();
  /** When (monotonic, ms) each broker answered last. */
  readonly #heard = new WeakMap<BrokerConnection, number>();
  readonly #closing = new AbortController();
  #heardAt = performance.now();
  #everConnected = false;

  constructor(settings: KafkaSettings) {
    this.settings = settings;
    // Every call under way listens to it.
    setMaxListeners(0, this.#closing.signal);
    this.#dialer = new Dialer(settings);
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
      const metadata = await this.ask((broker) => broker.send(metadataCall(topics, broker)));
      this.#remember(metadata);
      this.#everConnected = true;
      return metadata;
    };
    return this.retrying('asking for metadata', attempt, options.retryFor);
  }

  /**
   * A question that every broker can answer. One that is silent for a second is passed by: the next one is asked as
   * well, and the first answer counts. A broker that is silent for `connectTimeout` is let go.
   */
  ask<T>(question: (broker: BrokerConnection) => Promise<T>): Promise<T> {
    return this.#first((broker) => this.question(broker, () => question(broker)));
  }

  /** The broker of that number, connected. Callers at the same moment share one attempt. */
  async broker(nodeId: number): Promise<BrokerConnection> {
    for (;;) {
      this.#closing.signal.throwIfAborted();
      const entry = this.#brokers.get(nodeId) ?? this.#openNode(nodeId);
      const broker = await entry;
      if (broker.isConnected) return broker;
      if (this.#brokers.get(nodeId) === entry) this.drop(broker);
    }
  }

  /** The broker in charge of topics. */
  async controller(): Promise<BrokerConnection> {
    const { controllerId } = await this.metadata([]);
    return this.broker(controllerId);
  }

  /** The broker in charge of a consumer group, or of a transactional id. */
  async coordinator(name: string, kind: 'group' | 'transaction' = 'group'): Promise<BrokerConnection> {
    const { nodeId, host, port } = await this.ask(async (broker) => {
      const found = await broker.send(coordinatorCall(name, kind));
      if (found.errorCode !== 0) throw kafkaError(found.errorCode);
      return found;
    });
    this.#addresses.set(nodeId, { host, port });
    return this.broker(nodeId);
  }

  /** Sends one request of our own making. */
  async send<Answer>(broker: BrokerConnection, call: KafkaCall<Answer>): Promise<Answer> {
    return this.guarded(broker, () => broker.send(call));
  }

  /** Runs one request; a connection that fails under it is thrown away, so that the next call makes a new one. */
  async guarded<T>(broker: BrokerConnection, request: () => Promise<T>): Promise<T> {
    this.#closing.signal.throwIfAborted();
    try {
      const answer = await request();
      this.#hear(broker);
      return answer;
    } catch (error) {
      if (isConnectionFailure(error)) this.drop(broker);
      else if (kafkaTypeOf(error) !== undefined) this.#hear(broker);
      throw error;
    }
  }

  /** As {@link KafkaLink.guarded}, for what a broker answers at once: one that takes longer than `within` ms hangs. */
  question<T>(
    broker: BrokerConnection,
    request: () => Promise<T>,
    within = this.settings.connectTimeout,
  ): Promise<T> {
    const limit = Math.min(within, this.settings.requestTimeout);
    const late = (): Error => {
      const problem = `no answer within ${limit} ms; the broker hangs or is overloaded; see to it, or raise connectTimeout`;
      return new KafkaConnectionError({ brokers: [addressText(broker)], problem });
    };
    return this.guarded(broker, () => inTime(request(), limit, late, this.#closing.signal));
  }

  /** Whether a broker answers on a new connection within `connectTimeout`, whatever those that stand are busy with. */
  isAlive(broker: BrokerConnection): Promise<boolean> {
    return this.#dialer.isAnswering(broker, this.#closing.signal);
  }

  /** Forgets a broker's connections and closes them; calls under way on them fail. */
  drop(broker: BrokerConnection): void {
    // Whoever asks for it again must get another one, whenever this one was put in.
    forget(this.#brokers, broker);
    forget(this.#seeds, broker);
    if (this.#dropped.has(broker)) return;
    this.#dropped.add(broker);
    broker.cut();
  }

  /**
   * Runs `attempt` again while its failure may pass, with growing pauses, for at most `retryFor` ms; by default
   * `requestTimeout`, and `connectTimeout` before the first success of all or when a broker's address was never reached.
   */
  async retrying<T>(what: string, attempt: () => Promise<T>, retryFor?: number): Promise<T> {
    const { signal } = this.#closing;
    signal.throwIfAborted();
    const giveUp = (error: unknown, ms: number): Error | undefined => {
      signal.throwIfAborted();
      const { requestTimeout, connectTimeout } = this.settings;
      const isKnown = this.#everConnected && !(error instanceof AdvertisedAddressError);
      const limit = retryFor ?? (isKnown ? requestTimeout : connectTimeout);
      return !mayRetry(error) || ms > limit ? translated(error, what, this.settings) : undefined;
    };
    return retrying(attempt, { first: 50, longest: 1000 }, giveUp, signal);
  }

  /**
   * Waits until no broker has said a word for `ms`, and then asks one. Gives the failure if none answers within `ms`
   * more, and `undefined` as soon as one has spoken.
   */
  async silence(ms: number, signal: AbortSignal): Promise<unknown> {
    const before = this.#heardAt;
    await pause(ms, signal).catch(ignore);
    if (this.#heardAt > before || signal.aborted) return undefined;
    const late = (): Error =>
      new KafkaConnectionError({ brokers: this.settings.brokers, problem: `no answer within ${ms} ms` });
    return inTime(this.metadata([], { retryFor: 0 }), ms, late).then(ignore, (error: unknown) => error);
  }

  /** Closes every connection at once; calls under way fail. */
  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort(new KafkaClosedError({ what: 'This Kafka client' }));
    this.#dialer.stop();
    for (const one of await Promise.allSettled([...this.#brokers.values(), ...this.#seeds.values()]))
      if (one.status === 'fulfilled') one.value.cut();
    this.#brokers.clear();
    this.#seeds.clear();
  }

  #hear(broker: BrokerConnection): void {
    this.#heardAt = performance.now();
    this.#heard.set(broker, this.#heardAt);
  }

  /** A broker may come back at another address; its old connections are then of no use. */
  #remember(metadata: ClusterMetadata): void {
    for (const { nodeId, host, port } of metadata.brokers) {
      const known = this.#addresses.get(nodeId);
      if (known !== undefined && (known.host !== host || known.port !== port)) {
        void this.#brokers.get(nodeId)?.then((broker) => this.#dialer.retire(broker), ignore);
        this.#brokers.delete(nodeId);
      }
      this.#addresses.set(nodeId, { host, port });
    }
  }

  /** The first success among all brokers: those connected, the one heard last in front; then whoever is known. */
  async #first<T>(work: (broker: BrokerConnection) => Promise<T>): Promise<T> {
    this.#closing.signal.throwIfAborted();
    const asked = new Map<string, () => Promise<BrokerConnection>>();
    const add = (address: string, broker: () => Promise<BrokerConnection>): void => {
      if (!asked.has(address)) asked.set(address, broker);
    };
    for (const broker of (await this.#connected()).slice(0, MOST_ASKED))
      add(addressText(broker), () => Promise.resolve(broker));
    for (const address of this.settings.brokers) add(address, () => this.#seed(address));
    for (const [nodeId, address] of [...this.#addresses].slice(0, MOST_ASKED))
      add(addressText(address), () => this.broker(nodeId));
    const { connectTimeout } = this.settings;
    return firstAnswer(
      [...asked.values()].map((broker) => async () => work(await broker())),
      {
        stagger: Math.min(Math.max(connectTimeout / (2 * asked.size), LEAST_STAGGER), STAGGER),
        goesOn: mayAskAnother,
        none: (failures) => noneAnswered([...asked.keys()], failures),
      },
    );
  }

  async #connected(): Promise<readonly BrokerConnection[]> {
    const found = new Set<BrokerConnection>();
    for (const entry of [...this.#brokers.values(), ...this.#seeds.values()]) {
      // One that is still being opened is not waited for.
      const broker = await Promise.race([entry, Promise.resolve(undefined)]).catch(ignore);
      if (broker?.isConnected === true) found.add(broker);
    }
    const heard = (broker: BrokerConnection): number => this.#heard.get(broker) ?? 0;
    return [...found].sort((one, other) => heard(other) - heard(one));
  }

  #openNode(nodeId: number): Promise<BrokerConnection> {
    const address = this.#addresses.get(nodeId);
    const unknown = (): KafkaConnectionError =>
      new KafkaConnectionError({
        brokers: this.settings.brokers,
        problem: `broker ${nodeId} is not in the cluster now; wait until it is back, or see which brokers run`,
      });
    const entry =
      address === undefined
        ? Promise.reject(unknown())
        : this.#dialer.openNode(nodeId, address, this.#closing.signal);
    this.#brokers.set(nodeId, entry);
    entry.then(
      (broker) => this.#hear(broker),
      () => this.#brokers.get(nodeId) === entry && this.#brokers.delete(nodeId),
    );
    return entry;
  }

  /** A connection to an address of the settings. Callers at the same moment share one attempt. */
  async #seed(address: string): Promise<BrokerConnection> {
    for (;;) {
      const entry = this.#seeds.get(address) ?? this.#openSeed(address);
      const broker = await entry;
      if (broker.isConnected) return broker;
      if (this.#seeds.get(address) === entry) this.#seeds.delete(address);
    }
  }

  #openSeed(address: string): Promise<BrokerConnection> {
    // The first request that needs a right to be here: a broker that wants a login hangs up on it.
    const greet = async (broker: BrokerConnection): Promise<void> =>
      this.#adopt(broker, await broker.send(metadataCall([], broker)));
    const entry = this.#dialer.open(addressOf(address), null, this.#closing.signal, greet);
    this.#seeds.set(address, entry);
    entry.then(
      (broker) => this.#hear(broker),
      () => this.#seeds.get(address) === entry && this.#seeds.delete(address),
    );
    return entry;
  }

  /** The seed is one of the cluster's brokers: no second connection to it. */
  #adopt(broker: BrokerConnection, metadata: ClusterMetadata): void {
    const { host, port } = broker;
    for (const { nodeId, ...address } of metadata.brokers) {
      this.#addresses.set(nodeId, address);
      const same = address.host === host && address.port === port;
      if (same && !this.#brokers.has(nodeId)) this.#brokers.set(nodeId, Promise.resolve(broker));
    }
  }
}

const ignore = (): undefined => undefined;
