/** A group's coordinator that hangs, its connections open: it is given up in bounded time, and closing does not wait for it. */
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import type { Cluster, ClusterNode } from '../../src/broker/index.ts';
import { fromKafkaBatches, fromKafkaGroup } from '../../src/kafka/index.ts';
import type { GroupOptions } from '../../src/kafka/index.ts';
import { benchOn, numberOf, range, sorted, until, type Bench } from '../kafka/dataset-helpers.ts';
import { sharedCluster } from './shared-cluster.ts';

/** Closing ends in less, ms. */
const CLOSING_MS = 5_000;

let cluster: Cluster;
let bench: Bench;

before(async () => {
  cluster = await sharedCluster();
  bench = await benchOn(cluster.brokers);
});
after(() => bench?.close());
afterEach(() => cluster.heal());

/** A topic of 30 rows whose leader is not the coordinator of the group. */
async function prepare(): Promise<{ options: GroupOptions & { groupId: string }; coordinator: ClusterNode }> {
  const [topic, groupId] = [await bench.topic(), bench.group()];
  await bench.write(topic, 30);
  const coordinator = await cluster.coordinatorOf(groupId);
  await cluster.moveLeader(topic, 0, (coordinator.id % 3) + 1);
  const { brokers } = cluster;
  const options = { topics: topic, groupId, brokers, connectTimeout: 1_000, streamTimeout: -1 };
  return { options, coordinator };
}

for (const how of ['close', 'abort', 'break'] as const)
  test(`${how}: a stream that commits by itself ends in less than 5 s`, async () => {
    const { options, coordinator } = await prepare();
    const abort = new AbortController();
    const stream = fromKafkaGroup({ ...options, commit: 'auto', signal: abort.signal });
    let since = NaN;
    let seen = 0;
    const reading = (async () => {
      for await (const _ of stream) {
        if (++seen < 20) continue;
        if (seen === 20) {
          await coordinator.pause();
          since = performance.now();
        }
        if (how === 'break') break;
        if (seen < 30) continue;
        setTimeout(() => (how === 'abort' ? abort.abort() : void stream.close()), 200);
        // Closed in the middle of a commit, or aborted while it waits for a row.
        if (how === 'close') await stream.commit();
      }
    })().catch(() => undefined);
    await reading;
    await stream.close();
    const took = performance.now() - since;
    assert.ok(took < CLOSING_MS, `it took ${Math.round(took)} ms`);
  });

test('closing and aborting in the middle of joining end in less than 5 s', async () => {
  const { options, coordinator } = await prepare();
  await coordinator.pause();
  const abort = new AbortController();
  const streams = [
    fromKafkaGroup(options),
    fromKafkaBatches({ ...options, signal: abort.signal }),
    fromKafkaGroup({ ...options, groupInstanceId: 'one' }),
  ];
  const readings = streams.map(async (stream) => {
    for await (const _ of stream);
  });
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  const since = performance.now();
  abort.abort();
  await Promise.all([...streams.map((stream) => stream.close()), Promise.allSettled(readings)]);
  const took = performance.now() - since;
  assert.ok(took < CLOSING_MS, `it took ${Math.round(took)} ms`);
});

test('a commit, and a newcomer that joins, go on at the next coordinator', async () => {
  const { options, coordinator } = await prepare();
  const consumer = { heartbeatInterval: 200, sessionTimeout: 30_000 };
  const seen: number[] = [];
  const first = fromKafkaGroup({ ...options, consumer });
  const rows = first[Symbol.asyncIterator]();
  // All that was handed over is committed: whoever gets the partition reads none of it again.
  while (seen.length < 30) seen.push(numberOf((await rows.next()).value!));
  await coordinator.pause();
  const since = performance.now();
  await first.commit();
  const committed = performance.now() - since;
  let isMember = false;
  const second = fromKafkaGroup({ ...options, consumer, onAssigned: () => (isMember = true) });
  const reading = (async () => {
    for await (const record of second) seen.push(numberOf(record));
  })();
  const others = (async () => {
    for (let row = await rows.next(); !row.done; row = await rows.next()) seen.push(numberOf(row.value));
  })();
  await until(() => isMember, 40_000);
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  assert.deepEqual(sorted(seen), range(30), 'every row once');
  await Promise.all([first.close(), second.close()]);
  await Promise.all([reading, others]);
  // The nodes need three seconds to miss it; a commit that had waited for it would have taken thirty.
  assert.ok(committed < 25_000, `the commit took ${Math.round(committed)} ms`);
});
