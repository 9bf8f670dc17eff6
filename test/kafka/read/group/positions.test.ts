/** Where a member goes on in a partition that it resumes, loses and gets back. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fromKafkaGroup, type GroupDatasetOptions } from '../../../../src/kafka/dataset/group-dataset.ts';
import { kafkajsReader } from '../../../../src/kafka/client/log-client.ts';
import { KafkaProtocolError } from '../../../../src/kafka/errors.ts';
import { kafkaSettings } from '../../../../src/kafka/settings/settings.ts';
import { clientAround } from '../../client-around.ts';
import type { KafkaRecord } from '../../../../src/kafka/record.ts';
import { numberOf, range, sharedBench, sorted, until, type Bench } from '../../dataset-helpers.ts';

let bench: Bench;
before(async () => (bench = await sharedBench()));

function stream(topic: string, groupId: string, options: Partial<GroupDatasetOptions> = {}) {
  const configuration = { 'heartbeat.interval.ms': 50, 'session.timeout.ms': 6000 };
  return fromKafkaGroup({
    topics: [topic],
    groupId,
    brokers: bench.brokers,
    streamTimeout: 700,
    configuration,
    ...options,
  });
}

/** Takes `count` records. */
async function take(records: AsyncIterator<KafkaRecord>, count: number): Promise<number[]> {
  const numbers: number[] = [];
  for (let i = 0; i < count; i++) {
    const step = await records.next();
    if (step.done) break;
    numbers.push(numberOf(step.value));
  }
  return numbers;
}

for (const saved of [true, false])
  for (const strategy of ['range', 'cooperative-sticky']) {
    const title = `${strategy}, ${saved ? 'resumed at a saved position' : 'begun at the commits'}`;
    test(`${title}: a partition that another has read meanwhile is read on from where the other left it`, async () => {
      const [topic, groupId] = [await bench.topic({ partitions: 2 }), bench.group()];
      for (const partition of [0, 1]) await bench.write(topic, 300, { partition, from: partition * 300 });
      const consumer = { partitionAssignmentStrategy: [strategy as 'range'] };
      const assigned: string[] = [];
      const first = stream(topic, groupId, {
        consumer,
        ...(saved && { position: { [topic]: { 0: 0, 1: 0 } } }),
        onAssigned: (now) => assigned.push((now[topic] ?? []).join()),
      });
      const one = first[Symbol.asyncIterator]();
      const seen = await take(one, 20);
      await first.commit();
      const second = stream(topic, groupId, { consumer });
      const other = second[Symbol.asyncIterator]();
      let guest: number[] | undefined;
      void take(other, 100).then((numbers) => (guest = numbers));
      while (guest === undefined) {
        seen.push(...(await take(one, 1)));
        await first.commit();
      }
      assert.equal(
        Object.keys(first.position()[topic] ?? {}).length,
        1,
        'what was given away left the position',
      );
      await second.commit();
      await second.close();
      seen.push(...guest, ...(await take(one, 600)));
      assert.deepEqual(sorted(seen), range(600), 'every row once');
      assert.equal(assigned[0], '0,1');
      assert.equal(assigned.at(-1), '0,1');
      assert.deepEqual(first.position(), { [topic]: { 0: 300, 1: 300 } });
    });
  }

test('a saved position does not win over a commit of a member with another name that is ahead; this is said', async () => {
  const [topic, groupId] = [await bench.topic({ partitions: 2 }), bench.group()];
  for (const partition of [0, 1]) await bench.write(topic, 10, { partition, from: partition * 10 });
  for await (const _ of stream(topic, groupId, { groupInstanceId: 'b', commit: 'auto', stop: 'end' }));
  const remarks: string[] = [];
  const options = {
    position: { [topic]: { 0: 7, 1: 10 } },
    stop: 'end' as const,
    onRemark: (text: string) => remarks.push(text),
  };
  const resumed = stream(topic, groupId, { ...options, groupInstanceId: 'a' });
  assert.deepEqual(await resumed.toArray(), []);
  assert.deepEqual(resumed.position(), { [topic]: { 0: 10, 1: 10 } });
  assert.equal(remarks.length, 1);
  assert.match(remarks[0]!, /\[0\] up to 10, beyond the saved position 7.*those 3 offsets are left to it/);
  // Its own commits do not win: what the checkpoint does not hold was not learnt.
  const own = stream(topic, groupId, { ...options, groupInstanceId: 'b' });
  assert.deepEqual((await own.toArray()).map(numberOf), [7, 8, 9]);
  // Also where it has another name by now.
  const moved = stream(topic, groupId, { ...options, groupInstanceId: 'c', savedBy: 'b' });
  assert.deepEqual((await moved.toArray()).map(numberOf), [7, 8, 9]);
  assert.equal(remarks.length, 1);
});

test('what is committed late, of a time before the partition was given away, does not set the group back', async () => {
  const [topic, groupId] = [await bench.topic(), bench.group()];
  await bench.write(topic, 100);
  const first = stream(topic, groupId, { streamTimeout: -1 });
  const one = first[Symbol.asyncIterator]();
  const seen = await take(one, 10);
  await first.commit();
  const early = first.position();
  // A guest with a lasting name comes first among the members, and gets the only partition.
  const second = stream(topic, groupId, { groupInstanceId: 'guest', streamTimeout: -1 });
  const guest = take(second[Symbol.asyncIterator](), 30);
  let ofGuest = 0;
  const reading = (async () => {
    while (seen.length + ofGuest < 100) {
      seen.push(...(await take(one, 1)));
      await first.commit().catch(() => {});
      await sleep(10);
    }
  })();
  ofGuest = (await guest).length;
  await second.commit();
  await second.close();
  await reading;
  assert.deepEqual(sorted([...seen, ...(await guest)]), range(100));
  await first.commit(early);
  const [offsets] = await bench.admin.fetchOffsets({ groupId, topics: [topic] });
  assert.deepEqual(
    offsets?.partitions.map(({ offset }) => Number(offset)),
    [100],
  );
  await first.close();
});

for (const protocol of ['classic', 'consumer'])
  test(`latest, ${protocol}: who goes on after a member that died before its first commit leaves no row out`, async () => {
    const [topic, groupId] = [await bench.topic({ partitions: 2 }), bench.group()];
    for (const partition of [0, 1]) await bench.write(topic, 10, { partition });
    const configuration = { 'auto.offset.reset': 'latest', 'group.protocol': protocol };
    const group = { configuration, streamTimeout: -1 };
    const committed = async () => {
      const [offsets] = await bench.admin.fetchOffsets({ groupId, topics: [topic] });
      return sorted(offsets?.partitions.map(({ offset }) => Number(offset)) ?? []);
    };
    // One that commits nothing changes nothing of where others begin.
    const looker = stream(topic, groupId, { ...group, commit: 'off', streamTimeout: 100 });
    assert.deepEqual(await looker.toArray(), []);
    assert.deepEqual(await committed(), [-1, -1]);
    const first = stream(topic, groupId, group);
    const one = take(first[Symbol.asyncIterator](), 3);
    await until(async () => (await committed()).join() === '10,10');
    const log = kafkajsReader(kafkaSettings({ brokers: bench.brokers })).open();
    for (const { leaderEpoch = -1 } of await log.committed(
      groupId,
      [0, 1].map((partition) => ({ topic, partition })),
    ))
      assert.ok(leaderEpoch >= 0, 'a log that is cut back before the first row is seen');
    await log.close();
    await bench.write(topic, 5, { from: 100 });
    assert.deepEqual(await one, range(3, 100));
    await first.close(); // without a word of what it has done
    await bench.write(topic, 2, { from: 105 });
    await bench.write(topic, 2, { partition: 1, from: 200 });
    const next = stream(topic, groupId, { ...group, stop: 'end' });
    assert.deepEqual(sorted((await next.toArray()).map(numberOf)), [...range(7, 100), 200, 201]);
  });

test('where a cooperative member begins is committed before its first row, also where a rearrangement refused it', async () => {
  const [topic, groupId] = [await bench.topic(), bench.group()];
  await bench.write(topic, 10);
  const { brokers } = bench;
  let [commits, joins] = [0, 0];
  const client = clientAround({ brokers }, (real) => ({
    commit: (...given) => {
      const refusal = { what: 'committing', type: 'REBALANCE_IN_PROGRESS', answer: '', canRetry: false };
      return ++commits === 1 ? Promise.reject(new KafkaProtocolError(refusal)) : real.commit(...given);
    },
    join: async (...given) => {
      if (++joins === 2) {
        await bench.write(topic, 1, { from: 10 });
        await sleep(500);
      }
      return real.join(...given);
    },
  }));
  const stream = fromKafkaGroup({
    ...{ topics: topic, groupId, client, streamTimeout: 10_000 },
    configuration: { 'auto.offset.reset': 'latest', 'partition.assignment.strategy': 'cooperative-sticky' },
  });
  assert.deepEqual(await take(stream[Symbol.asyncIterator](), 1), [10]);
  const [offsets] = await bench.admin.fetchOffsets({ groupId, topics: [topic] });
  assert.deepEqual(
    offsets?.partitions.map(({ offset }) => offset),
    ['10'],
  );
  assert.equal(joins, 2);
  await stream.close();
});

test('a saved position that the group does not know of is committed: a member that goes on there repeats nothing', async () => {
  const [topic, groupId] = [await bench.topic(), bench.group()];
  await bench.write(topic, 10);
  const resumed = stream(topic, groupId, { position: { [topic]: { 0: 7 } } });
  assert.deepEqual(await take(resumed[Symbol.asyncIterator](), 1), [7]);
  await resumed.close();
  assert.deepEqual((await stream(topic, groupId, { stop: 'end' }).toArray()).map(numberOf), [7, 8, 9]);
});
