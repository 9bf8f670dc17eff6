/** Opens connections to single brokers: in time, over TLS and as the user asked for, with failures in clear words. */

import { connect as connectPlain, isIP } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';

import { messageOf } from '../../errors.ts';
import type { StreamTrainError } from '../../errors.ts';
import {
  AdvertisedAddressError,
  KafkaAuthenticationError,
  KafkaConnectionError,
  KafkaSettingsError,
  KafkaTlsError,
} from '../errors.ts';
import { isConnectionFailure, isUnreadable, mayRetry, rootOf, securityFailure } from './failures.ts';
import type { BrokerConnection } from '../protocol/broker-connection.ts';
import { brokerMaker } from '../protocol/kafkajs.ts';
import type { SocketTarget } from '../protocol/kafkajs-parts.ts';
import { probeListener } from './listener-probe.ts';
import { cleartextFault } from '../settings/cleartext.ts';
import type { KafkaSettings } from '../settings/settings.ts';
import { LONGEST_TIMER_MS } from '../../options.ts';
import { inTime, unlessAborted } from '../../process/index.ts';

/** So long (ms) at most it may take to find out what a port expects that closes connections early. */
const PROBE_MS = 2_000;

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
  readonly #make: ReturnType<typeof brokerMaker>;
  readonly #reached = new Set<string>();
  readonly #dialling = new Set<BrokerConnection>();
  /** Connections to addresses that a broker has left, and their ends. */
  readonly #retired = new Map<BrokerConnection, NodeJS.Timeout>();

  constructor(settings: KafkaSettings) {
    this.#settings = settings;
    this.#make = brokerMaker({
      clientId: settings.clientId,
      connectionTimeout: settings.connectTimeout,
      requestTimeout: settings.requestTimeout,
      ssl: sslOf(settings),
      sasl: loginOf(settings),
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
    greet: (broker: BrokerConnection) => Promise<void>,
  ): Promise<BrokerConnection> {
    const text = addressText(address);
    const { connectTimeout } = this.#settings;
    // A broker here may name one on another machine.
    const fault = cleartextFault(this.#settings, [text]);
    if (fault !== undefined) throw new KafkaSettingsError({ issues: [{ path: 'sasl', problem: fault }] });
    const broker = this.#make(address, nodeId);
    const late = (): Error => {
      const problem = `no answer within ${connectTimeout} ms; the broker hangs, or something else listens there; see to it, or raise connectTimeout`;
      return new KafkaConnectionError({ brokers: [text], problem });
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
      this.#reached.add(text);
      return broker;
    } catch (error) {
      broker.cut();
      throw (await this.#refusal(error, address, signal)) ?? error;
    } finally {
      this.#dialling.delete(broker);
    }
  }

  /** A connection to a broker at the address that the cluster gives for it. */
  async openNode(nodeId: number, address: Address, signal: AbortSignal): Promise<BrokerConnection> {
    try {
      return await this.open(address, nodeId, signal, () => Promise.resolve());
    } catch (error) {
      if (!mayRetry(error) || signal.aborted) throw error;
      const text = addressText(address);
      const { brokers } = this.#settings;
      const problem = problemOf(error);
      if (!this.#reached.has(text) && !brokers.includes(text))
        throw new AdvertisedAddressError({ node: nodeId, address: text, brokers, problem, cause: error });
      throw new KafkaConnectionError({
        brokers: [text],
        problem: `broker ${nodeId}: ${problem}`,
        cause: error,
      });
    }
  }

  /** Whether a connection can be made there. A refusal is an answer, too. */
  async isAnswering(address: Address, signal: AbortSignal): Promise<boolean> {
    try {
      (await this.open(address, null, signal, () => Promise.resolve())).cut();
      return true;
    } catch (error) {
      return !mayRetry(error);
    }
  }

  /** A connection to an address that its broker has left is cut when the calls under way on it have had their time. */
  retire(broker: BrokerConnection): void {
    const end = (): void => {
      this.#retired.delete(broker);
      broker.cut();
    };
    this.#retired.set(broker, setTimeout(end, Math.min(this.#settings.requestTimeout, LONGEST_TIMER_MS)));
  }

  /** Gives up every connection that is being made, and those that were left. */
  stop(): void {
    for (const timer of this.#retired.values()) clearTimeout(timer);
    for (const broker of [...this.#dialling, ...this.#retired.keys()]) broker.cut();
    this.#retired.clear();
  }

  /**
   * A failure to connect against which waiting does not help, in clear words. A connection that is closed early is one
   * only when the port shows that it expects other settings; else it is a network that may get better.
   */
  async #refusal(
    error: unknown,
    address: Address,
    signal: AbortSignal,
  ): Promise<StreamTrainError | undefined> {
    const text = addressText(address);
    const security = securityFailure(error, text, this.#settings);
    if (security !== undefined) return security;
    if (this.#reached.size > 0 || !isConnectionFailure(error)) return undefined;
    if (!/clos|disconnect|ECONNRESET|hang up/i.test(messageOf(rootOf(error)))) return undefined;
    const { tls, sasl, connectTimeout } = this.#settings;
    const { speaks, login } = await unlessAborted(
      probeListener(address, Math.min(PROBE_MS, connectTimeout)),
      signal,
    );
    const wantsLogin = login && sasl === undefined;
    const advice = wantsLogin ? '; it wants a login (sasl)' : '';
    if (tls !== undefined && speaks === 'plain') {
      const problem = `this port does not speak TLS; use tls: false or another port${advice}`;
      return new KafkaTlsError({ broker: text, reason: 'not-tls', problem, cause: error });
    }
    if (tls === undefined && speaks === 'tls') {
      const problem = `the broker closes the connection at the first request; it expects TLS (tls: true)${advice}`;
      return new KafkaTlsError({ broker: text, reason: 'tls-required', problem, cause: error });
    }
    if (!wantsLogin) return undefined;
    const problem = 'it closes the connection at the first request without one; set a login (sasl)';
    return new KafkaAuthenticationError({ broker: text, problem, cause: error });
  }
}

/** The failure of all addresses that were asked, each with its own problem; one alone, where all answer, and none to be read. */
export function noneAnswered(addresses: readonly string[], failures: readonly unknown[]): Error {
  const last = failures.at(-1);
  if (last instanceof Error && failures.every(isUnreadable)) return last;
  const problems = failures.map((error, at) => `${addresses[at]}: ${problemOf(error)}`);
  return new KafkaConnectionError({
    brokers: addresses,
    problem: problems.join('; '),
    cause: last,
  });
}

/** What was wrong, without the address and the advice that stand in the whole sentence. */
function problemOf(error: unknown): string {
  return error instanceof KafkaConnectionError ? error.problem : messageOf(rootOf(error));
}

/** Takes a broker out of those that are kept. */
export function forget<Key>(entries: Map<Key, Promise<BrokerConnection>>, broker: BrokerConnection): void {
  for (const [key, entry] of entries)
    entry.then(
      (one) => one === broker && entries.get(key) === entry && entries.delete(key),
      () => undefined,
    );
}

/** What kafkajs logs in with: it takes no other fields. */
function loginOf({
  sasl,
}: KafkaSettings): { mechanism: string; username: string; password: string } | undefined {
  if (sasl === undefined) return undefined;
  const { mechanism, username, password } = sasl;
  return { mechanism, username, password: password.reveal() };
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
  const name = isIP(host) === 0 ? { servername: host } : {};
  const socket: Socket = ssl
    ? connectTls({ host, port, ...name, ...ssl }, onConnect)
    : connectPlain({ host, port }, onConnect);
  socket.setKeepAlive(true, 30_000);
  socket.setNoDelay(true);
  return socket;
}
