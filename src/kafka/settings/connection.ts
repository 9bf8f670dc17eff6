/** Takes the connection's part out of options that carry more. */

import type { OptionNames } from '../../options.ts';
import type { KafkaOptions } from './settings.ts';

/** Every option of {@link KafkaOptions}. */
export const connectionNames: OptionNames<KafkaOptions> = {
  brokers: true,
  clientId: true,
  tls: true,
  sasl: true,
  connectTimeout: true,
  requestTimeout: true,
  consumer: true,
  producer: true,
  configuration: true,
};
const NAMES = Object.keys(connectionNames) as (keyof KafkaOptions)[];

/** Only what {@link KafkaOptions} names, of an object that may hold a function's own options too. */
export function connectionOptions(options: KafkaOptions): KafkaOptions {
  return Object.fromEntries(
    NAMES.filter((name) => options[name] !== undefined).map((name) => [name, options[name]]),
  );
}
