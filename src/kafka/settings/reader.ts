/** Settings of one reader: those of a client's connection, with how to read changed. */
import type { z } from 'zod';
import { mapConfiguration, type Configuration } from './configuration.ts';
import { KafkaSettingsError } from '../errors.ts';
import { layered, pathOf } from './layers.ts';
import { consumerSchema } from './schema.ts';
import { KafkaSettings, type KafkaOptions } from './settings.ts';

/**
 * What a client was opened with, its `consumer` part changed by `consumer` and `configuration`. The connection itself is
 * the client's: an option that would change it (brokers, TLS, a user, ...) is refused instead of being passed over.
 *
 * @throws KafkaSettingsError (`ST_KAFKA_SETTINGS`) for an option of the connection or one that cannot be;
 *   KafkaConfigurationError for an unknown name
 * @example
 * ```ts
 * const settings = readerSettings(client.settings, { configuration: ['auto.offset.reset=earliest'] });
 * ```
 */
export function readerSettings(base: KafkaSettings, options: KafkaOptions): KafkaSettings {
  const { consumer, configuration, ...others } = options;
  const named: Readonly<Record<string, unknown>> = mapConfiguration(configuration ?? ([] as Configuration));
  const foreign = Object.keys({ ...others, ...named }).filter((name) => name !== 'consumer');
  if (foreign.length > 0) {
    const problem = 'belongs to the connection, which is that of the client given; leave one of the two out';
    throw new KafkaSettingsError(foreign.map((path) => ({ path, problem })));
  }
  if (consumer === undefined && configuration === undefined) return base;
  const merged = layered(base.consumer, named['consumer'] ?? {}, consumer ?? {});
  const parsed = consumerSchema.safeParse(merged);
  if (!parsed.success)
    throw new KafkaSettingsError(
      parsed.error.issues.map(({ path, message }: z.core.$ZodIssue) => ({
        path: `consumer.${pathOf(path)}`,
        problem: message,
      })),
    );
  return Object.assign(Object.create(KafkaSettings.prototype) as KafkaSettings, base, {
    consumer: parsed.data,
  });
}
