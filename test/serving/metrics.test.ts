/** What a server, or a training, shows to those who watch it. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { csvCodec, openKafka, writeToKafka, type KafkaClient } from '../../src/kafka/index.ts';
import { startTrainingMetrics } from '../../src/serving/index.ts';
import { localCheckpoints, LogisticRegression, trainOnline } from '../../src/training/index.ts';
import { testBrokers } from '../helpers/broker.ts';
import { temporaryFolder } from '../training/checkpoint/helpers.ts';
import {
  eventually,
  FEATURES,
  metricValues,
  modelOf,
  saveVersion,
  serveRows,
  topicsOf,
  versionsOf,
  writeRows,
} from './helpers.ts';

let client: KafkaClient;
before(async () => (client = await openKafka({ brokers: (await testBrokers()).join() })));
after(() => client?.close());

test('metrics count what was committed; ready as soon as there is a version; gone with the server', async (t) => {
  const topics = await topicsOf(t, client, 1);
  const { store } = await versionsOf(t);
  await writeRows(topics.rows, client, 0, 30);
  await writeToKafka(topics.rows, [{ key: 'b', value: 'no row' }], { client });
  const server = await serveRows(client, topics, {
    source: { topics: topics.rows, groupId: topics.groupId, client, stop: 'never' },
    ...{ models: store, modelsEvery: 20, http: true },
  });
  const { url } = server;
  assert.match(url!, /^http:\/\/127\.0\.0\.1:\d+$/);
  const asked = async (path: string) => {
    const answer = await fetch(`${url}${path}`);
    return { status: answer.status, type: answer.headers.get('content-type')!, text: await answer.text() };
  };
  assert.deepEqual([(await asked('/healthz')).status, (await asked('/readyz')).status], [200, 503]);
  assert.match((await asked('/readyz')).text, /no version of the model yet/);
  const version = await saveVersion(store, { model: modelOf(2) });
  await eventually(() => server.progress.rows === 30 && server.progress.deadLetters === 1, server);
  assert.equal((await asked('/readyz')).status, 200);
  const { text, type } = await asked('/metrics');
  assert.match(type, /^text\/plain; version=0\.0\.4/);
  const values = metricValues(text);
  const of = (name: string): number | undefined => values.get(`streamtrain_serving_${name}`);
  assert.deepEqual(
    ['rows_total', 'dead_letters_total', 'errors_total', 'lag_rows', 'latency_seconds_count'].map(of),
    [30, 1, 0, 0, 31],
  );
  assert.equal(of('batch_rows_sum'), 31);
  assert.equal(of('batch_rows_count'), server.progress.transactions);
  assert.equal(of(`model_info{version="${version}"}`), 1);
  assert.ok(of('model_age_seconds')! >= 0 && of('model_age_seconds')! < 60);
  assert.ok(of('latency_seconds_sum')! > 0);
  await server.stop();
  await assert.rejects(fetch(`${url}/healthz`));
});

test('a port that is taken keeps the server from beginning', async (t) => {
  const topics = await topicsOf(t, client, 1);
  const never = { source: { topics: topics.rows, groupId: topics.groupId, client, stop: 'never' as const } };
  await using server = await serveRows(client, topics, { ...never, http: true });
  const port = Number(new URL(server.url!).port);
  await assert.rejects(serveRows(client, topics, { ...never, http: { port } }), {
    code: 'ST_SERVING_HTTP_LISTEN',
  });
});

test('a training shows its checkpoints: how many, the last one, and how long ago that was', async (t) => {
  const topics = await topicsOf(t, client, 1);
  const folder = await temporaryFolder(t);
  await writeRows(topics.rows, client, 0, 150);
  await using metrics = await startTrainingMetrics();
  const shown = async () => {
    const values = metricValues(await (await fetch(`${metrics.url}/metrics`)).text());
    return (name: string): number | undefined => values.get(`streamtrain_training_${name}`);
  };
  assert.equal((await fetch(`${metrics.url}/readyz`)).status, 503);
  const before = await shown();
  assert.deepEqual([before('checkpoints_total'), before('checkpoint_age_seconds')], [0, NaN]);
  const codec = csvCodec({ columns: FEATURES, label: 'none' });
  let last = '';
  const since = performance.now();
  await trainOnline({
    source: { topics: topics.rows, groupId: topics.groupId, client, maxRecords: 50, stop: 'end' },
    model: new LogisticRegression({ features: FEATURES, learningRate: 0.1 }),
    decode: (record) => ({ ...codec.decode(record), ys: Number(String(record.key).slice(1)) % 2 }),
    checkpoint: localCheckpoints(folder),
    checkpointEvery: 1,
    onRemark: () => {},
    onProgress: (progress) => {
      metrics.report(progress);
      last = progress.checkpoint ?? '';
    },
  });
  const of = await shown();
  assert.deepEqual(
    [of('run_rows_total'), of('checkpoints_total'), of(`checkpoint_info{version="${last}"}`)],
    [150, 3, 1],
  );
  const age = of('checkpoint_age_seconds')!;
  assert.ok(age >= 0 && age <= (performance.now() - since) / 1000, `${age} s`);
  assert.equal((await fetch(`${metrics.url}/readyz`)).status, 200);
});
