/** Writing to, and asking, a cluster of three nodes of which one or all fail. */
import assert from 'node:assert/strict';
import { before, beforeEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Cluster } from '../../../src/broker/index.ts';
import {
  createTopic,
  deleteRecords,
  deleteTopic,
  describeTopic,
  listTopics,
} from '../../../src/kafka/admin/topics.ts';
import { listGroups, resetOffsets } from '../../../src/kafka/admin/groups.ts';
import { describeGroup } from '../../../src/kafka/admin/lag.ts';
import { WriteError } from '../../../src/kafka/errors.ts';
import { KafkaWriter } from '../../../src/kafka/writer/writer.ts';
import { sharedCluster } from '../../cluster/shared-cluster.ts';
import { randomName, readOutside } from '../../helpers/topics.ts';

let cluster: Cluster;

before(async () => {
  cluster = await sharedCluster();
});
beforeEach(() => cluster.heal());

test('a partition whose broker is lost fails alone, and takes rows again when it is back', async () => {
  const topic = randomName();
  const { brokers } = cluster;
  await createTopic(topic, { brokers, partitions: 3, replication: 1, config: { 'min.insync.replicas': 1 } });
  const lost = await cluster.leaderOf(topic, 1);
  const failed = new Set<string>();
  const writer = await KafkaWriter.open(topic, {
    ...{ brokers, deliveryTimeout: 1_500, keepGoing: true },
    onError: (error) => {
      assert.deepEqual([error.partition, error.type], [1, 'DELIVERY_TIMEOUT']);
      for (const { value } of error.failed) failed.add(String(value));
    },
  });
  let row = 0;
  const write = async (ms: number): Promise<void> => {
    for (const end = performance.now() + ms; performance.now() < end; await sleep(5))
      for (let partition = 0; partition < 3; partition++)
        await writer.write({ value: String(row++), partition });
  };
  await write(300);
  await lost.kill();
  await write(2_500);
  assert.ok(failed.size > 0, 'nothing failed');
  const failedBefore = failed.size;
  await lost.start();
  await cluster.leaderOf(topic, 1);
  const late = row;
  await write(300);
  await assert.rejects(writer.close(), (error: unknown) => {
    assert.ok(error instanceof WriteError);
    assert.equal(error.failed, failed.size);
    return true;
  });
  assert.ok(failed.size >= failedBefore);
  const arrived = (await readOutside(topic, brokers)).map(({ value }) => Number(value));
  assert.equal(new Set(arrived).size, arrived.length, 'a row is there twice');
  const there = new Set(arrived);
  for (let one = 0; one < row; one++)
    assert.ok(there.has(one) || failed.has(String(one)), `row ${one} is neither there nor reported`);
  assert.ok(there.has(late + 1), 'rows written after the broker came back arrive');
});

test('a leader that hangs costs the time until another leads, not the time of a request', async () => {
  const topic = randomName();
  const { brokers } = cluster;
  await createTopic(topic, { brokers, partitions: 3 });
  const hung = await cluster.leaderOf(topic, 0);
  const writer = await KafkaWriter.open(topic, { brokers });
  const rows = (from: number): Promise<void>[] =>
    Array.from({ length: 300 }, (_, at) => writer.write({ value: String(from + at), partition: at % 3 }));
  await Promise.all(rows(0));
  await writer.flush();
  await hung.pause();
  const started = performance.now();
  await Promise.all(rows(300));
  await writer.flush();
  const took = performance.now() - started;
  assert.ok(took < 25_000, `it took ${took} ms`);
  // Once it goes on, the old leader takes itself for the leader for a moment, and tells an end of before.
  const others = brokers.filter((address) => address !== hung.address);
  const values = (await readOutside(topic, others)).map(({ value }) => Number(value)).sort((a, b) => a - b);
  await hung.resume();
  await writer.close();
  assert.deepEqual(
    values,
    Array.from({ length: 600 }, (_, at) => at),
  );
});

test('a backlog of 20,000 rows is gone soon after all brokers are back', async () => {
  const topic = randomName();
  const { brokers } = cluster;
  await createTopic(topic, { brokers, partitions: 3 });
  const writer = await KafkaWriter.open(topic, { brokers, linger: 0, bufferBytes: 64e6 });
  await writer.write({ value: 'first' });
  await writer.flush();
  for (const node of cluster.nodes) await node.pause();
  for (let row = 0; row < 20_000; row++) {
    await writer.write({ value: String(row), partition: row % 3 });
    if (row % 10 === 0) await sleep(0);
  }
  for (const node of cluster.nodes) await node.resume();
  const started = performance.now();
  await writer.flush();
  const took = performance.now() - started;
  // In batches of a few rows, one after the other, it takes several times as long.
  assert.ok(took < 10_000, `it took ${took} ms`);
  await writer.close();
  assert.equal((await describeTopic(topic, { brokers })).records, 20_001);
});

test('questions are answered by the others while a broker hangs, and by none as if there were nothing', async () => {
  const [topic, group] = [randomName(), randomName()];
  const access = { brokers: cluster.brokers, connectTimeout: 2_000 };
  await createTopic(topic, { ...access, partitions: 3 });
  const writer = await KafkaWriter.open(topic, access);
  for (let row = 0; row < 30; row++) await writer.write({ value: String(row), partition: row % 3 });
  await writer.close();
  await resetOffsets(group, { ...access, topic, to: 'earliest' });
  const hung = await cluster.leaderOf(topic, 0);
  await hung.pause();
  assert.ok((await listTopics(access)).includes(topic));
  const { records, partitions } = await describeTopic(topic, access);
  assert.deepEqual([records, partitions.length], [30, 3]);
  assert.equal((await describeGroup(group, access)).totalLag, 30);
  const groups = await listGroups(access).catch((error: unknown) => error);
  if (groups instanceof Error) assert.ok(groups.message.includes(hung.address), groups.message);
  else assert.ok(Array.isArray(groups) && groups.includes(group));
  await deleteRecords(topic, { ...access, before: { 1: 5 } });
  assert.equal((await describeTopic(topic, access)).records, 25);
  assert.equal(await deleteTopic(topic, access), true);
});
