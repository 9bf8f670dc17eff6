/** Opens the client interface over kafkajs. */

import type { KafkaClient, KafkaProducer } from './client.ts';
import { KafkaJsGroups } from './client-kafkajs-groups.ts';
import { KafkaLink } from './client-kafkajs-link.ts';
import { KafkaJsTopics } from './client-kafkajs-topics.ts';
import { LinkedProducer } from './client-producer.ts';
import { kafkaSettings } from './settings.ts';
import type { KafkaOptions, KafkaSettings, ProducerSettings } from './settings.ts';

class KafkaJsClient implements KafkaClient {
  readonly settings: KafkaSettings;
  readonly topics: KafkaJsTopics;
  readonly groups: KafkaJsGroups;
  readonly #link: KafkaLink;
  readonly #producers = new Set<LinkedProducer>();

  constructor(settings: KafkaSettings) {
    this.settings = settings;
    this.#link = new KafkaLink(settings);
    this.topics = new KafkaJsTopics(this.#link);
    this.groups = new KafkaJsGroups(this.#link);
  }

  connect(): Promise<void> {
    return this.#link.connect();
  }

  async producer(options: Partial<ProducerSettings> = {}): Promise<KafkaProducer> {
    const producer = await LinkedProducer.open(this.#link, { ...this.settings.producer, ...options });
    this.#producers.add(producer);
    return producer;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#producers].map((producer) => producer.close()));
    await this.#link.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/**
 * Connects to the cluster of the settings and makes sure that it answers.
 *
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
export async function openKafka(options: KafkaOptions | KafkaSettings = {}): Promise<KafkaClient> {
  const client = new KafkaJsClient(kafkaSettings(options));
  try {
    await client.connect();
    return client;
  } catch (error) {
    await client.close();
    throw error;
  }
}

/** Opens a client for one piece of work and closes it after, whatever happens. */
export async function withKafka<T>(
  options: KafkaOptions | KafkaSettings | undefined,
  work: (client: KafkaClient) => Promise<T>,
): Promise<T> {
  const client = await openKafka(options);
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}
