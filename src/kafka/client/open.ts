/** Opens clients, and lends one for a piece of work: the one that was given, or one of its own. */

import type { OptionNames } from '../../options.ts';
import type { KafkaJs } from '../protocol/kafkajs-parts.ts';
import {
  connectionNames,
  connectionOptions,
  kafkaSettings,
  KafkaSettings,
  producerSettings,
  refuseConnection,
  type KafkaOptions,
  type ProducerOptions,
} from '../settings/settings.ts';
import type {
  GroupClient,
  KafkaClient,
  KafkaProducer,
  KafkaReader,
  TopicClient,
  TransactionalProducer,
} from './client.ts';
import { checkClient, settingsOfKafkaJs } from './given-client.ts';
import { kafkajsReader } from './log-client.ts';
import { KafkaJsGroups } from './groups.ts';
import { KafkaLink } from './connections.ts';
import { KafkaJsTopics } from './topics.ts';
import {
  clusterName,
  prefixedGroups,
  prefixedProducer,
  prefixedTopics,
  prefixedTransactions,
} from './prefixed.ts';
import { LinkedProducer } from './producer/producer.ts';
import { LinkedTransactions } from './producer/transactional.ts';

/** How long (ms) a transaction may be open, unless options say otherwise: as in Kafka's own client. */
export const DEFAULT_TRANSACTION_TIMEOUT = 60_000;

/** A link and what asks over it; a client that is opened again has others. */
interface Connected {
  readonly link: KafkaLink;
  readonly topics: TopicClient;
  readonly groups: GroupClient;
}

function connected(settings: KafkaSettings): Connected {
  const link = new KafkaLink(settings);
  const { prefix } = settings;
  return {
    link,
    topics: prefixedTopics(new KafkaJsTopics(link), prefix),
    groups: prefixedGroups(new KafkaJsGroups(link), prefix),
  };
}

class KafkaJsClient implements KafkaClient {
  readonly settings: KafkaSettings;
  readonly #producers = new Set<LinkedProducer | LinkedTransactions>();
  #closed = false;
  #over: Connected;

  constructor(settings: KafkaSettings) {
    this.settings = settings;
    this.#over = connected(settings);
  }

  get topics(): TopicClient {
    return this.#over.topics;
  }

  get groups(): GroupClient {
    return this.#over.groups;
  }

  async open(): Promise<void> {
    if (this.#closed) {
      this.#closed = false;
      this.#over = connected(this.settings);
    }
    await this.#over.link.connect();
  }

  async producer(options: ProducerOptions = {}): Promise<KafkaProducer> {
    const producer = await LinkedProducer.open(
      this.#over.link,
      producerSettings(this.settings.producer, options),
    );
    return prefixedProducer(this.#kept(producer), this.settings.prefix);
  }

  async transactional(
    transactionalId: string,
    options: Parameters<KafkaClient['transactional']>[1] = {},
  ): Promise<TransactionalProducer> {
    const { transactionTimeout = DEFAULT_TRANSACTION_TIMEOUT, ...others } = options;
    const settings = producerSettings(this.settings.producer, { ...others, acks: 'all', idempotent: true });
    const { link } = this.#over;
    const how = { transactionalId: clusterName(transactionalId, this.settings), transactionTimeout };
    const producer = this.#kept(await LinkedTransactions.open(link, how, settings));
    return prefixedTransactions(producer, this.settings.prefix);
  }

  /** To be closed with the client. */
  #kept<Producer extends LinkedProducer | LinkedTransactions>(producer: Producer): Producer {
    for (const old of this.#producers) if (old.closed) this.#producers.delete(old);
    this.#producers.add(producer);
    return producer;
  }

  reader(settings: KafkaSettings = this.settings): KafkaReader {
    return kafkajsReader(settings);
  }

  async close(): Promise<void> {
    this.#closed = true;
    // Whoever opens the client again meanwhile has another one.
    const { link } = this.#over;
    await Promise.all([...this.#producers].map((producer) => producer.close()));
    await link.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/**
 * Connects to the cluster of the settings, or of a `Kafka` of kafkajs, and makes sure that it answers.
 *
 * @param options with `client: new Kafka({ brokers, ... })` instead of the options of the connection: see {@link KafkaAccess}
 * @throws {KafkaSettingsError} when the settings are wrong.
 * @throws {KafkaConnectionError} when no broker answers within `connectTimeout`.
 * @throws {KafkaTlsError} and {@link KafkaAuthenticationError}, at once, when the broker and the settings disagree.
 *
 * @example
 * ```ts
 * await using client = await openKafka({ brokers: '127.0.0.1:9092' });
 * console.log(await client.topics.list());
 * ```
 */
export async function openKafka(
  options: KafkaSettings | (KafkaOptions & { client?: KafkaJs }) = {},
): Promise<KafkaClient> {
  const client = new KafkaJsClient(await settingsOf(options));
  try {
    await client.open();
    return client;
  } catch (error) {
    await client.close();
    throw error;
  }
}

async function settingsOf(options: Parameters<typeof openKafka>[0] & {}): Promise<KafkaSettings> {
  if (options instanceof KafkaSettings || options.client === undefined) return kafkaSettings(options);
  const { client, ...others } = options;
  return settingsOfKafkaJs(client, others);
}

/** Where Kafka is: options (over the environment), or a client. */
export interface KafkaAccess extends KafkaOptions {
  /**
   * A client that {@link openKafka} opened, which stays open. Or `new Kafka({ brokers, ... })` of kafkajs: its brokers (a
   * function of them is called when the connection is made), `ssl`, `sasl`, `clientId`, `connectionTimeout` (here it holds for
   * the login and short answers, too: at least 5 s) and `requestTimeout` are taken over. The connection is made and closed here; the object itself is neither
   * connected nor closed. It has no prefix of names: `prefix` or `STREAMTRAIN_PREFIX` says it as elsewhere. Options of another
   * connection (`brokers`, `tls`, ...) beside a client are refused.
   */
  client?: KafkaClient | KafkaJs;
}

/** Every option of {@link KafkaAccess}. */
export const accessNames: OptionNames<KafkaAccess> = { ...connectionNames, client: true };

/** A client, and what to call when the work with it is over. */
export interface ClientLease {
  readonly client: KafkaClient;
  readonly release: () => Promise<void>;
}

/** The given client, or one opened from the options. */
export async function leaseClient(access: KafkaAccess): Promise<ClientLease> {
  const { client } = access;
  const options = connectionOptions(access);
  if (client === undefined || checkClient(client, ['settings', 'topics', 'groups', 'producer'])) {
    const opened = await openKafka(client === undefined ? options : { ...options, client });
    return { client: opened, release: () => opened.close() };
  }
  refuseConnection(options, ['consumer', 'producer']);
  return { client, release: () => Promise.resolve() };
}

/** Runs one piece of work with a client. */
export async function usingKafka<T>(
  access: KafkaAccess,
  work: (client: KafkaClient) => Promise<T>,
): Promise<T> {
  const { client, release } = await leaseClient(access);
  try {
    return await work(client);
  } finally {
    await release();
  }
}
