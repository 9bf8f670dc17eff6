/** What happens to a training's topics and partitions between and within its lives. */
import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import path from 'node:path';
import { createHash } from 'node:crypto';
import { before, test } from 'node:test';
import {
  createTopic,
  csvCodec,
  deleteRecords,
  deleteTopic,
  describeGroup,
  type KafkaRecord,
} from '../../../src/kafka/index.ts';
import { localCheckpoints, trainOnline, type TrainOnlineOptions } from '../../../src/training/index.ts';
import { sharedBench, until, type Bench } from '../../kafka/dataset-helpers.ts';
import { temporaryFolder } from '../checkpoint/helpers.ts';
import { PlainRegression, RowLedger, writeRows } from './helpers.ts';

let bench: Bench;
before(async () => (bench = await sharedBench()));

/** A life of a training: what it learnt, and what it remarked. */
function life(topic: string, groupId: string, options: Partial<TrainOnlineOptions>) {
  const [learnt, remarks, ledger] = [[] as KafkaRecord[], [] as string[], new RowLedger()];
  const running = trainOnline({
    source: { topics: topic, groupId, brokers: bench.brokers, stop: 'end', maxRecords: 50 },
    model: new PlainRegression(3),
    decode: csvCodec({ columns: 3 }),
    extras: { ledger },
    onLearnt: (mini) => {
      ledger.add(mini);
      learnt.push(...mini.records);
    },
    onRemark: (text) => remarks.push(text),
    ...options,
  });
  return { running, learnt, remarks, ledger };
}

async function madeAgain(topic: string): Promise<void> {
  const at = { brokers: bench.brokers };
  await deleteTopic(topic, at);
  await until(() =>
    createTopic(topic, at).then(
      ({ created }) => created,
      () => false,
    ),
  );
}

test('a topic deleted and made again is not taken for the old one: an error with both ids, or a new beginning', async (t) => {
  for (const rows of [100, 700]) {
    const [topic, group] = [await bench.topic(), bench.group()];
    const checkpoint = localCheckpoints(await temporaryFolder(t));
    await writeRows(bench, topic, 400);
    assert.equal((await life(topic, group, { checkpoint }).running).rows, 400);
    const before = (await checkpoint.load((await checkpoint.list())[0]!)).topicIds?.[topic];
    assert.equal(typeof before, 'string');
    await madeAgain(topic);
    await writeRows(bench, topic, rows, { from: 5000 });
    await assert.rejects(life(topic, group, { checkpoint }).running, (error: Error) => {
      assert.equal((error as Error & { code: string }).code, 'ST_KAFKA_TOPIC_RECREATED');
      for (const part of [topic, before!, "onTopicRecreated: 'restart'"])
        assert.ok(error.message.includes(part));
      return true;
    });
    const again = life(topic, group, { checkpoint, onTopicRecreated: 'restart' });
    const { rows: learnt, totalRows } = await again.running;
    assert.deepEqual([learnt, totalRows], [rows, 400 + rows]);
    assert.deepEqual(
      again.learnt.map(({ offset }) => offset),
      Array.from({ length: rows }, (_, i) => i),
    );
    assert.match(again.remarks.join('\n'), new RegExp(`^Topic ${topic} was deleted and created again`));
    // From here on it is the topic of this training.
    const next = life(topic, group, { checkpoint });
    assert.deepEqual([(await next.running).rows, next.remarks], [0, []]);
  }
});

test('a checkpoint of the format before topic ids is read, and it is said that it has none', async (t) => {
  const [topic, group] = [await bench.topic(), bench.group()];
  const folder = await temporaryFolder(t);
  const checkpoint = localCheckpoints(folder);
  await writeRows(bench, topic, 100);
  await life(topic, group, { checkpoint, maxRows: 50 }).running;
  const [id] = await checkpoint.list();
  const file = path.join(folder, id!, 'manifest.json');
  const { manifest } = JSON.parse(await fs.readFile(file, 'utf8')) as { manifest: Record<string, unknown> };
  delete manifest['topicIds'];
  const text = JSON.stringify({ ...manifest, version: 1 });
  const sha256 = createHash('sha256').update(text).digest('hex');
  await fs.writeFile(file, `{"sha256":"${sha256}","manifest":${text}}\n`);
  const { running, remarks } = life(topic, group, { checkpoint });
  assert.equal((await running).rows, 50);
  assert.match(remarks.join('\n'), /^checkpoint-000000000001 is of an earlier version .* ids of its topics/);
});

test('rows deleted from the log before they could be learnt are counted and said', async (t) => {
  const [topic, group] = [await bench.topic(), bench.group()];
  const checkpoint = localCheckpoints(await temporaryFolder(t));
  await writeRows(bench, topic, 100);
  await life(topic, group, { checkpoint }).running;
  await writeRows(bench, topic, 300, { from: 100 });
  await deleteRecords(topic, { brokers: bench.brokers, before: { 0: 250 } });
  const { running, remarks } = life(topic, group, { checkpoint });
  const { rows, deletedRows } = await running;
  assert.deepEqual([rows, deletedRows], [150, 150]);
  assert.match(remarks.join('\n'), /^150 records had been deleted from the log/);
  assert.equal(remarks.length, 1);
});

test('a folder restored from a backup on another machine learns what was learnt after it, whatever the group has committed', async (t) => {
  const [topic, group] = [await bench.topic(), bench.group()];
  const [folder, backup] = [await temporaryFolder(t), await temporaryFolder(t)];
  const on = (groupInstanceId: string, place: string) => {
    const source = { topics: topic, groupId: group, brokers: bench.brokers, stop: 'end' as const };
    return life(topic, group, {
      ...{ source: { ...source, maxRecords: 50, groupInstanceId }, checkpoint: localCheckpoints(place) },
    });
  };
  await writeRows(bench, topic, 50);
  await on('machine-1', folder).running;
  await fs.cp(folder, backup, { recursive: true });
  await writeRows(bench, topic, 50, { from: 50 });
  assert.equal((await on('machine-1', folder).running).totalRows, 100);
  const { running, remarks, ledger } = on('machine-2', backup);
  const { rows, totalRows } = await running;
  assert.deepEqual([rows, totalRows, remarks, ledger.faults({ 0: 100 })], [50, 100, [], []]);
});

test('two members with a checkpoint each: a partition given away leaves the checkpoint, and no row is learnt twice', async (t) => {
  const [topic, group] = [await bench.topic({ partitions: 4 }), bench.group()];
  for (const partition of [0, 1, 2, 3]) await writeRows(bench, topic, 100, { partition });
  const folders = [await temporaryFolder(t), await temporaryFolder(t)];
  const [mine, theirs] = folders.map((folder) => localCheckpoints(folder));
  const source = {
    ...{ topics: topic, groupId: group, brokers: bench.brokers, maxRecords: 50, streamTimeout: -1 },
    pauseTimeout: 300,
    configuration: { 'heartbeat.interval.ms': 100, 'session.timeout.ms': 6000 },
  };
  class Slow extends PlainRegression {
    override learn(batch: Parameters<PlainRegression['learn']>[0]) {
      for (const until = performance.now() + 10; performance.now() < until;);
      return super.learn(batch);
    }
  }
  const first = life(topic, group, { source, checkpoint: mine!, maxRows: 100 });
  await first.running;
  const stop = new AbortController();
  // A checkpoint is due only after 100 mini datasets: what was learnt must be kept before partitions go.
  const options = { source, model: new Slow(3), signal: stop.signal };
  const a = life(topic, group, { ...options, checkpoint: mine!, checkpointEvery: 100 });
  await until(() => a.learnt.length > 0);
  const b = life(topic, group, { source, model: new Slow(3), checkpoint: theirs!, maxRows: 400 });
  // Most rows come once both have partitions: else A might have learnt them all before B is there.
  await until(async () => {
    const { partitions } = await describeGroup(group, { topics: [topic], brokers: bench.brokers });
    const owners = new Set(partitions.map(({ consumerId }) => consumerId));
    return owners.size === 2 && !owners.has(null);
  });
  for (const partition of [0, 1, 2, 3]) await writeRows(bench, topic, 400, { partition });
  await until(() => b.learnt.length > 0);
  const partitionsOf = async (store: typeof mine) => {
    const [id] = await store!.list();
    return id === undefined ? [] : Object.keys((await store!.load(id)).position[topic] ?? {});
  };
  await b.running;
  const ofB = await partitionsOf(theirs);
  assert.equal(ofB.length, 2);
  // After B has left, its partitions come back, and A goes on where B was.
  await until(() => first.learnt.length + a.learnt.length + b.learnt.length >= 2000);
  stop.abort();
  await a.running;
  const names = [...first.learnt, ...a.learnt, ...b.learnt].map(
    ({ partition, offset }) => `${partition}/${offset}`,
  );
  assert.equal(names.length, 2000);
  assert.equal(new Set(names).size, 2000);
  const newest = (await mine!.list())[0]!;
  assert.deepEqual((await mine!.load(newest)).position, { [topic]: { 0: 500, 1: 500, 2: 500, 3: 500 } });
});
