/** Ready-made settings for Kafka services that ask for nothing but a connection string or a key. */

import { KafkaSettingsError } from '../errors.ts';
import type { KafkaOptions } from './settings.ts';

/**
 * Azure Event Hubs' Kafka endpoint (Standard tier and above): TLS on port 9093, SASL PLAIN with the user name
 * `$ConnectionString` and the connection string as password. Topics are the event hubs of the namespace. Requests are
 * of at most 1,000,000 bytes (`maxRequestBytes`), and any compression but gzip is refused, as the service does.
 *
 * @throws {KafkaSettingsError} when the text is not a connection string (it is not shown).
 *
 * @example
 * ```ts
 * const azure = azureEventHubs({ connectionString: process.env['EVENTHUBS_CONNECTION_STRING'] ?? '' });
 * await writeToKafka('cancer-train', items, azure);
 * ```
 * Source: https://learn.microsoft.com/azure/event-hubs/azure-event-hubs-apache-kafka-overview
 */
export function azureEventHubs({ connectionString }: { connectionString: string }): KafkaOptions {
  const host = /(?:^|;)\s*Endpoint=sb:\/\/([A-Za-z0-9.-]+)\/?/i.exec(connectionString)?.[1];
  if (host === undefined || !/SharedAccessKey(Name)?=/i.test(connectionString)) {
    const problem =
      'must read Endpoint=sb://NAMESPACE.servicebus.windows.net/;SharedAccessKeyName=...;SharedAccessKey=...';
    throw new KafkaSettingsError({ issues: [{ path: 'connectionString', problem }] });
  }
  return {
    brokers: [`${host}:9093`],
    tls: true,
    sasl: { mechanism: 'PLAIN', username: '$ConnectionString', password: connectionString },
    connectTimeout: 15_000,
    requestTimeout: 60_000,
    // Event Hubs takes requests of up to 1 MB, no compression but gzip, and closes idle connections after 240 s.
    // Idempotence is not on every tier.
    producer: {
      idempotent: false,
      maxInFlight: 1,
      maxRequestBytes: 1_000_000,
      acceptedCompressions: ['gzip'],
    },
  };
}

/**
 * Confluent Cloud: TLS, SASL PLAIN with an API key and its secret.
 *
 * @throws {KafkaSettingsError} when one of them is missing.
 *
 * @example
 * ```ts
 * confluentCloud({ bootstrap: 'pkc-12345.westeurope.azure.confluent.cloud:9092', key: 'K', secret: 'S' });
 * ```
 * Source: https://docs.confluent.io/cloud/current/client-apps/config-client.html
 */
export function confluentCloud(options: { bootstrap: string; key: string; secret: string }): KafkaOptions {
  const missing = (['bootstrap', 'key', 'secret'] as const).filter((name) => !options[name]);
  if (missing.length > 0)
    throw new KafkaSettingsError({ issues: missing.map((path) => ({ path, problem: 'is missing' })) });
  return {
    brokers: options.bootstrap.replace(/^SASL_SSL:\/\//i, ''),
    tls: true,
    sasl: { mechanism: 'PLAIN', username: options.key, password: options.secret },
    connectTimeout: 15_000,
    requestTimeout: 60_000,
    consumer: { sessionTimeout: 45_000 },
  };
}
