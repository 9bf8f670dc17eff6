/** `streamtrain serve` against a real broker: by checkpoints in a folder and in a topic, stopped by Ctrl-C. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test, type TestContext } from 'node:test';
import { newestCheckpoint, rowPredictor } from '../../src/export/index.ts';
import { createTopic, fromKafka, openKafka, type KafkaClient } from '../../src/kafka/index.ts';
import { localCheckpoints } from '../../src/training/index.ts';
import { until } from '../../src/process/index.ts';
import { testBrokers } from '../helpers/broker.ts';
import { randomName, randomTopic } from '../helpers/topics.ts';
import {
  assertOnePerRow,
  endsOf,
  FEATURES,
  metricValues,
  predictionsIn,
  writeRows,
} from '../serving/helpers.ts';
import { runCli, startCli } from './run-cli.ts';

let client: KafkaClient;
let folder: string;
before(async () => {
  client = await openKafka({ brokers: await testBrokers() });
  folder = await mkdtemp(join(tmpdir(), 'streamtrain-cli-serve-'));
});
after(async () => {
  await client?.close();
  await rm(folder, { recursive: true, force: true });
});

const model = ['--columns', String(FEATURES), '--linear', '--scaler', 'none'];

/** A topic with rows, a name for predictions, and a model trained on the topic into a store. */
async function trained(t: TestContext, place: string, flags: readonly string[] = model) {
  const topic = await randomTopic(t, { partitions: 2 });
  const to = randomName('predictions');
  t.after(async () => {
    await client.topics.delete(to);
    if (place.startsWith('kafka:')) await client.topics.delete(place.slice('kafka:'.length));
  });
  await writeRows(topic, client, 0, 700);
  const labels = ['--labels', 'k0=0,k1=1,k2=0,k3=1,k4=0,k5=1,k6=0'];
  const command = ['train', topic, '-g', randomName('trainers'), '--checkpoint', place, ...labels, ...flags];
  const { exitCode, stderr } = await runCli(...command, '--end');
  assert.equal(exitCode, 0, stderr);
  return { topic, to };
}

describe('streamtrain serve', () => {
  test('help says what it promises, and how it is stopped', async () => {
    const { exitCode, stdout } = await runCli('serve', '--help');
    assert.equal(exitCode, 0);
    for (const text of ['--models', 'kafka:TOPIC', '--linger', '--pin', 'exactly once', 'Ctrl-C'])
      assert.ok(stdout.includes(text), text);
  });

  test('serves what train keeps in a topic, and says how many rows by which version', async (t) => {
    const place = `kafka:${randomName('versions')}`;
    const { topic, to } = await trained(t, place);
    const command = [
      'serve',
      topic,
      '--to',
      to,
      '-g',
      randomName('servers'),
      '--models',
      place,
      ...model,
      '--end',
    ];
    const { exitCode, stdout, stderr } = await runCli(...command);
    assert.equal(exitCode, 0, stderr);
    assert.match(
      stdout,
      new RegExp(`Served 700 rows of topic: ${topic} to topic: ${to} in .* version checkpoint-0`),
    );
    assertOnePerRow(await predictionsIn(to, client), await endsOf(topic, client));
    const again = await runCli(...command, '--json');
    const end = JSON.parse(again.stdout.trim().split('\n').at(-1)!) as Record<string, unknown>;
    assert.deepEqual([end['event'], end['rows']], ['end', 0]);
    const pinned = await runCli(...command, '--pin', 'checkpoint-000000009999');
    assert.equal(pinned.exitCode, 1);
    assert.match(
      pinned.stderr,
      /error ST_SERVING_MODEL_VERSION: There is no version "checkpoint-000000009999"/,
    );
  });

  test(
    'Ctrl-C finishes the batch at hand and ends with 0; the next one goes on behind it',
    { timeout: 60_000 },
    async (t) => {
      const place = join(folder, 'versions');
      const { topic, to } = await trained(t, place);
      const command = ['serve', topic, '--to', to, '-g', randomName('servers'), '--models', place, ...model];
      const running = await startCli([...command, '--batch-rows', '10', '--metrics-port', '0', '--json']);
      await running.printed('"event":"progress"');
      const [, url] = /Metrics are at (http:[^"]+)"/.exec(running.printedSoFar())!;
      const values = metricValues(await (await fetch(url!)).text());
      assert.ok(values.get('streamtrain_serving_rows_total')! > 0);
      running.child.kill('SIGINT');
      const { exitCode, stdout, stderr } = await running.result;
      assert.equal(exitCode, 0, stderr);
      assert.match(stdout, /"event":"version","from":null,"to":"checkpoint-0/);
      assert.match(stdout, /"event":"end"/);
      const { state } = await client.groups.describe(command[5]!);
      assert.equal(state, 'Empty', 'it has left its group');
      assert.equal((await runCli(...command, '--end')).exitCode, 0);
      assertOnePerRow(await predictionsIn(to, client), await endsOf(topic, client));
    },
  );

  test('a topic that is created again ends it, or is served from its beginning, as --on-topic-recreated says', async (t) => {
    const place = join(folder, 'recreated');
    const { topic, to } = await trained(t, place);
    const command = ['serve', topic, '--to', to, '-g', randomName('servers'), '--models', place, ...model];
    await createTopic(to, { client, partitions: 2 });
    const served = (count: number) =>
      until(
        async () => (await predictionsIn(to, client)).length === count || undefined,
        { first: 20, longest: 250 },
        60_000,
        () => new Error(`not ${count} predictions`),
      );
    const recreate = async () => {
      await client.topics.delete(topic);
      await createTopic(topic, { client, partitions: 2 });
      await writeRows(topic, client, 0, 7);
    };
    const ended = runCli(...command, '--on-topic-recreated', 'error');
    await served(700);
    await recreate();
    const { exitCode, stderr } = await ended;
    assert.deepEqual([exitCode, /ST_KAFKA_TOPIC_RECREATED/.test(stderr)], [1, true], stderr);
    command[5] = randomName('servers');
    const running = await startCli([...command, '--on-topic-recreated', 'restart']);
    await served(707);
    await recreate();
    await served(714);
    running.child.kill('SIGTERM');
    assert.equal((await running.result).exitCode, 0);
  });

  test('serves every learner, whatever seed it was trained with', async (t) => {
    for (const learner of ['linear', 'bayes', 'neighbors', 'tree', 'forest']) {
      const place = join(folder, learner);
      const flags = ['--columns', String(FEATURES), '--learner', learner];
      const { topic, to } = await trained(t, place, [...flags, '--seed', '7']);
      const command = ['serve', topic, '--to', to, '-g', randomName('servers'), '--models', place, ...flags];
      const { exitCode, stdout, stderr } = await runCli(...command, '--stream-timeout', '10000', '--end');
      assert.equal(exitCode, 0, `${learner}: ${stderr}`);
      assert.match(stdout, /^Served 700 rows .* version checkpoint-0/, learner);
      // The broker ends a transaction after it has said so: what reads only what is committed may be a moment early.
      const found = await until(
        async () => {
          const some = await predictionsIn(to, client);
          return some.length < 700 ? undefined : some;
        },
        { first: 10, longest: 500 },
        30_000,
        () => new Error(`${learner}: the predictions are not committed`),
      );
      assertOnePerRow(found, await endsOf(topic, client));
      using trainedModel = rowPredictor(await newestCheckpoint(localCheckpoints(place)));
      const rows = await fromKafka(topic, { client }).toArray();
      const scoreAt = new Map(found.map(({ partition, offset, score }) => [`${partition}/${offset}`, score]));
      for (const { partition, offset, value } of rows) {
        const xs = Float64Array.from(String(value).split(','), Number);
        const [score] = trainedModel.predict(xs, 1);
        const served = scoreAt.get(`${partition}/${offset}`);
        assert.equal(Math.fround(served!), Math.fround(score!), learner);
      }
    }
  });

  test('wrong flags are refused before anything is connected', async () => {
    const command = ['serve', 't', '--to', 'p', '-g', 'g', '--models', 'm', '--columns', '3'];
    for (const [flag, value, sentence] of [
      ['--linger', '-1', /--linger .*whole number/],
      ['--threshold', '1.5', /from 0 to 1/],
      ['--transaction-timeout', '0', /--transaction-timeout .*whole number/],
      ['--encode', 'xml', /json, csv/],
      ['--models', 'kafka:', /kafka: and the name of a topic/],
      ['--label', 'class', /none, key, or the index/],
    ] as const) {
      const { exitCode, stderr } = await runCli(...command, flag, value);
      assert.equal(exitCode, 2, flag);
      assert.match(stderr, sentence);
    }
    assert.match((await runCli(...command, '--shadow')).stderr, /--shadow needs labels/);
    assert.match((await runCli(...command, '--shadow-rows', '5')).stderr, /go with --shadow/);
    assert.match((await runCli(...command, '--metrics-host', '::1')).stderr, /goes with --metrics-port/);
    assert.match((await runCli(...command, '--shadow-labels', 'labels')).stderr, /go with --shadow/);
    const within = ['--shadow', '--label', 'key', '--shadow-label-within', '5'];
    assert.match((await runCli(...command, ...within)).stderr, /goes with --shadow-labels/);
  });
});
