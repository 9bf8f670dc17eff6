/** Gives tests a real Kafka: the shared one of the whole run, or one of their own process. */
import { after } from 'node:test';
import { startBroker } from '../../src/broker/index.ts';
import type { Broker } from '../../src/broker/index.ts';

let started: Promise<Broker> | undefined;

after(async () => (await started)?.stop());

/**
 * The brokers to test against: `$STREAMTRAIN_TEST_BROKERS` (comma-separated), else one embedded broker for this process,
 * started at the first call and stopped when the test file ends.
 */
export async function testBrokers(): Promise<string[]> {
  const named = process.env['STREAMTRAIN_TEST_BROKERS'];
  if (named) return named.split(',').map((address) => address.trim());
  started ??= startBroker({ temporary: true });
  return (await started).brokers;
}
