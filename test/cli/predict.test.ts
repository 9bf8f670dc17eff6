/** `streamtrain predict` and `streamtrain export`, on checkpoints and saved models. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { buildClassifier, compileTrainStep, saveModel } from '../../src/model/index.ts';
import {
  LinearRegression,
  localCheckpoints,
  OnlineMedianImputer,
  OnlineStandardScaler,
  saveParts,
  SoftmaxRegression,
  type Statefuls,
} from '../../src/training/index.ts';
import {
  FEATURES,
  predictedHere,
  ROWS,
  testRows,
  trainedModels,
  type TrainedModel,
} from '../export/models.ts';
import { runCli, startCli } from './run-cli.ts';

let folder: string;
let article: TrainedModel;
let models: readonly TrainedModel[];
const at = (...names: string[]): string => path.join(folder, ...names);
const lines = (text: string): string[] => text.trimEnd().split('\n');

before(async () => {
  folder = fs.mkdtempSync(path.join(tmpdir(), 'streamtrain-predict-'));
  models = trainedModels();
  article = models[0]!;
  for (const { name, model, scalers } of models)
    await keep(name, { model, ...Object.fromEntries(scalers.map((one, i) => [`scaler.${i}`, one])) });
  const rows = Array.from({ length: ROWS }, (_, row) =>
    [...testRows.subarray(row * FEATURES, (row + 1) * FEATURES)].map((value) =>
      Number.isNaN(value) ? '?' : value,
    ),
  );
  fs.writeFileSync(
    at('rows.csv'),
    `${['a,b,c,d,e,f,g,h,i', ...rows.map((row) => row.join(','))].join('\n')}\n`,
  );
});
after(() => {
  for (const { model } of models) model.dispose();
  fs.rmSync(folder, { recursive: true, force: true });
});

async function keep(store: string, statefuls: Statefuls): Promise<void> {
  const parts = saveParts(statefuls);
  await localCheckpoints(at(store)).save({ topics: ['t'], position: { t: { 0: 1 } }, parts });
}

const predict = (...args: string[]) => runCli('predict', ...args);

describe('streamtrain predict', () => {
  test('gives score and class of each row, as the training would predict it, for every kind of model', async () => {
    for (const one of models) {
      const { stdout, stderr, exitCode } = await predict(
        at('rows.csv'),
        '--model',
        at(one.name),
        '--missing',
        '?',
      );
      assert.equal(exitCode, 0, stderr);
      const [header, ...found] = lines(stdout);
      const expected = predictedHere(one, testRows);
      const { outputs } = one.model;
      assert.equal(header, outputs === 1 ? 'score,class' : 'score_0,score_1,score_2,class');
      assert.equal(found.length, ROWS);
      for (const [row, line] of found.entries()) {
        const values = line.split(',').map(Number);
        const scores = [...expected.subarray(row * outputs, (row + 1) * outputs)];
        const best = outputs === 1 ? Number(scores[0]! > 0.5) : scores.indexOf(Math.max(...scores));
        assert.equal(values.at(-1), best);
        for (const [i, score] of scores.entries()) assert.ok(Math.abs(values[i]! - score) < 1e-6, line);
      }
      assert.match(stderr, /Predicted 280 rows with checkpoint-000000000001\./);
    }
  });

  test('names classes, writes to a file, and takes one checkpoint of several', async () => {
    const one = at('article', 'checkpoint-000000000001');
    const { stdout, exitCode } = await predict(
      ...[at('rows.csv'), '-m', one, '--missing', '?', '--classes', 'benign,malignant', '-o', at('out.csv')],
    );
    assert.deepEqual([stdout, exitCode], ['', 0]);
    const written = lines(fs.readFileSync(at('out.csv'), 'utf8'));
    assert.equal(written.length, 1 + ROWS);
    assert.match(written[1]!, /^[\d.e-]+,(benign|malignant)$/);
    const bad = await predict(at('rows.csv'), '-m', one, '-o', at('not', 'there.csv'));
    assert.match(bad.stderr, /ST_CLI_OUTPUT_FILE.*not.there\.csv cannot be written/);
    assert.equal(bad.exitCode, 1);
  });

  test('does not write over the file that it reads, nor over another before all is predicted', async () => {
    fs.copyFileSync(at('rows.csv'), at('both.csv'));
    const model = ['--model', at(article.name), '--missing', '?'];
    const refused = await predict(at('both.csv'), ...model, '-o', at('both.csv'));
    assert.notEqual(refused.exitCode, 0);
    assert.match(refused.stderr, /both\.csv is the file that is read/);
    assert.equal(fs.readFileSync(at('both.csv'), 'utf8'), fs.readFileSync(at('rows.csv'), 'utf8'));
    fs.writeFileSync(at('kept.csv'), 'of yesterday');
    assert.notEqual((await predict(at('none.csv'), ...model, '-o', at('kept.csv'))).exitCode, 0);
    assert.equal(fs.readFileSync(at('kept.csv'), 'utf8'), 'of yesterday');
    assert.deepEqual(
      fs.readdirSync(folder).filter((name) => name.includes('.writing-')),
      [],
    );
  });

  test('counts rows that cannot be predicted, tells of them, and keeps a line for each', async () => {
    await keep('plain', { model: new SoftmaxRegression({ features: 2, classes: 2 }) });
    fs.writeFileSync(at('bad.csv'), 'x,y\n1,2\none,2\n3,?\n1e39,1\n');
    const args = [at('bad.csv'), '--model', at('plain'), '--missing', '?'];
    const text = await predict(...args);
    assert.deepEqual(lines(text.stdout), ['score_0,score_1,class', '0.5,0.5,0', ',,', ',,', ',,']);
    assert.match(text.stderr, /row 2: .*one/);
    assert.match(text.stderr, /row 3: column 1 .* no imputer/);
    assert.match(text.stderr, /3 of 4 rows could not be predicted\./);
    assert.equal(text.exitCode, 0);
    const json = lines((await predict(...args, '--json')).stdout).map((line) => JSON.parse(line) as object);
    assert.deepEqual(json[0], { row: 1, score: [0.5, 0.5], class: 0 });
    assert.match(JSON.stringify(json[1]), /^\{"row":2,"error":"row 2: /);
    fs.writeFileSync(at('all-bad.csv'), 'x;y\n1;2\n3;4\n');
    const none = await predict(at('all-bad.csv'), '--model', at('plain'));
    assert.deepEqual([none.exitCode, lines(none.stdout).length], [1, 3]);
    assert.match(none.stderr, /None of 2 rows could be predicted\./);
    assert.deepEqual(json.at(-1), {
      event: 'end',
      rows: 4,
      predicted: 1,
      bad: 3,
      version: 'checkpoint-000000000001',
    });
  });

  test('predicts with a saved model, and values of a regression without classes', async () => {
    const layers = buildClassifier({ inputs: FEATURES, seed: 1 });
    const step = compileTrainStep(layers, { loss: 'binaryCrossentropy', optimizer: 'adam' });
    await saveModel(layers, at('saved'));
    // A row of a file may be as long as it likes.
    const long = `1.${'0'.repeat(70_000)}`;
    fs.writeFileSync(at('two.csv'), `1,2,3,4,5,6,7,8,9\n9,8,7,6,5,4,3,2,${long}\n`);
    const { stdout } = await predict(at('two.csv'), '--no-header', '-m', at('saved'));
    const rows = Float32Array.from([1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
    const expected = step.predict(rows, 2);
    const found = lines(stdout)
      .slice(1)
      .map((line) => Number(line.split(',')[0]));
    for (const [i, score] of found.entries()) assert.ok(Math.abs(score - expected[i]!) < 1e-6);
    step.dispose();
    layers.dispose();
    await keep('regression', { model: new LinearRegression({ features: 9, intercept: 2.5 }) });
    const values = await predict(at('two.csv'), '--no-header', '-m', at('regression'));
    assert.deepEqual(lines(values.stdout), ['score', '2.5', '2.5']);
    const named = await predict(at('two.csv'), '-m', at('regression'), '--classes', 'a,b');
    assert.deepEqual([named.exitCode, /does not predict classes/.test(named.stderr)], [2, true]);
    const many = await predict(at('two.csv'), '-m', at('article'), '--classes', 'a');
    assert.deepEqual([many.exitCode, /1 names, and the model has 2/.test(many.stderr)], [2, true]);
    const none = await predict(at('two.csv'), '-m', at('nothing'));
    assert.match(none.stderr, /ST_EXPORT_NO_CHECKPOINT.*There is no checkpoint in/);
    assert.equal(none.exitCode, 1);
  });
});

describe('streamtrain export', () => {
  test('writes what is in a checkpoint, and says what goes in and comes out', async () => {
    const { stdout, exitCode } = await runCli(
      ...[
        'export',
        at('article'),
        '--format',
        'onnx',
        '--to',
        at('onnx'),
        '--classes',
        'benign,malignant',
        '--json',
      ],
    );
    assert.equal(exitCode, 0);
    assert.deepEqual(JSON.parse(stdout), {
      ...{ format: 'onnx', folder: at('onnx'), files: ['model.onnx'], features: FEATURES, outputs: 1 },
      ...{ rows: 'float64', version: 'checkpoint-000000000001' },
    });
    const again = await runCli('export', at('article'), '--format', 'onnx', '--to', at('onnx'));
    assert.match(again.stderr, /ST_EXPORT_FOLDER/);
    assert.equal(again.exitCode, 1);
    const gaps = await runCli('export', at('article'), '--format', 'tfjs', '--to', at('tfjs'));
    assert.match(gaps.stderr, /ST_EXPORT_UNSUPPORTED.*imputer.*--without-imputer/);
    const whole = ['export', at('article'), '--format', 'tfjs', '--to', at('tfjs'), '--without-imputer'];
    assert.match(
      (await runCli(...whole)).stdout,
      /^Exported checkpoint-0+1 as tfjs to .*\nRows of 9 values in float32/,
    );
  });

  test('passes over a newer checkpoint that is damaged, and says so', async () => {
    await keep('twice', {
      model: article.model,
      'scaler.0': new OnlineMedianImputer(9),
      'scaler.1': new OnlineStandardScaler(9),
    });
    await keep('twice', { model: article.model });
    fs.appendFileSync(at('twice', 'checkpoint-000000000002', 'manifest.json'), ' ');
    const { stderr } = await runCli('export', at('twice'), '--format', 'onnx', '--to', at('no'));
    assert.match(stderr, /checkpoint-000000000002 was refused/);
    assert.match(stderr, /never seen a value of feature 0/);
  });
});

describe('streamtrain serve-http', () => {
  test('answers by the newest checkpoint until it is stopped, and ends in order', async () => {
    const running = await startCli([
      'serve-http',
      '--models',
      at('article'),
      '--name',
      'cancer',
      '--port',
      '0',
      '--json',
    ]);
    let text = '';
    running.child.stdout.on('data', (part: string) => (text += part));
    await running.printed('"listening"');
    const { url, version } = JSON.parse(text) as { url: string; version: string };
    assert.equal(version, 'checkpoint-000000000001');
    const instances = [[...testRows.subarray(0, FEATURES)]];
    const answer = await fetch(`${url}:predict`, { method: 'POST', body: JSON.stringify({ instances }) });
    const { predictions } = (await answer.json()) as { predictions: number[][] };
    assert.ok(Math.abs(predictions[0]![0]! - predictedHere(article, testRows)[0]!) < 1e-6);
    running.child.kill('SIGTERM');
    const { exitCode, stderr } = await running.result;
    assert.deepEqual([exitCode, stderr], [0, '']);
  });
});
