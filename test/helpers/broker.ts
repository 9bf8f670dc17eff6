/** Gives tests a real Kafka: the shared one of the whole run, or one of their own process. */
import { startBroker } from '../../src/broker/index.ts';
import type { Broker } from '../../src/broker/index.ts';

let started: Promise<Broker> | undefined;

// No hook of the runner: hooks run in the order in which they were registered, so this one, which is registered while a
// file's imports load, would stop the broker before the file's own `after` has done with it. Here all of them are over.
process.once('beforeExit', () => void started?.then((broker) => broker.stop()));

/**
 * The brokers to test against: `$STREAMTRAIN_TEST_BROKERS` (comma-separated), else one embedded broker for this process,
 * started at the first call and stopped when the process has nothing left to do: after every hook of the file.
 */
export async function testBrokers(): Promise<string[]> {
  const named = process.env['STREAMTRAIN_TEST_BROKERS'];
  if (named) return named.split(',').map((address) => address.trim());
  started ??= startBroker({ temporary: true });
  return (await started).brokers;
}
