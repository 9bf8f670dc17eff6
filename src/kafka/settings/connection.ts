/** Takes the connection's part out of options that carry more. */

import type { KafkaOptions } from './settings.ts';

const NAMES = [
  'brokers',
  'clientId',
  'tls',
  'sasl',
  'connectTimeout',
  'requestTimeout',
  'consumer',
  'producer',
  'configuration',
] as const satisfies readonly (keyof KafkaOptions)[];

/** Only what {@link KafkaOptions} names, of an object that may hold a function's own options too. */
export function connectionOptions(options: KafkaOptions): KafkaOptions {
  return Object.fromEntries(
    NAMES.filter((name) => options[name] !== undefined).map((name) => [name, options[name]]),
  );
}
