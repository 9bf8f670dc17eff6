/** Gives a test a topic of its own that is gone afterwards. */
import { randomBytes } from 'node:crypto';
import type { TestContext } from 'node:test';
import { createTopic, deleteTopic } from '../../src/kafka/topics.ts';
import type { CreateTopicOptions } from '../../src/kafka/topics.ts';
import { testBrokers } from './broker.ts';

/** A name no other test has. */
export function randomName(prefix = 'test'): string {
  return `${prefix}-${randomBytes(6).toString('hex')}`;
}

/** Creates a topic with a random name on the test broker (or on `brokers`) and removes it when the test ends. */
export async function randomTopic(t: TestContext, options: CreateTopicOptions = {}): Promise<string> {
  const access = { brokers: options.brokers ?? (await testBrokers()) };
  const topic = randomName();
  await createTopic(topic, { ...access, ...options });
  t.after(() => deleteTopic(topic, options.client === undefined ? access : { client: options.client }));
  return topic;
}
