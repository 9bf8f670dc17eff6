/** The guard: a new version takes over only if it is not worse on labelled rows. */
import assert from 'node:assert/strict';
import { after, before, test, type TestContext } from 'node:test';
import { csvCodec, openKafka, writeToKafka, type KafkaClient } from '../../src/kafka/index.ts';
import { mulberry32 } from '../../src/random.ts';
import { Guard } from '../../src/serving/guard.ts';
import { LogisticRegression } from '../../src/training/index.ts';
import { testBrokers } from '../helpers/broker.ts';
import {
  assertOnePerRow,
  drawnRows,
  endsOf,
  eventually,
  FEATURES,
  predictionsIn,
  saveVersion,
  serveRows,
  topicsOf,
  versionsOf,
} from './helpers.ts';

let client: KafkaClient;
before(async () => (client = await openKafka({ brokers: (await testBrokers()).join() })));
after(() => client?.close());

const { draw, labelOf, learnt } = drawnRows(7);

/** Rows with their label as their key; every second one without. */
const labelled = (count: number) =>
  Array.from({ length: count }, () => {
    const row = draw();
    return { key: String(labelOf(row)), value: row.join(',') };
  });
const unlabelled = (count: number) => labelled(count).map(({ value }) => ({ value }));

const withKey = csvCodec({ columns: FEATURES });
const without = csvCodec({ columns: FEATURES, label: 'none' });
const decode: Parameters<typeof serveRows>[2] = {
  decode: (record) => (record.key === null ? without : withKey).decode(record),
};

/** A model with weights of chance. */
function ofChance(seed: number): LogisticRegression {
  const model = new LogisticRegression({ features: FEATURES, learningRate: 1 });
  const draws = mulberry32(seed);
  model.learn({
    rows: 1,
    xs: Float64Array.from({ length: FEATURES }, () => (draws() - 0.7) * 20),
    ys: Float32Array.of(seed % 2),
  });
  return model;
}

async function guarded(t: TestContext, first: LogisticRegression) {
  const topics = await topicsOf(t, client, 1);
  const { store } = await versionsOf(t);
  const version = await saveVersion(store, { model: first });
  const server = await serveRows(client, topics, {
    ...decode,
    source: { topics: topics.rows, groupId: topics.groupId, client, stop: 'never' },
    ...{ models: store, modelsEvery: 20, shadow: true, batchRows: 500 },
  });
  t.after(() => server.stop());
  let written = 0;
  const write = async (items: readonly { key?: string; value: string }[]) => {
    await writeToKafka(topics.rows, items, { client });
    written += items.length;
    await eventually(() => server.progress.rows === written);
  };
  return { topics, store, version, server, write };
}

test('weights of chance are never taken; the reason has both figures', async (t) => {
  const { store, version, server, write, topics } = await guarded(t, learnt(3000));
  for (const seed of [1, 2, 3]) {
    const chance = await saveVersion(store, { model: ofChance(seed) });
    // It may come into its trial at any batch: enough rows in any case.
    for (let part = 0; part < 10 && !server.refused.has(chance); part++) await write(labelled(500));
    assert.match(
      server.refused.get(chance) ?? '',
      /on 2\d\d\d labelled rows its logLoss was \d\.\d+, that of the version which serves 0\.\d+/,
    );
    assert.equal(server.progress.version, version);
  }
  assert.equal(server.progress.swaps, 0);
  await server.stop();
  assertOnePerRow(await predictionsIn(topics.to, client), await endsOf(topics.rows, client));
});

test('a model that is better is taken within 2,000 labelled rows; rows without a label do not count', async (t) => {
  const { store, version, server, write, topics } = await guarded(t, learnt(0));
  const better = await saveVersion(store, { model: learnt(4000) });

  await eventually(() => server.progress.candidate === better);
  await write(unlabelled(6000));
  assert.equal(server.progress.version, version, 'there was nothing to judge it by');
  assert.deepEqual([...server.quality], []);
  await write(labelled(1500));
  assert.equal(server.progress.version, version, 'too few rows');
  await write(labelled(500));
  await write(unlabelled(1));
  assert.equal(server.progress.version, better);
  const quality = server.quality.get(version)!;
  assert.equal(quality.labelledRows, 2000);
  await write(labelled(1000));
  const its = server.quality.get(better)!;
  assert.equal(its.labelledRows, 1000);
  assert.ok(its.value < quality.value - 0.05, `${its.value} against ${quality.value}`);
  await server.stop();
  assertOnePerRow(await predictionsIn(topics.to, client), await endsOf(topics.rows, client));
});

test('a guard that cannot be is refused; pinning needs no trial', async (t) => {
  const { store, version, server, write } = await guarded(t, learnt(2000));
  const chance = await saveVersion(store, { model: ofChance(2) });
  await server.pin(chance);
  await write(labelled(10));
  assert.equal(server.progress.version, chance);
  await server.pin(version);
  await write(labelled(10));
  assert.equal(server.progress.version, version);
  const topics = await topicsOf(t, client, 1);
  for (const shadow of [{ metric: 'rmse' }, { metric: 'speed' }, { rows: 0 }, { bound: -1 }])
    await assert.rejects(serveRows(client, topics, { models: store, shadow: shadow as never }), {
      code: 'ST_OPTION_INVALID',
    });
  await assert.rejects(serveRows(client, topics, { shadow: true }), { code: 'ST_OPTION_INVALID' });
});

test('a label that is none of the model does not count, is said once, and ends nothing', async () => {
  const remarks: string[] = [];
  const model = learnt(1);
  const guard = new Guard({ rows: 2 }, model, 0.5, (text) => remarks.push(text));
  const ys = Float32Array.of(1, 4, NaN, 0.5, 0, -1);
  const rows = { records: [], xs: new Float64Array(ys.length * FEATURES), ys };
  const judged = await guard.shadow(
    rows,
    { version: 'v1', scores: new Float32Array(ys.length).fill(0.5) },
    undefined,
  );
  guard.count(judged!);
  assert.deepEqual([...judged!.judged!.ys], [1, 0]);
  assert.equal(guard.quality.get('v1')?.labelledRows, 2);
  assert.equal(remarks.length, 1);
  assert.match(remarks[0]!, /label 4.*classes of the model are 0 to 1/);
  model.dispose();
});

test('where the version that serves has no value as yet, nothing is decided', async () => {
  const model = learnt(1);
  const guard = new Guard({ metric: 'rocAuc', rows: 3 }, model, 0.5, assert.fail);
  const served = { predictor: undefined as never, version: 'v2', created: new Date() };
  guard.begin(served);
  const of = (ys: number[], scores: number[]) => ({
    judged: {
      ...{ version: 'v1', ys: Float32Array.from(ys), served: Float32Array.from(scores) },
      candidate: { served, scores: Float32Array.from(scores) },
    },
    ...{ awaiting: [], keyless: 0 },
  });
  guard.count(of([1, 1, 1], [0.2, 0.3, 0.4]));
  assert.equal(guard.verdict(), undefined);
  guard.count(of([0], [0.1]));
  assert.equal(guard.verdict()?.isTaken, true);
  model.dispose();
});

test('metrics of classes judge by the threshold at which classes are served', () => {
  const model = learnt(1);
  for (const metric of ['accuracy', 'f1', 'logLoss'] as const) {
    const values = [0.5, 0.8].map((threshold) => {
      const guard = new Guard({ metric }, model, threshold, assert.fail);
      const judged = { version: 'v1', candidate: undefined, ys: Float32Array.of(1, 0, 1) };
      guard.count({
        judged: { ...judged, served: Float32Array.of(0.9, 0.7, 0.6) },
        ...{ awaiting: [], keyless: 0 },
      });
      return guard.quality.get('v1')?.value;
    });
    // At 0.8 only the first is of class 1.
    const expected = { accuracy: [2 / 3, 2 / 3], f1: [0.8, 2 / 3], logLoss: [values[0], values[0]] };
    assert.deepEqual(values, expected[metric]);
  }
  model.dispose();
});
