/** Two members under one lasting name. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromKafkaGroup } from '../../../../src/kafka/dataset/group-dataset.ts';
import { numberOf, range, sharedBench, sorted, until } from '../../dataset-helpers.ts';

for (const partitionAssignmentStrategy of ['range', 'cooperative-sticky'] as const)
  test(`${partitionAssignmentStrategy}: the second takes over, the first ends with one clear error and does not fight`, async () => {
    const bench = await sharedBench();
    const [topic, groupId] = [await bench.topic(), bench.group()];
    await bench.write(topic, 100);
    const joins: string[] = [];
    const open = (who: string) =>
      fromKafkaGroup({
        topics: topic,
        groupId,
        groupInstanceId: 'trainer',
        brokers: bench.brokers,
        streamTimeout: -1,
        consumer: { partitionAssignmentStrategy: [partitionAssignmentStrategy], heartbeatInterval: 50 },
        onAssigned: () => joins.push(who),
      });
    const first = open('first');
    const seen: number[] = [];
    const reading = (async () => {
      for await (const record of first) {
        seen.push(numberOf(record));
        if (seen.length === 10) break;
      }
    })();
    // Nothing is left behind by the break: the name is free, and taken again.
    await reading;
    const older = open('older');
    const one = older[Symbol.asyncIterator]();
    const numbers: number[] = [];
    for (let i = 0; i < 40; i++) numbers.push(numberOf((await one.next()).value!));
    await older.commit();
    const waiting = (async () => {
      for (;;) {
        const step = await one.next();
        if (step.done) return;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    })();
    const expected = { code: 'ST_KAFKA_INSTANCE_FENCED', groupId, groupInstanceId: 'trainer' };
    const ended = assert.rejects(waiting, expected);
    const younger = open('younger');
    const two = younger[Symbol.asyncIterator]();
    const others: number[] = [];
    for (let i = 0; i < 60; i++) others.push(numberOf((await two.next()).value!));
    await ended;
    await assert.rejects(older.commit(), (error: { code?: string }) =>
      ['ST_KAFKA_INSTANCE_FENCED', 'ST_KAFKA_COMMIT_REFUSED'].includes(error.code ?? ''),
    );
    await younger.commit();
    assert.deepEqual(joins, ['first', 'older', 'younger']);
    assert.deepEqual([numbers, sorted(others).at(-1)], [range(40), 99]);
    await until(async () => {
      const [offsets] = await bench.admin.fetchOffsets({ groupId, topics: [topic] });
      return offsets?.partitions[0]?.offset === '100';
    });
    await younger.close();
  });

test('a commit under a name that another has taken is refused with the same error', async () => {
  const bench = await sharedBench();
  const [topic, groupId] = [await bench.topic(), bench.group()];
  await bench.write(topic, 10);
  const open = () =>
    fromKafkaGroup({
      topics: topic,
      groupId,
      groupInstanceId: 'one',
      brokers: bench.brokers,
      streamTimeout: -1,
      configuration: { 'heartbeat.interval.ms': 40_000 },
    });
  const [first, second] = [open(), open()];
  await first[Symbol.asyncIterator]().next();
  await second[Symbol.asyncIterator]().next();
  await assert.rejects(first.commit(), { code: 'ST_KAFKA_INSTANCE_FENCED' });
  await assert.rejects(first[Symbol.asyncIterator]().next(), { code: 'ST_KAFKA_STREAM_TAKEN' });
  await second.commit();
  await Promise.all([first.close(), second.close()]);
});
