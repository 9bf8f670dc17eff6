/** A real client of the run's broker, with something put before some of its calls. */
import type { KafkaReader, LogClient } from '../../src/kafka/client/client.ts';
import { kafkajsReader } from '../../src/kafka/client/log-client.ts';
import { kafkaSettings, type KafkaOptions, type KafkaSettings } from '../../src/kafka/settings/settings.ts';

/** What goes into the option `client`: `around` gets each connection and gives the one to use. */
export function clientAround(
  options: KafkaOptions,
  around: (client: LogClient) => Partial<LogClient>,
): { readonly settings: KafkaSettings; readonly reader: () => KafkaReader } {
  const settings = kafkaSettings(options);
  const reader = (): KafkaReader => {
    const real = kafkajsReader(settings);
    const open = (): LogClient => {
      const client = real.open();
      return { ...client, ...around(client) };
    };
    return { open, close: () => real.close() };
  };
  return { settings, reader };
}
