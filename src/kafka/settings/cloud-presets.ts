/** Ready-made settings for Kafka services that ask for nothing but a key. */

import { KafkaSettingsError } from '../errors.ts';
import type { KafkaOptions } from './settings.ts';

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
