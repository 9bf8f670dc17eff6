/** The embedded cluster: three real nodes, and every fault its handle offers. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs/promises';
import path from 'node:path';
import { afterEach, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ClusterNodeError, ClusterRequestError, startCluster } from '../../src/broker/index.ts';
import { InvalidOptionError } from '../../src/options.ts';
import { sweepTemporaryFolders } from '../../src/process/temporary-folder.ts';
import type { Cluster } from '../../src/broker/index.ts';
import { createTopic, fromKafka } from '../../src/kafka/index.ts';
import { sharedCluster } from '../cluster/shared-cluster.ts';
import { randomName } from '../helpers/topics.ts';
import { typescriptFlags } from '../helpers/typescript.ts';
import { Kafka, logLevel } from 'kafkajs';

let cluster: Cluster;
before(async () => {
  cluster = await sharedCluster();
});
afterEach(async () => {
  if (cluster.nodes.some(({ state }) => state !== 'stopped')) await cluster.heal();
});

test('topics are kept on three nodes and written to two at least, without a word said', async (t) => {
  const topic = await filledTopic(['one']);
  const { partition, replicas, isr } = await partitionOf(topic);
  assert.deepEqual([partition, [...replicas].sort(), isr.length], [0, [1, 2, 3], 3]);
  assert.deepEqual([cluster.brokers.length, new Set(cluster.brokers).size], [3, 3]);
  t.diagnostic(`started in ${cluster.startedInMs} ms`);
});

test('a leader that is killed: another node leads with all rows, and the node comes back on its address', async () => {
  const topic = await filledTopic(['one', 'two']);
  const leader = await cluster.leaderOf(topic);
  const { address, pid } = leader;
  await leader.kill();
  await leader.kill();
  assert.equal(leader.state, 'stopped');
  await leaderOtherThan(topic, leader.id);
  assert.deepEqual(await valuesOf(topic), ['one', 'two']);
  await leader.start();
  assert.deepEqual([leader.state, leader.address], ['running', address]);
  assert.notEqual(leader.pid, pid);
  await assert.rejects(leader.start(), ClusterNodeError);
});

test('a leader that hangs: the others take over; when it goes on it follows', async () => {
  const topic = await filledTopic(['kept']);
  const leader = await cluster.leaderOf(topic);
  await leader.pause();
  assert.equal(leader.state, 'paused');
  await assert.rejects(leader.pause(), /node is paused/);
  await leaderOtherThan(topic, leader.id);
  await leader.resume();
  await assert.rejects(leader.resume(), ClusterNodeError);
  assert.deepEqual(await valuesOf(topic), ['kept']);
});

test('a node that is stopped in order hands over before it goes', async () => {
  const topic = await filledTopic(['kept']);
  const leader = await cluster.leaderOf(topic);
  await leader.stop();
  assert.notEqual((await cluster.leaderOf(topic)).id, leader.id);
  await leader.start();
});

test('leaders and replicas are moved to the nodes that are named, coordinators too', async () => {
  const topic = await filledTopic(['a', 'b']);
  const old = await cluster.leaderOf(topic);
  const next = (old.id % 3) + 1;
  await cluster.moveLeader(topic, 0, next);
  assert.equal((await cluster.leaderOf(topic)).id, next);
  await cluster.reassign(topic, 0, [old.id]);
  // Not every node has heard of it at the same moment.
  let { replicas } = await partitionOf(topic);
  for (const end = performance.now() + 5_000; performance.now() < end && replicas.length > 1; await sleep(50))
    ({ replicas } = await partitionOf(topic));
  assert.deepEqual(replicas, [old.id]);
  await assert.rejects(cluster.moveLeader(topic, 0, next), InvalidOptionError);
  await cluster.reassign(topic, 0, [1, 2, 3]);
  assert.deepEqual(await valuesOf(topic), ['a', 'b']);
  assert.ok([1, 2, 3].includes((await cluster.coordinatorOf(randomName('group'))).id));
});

test('what is not there is refused, with what was tried and what to do', async () => {
  assert.throws(() => cluster.node(4), /The nodes are 1, 2, 3/);
  await assert.rejects(startCluster({ brokers: 0 }), InvalidOptionError);
  await assert.rejects(cluster.leaderOf('nowhere'), (error) => {
    assert.ok(error instanceof ClusterRequestError);
    assert.match(error.message, /leader of nowhere\/0/);
    return true;
  });
});

test('clients that begin at the proxies stay behind them, on every node', async () => {
  const topic = await filledTopic(['through'], cluster.proxiedBrokers);
  assert.deepEqual(await valuesOf(topic, cluster.proxiedBrokers), ['through']);
  const leader = await cluster.leaderOf(topic);
  assert.ok((leader.proxy?.bytes ?? 0) > 100, `${leader.proxy?.bytes} bytes`);
});

test('a parent that is killed leaves no node behind, not even a suspended one, and the next cluster removes its data', async () => {
  const library = fileURLToPath(new URL('../../src/broker/index.ts', import.meta.url));
  const program = `
    const { startCluster } = await import(${JSON.stringify(library)});
    const cluster = await startCluster({ brokers: 1 });
    await cluster.node(1).pause();
    console.log(JSON.stringify(cluster.nodes.map(({ pid, dataFolder }) => ({ pid, dataFolder }))));
    setInterval(() => {}, 1000);`;
  const parent = spawn(process.execPath, [...typescriptFlags(), '--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  const nodes = JSON.parse(String(line)) as { pid: number; dataFolder: string }[];
  assert.equal(nodes.filter(({ pid }) => isThere(pid)).length, 1);
  parent.kill('SIGKILL');
  const deadline = performance.now() + 30_000;
  while (nodes.some(({ pid }) => isThere(pid)) && performance.now() < deadline) await sleep(50);
  assert.deepEqual(
    nodes.filter(({ pid }) => isThere(pid)),
    [],
  );
  const left = path.dirname(nodes[0]?.dataFolder ?? '');
  await fs.access(left);
  // As the first cluster of another program does.
  sweepTemporaryFolders('cluster');
  await assert.rejects(fs.access(left));
  await fs.access(path.dirname(cluster.node(1).dataFolder));
});

test('stopping ends every node, suspended ones too, and removes the data', async () => {
  await cluster.node(1).pause();
  const folder = path.dirname(cluster.node(1).dataFolder);
  await cluster.stop();
  await cluster.stop();
  assert.deepEqual(
    cluster.nodes.filter(({ pid }) => isThere(pid)),
    [],
  );
  await assert.rejects(fs.access(folder));
});

function client(brokers = cluster.brokers): Kafka {
  return new Kafka({ brokers, logLevel: logLevel.NOTHING, retry: { retries: 20, maxRetryTime: 500 } });
}

/** A new topic with these values in it. */
async function filledTopic(values: string[], brokers?: string[]): Promise<string> {
  const topic = randomName();
  await createTopic(topic, { brokers: cluster.brokers });
  const producer = client(brokers).producer();
  try {
    await producer.connect();
    await producer.send({ topic, acks: -1, messages: values.map((value) => ({ value })) });
  } finally {
    await producer.disconnect();
  }
  return topic;
}

async function valuesOf(topic: string, brokers = cluster.brokers): Promise<(string | null)[]> {
  const values: (string | null)[] = [];
  for await (const { value } of fromKafka(topic, { brokers, stop: 'end' }))
    values.push(value === null ? null : String(value));
  return values;
}

async function partitionOf(topic: string): Promise<{ partition: number; replicas: number[]; isr: number[] }> {
  const admin = client().admin();
  try {
    await admin.connect();
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    const [found] = topics[0]?.partitions ?? [];
    assert.ok(found);
    return { partition: found.partitionId, replicas: found.replicas, isr: found.isr };
  } finally {
    await admin.disconnect();
  }
}

async function leaderOtherThan(topic: string, old: number): Promise<void> {
  const deadline = performance.now() + 30_000;
  while ((await cluster.leaderOf(topic)).id === old) {
    assert.ok(performance.now() < deadline, `node ${old} still leads ${topic}`);
    await sleep(50);
  }
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
