/** Mini datasets whose records come from several partitions in turn. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromKafkaBatches } from '../../../../src/kafka/dataset/batch-dataset.ts';
import type { Position } from '../../../../src/kafka/record.ts';
import { numberOf, range, sharedBench, sorted, until } from '../../dataset-helpers.ts';

test('interleaved: what is in a mini dataset depends on the position alone, wherever reading began', async () => {
  const bench = await sharedBench();
  const topic = await bench.topic({ partitions: 3 });
  const sizes = [500, 40, 900];
  for (const [partition, count] of sizes.entries())
    await bench.write(topic, count, { partition, from: partition * 1000 });
  const read = async (position?: Position): Promise<{ numbers: number[]; end: Position }[]> => {
    const minis = [];
    const stream = fromKafkaBatches({
      topics: topic,
      groupId: bench.group(),
      brokers: bench.brokers,
      stop: 'end',
      maxRecords: 100,
      order: 'interleaved',
      // Small answers, so that partitions are now and then without records.
      configuration: { 'max.partition.fetch.bytes': 1000 },
      ...(position && { position }),
    });
    for await (const mini of stream) minis.push({ numbers: mini.records.map(numberOf), end: mini.end });
    return minis;
  };
  const all = await read();
  assert.deepEqual(all[0]?.numbers.slice(0, 6), [0, 1000, 2000, 1, 1001, 2001]);
  assert.deepEqual(all.at(-1)?.end, { [topic]: { 0: 500, 1: 40, 2: 900 } });
  const everything = all.flatMap(({ numbers }) => numbers);
  assert.deepEqual(sorted(everything), [...range(500), ...range(40, 1000), ...range(900, 2000)]);
  for (const begin of [0, 1, 5, 12]) assert.deepEqual(await read(all[begin]?.end), all.slice(begin + 1));
});

test('a rearrangement that changes nothing leaves whose turn it is as it was', async () => {
  const bench = await sharedBench();
  const [topic, other] = [await bench.topic({ partitions: 2 }), await bench.topic()];
  const groupId = bench.group();
  await bench.write(topic, 2, { partition: 0 });
  await bench.write(topic, 1, { partition: 1, from: 100 });
  const assigned: string[] = [];
  const options = { groupId, brokers: bench.brokers, streamTimeout: -1 };
  const consumer = { heartbeatInterval: 50 };
  const stream = fromKafkaBatches({
    ...{ ...options, topics: topic, consumer, maxRecords: 5, pauseTimeout: -1, order: 'interleaved' },
    onAssigned: (now) => assigned.push((now[topic] ?? []).join()),
  });
  const next = stream[Symbol.asyncIterator]().next();
  await until(() => assigned.length === 1 && stream.lag() === 3 && stream.stats().bufferedRecords === 0);
  // It holds 0, 100 and 1, and waits for the second partition, when somebody joins for another topic.
  const newcomer = fromKafkaBatches({ ...options, topics: other });
  const joining = newcomer[Symbol.asyncIterator]().next();
  await until(() => assigned.length === 2);
  await bench.write(topic, 1, { partition: 0, from: 2 });
  await bench.write(topic, 1, { partition: 1, from: 101 });
  const { value } = await next;
  assert.deepEqual(assigned, ['0,1', '0,1']);
  assert.deepEqual(value?.records.map(numberOf), [0, 100, 1, 101, 2]);
  await Promise.all([stream.close(), newcomer.close()]);
  await joining;
});

test('an order that cannot be is refused', () => {
  const order = 'random' as 'arrival';
  assert.throws(() => fromKafkaBatches({ topics: 't', groupId: 'g', order }), { option: 'order' });
});
