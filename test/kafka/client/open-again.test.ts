/** A client that was closed can be opened again, with everything that was made from it. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { createTopic, deleteTopic, fromKafka, openKafka, writeToKafka } from '../../../src/kafka/index.ts';
import { testBrokers } from '../../helpers/broker.ts';

test('a closed client refuses, and works again once it is opened', async () => {
  const client = await openKafka({ brokers: await testBrokers() });
  const topic = `open-again-${randomUUID().slice(0, 8)}`;
  await createTopic(topic, { partitions: 1, client });
  const rows = fromKafka(topic, { client });
  const producer = await client.producer();
  await client.open();
  await producer.send(topic, 0, [{ key: 'a', value: 'first' }]);
  await client.close();
  await assert.rejects(client.topics.list(), { code: 'ST_KAFKA_CLOSED' });

  await client.open();
  try {
    await writeToKafka(topic, [{ key: 'a', value: 'second' }], { client, log: false });
    assert.deepEqual(
      (await rows.toArray()).map(({ value }) => String(value)),
      ['first', 'second'],
    );
    await assert.rejects(
      producer.send(topic, 0, [{ key: 'a', value: 'late' }]),
      'producers of before stay closed',
    );
    await deleteTopic(topic, { client });
  } finally {
    await client.close();
  }
  await assert.rejects(client.topics.list(), { code: 'ST_KAFKA_CLOSED' });
});
