/** A topic that gets partitions while it is written to: rows go where a writer that is opened later puts them. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { addPartitions } from '../../../src/kafka/admin/topics.ts';
import { openKafka } from '../../../src/kafka/client/open.ts';
import { partitionOfKey } from '../../../src/kafka/writer/partitioner.ts';
import { openTransactions } from '../../../src/kafka/writer/transactions.ts';
import { KafkaWriter } from '../../../src/kafka/writer/writer.ts';
import { testBrokers } from '../../helpers/broker.ts';
import { randomTopic, readOutside } from '../../helpers/topics.ts';

const brokers = await testBrokers();
const key = 'zz';

test('rows of a key go to a partition that was added, also the first ones after a pause, of a writer and in transactions', async (t) => {
  assert.notEqual(partitionOfKey(key, 7), partitionOfKey(key, 9));
  const topic = await randomTopic(t, { partitions: 7 });
  await using client = await openKafka({ brokers, configuration: { 'metadata.max.age.ms': 50 } });
  await using writer = await KafkaWriter.open(topic, { client });
  await using producer = await openTransactions({ client, transactionalId: topic });
  const both = async (value: string): Promise<void> => {
    await writer.write({ key, value });
    await writer.flush();
    await using transaction = await producer.begin();
    await transaction.send(topic, { key, value });
    await transaction.commit();
  };
  await both('before');
  await addPartitions(topic, 9, { client });
  await sleep(1_500); // many looks
  await both('after');
  const rows = (await readOutside(topic)).map(({ value, partition }) => [value, partition]);
  const [before, after] = [
    ['before', partitionOfKey(key, 7)],
    ['after', partitionOfKey(key, 9)],
  ];
  assert.deepEqual(rows.sort().reverse(), [before, before, after, after]);
});

test('a row for a partition that was added since is taken at once; one for a partition that is not there is refused', async (t) => {
  const topic = await randomTopic(t, { partitions: 7 });
  await using client = await openKafka({ brokers });
  await using writer = await KafkaWriter.open(topic, { client });
  await using producer = await openTransactions({ client, transactionalId: topic });
  await using transaction = await producer.begin();
  await transaction.send(topic, { partition: 6, value: 'known' });
  await addPartitions(topic, 9, { client });
  const rows = ['1', '2', '3'].map((value) => ({ partition: 8, value }));
  for (const row of rows) void writer.write(row);
  await writer.flush(); // waits for them, too
  await transaction.send(topic, rows);
  await transaction.commit();
  const written = (await readOutside(topic)).filter(({ partition }) => partition === 8);
  assert.deepEqual(
    written.map(({ value }) => value),
    ['1', '2', '3', '1', '2', '3'],
  );
  const isRefused = {
    code: 'ST_KAFKA_UNKNOWN_PARTITION',
    message: /no partition 9: its partitions are 0 to 8/,
  };
  await assert.rejects(writer.write({ partition: 9, value: 'x' }), isRefused);
});
