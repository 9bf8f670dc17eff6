import assert from 'node:assert/strict';
import test from 'node:test';
import { kafkaLogCreator, kafkaLogLevel } from '../../src/kafka/logger.ts';
import { listTopics } from '../../src/kafka/admin/topics.ts';
import { testBrokers } from '../helpers/broker.ts';

test('connecting prints nothing, failing to connect neither: the error says it all', async (t) => {
  const printed: string[] = [];
  t.mock.method(process.stderr, 'write', (text: string) => printed.push(text) > 0);
  t.mock.method(console, 'log', (text: string) => printed.push(text));
  await listTopics({ brokers: await testBrokers() });
  await listTopics({ brokers: '127.0.0.1:1', connectTimeout: 200 }).catch(() => undefined);
  t.mock.restoreAll();
  assert.deepEqual(printed, []);
});

test("shows the client's own lines when the environment asks for them", (t) => {
  assert.equal(kafkaLogLevel({}), 0);
  assert.equal(kafkaLogLevel({ STREAMTRAIN_KAFKA_LOG: 'Debug' }), 5);
  assert.equal(kafkaLogLevel({ STREAMTRAIN_KAFKA_LOG: 'everything' }), 2, 'an unknown word shows warnings');
  const lines: string[] = [];
  t.mock.method(process.stderr, 'write', (text: string) => lines.push(text) > 0);
  kafkaLogCreator()({
    namespace: 'Broker',
    level: 1,
    label: 'ERROR',
    log: { message: 'no answer', broker: 'kafka:9092', size: 3 },
  });
  t.mock.restoreAll();
  assert.deepEqual(lines, ['[ERROR kafka Broker] no answer (kafka:9092)\n']);
});
