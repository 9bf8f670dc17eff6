/** Opens connections to single brokers: in time, over TLS and as the user asked for, with failures in clear words. */

import { connect as connectPlain } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

import { messageOf } from '../../../errors.ts';
import type { StreamTrainError } from '../../../errors.ts';
import { AdvertisedAddressError, KafkaConnectionError, KafkaTlsError } from '../../errors.ts';
import { isConnectionFailure, mayRetry, rootOf, securityFailure } from './failures.ts';
import { inTime } from '../../in-time.ts';
import { brokerMaker, cutBroker } from './internals.ts';
import type { Broker, SocketTarget } from './internals.ts';
import type { KafkaSettings } from '../../settings/settings.ts';

/** How often one address may accept a connection and close it on the first request before that counts as an answer. */
const CLOSED_BEFORE_ANSWER = 2;

/** A broker's host and port. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** `host:port`, an IPv6 host in brackets, as in the settings. */
export function addressText({ host, port }: Address): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** The host and port of a text of the settings. */
export function addressOf(text: string): Address {
  const at = text.lastIndexOf(':');
  // An IPv6 address stands in brackets beside a port, and without them by itself.
  return { host: text.slice(0, at).replace(/^\[(.*)\]$/, '$1'), port: Number(text.slice(at + 1)) };
}

/** Dials the brokers of one cluster. */
export class Dialer {
  readonly #settings: KafkaSettings;
  readonly #make: (host: string, port: number, nodeId: number | null) => Promise<Broker>;
  readonly #closedEarly = new Map<string, number>();
  readonly #reached = new Set<string>();
  readonly #dialling = new Set<Broker>();

  constructor(settings: KafkaSettings) {
    this.#settings = settings;
    this.#make = brokerMaker({
      clientId: settings.clientId,
      connectionTimeout: settings.connectTimeout,
      requestTimeout: settings.requestTimeout,
      ssl: sslOf(settings),
      sasl: settings.sasl && { ...settings.sasl, password: settings.sasl.password.reveal() },
      socketFactory: openSocket,
    });
  }

  /**
   * A connection that stands: over TLS, logged in, and with what `greet` does. All of that in `connectTimeout`.
   *
   * @param nodeId the broker's number; `null` while it is not known
   */
  async open(
    address: Address,
    nodeId: number | null,
    signal: AbortSignal,
    greet: (broker: Broker) => Promise<void>,
  ): Promise<Broker> {
    const text = addressText(address);
    const { connectTimeout } = this.#settings;
    const broker = await this.#make(address.host, address.port, nodeId);
    const late = (): Error => {
      const problem = `no answer within ${connectTimeout} ms; the broker hangs, or something else listens there; see to it, or raise connectTimeout`;
      return new KafkaConnectionError([text], problem);
    };
    this.#dialling.add(broker);
    try {
      signal.throwIfAborted();
      await inTime(
        broker.connect().then(() => greet(broker)),
        connectTimeout,
        late,
        signal,
      );
      this.#closedEarly.delete(text);
      this.#reached.add(text);
      return broker;
    } catch (error) {
      cutBroker(broker);
      throw this.#refusal(error, text) ?? error;
    } finally {
      this.#dialling.delete(broker);
    }
  }

  /** A connection to a broker at the address that the cluster gives for it. */
  async openNode(nodeId: number, address: Address, signal: AbortSignal): Promise<Broker> {
    try {
      return await this.open(address, nodeId, signal, () => Promise.resolve());
    } catch (error) {
      if (!mayRetry(error) || signal.aborted) throw error;
      const text = addressText(address);
      const { brokers } = this.#settings;
      const problem = messageOf(rootOf(error)).replace(/^No Kafka broker at [^ ]*: /, '');
      const facts = { node: nodeId, address: text, brokers };
      if (!this.#reached.has(text) && !brokers.includes(text))
        throw new AdvertisedAddressError(facts, problem, { cause: error });
      throw new KafkaConnectionError([text], `broker ${nodeId}: ${problem}. Is it running?`, {
        cause: error,
      });
    }
  }

  /** Gives up every connection that is being made. */
  stop(): void {
    for (const broker of this.#dialling) cutBroker(broker);
  }

  /** A failure to connect that waiting does not cure, in clear words. */
  #refusal(error: unknown, address: string): StreamTrainError | undefined {
    const security = securityFailure(error, address, this.#settings);
    if (security !== undefined) return security;
    if (this.#reached.size > 0 || !isConnectionFailure(error)) return undefined;
    if (!/clos|disconnect|ECONNRESET|hang up/i.test(messageOf(rootOf(error)))) return undefined;
    const times = (this.#closedEarly.get(address) ?? 0) + 1;
    this.#closedEarly.set(address, times);
    if (times < CLOSED_BEFORE_ANSWER) return undefined;
    const { tls, sasl } = this.#settings;
    if (tls !== undefined) {
      const login = sasl === undefined ? ', or wants a login (sasl)' : '';
      const problem = `the connection was closed during the handshake; this port may not speak TLS${login}`;
      return new KafkaTlsError(address, 'not-tls', problem, { cause: error });
    }
    const login = sasl === undefined ? ', or a login (sasl)' : '';
    const problem = `the broker closes the connection at the first request; it may expect TLS (tls: true)${login}`;
    return new KafkaTlsError(address, 'tls-required', problem, { cause: error });
  }
}

/** The failure of all addresses that were asked, each with its own problem. */
export function noneAnswered(
  addresses: readonly string[],
  failures: readonly unknown[],
  everConnected: boolean,
): KafkaConnectionError {
  const problems = failures.map((error, at) => {
    // The address stands in front already.
    const problem = messageOf(rootOf(error)).replace(/^No Kafka broker at [^ ]*: /, '');
    return `${addresses[at]}: ${problem}`;
  });
  const advice = everConnected ? '' : '. Is Kafka running there? Set STREAMTRAIN_BROKERS or { brokers }';
  return new KafkaConnectionError(addresses, problems.join('; ') + advice, { cause: failures.at(-1) });
}

/** Takes a broker out of those that are kept. */
export function forget<Key>(entries: Map<Key, Promise<Broker>>, broker: Broker): void {
  for (const [key, entry] of entries)
    entry.then(
      (one) => one === broker && entries.get(key) === entry && entries.delete(key),
      () => undefined,
    );
}

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
