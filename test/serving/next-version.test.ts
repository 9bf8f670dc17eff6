/** Which checkpoint takes over: what serves stays where it was removed, and another one under its name is seen. */
import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { openKafka } from '../../src/kafka/index.ts';
import { NextVersion } from '../../src/serving/next-version.ts';
import type { LoadedCheckpoint } from '../../src/serving/refusals.ts';
import { kafkaCheckpoints, type CheckpointStore } from '../../src/training/index.ts';
import { testBrokers } from '../helpers/broker.ts';
import { randomName } from '../helpers/topics.ts';
import { modelOf, saveVersion, versionsOf } from './helpers.ts';

/** What a look finds. */
async function found(next: NextVersion, served: LoadedCheckpoint): Promise<string[]> {
  const ids: string[] = [];
  for await (const id of next.candidates(served)) ids.push(id);
  return ids;
}

/** A new version, as a server has it that has loaded it. */
async function loaded(store: CheckpointStore, model = modelOf(1)): Promise<LoadedCheckpoint> {
  const version = await saveVersion(store, { model });
  const stamp = await store.stamp?.(version);
  return { version, stamp, created: (await store.load(version)).created };
}

test('what serves stays while nothing newer is there, also once it was removed; that is said once', async (t) => {
  const { store, folder } = await versionsOf(t);
  const said: string[][] = [];
  const next = new NextVersion(store, (...both) => said.push(both));
  const one = await loaded(store);
  const two = await loaded(store);
  assert.deepEqual(await found(next, one), [two.version]);
  assert.deepEqual(await found(next, two), []);
  await fs.rm(path.join(folder, two.version!), { recursive: true });
  for (let look = 0; look < 3; look++) assert.deepEqual(await found(next, two), []);
  assert.deepEqual(said, [[two.version, one.version]]);
  const again = await loaded(store);
  assert.equal(again.version, two.version);
  assert.deepEqual(await found(next, two), [two.version]);
});

test('a store that was emptied and filled again between two looks is another one; files that were touched are not', async (t) => {
  const { store, folder } = await versionsOf(t);
  const next = new NextVersion(store, assert.fail);
  const served = await loaded(store);
  const copy = path.join(folder, '.copy');
  await fs.cp(path.join(folder, served.version!), copy, { recursive: true });
  await fs.rm(path.join(folder, served.version!), { recursive: true });
  await fs.rename(copy, path.join(folder, served.version!));
  assert.deepEqual(await found(next, served), []);
  await fs.rm(path.join(folder, served.version!), { recursive: true });
  assert.equal((await loaded(store, modelOf(2))).version, served.version);
  assert.deepEqual(await found(next, served), [served.version]);
});

test('what serves is not loaded at every look once it was away and is back, also in a store without stamps', async (t) => {
  const { store: kept, folder } = await versionsOf(t);
  const served = await loaded(kept);
  const place = path.join(folder, served.version!);
  let loads = 0;
  const load: CheckpointStore['load'] = (id) => (loads++, kept.load(id));
  const base = {
    place: folder,
    list: () => kept.list(),
    save: kept.save.bind(kept),
    lock: () => kept.lock(),
    load,
  };
  for (const store of [base, { ...base, stamp: (id: string) => kept.stamp!(id) }]) {
    const one = { ...served, stamp: 'stamp' in store ? served.stamp : undefined };
    const next = new NextVersion(store, assert.fail);
    await fs.rename(place, path.join(folder, '.away'));
    assert.deepEqual(await found(next, one), []);
    await fs.rename(path.join(folder, '.away'), place);
    loads = 0;
    for (let look = 0; look < 3; look++) assert.deepEqual(await found(next, one), []);
    assert.equal(loads, 1);
  }
});

test('so it is with a topic that was deleted and filled again', async (t) => {
  await using client = await openKafka({ brokers: (await testBrokers()).join() });
  const topic = randomName('next-version');
  const store = kafkaCheckpoints({ topic, client });
  const served = await loaded(store);
  const next = new NextVersion(store, assert.fail);
  assert.deepEqual(await found(next, served), []);
  await client.topics.delete(topic);
  t.after(() => client.topics.delete(topic).catch(() => {}));
  await using other = await openKafka({ brokers: (await testBrokers()).join() });
  const again = await loaded(kafkaCheckpoints({ topic, client: other }), modelOf(2));
  assert.equal(again.version, served.version);
  assert.deepEqual(await found(next, served), [served.version]);
});
