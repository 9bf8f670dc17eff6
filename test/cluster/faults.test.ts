/** Training on a cluster whose nodes fail, hang, move and restart: what was learnt is that of an unbroken run, to the bit. */
import assert from 'node:assert/strict';
import { after, afterEach, before, test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from '../../src/broker/index.ts';
import { fromKafkaGroup } from '../../src/kafka/index.ts';
import { localCheckpoints } from '../../src/training/index.ts';
import { inTime, isLong } from '../helpers/schedules.ts';
import { benchOn, numberOf, range, sorted, type Bench } from '../kafka/dataset-helpers.ts';
import { temporaryFolder } from '../training/checkpoint/helpers.ts';
import { Runs, type Way } from './runs.ts';
import { sharedCluster } from './shared-cluster.ts';

let cluster: Cluster;
let bench: Bench;
let runs: Runs;
let way: Way;

before(async () => {
  cluster = await sharedCluster();
  bench = await benchOn(cluster.brokers);
  runs = await Runs.prepare(bench, { rows: 480, pauseMs: 60 });
  way = { brokers: cluster.brokers, connectTimeout: 1000, requestTimeout: 3000, retryForMs: 120_000 };
});
after(() => bench?.close());
afterEach(() => cluster.heal());

/** Trains with checkpoints while `fault` happens, from the fifth mini dataset of 24 on. */
async function trainDuring(
  t: TestContext,
  fault: (groupId: string) => Promise<void>,
  options: { streamTimeout?: number | 'default' } = {},
): Promise<void> {
  const unbroken = await runs.unbroken();
  const groupId = bench.group();
  let faults: Promise<void> | undefined;
  const onMini = (count: number) => {
    if (count < 5 || faults !== undefined) return;
    faults = fault(groupId);
    faults.catch(() => undefined); // thrown below
  };
  const store = localCheckpoints(await temporaryFolder(t));
  const learnt = await inTime(
    'training',
    60_000 + (isLong ? 60_000 : 0),
    runs.train(way, groupId, store, { ...options, onMini }),
  );
  assert.ok(faults, 'the fault came while it was learning');
  await faults;
  assert.deepEqual(learnt, unbroken);
}

test('the leader of a partition is killed: training goes on at the next leader', async (t) => {
  await trainDuring(t, async () => (await cluster.leaderOf(runs.examples, 0)).kill());
});

test('the leader hangs, its connections open: training goes on at the next leader', async (t) => {
  await trainDuring(t, async () => (await cluster.leaderOf(runs.examples, 1)).pause());
});

test('leaders are moved and partitions reassigned all the time', async (t) => {
  await trainDuring(t, async () => {
    for (const partition of [0, 1]) {
      const { id } = await cluster.leaderOf(runs.examples, partition);
      await cluster.moveLeader(runs.examples, partition, (id % 3) + 1);
      await cluster.reassign(runs.examples, partition, [id, ((id + 1) % 3) + 1]);
      await cluster.reassign(runs.examples, partition, [1, 2, 3]);
    }
  });
});

test("the group's coordinator moves to another node, and then is killed", async (t) => {
  await trainDuring(t, async (groupId) => {
    const { id } = await cluster.coordinatorOf(groupId);
    await cluster.moveLeader('__consumer_offsets', offsetsPartition(groupId), (id % 3) + 1);
    let now = await cluster.coordinatorOf(groupId);
    for (const began = performance.now(); now.id === id;) {
      assert.ok(performance.now() - began < 30_000, `node ${id} is still the coordinator`);
      await sleep(50); // nodes learn of it one after another
      now = await cluster.coordinatorOf(groupId);
    }
    await now.kill();
  });
});

test('every node is restarted in turn: training runs through it', async (t) => {
  await trainDuring(t, async () => {
    for (const node of cluster.nodes) {
      await node.stop();
      await node.start();
    }
  });
});

test('a quota makes answers wait longer than streamTimeout: that is no silence', async () => {
  const topic = await bench.topic();
  const rows = 2000;
  const value = (row: number) => `${row} ${'x'.repeat(100)}`;
  // In small batches: a broker hands over whole ones.
  for (let from = 0; from < rows; from += 100) {
    const messages = range(100, from).map((row) => ({ value: value(row) }));
    await bench.producer.send({ topic, messages });
  }
  const clientId = `throttled-${topic}`;
  await cluster.setQuota({ clientId, consumerByteRate: 16_000 });
  const began = performance.now();
  const stream = fromKafkaGroup({
    topics: topic,
    groupId: bench.group(),
    ...{ brokers: cluster.brokers, clientId, streamTimeout: 500 },
    consumer: { maxPartitionFetchBytes: 60_000 },
  });
  const read = await stream.map((record) => parseInt(String(record.value))).toArray();
  assert.deepEqual(read, range(rows));
  assert.ok(performance.now() - began > 1500, 'the quota was felt');
  await cluster.setQuota({ clientId, consumerByteRate: null });
});

const outage = isLong
  ? ({ forMs: 30_000, streamTimeout: 'default', words: '30 s, with the default streamTimeout' } as const)
  : ({ forMs: 2500, streamTimeout: 1000, words: '2.5 s, with a streamTimeout of 1 s' } as const);

test(`all nodes are away for ${outage.words}: nothing ends early`, async (t) => {
  const { forMs, streamTimeout } = outage;
  const group = fromKafkaGroup({
    ...{ topics: runs.numbers, groupId: bench.group(), brokers: cluster.brokers, bufferRecords: 60 },
    ...{ retryForMs: 120_000, consumer: { maxPartitionFetchBytes: 1500, fetchMaxBytes: 1500 } },
    ...(streamTimeout !== 'default' && { streamTimeout }),
  });
  let read: Promise<number[]> | undefined;
  const goOn = async (): Promise<number[]> => {
    const numbers: number[] = [];
    for await (const record of group) if (numbers.push(numberOf(record)) % 40 === 0) await sleep(60);
    return numbers;
  };
  await trainDuring(
    t,
    async () => {
      read = goOn();
      read.catch(() => undefined); // thrown below
      await sleep(300);
      await Promise.all(cluster.nodes.map((node) => node.kill()));
      await sleep(forMs);
      await cluster.heal();
    },
    { streamTimeout },
  );
  assert.deepEqual(sorted((await read) ?? []), range(960));
});

/** Where Kafka keeps a group's commits: Java's hash of its name, over four partitions. */
function offsetsPartition(groupId: string): number {
  let hash = 0;
  for (const char of groupId) hash = (Math.imul(hash, 31) + char.charCodeAt(0)) | 0;
  return Math.abs(hash) % 4; // Kafka takes the absolute value, not the lower 31 bits
}
