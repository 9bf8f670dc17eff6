/** Reading as a group: membership, commits, and rows that come exactly once. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fromKafkaGroup, type GroupDatasetOptions } from '../../../src/kafka/dataset/group-dataset.ts';
import { numberOf, range, sharedBench, sorted, until, type Bench } from '../dataset-helpers.ts';

let bench: Bench;
before(async () => (bench = await sharedBench()));

/** A stream on the test's brokers; ends at the end of the log unless told otherwise. */
function stream(topic: string, groupId: string, options: Partial<GroupDatasetOptions> = {}) {
  return fromKafkaGroup({ topics: [topic], groupId, brokers: bench.brokers, stop: 'end', ...options });
}

async function committed(group: string, topic: string): Promise<number[]> {
  const [found] = await bench.admin.fetchOffsets({ groupId: group, topics: [topic] });
  return (found?.partitions ?? [])
    .sort((a, b) => a.partition - b.partition)
    .map(({ offset }) => Number(offset));
}

test('every row of every partition comes once, then the stream ends after the silence', async () => {
  const [topic, group] = [await bench.topic({ partitions: 3 }), bench.group()];
  await bench.write(topic, 1025, { partition: 0 });
  await bench.write(topic, 1, { partition: 2, from: 1025 });
  const started = Date.now();
  const records = await stream(topic, group, { stop: 'never', streamTimeout: 400 }).toArray();
  assert.deepEqual(sorted(records.map(numberOf)), range(1026));
  assert.ok(Date.now() - started >= 400);
});

test('an empty topic ends at once with stop: end, and after the silence without', async () => {
  const topic = await bench.topic();
  assert.deepEqual(await stream(topic, bench.group()).toArray(), []);
  assert.deepEqual(await stream(topic, bench.group(), { stop: 'never', streamTimeout: 200 }).toArray(), []);
});

test('librdkafka settings as in the article are understood', async () => {
  const [topic, group] = [await bench.topic(), bench.group()];
  await bench.write(topic, 3);
  const configuration = ['session.timeout.ms=7000', 'max.poll.interval.ms=8000', 'auto.offset.reset=latest'];
  assert.deepEqual(await stream(topic, group, { configuration }).toArray(), []);
  const earliest = ['auto.offset.reset=earliest', `group.id=${bench.group()}`];
  const ds = fromKafkaGroup({ topics: topic, brokers: bench.brokers, stop: 'end', configuration: earliest });
  assert.equal(await ds.count(), 3);
});

test('without a commit the next life reads everything again; after commit() it goes on behind it', async () => {
  const [topic, group] = [await bench.topic(), bench.group()];
  await bench.write(topic, 10);
  assert.equal(await stream(topic, group).count(), 10);
  const life = stream(topic, group);
  for await (const record of life) {
    if (record.offset === 3) {
      await life.commit();
      break;
    }
  }
  assert.deepEqual(await committed(group, topic), [4]);
  assert.deepEqual((await stream(topic, group).toArray()).map(numberOf), range(6, 4));
});

test('commit: auto commits what is done; the row being worked on at a break is not', async () => {
  const [topic, group] = [await bench.topic(), bench.group()];
  await bench.write(topic, 10);
  for await (const record of stream(topic, group, { commit: 'auto' })) if (record.offset === 3) break;
  assert.deepEqual(await committed(group, topic), [3]);
  assert.equal(await stream(topic, group, { configuration: { 'enable.auto.commit': true } }).count(), 7);
  assert.deepEqual(await committed(group, topic), [10]);
});

test('commit: off never commits, whatever is asked', async () => {
  const [topic, group] = [await bench.topic(), bench.group()];
  await bench.write(topic, 3);
  const life = stream(topic, group, { commit: 'off' });
  for await (const _ of life) await life.commit();
  assert.deepEqual(await committed(group, topic), [-1]);
});

test('a saved position wins over the commits', async () => {
  const [topic, group] = [await bench.topic(), bench.group()];
  await bench.write(topic, 10);
  await stream(topic, group, { commit: 'auto' }).count();
  const again = stream(topic, group, { position: { [topic]: { 0: 7 } } });
  assert.deepEqual((await again.toArray()).map(numberOf), [7, 8, 9]);
  assert.deepEqual(again.position(), { [topic]: { 0: 10 } });
});

test('a stream can be taken once only, and says so', async () => {
  const topic = await bench.topic();
  const ds = stream(topic, bench.group());
  await ds.count();
  await assert.rejects(ds.toArray(), { code: 'ST_KAFKA_STREAM_TAKEN' });
});

test('steps and batches work on a stream as on any dataset', async () => {
  const [topic, group] = [await bench.topic(), bench.group()];
  await bench.write(topic, 10);
  const shapes: number[][] = [];
  for await (const { xs } of stream(topic, group)
    .map((record) => ({ xs: numberOf(record) }))
    .batch(4)) {
    shapes.push(xs.shape);
    xs.dispose();
  }
  assert.deepEqual(shapes, [
    [4, 1],
    [4, 1],
    [2, 1],
  ]);
});

const slow = process.env['STREAMTRAIN_LONG'] ? 60_000 : 9_000;
test(`a consumer that works ${slow / 1000} s on one row keeps its membership, and others wait for it`, async () => {
  const [topic, group] = [await bench.topic({ partitions: 2 }), bench.group()];
  await bench.write(topic, 2);
  await bench.write(topic, 2, { partition: 1, from: 2 });
  let rearranged = 0;
  const life = stream(topic, group, {
    configuration: { 'session.timeout.ms': 6000, 'heartbeat.interval.ms': 1000 },
    onAssigned: () => rearranged++,
  });
  const seen: number[] = [];
  for await (const record of life) {
    if (seen.push(numberOf(record)) === 1) await sleep(slow);
  }
  assert.deepEqual(sorted(seen), range(4));
  assert.equal(rearranged, 1, 'it was never thrown out');
});

test('a consumer that stays away longer than max.poll.interval.ms is told so, and its partitions are free', async () => {
  const [topic, group] = [await bench.topic(), bench.group()];
  await bench.write(topic, 3);
  const configuration = { 'session.timeout.ms': 6000, 'max.poll.interval.ms': 300 };
  const iterator = stream(topic, group, { configuration })[Symbol.asyncIterator]();
  await iterator.next();
  await sleep(900);
  const { groups } = await bench.admin.describeGroups([group]);
  assert.equal(groups[0]?.members.length, 0, 'it has left');
  await assert.rejects(iterator.next(), (error: Error & { code?: string }) => {
    assert.equal(error.code, 'ST_KAFKA_POLL_INTERVAL');
    assert.match(error.message, /max\.poll\.interval\.ms = 300/);
    return true;
  });
});

test('members join and leave in the middle of a read: every row is delivered, none twice', async () => {
  const [topic, group] = [await bench.topic({ partitions: 4 }), bench.group()];
  const perPartition = 300;
  for (const partition of range(4))
    await bench.write(topic, perPartition, { partition, from: partition * perPartition });
  const seen: number[] = [];
  const configuration = {
    'heartbeat.interval.ms': 100,
    'session.timeout.ms': 6000,
    'auto.commit.interval.ms': 50,
  };
  const shares: number[] = [];
  const run = async (who: number, most: number) => {
    const life = stream(topic, group, { stop: 'never', streamTimeout: 1500, commit: 'auto', configuration });
    let own = 0;
    for await (const record of life) {
      seen.push(numberOf(record));
      await sleep(1);
      if (++own === most) {
        await life.commit();
        break;
      }
    }
    shares[who] = own;
  };
  const first = run(0, Infinity);
  await until(() => seen.length > 100);
  const second = run(1, 200);
  await until(() => seen.length > 400);
  const third = run(2, Infinity);
  await Promise.all([first, second, third]);
  assert.deepEqual(sorted(seen), range(4 * perPartition));
  assert.equal(shares[1], 200);
  assert.ok((shares[0] ?? 0) > 100 && (shares[2] ?? 0) > 0, `shares ${shares.join(' ')}`);
  assert.deepEqual(
    await committed(group, topic),
    range(4).map(() => perPartition),
  );
});

test('rows of a partition that was taken away and came back are not given twice, though never committed', async () => {
  const [topic, group] = [await bench.topic({ partitions: 2 }), bench.group()];
  await bench.write(topic, 200);
  await bench.write(topic, 200, { partition: 1, from: 200 });
  const configuration = { 'heartbeat.interval.ms': 100, 'session.timeout.ms': 6000 };
  const assigned: number[] = [];
  const life = stream(topic, group, {
    stop: 'never',
    streamTimeout: 1500,
    configuration,
    onAssigned: (assignment) => assigned.push(assignment[topic]?.length ?? 0),
  });
  const seen: number[] = [];
  let guest: Promise<void> | undefined;
  for await (const record of life) {
    if (seen.push(numberOf(record)) === 100) {
      // A guest that takes a partition, reads nothing of it, and leaves.
      const other = stream(topic, group, { stop: 'never', configuration });
      guest = (async () => {
        await other[Symbol.asyncIterator]().next();
        await other.close();
      })();
    }
    await sleep(2);
  }
  await guest;
  assert.ok(assigned.includes(1), `it shared for a while: ${assigned.join(' ')}`);
  assert.equal(new Set(seen).size, seen.length, 'none twice');
  assert.deepEqual(sorted(seen), range(400));
});

test('a commit for partitions that others have by now is refused with a clear error', async () => {
  const [topic, group] = [await bench.topic(), bench.group()];
  await bench.write(topic, 3);
  const life = stream(topic, group, {
    configuration: { 'session.timeout.ms': 6000, 'max.poll.interval.ms': 300 },
  });
  const iterator = life[Symbol.asyncIterator]();
  await iterator.next();
  await sleep(900);
  await assert.rejects(life.commit(), { code: 'ST_KAFKA_COMMIT_REFUSED', groupId: group });
  await life.close();
});

test('a missing topic is an error, not a wait', async () => {
  await assert.rejects(stream('no-such-topic', bench.group()).toArray(), { code: 'ST_KAFKA_UNKNOWN_TOPIC' });
});

test('a stream that is closed while it joins for the first time leaves no member behind', async () => {
  const [topic, group] = [await bench.topic({ partitions: 2 }), bench.group()];
  await bench.write(topic, 5);
  const busy = stream(topic, group, { stop: 'never', streamTimeout: -1 });
  const working = busy[Symbol.asyncIterator]();
  await working.next(); // and asks for nothing more, so that the group cannot form again
  const late = stream(topic, group, { stop: 'never', streamTimeout: -1 });
  const joining = late[Symbol.asyncIterator]().next();
  const membersNow = async () => (await bench.admin.describeGroups([group])).groups[0];
  while ((await membersNow())?.state !== 'PreparingRebalance') await sleep(20);
  await late.close();
  assert.ok((await joining).done);
  assert.equal((await membersNow())?.members.length, 1, 'only the one at work is left');
  await busy.close();
});

test('leaving is heard at once: the group has no members after the stream is closed', async () => {
  const [topic, group] = [await bench.topic(), bench.group()];
  await bench.write(topic, 5);
  for await (const _ of stream(topic, group, { stop: 'never', streamTimeout: -1 })) break;
  const { groups } = await bench.admin.describeGroups([group]);
  assert.deepEqual(groups[0]?.members, []);
});
