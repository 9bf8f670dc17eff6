/** A topic that gets partitions while it is written to: rows go where a writer that is opened later puts them. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { addPartitions } from '../../../src/kafka/admin/topics.ts';
import { openKafka } from '../../../src/kafka/client/open.ts';
import { partitionOfKey } from '../../../src/kafka/writer/partitioner.ts';
import { openTransactions } from '../../../src/kafka/writer/transactions.ts';
import { KafkaWriter } from '../../../src/kafka/writer/writer.ts';
import { testBrokers } from '../../helpers/broker.ts';
import { randomTopic, readOutside } from '../../helpers/topics.ts';
import { until } from '../../../src/process/index.ts';

const brokers = await testBrokers();
const key = 'zz';

test('rows of a key, and rows for a partition, go to those that were added since, of a writer and in transactions', async (t) => {
  assert.notEqual(partitionOfKey(key, 7), partitionOfKey(key, 9));
  const topic = await randomTopic(t, { partitions: 7 });
  await using client = await openKafka({ brokers, configuration: { 'metadata.max.age.ms': 50 } });
  await using writer = await KafkaWriter.open(topic, { client });
  await using producer = await openTransactions({ client, transactionalId: topic });
  const inTransaction = async (): Promise<void> => {
    await using transaction = await producer.begin();
    await transaction.send(topic, { key, value: 'transaction' });
    await transaction.commit();
  };
  const partitionsOf = async (text: string): Promise<number[]> =>
    (await readOutside(topic)).filter(({ value }) => value === text).map(({ partition }) => partition);
  await writer.write({ key, value: 'writer' });
  await writer.flush();
  await inTransaction();
  await addPartitions(topic, 9, { client });
  // What is written meanwhile may still go by the old number.
  for (const [text, write] of [
    ['writer', () => writer.write({ key, value: 'writer' }).then(() => writer.flush())],
    ['transaction', inTransaction],
  ] as const) {
    assert.deepEqual(await partitionsOf(text), [partitionOfKey(key, 7)]);
    const isThere = async (): Promise<true | undefined> => {
      await write();
      return (await partitionsOf(text)).includes(partitionOfKey(key, 9)) || undefined;
    };
    await until(isThere, { first: 60, longest: 200 }, 10_000, () => new Error('it keeps to the old number'));
  }
  await writer.write({ partition: 8, value: 'last' });
  await writer.flush();
  assert.deepEqual(await partitionsOf('last'), [8]);
});
