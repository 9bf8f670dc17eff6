/** Versions of a model that change while rows flow: swapped between batches, pinned, gone back to, refused. */
import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fromKafka, openKafka, type KafkaClient } from '../../src/kafka/index.ts';
import { buildClassifier, compileTrainStep } from '../../src/model/index.ts';
import type { ModelServer, ModelSwap } from '../../src/serving/index.ts';
import { kafkaCheckpoints, LogisticRegression } from '../../src/training/index.ts';
import { testBrokers } from '../helpers/broker.ts';
import { randomName } from '../helpers/topics.ts';
import {
  assertOnePerRow,
  endsOf,
  eventually,
  FEATURES,
  flowing,
  modelOf,
  predictionsIn,
  saveVersion,
  scalerOf,
  serveRows,
  topicsOf,
  versionsOf,
  writeRows,
} from './helpers.ts';

const long = process.env['STREAMTRAIN_LONG'] === '1';
const swapCount = long ? 60 : 10;

let client: KafkaClient;
before(async () => (client = await openKafka({ brokers: (await testBrokers()).join() })));
after(() => client?.close());

/** Stops a server when it has committed so many rows. */
async function stopAt(server: ModelServer, rows: number): Promise<void> {
  await eventually(() => server.progress.rows >= rows);
  await server.stop();
}

test(`${swapCount} swaps while rows flow: no row is lost or doubled, and each says which version made it`, async (t) => {
  const topics = await topicsOf(t, client);
  const topic = randomName('versions');
  t.after(() => client.topics.delete(topic));
  const store = kafkaCheckpoints({ topic, client, keep: 100 });
  const lock = await store.lock();
  t.after(() => lock.release());
  const first = await saveVersion(store, { model: modelOf(1) });
  const swaps: ModelSwap[] = [];
  await using server = await serveRows(client, topics, {
    source: { topics: topics.rows, groupId: topics.groupId, client, stop: 'never' },
    ...{ models: store, modelsEvery: 20 },
    onSwap: (swap) => swaps.push(swap),
  });
  const rows = flowing(topics.rows, client);
  await eventually(() => server.progress.version === first);
  const ids = [first];
  for (let n = 2; n <= swapCount + 1; n++) {
    const id = await saveVersion(store, { model: modelOf(n) });
    ids.push(id);
    await eventually(() => server.progress.version === id);
    // For a minute one every second.
    if (long) await sleep(1000);
  }
  const written = await rows.stop();
  await stopAt(server, written);
  assert.deepEqual(
    swaps.map(({ from, to }) => [from, to]),
    ids.map((id, n) => [n === 0 ? undefined : ids[n - 1], id]),
  );
  assert.equal(server.progress.swaps, swapCount);
  const predictions = await predictionsIn(topics.to, client);
  assertOnePerRow(predictions, await endsOf(topics.rows, client));
  const byVersion = new Map(ids.map((id, n) => [id, modelOf(n + 1)]));
  const values = new Map<string, string>();
  for await (const { partition, offset, value } of fromKafka(topics.rows, { client }))
    values.set(`${partition}/${offset}`, String(value));
  for (const { version, score, partition, offset } of predictions) {
    const model = byVersion.get(version!);
    assert.ok(model !== undefined, `${version} is no version there was`);
    const row = Float64Array.from(values.get(`${partition}/${offset}`)!.split(','), Number);
    const [expected] = model.predict(row, 1);
    assert.ok(Math.abs(score - expected!) < 1e-6, `${version}: ${score} for ${expected}`);
  }
});

test('a version is pinned and gone back to while rows flow; following takes the newest again', async (t) => {
  const topics = await topicsOf(t, client, 1);
  const { store } = await versionsOf(t);
  const [one, two] = [
    await saveVersion(store, { model: modelOf(1) }),
    await saveVersion(store, { model: modelOf(2) }),
  ];
  await using server = await serveRows(client, topics, {
    source: { topics: topics.rows, groupId: topics.groupId, client, stop: 'never' },
    ...{ models: store, modelsEvery: 20, pin: two },
  });
  const rows = flowing(topics.rows, client);
  await eventually(() => server.progress.version === two);
  const three = await saveVersion(store, { model: modelOf(3) });
  await server.pin(one);
  await eventually(() => server.progress.version === one);
  await assert.rejects(
    server.pin('checkpoint-000000000077'),
    ({ code, message }: Error & { code?: string }) =>
      code === 'ST_SERVING_MODEL_VERSION' && message.includes(`It has ${three}, ${two}, ${one}.`),
  );
  const before = server.progress.rows;
  await eventually(() => server.progress.rows > before + 100);
  assert.equal(server.progress.version, one);
  await server.follow();
  await eventually(() => server.progress.version === three);
  await stopAt(server, await rows.stop());
  assertOnePerRow(await predictionsIn(topics.to, client), await endsOf(topics.rows, client));
});

test('what is damaged, foreign or ill-shaped is refused with its reason, and the old one goes on', async (t) => {
  const topics = await topicsOf(t, client, 1);
  const { store, folder } = await versionsOf(t);
  const remarks: string[] = [];
  const good = await saveVersion(store, { model: modelOf(1), 'scaler.0': scalerOf(1) });
  await using server = await serveRows(client, topics, {
    source: { topics: topics.rows, groupId: topics.groupId, client, stop: 'never' },
    scaler: () => scalerOf(0),
    ...{ models: store, modelsEvery: 20, onRemark: (text) => remarks.push(text) },
  });
  const rows = flowing(topics.rows, client);
  await eventually(() => server.progress.rows > 0);

  const refusal = async (id: string, reason: RegExp) => {
    await eventually(() => server.refused.has(id));
    assert.match(server.refused.get(id)!, reason);
    assert.equal(server.progress.version, good);
  };
  // It is damaged after it was written, and before it is seen under its name.
  const staged = await versionsOf(t);
  const damage = await saveVersion(staged.store, { model: modelOf(2), 'scaler.0': scalerOf(1) });
  const bytes = await fs.readFile(path.join(staged.folder, damage, 'arrays.bin'));
  bytes[3]! ^= 0xff;
  await fs.writeFile(path.join(staged.folder, damage, 'arrays.bin'), bytes);
  await fs.rename(path.join(staged.folder, damage), path.join(folder, 'checkpoint-000000000002'));
  await refusal('checkpoint-000000000002', /arrays\.bin has changed/);
  const foreign = await saveVersion(store, { model: modelOf(2) });
  await refusal(foreign, /has no state for scaler\.0/);
  const other = compileTrainStep(buildClassifier({ inputs: FEATURES }));
  const network = await saveVersion(store, { model: other, 'scaler.0': scalerOf(1) });
  other.dispose();
  await refusal(network, /its model is a network, not a/);
  const wide = new LogisticRegression({ features: FEATURES + 1 });
  const shape = await saveVersion(store, { model: wide, 'scaler.0': scalerOf(1) });
  await refusal(shape, /its model is of 4 features/);
  await assert.rejects(server.pin(shape), { code: 'ST_TRAINING_CHECKPOINT_FOREIGN' });
  assert.equal(remarks.length, 4, remarks.join('\n'));
  assert.ok(remarks.every((text) => text.endsWith(`${good} goes on.`)));

  // Mended under its name: it is looked at again, though three that are newer stay refused.
  bytes[3]! ^= 0xff;
  await fs.writeFile(path.join(folder, 'checkpoint-000000000002', 'arrays.bin'), bytes);
  await eventually(() => server.progress.version === 'checkpoint-000000000002');
  assert.deepEqual([...server.refused.keys()].sort(), [foreign, network, shape].sort());
  const mended = await saveVersion(store, { model: modelOf(4), 'scaler.0': scalerOf(1) });
  await eventually(() => server.progress.version === mended);
  await stopAt(server, await rows.stop());
  assertOnePerRow(await predictionsIn(topics.to, client), await endsOf(topics.rows, client));
});

test('a training that starts over is followed, though its numbers are lower; what is older is not', async (t) => {
  const topics = await topicsOf(t, client, 1);
  const { store, folder } = await versionsOf(t);
  await saveVersion(store, { model: modelOf(1) });
  const last = await saveVersion(store, { model: modelOf(2) });
  const remarks: string[] = [];
  await using server = await serveRows(client, topics, {
    source: { topics: topics.rows, groupId: topics.groupId, client, stop: 'never' },
    ...{ models: store, modelsEvery: 20, onRemark: (text) => remarks.push(text) },
  });
  const rows = flowing(topics.rows, client);
  await eventually(() => server.progress.version === last);
  // Removed: the one before it is older.
  await fs.rm(path.join(folder, last), { recursive: true });
  await eventually(() => remarks.length === 1);
  assert.match(remarks[0]!, /nothing as new as version checkpoint-000000000002, which is served and goes on/);
  assert.equal(server.progress.version, last);
  // Begun anew.
  await fs.rm(path.join(folder, 'checkpoint-000000000001'), { recursive: true });
  const anew = await saveVersion(store, { model: modelOf(5) });
  assert.equal(anew, 'checkpoint-000000000001');
  await eventually(() => server.progress.version === anew);
  await stopAt(server, await rows.stop());
  assert.equal(remarks.length, 1);
  const predictions = await predictionsIn(topics.to, client);
  assertOnePerRow(predictions, await endsOf(topics.rows, client));
});

test('another architecture that was named takes over; rows wait for the first version', async (t) => {
  const topics = await topicsOf(t, client, 1);
  const { store } = await versionsOf(t);
  const network = () => {
    const layers = buildClassifier({ inputs: FEATURES, seed: 3 });
    const step = compileTrainStep(layers);
    layers.dispose();
    return step;
  };
  await writeRows(topics.rows, client, 0, 50);
  await using server = await serveRows(client, topics, {
    source: { topics: topics.rows, groupId: topics.groupId, client, stop: 'never' },
    model: [() => modelOf(0), network],
    ...{ models: store, modelsEvery: 20 },
  });
  assert.equal(server.progress.version, undefined);
  const linear = await saveVersion(store, { model: modelOf(1) });
  await eventually(() => server.progress.rows === 50);
  using trained = network();
  const deep = await saveVersion(store, { model: trained });
  const rows = flowing(topics.rows, client);
  await eventually(() => server.progress.version === deep);
  await stopAt(server, 50 + (await rows.stop()));
  const predictions = await predictionsIn(topics.to, client);
  assertOnePerRow(predictions, await endsOf(topics.rows, client));
  assert.deepEqual(new Set(predictions.map(({ version }) => version)), new Set([linear, deep]));
});
