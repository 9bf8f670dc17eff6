/** A lasting name within a consumer group. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromKafkaBatches } from '../../../../src/kafka/dataset/batch-dataset.ts';
import { numberOf, range, sharedBench } from '../../dataset-helpers.ts';

test('who joins under the same lasting name takes over at once, in mid-session', async () => {
  const bench = await sharedBench();
  const [topic, groupId] = [await bench.topic(), bench.group()];
  await bench.write(topic, 30);
  const open = (groupInstanceId: string) =>
    fromKafkaBatches({
      topics: [topic],
      groupId,
      groupInstanceId,
      brokers: bench.brokers,
      stop: 'end',
      maxRecords: 10,
      configuration: { 'heartbeat.interval.ms': 40_000 },
    });
  // The first one is left as a killed process would leave it: a member that says nothing more.
  const killed = open('trainer');
  const first = killed[Symbol.asyncIterator]();
  const one = (await first.next()).value;
  await one?.commit();
  const since = Date.now();
  const numbers: number[] = [];
  const second = open('trainer');
  for await (const mini of second) {
    numbers.push(...mini.records.map(numberOf));
    assert.equal(second.lag(), 20 - numbers.length);
    await mini.commit();
  }
  assert.deepEqual(numbers, range(20, 10));
  assert.ok(Date.now() - since < 20_000, 'waited for the session of the one that was killed');
  // It left in order, so another name need not wait either.
  const after = open('another');
  for await (const _ of after) assert.fail('everything was committed');
  assert.ok(Date.now() - since < 20_000);
  await killed.close();
});
