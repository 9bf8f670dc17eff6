/** `streamtrain train` against a real broker. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { buildClassifier, saveModel } from '../../src/model/index.ts';
import { sharedBench, type Bench } from '../kafka/dataset-helpers.ts';
import { writeRows } from '../training/online/helpers.ts';
import { metricValues } from '../serving/helpers.ts';
import { runCli, startCli } from './run-cli.ts';

interface Facts {
  event: string;
  rows: number;
  totalRows: number;
  badRecords: number;
  steps: number;
  loss: number;
  lag: number | null;
  metrics: Record<string, number>;
  lastClass: Record<string, number>;
  position: Record<string, Record<string, number>>;
  checkpoint: string | null;
  resumedFrom?: string | null;
  ended?: string;
}

let bench: Bench;
let folder: string;
before(async () => {
  bench = await sharedBench();
  folder = await mkdtemp(join(tmpdir(), 'streamtrain-cli-train-'));
});
after(() => rm(folder, { recursive: true, force: true }));

const factsOf = (stdout: string): Facts[] =>
  stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Facts);

describe('streamtrain train', () => {
  test('help says how to stop and go on, and every option', async () => {
    const { exitCode, stdout } = await runCli('train', '--help');
    assert.equal(exitCode, 0);
    for (const text of [
      '--checkpoint',
      '--hidden',
      '--max-rows',
      '--stream-timeout',
      '--linear',
      '--learner',
      'goes on',
      'Ctrl-C',
    ])
      assert.ok(stdout.includes(text), text);
  });

  test('trains, tells progress as JSON, and the same command goes on where it was', async () => {
    const topic = await bench.topic();
    await writeRows(bench, topic, 500);
    const command = [
      'train',
      topic,
      '-g',
      bench.group(),
      '--checkpoint',
      join(folder, 'json'),
      '--columns',
      '3',
    ];
    const options = ['--linear', '--records', '100', '--epochs', '2', '--end', '--json'];
    const first = await runCli(...command, ...options, '--max-rows', '250');
    assert.equal(first.exitCode, 0, first.stderr);
    const facts = factsOf(first.stdout);
    assert.deepEqual(
      facts.map(({ event }) => event),
      ['progress', 'progress', 'progress', 'end'],
    );
    const { rows, steps, lag, position, checkpoint, ended, resumedFrom, loss, metrics, lastClass } =
      facts.at(-1)!;
    assert.deepEqual(
      { rows, steps, lag, position, checkpoint, ended, resumedFrom },
      {
        rows: 300,
        steps: 3 * 2 * 4,
        lag: 200,
        position: { [topic]: { 0: 300 } },
        checkpoint: 'checkpoint-000000000003',
        ended: 'maxRows',
        resumedFrom: null,
      },
    );
    assert.ok(loss > 0 && metrics['accuracy']! > 0.5 && lastClass['accuracy']! > 0.2);
    const second = factsOf((await runCli(...command, ...options)).stdout).at(-1)!;
    assert.deepEqual(
      [second.rows, second.totalRows, second.resumedFrom, second.ended],
      [200, 500, 'checkpoint-000000000003', 'source'],
    );
    const third = await runCli(...command, ...options.slice(0, -1));
    assert.match(
      third.stdout,
      /^Nothing new to learn .*went on from checkpoint-000000000005.*500 rows in all\n$/,
    );
    assert.equal((await readdir(join(folder, 'json'))).length, 3);
  });

  test('a naive Bayes or nearest neighbours learn as well, and go on where they were', async () => {
    const topic = await bench.topic();
    await writeRows(bench, topic, 300);
    for (const learner of ['bayes', 'neighbors', 'tree', 'forest']) {
      const place = ['-g', bench.group(), '--checkpoint', join(folder, learner), '--columns', '3'];
      const command = ['train', topic, ...place, '--learner', learner, '--records', '100', '--end', '--json'];
      const first = await runCli(...command, '--max-rows', '200');
      assert.equal(first.exitCode, 0, first.stderr);
      const last = factsOf((await runCli(...command)).stdout).at(-1)!;
      assert.deepEqual([last.rows, last.totalRows, last.resumedFrom], [100, 300, 'checkpoint-000000000002']);
      assert.ok(last.metrics['accuracy']! > last.lastClass['accuracy']!, learner);
    }
  });

  test('Ctrl-C while it waits: keeps everything, leaves the group, exit code 0; then goes on', async () => {
    const topic = await bench.topic();
    await writeRows(bench, topic, 350);
    const command = [
      'train',
      topic,
      '-g',
      bench.group(),
      '--checkpoint',
      join(folder, 'signal'),
      '--columns',
      '3',
    ];
    const options = [
      '--linear',
      '--records',
      '100',
      '--checkpoint-every',
      '50',
      '--stream-timeout',
      '-1',
      '--metrics-port',
      '0',
      '--json',
    ];
    for (const [signal, learnt] of [
      ['SIGINT', 300],
      ['SIGTERM', 100],
    ] as const) {
      const running = await startCli([...command, ...options]);
      await running.printed(`"rows":${learnt}`);
      await sleep(50);
      const url = /Metrics are at (http:[^"]+)\/metrics/.exec(running.printedSoFar())![1]!;
      assert.equal((await fetch(`${url}/readyz`)).status, 200);
      const values = metricValues(await (await fetch(`${url}/metrics`)).text());
      const of = (name: string) => values.get(`streamtrain_training_${name}`);
      assert.deepEqual(
        ['run_rows_total', 'bad_records_total', 'mini_datasets_total', 'checkpoints_total'].map(of),
        signal === 'SIGINT' ? [300, 0, 3, 0] : [100, 0, 4, 0],
      );
      assert.ok(of('lag_rows')! >= 0 && of('loss')! > 0 && of('metric{name="accuracy"}')! > 0);
      running.child.kill(signal);
      const { exitCode, stdout, stderr } = await running.result;
      assert.equal(exitCode, 0, stderr);
      const { rows, ended } = factsOf(stdout).at(-1)!;
      assert.deepEqual([rows, ended], [learnt, 'stopped']);
      await writeRows(bench, topic, 100, { from: 350 });
    }
    const last = factsOf((await runCli(...command, ...options, '--end')).stdout).at(-1)!;
    assert.deepEqual([last.rows, last.totalRows], [150, 550]);
  });

  test('killed with SIGKILL, the same command goes on; while it lives, a second one is refused', async () => {
    const topic = await bench.topic();
    await writeRows(bench, topic, 300);
    const command = [
      'train',
      topic,
      '-g',
      bench.group(),
      '--checkpoint',
      join(folder, 'kill'),
      '--columns',
      '3',
    ];
    const options = ['--linear', '--records', '100', '--json'];
    const running = await startCli([...command, ...options, '--stream-timeout', '-1']);
    const { child } = running;
    await running.printed('"rows":300');
    const refused = await runCli(...command, ...options, '--end');
    assert.equal(refused.exitCode, 1);
    assert.match(refused.stderr, new RegExp(`ST_TRAINING_CHECKPOINT_LOCKED.*Process ${child.pid} on`));
    child.kill('SIGKILL');
    await once(child, 'close');
    await writeRows(bench, topic, 100, { from: 300 });
    const { rows, totalRows } = factsOf((await runCli(...command, ...options, '--end')).stdout).at(-1)!;
    assert.deepEqual([rows, totalRows], [100, 400]);
  });

  test('the article’s network, hidden layers of one’s own, or a saved model; missing values and bad records', async () => {
    const topic = await bench.topic();
    await writeRows(bench, topic, 120);
    await bench.producer.send({
      topic,
      messages: [
        { key: '1', value: '1,?,0.5' },
        { key: '1', value: 'nonsense' },
      ],
    });
    const saved = buildClassifier({ inputs: 3, seed: 3 });
    await saveModel(saved, join(folder, 'saved'));
    saved.dispose();
    const runs = [[], ['--hidden', '8,4', '--dropout', '0.2'], ['--model', join(folder, 'saved')]];
    for (const [i, model] of runs.entries()) {
      const checkpoint = join(folder, `network-${i}`);
      const command = [
        'train',
        topic,
        '-g',
        bench.group(),
        '--checkpoint',
        checkpoint,
        '--columns',
        '3',
        '--end',
      ];
      const strict = await runCli(...command, '--missing', '?', ...model);
      assert.match(strict.stderr, /error ST_KAFKA_BAD_RECORD/);
      const { exitCode, stdout, stderr } = await runCli(...command, '--missing', '?', '--skip-bad', ...model);
      assert.equal(exitCode, 0, stderr);
      assert.match(
        stdout,
        /^Trained on 121 rows .* loss \d\.\d{4}, accuracy .*; 1 records left out\nCheckpoint: .*1\n$/,
      );
    }
    // Another network than the checkpoint's is refused, not half loaded.
    const other = await runCli(
      'train',
      topic,
      '-g',
      'g',
      '--checkpoint',
      join(folder, 'network-1'),
      '--columns',
      '3',
      '--missing',
      '?',
    );
    assert.match(other.stderr, /ST_TRAINING_CHECKPOINT_UNUSABLE.*its model does not fit/);
  });

  test('wrong usage is exit code 2 and one line that says what is wrong', async () => {
    const base = ['train', 't', '-g', 'g', '--checkpoint', join(folder, 'none'), '--columns', '3'];
    for (const [args, problem] of [
      [['train', 't'], /required option/],
      [[...base, '--hidden', '0'], /whole numbers above 0/],
      [[...base, '--hidden', '3', '--dropout', '1'], /from 0 to below 1/],
      [[...base, '--hidden', '3', '--linear'], /cannot be used with/],
      [[...base, '--learner', 'bayes', '--linear'], /cannot be used with/],
      [[...base, '--learner', 'oak'], /Allowed choices are linear, bayes, neighbors/],
      [
        [...base, '--learner', 'bayes', '--learning-rate', '0.1'],
        /--learning-rate is nothing that --learner bayes has/,
      ],
      [[...base, '--scaler', 'robust'], /Allowed choices/],
    ] as const) {
      const { exitCode, stderr } = await runCli(...args);
      assert.equal(exitCode, 2, stderr);
      assert.match(stderr, problem);
    }
  });
});
