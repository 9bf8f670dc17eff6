/** Learners without a gradient in a checkpoint: another process goes on byte for byte, and a predictor needs nothing else. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { newestCheckpoint, rowPredictor } from '../../../src/export/index.ts';
import { csvCodec, type KafkaRecord } from '../../../src/kafka/index.ts';
import {
  AdaptiveRandomForest,
  Adwin,
  anomalyModel,
  GaussianNaiveBayes,
  HalfSpaceTrees,
  HoeffdingTreeClassifier,
  KNeighborsClassifier,
  localCheckpoints,
  OnlineMinMaxScaler,
  OnlineStandardScaler,
  prequentialScore,
  reactToDrift,
  trainOnline,
  withScaler,
  type RowModel,
} from '../../../src/training/index.ts';
import { packState } from '../../../src/training/checkpoint/state-codec.ts';
import { rowModelOfState } from '../../../src/training/row-models.ts';
import { typescriptFlags } from '../../helpers/typescript.ts';
import { outlierRows } from '../helpers/learners.ts';

const makers: Readonly<Record<string, () => RowModel>> = {
  'naive Bayes': () => new GaussianNaiveBayes({ features: 4 }),
  'nearest neighbours': () => new KNeighborsClassifier({ features: 4, windowSize: 600, neighbors: 15 }),
  'half-space trees': () => anomalyModel(new HalfSpaceTrees({ features: 4, windowSize: 120, limits: [[0, 1], [0, 1], [0, 1], [0, 2]] })), // prettier-ignore
};
const rows = outlierRows(21, 1000);

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'streamtrain-learners-'));
});
after(() => rm(folder, { recursive: true, force: true }));

test('another process goes on from the state alone, byte for byte', async () => {
  const models = Object.values(makers).map((make) => make());
  for (const model of models) for (const { xs, ys } of rows.slice(0, 500)) model.learnRow(xs, ys);
  const file = (name: string): string => join(folder, name);
  const { json, bytes } = packState(models.map((model) => ({ kind: model.kind, state: model.save() })));
  await writeFile(file('state.json'), JSON.stringify(json));
  await writeFile(file('state.bin'), bytes);
  const module = (path: string): string =>
    `await import(${JSON.stringify(new URL(path, import.meta.url).href)})`;
  const script = `
    import { readFileSync, writeFileSync } from 'node:fs';
    const { rowModelOfState } = ${module('../../../src/training/row-models.ts')};
    const { packState, unpackState } = ${module('../../../src/training/checkpoint/state-codec.ts')};
    const { outlierRows } = ${module('../helpers/learners.ts')};
    const read = (name) => readFileSync(${JSON.stringify(folder)} + '/' + name);
    const states = unpackState({ json: JSON.parse(read('state.json')), bytes: read('state.bin') });
    const models = states.map(({ kind, state }) => rowModelOfState(kind, state));
    for (const model of models) for (const { xs, ys } of outlierRows(21, 1000).slice(500)) model.learnRow(xs, ys);
    const { json, bytes } = packState(models.map((model) => model.save()));
    writeFileSync(${JSON.stringify(folder)} + '/next.json', JSON.stringify(json));
    writeFileSync(${JSON.stringify(folder)} + '/next.bin', bytes);
  `;
  execFileSync(process.execPath, [...typescriptFlags(), '--input-type=module', '--eval', script]);
  for (const model of models) for (const { xs, ys } of rows.slice(500)) model.learnRow(xs, ys);
  const unbroken = packState(models.map((model) => model.save()));
  assert.equal(await readFile(file('next.json'), 'utf8'), JSON.stringify(unbroken.json));
  assert.deepEqual(await readFile(file('next.bin')), Buffer.from(unbroken.bytes));
});

const records = rows.map(({ xs, ys }, offset): KafkaRecord => ({
  ...{ topic: 't', partition: 0, offset, timestamp: 0, headers: {} },
  ...{ key: Buffer.from(String(ys)), value: Buffer.from(xs.join()) },
}));

/** All of the topic's first records, in one mini dataset. */
const source = (count: number) => ({
  topics: 't',
  open: () => ({ [Symbol.asyncIterator]: async function* () { yield { records: records.slice(0, count), end: { t: { 0: count } } }; } }), // prettier-ignore
});

for (const [name, make] of Object.entries(makers)) {
  test(`${name}: trained online into a checkpoint, restored, and predicted with out of it alone`, async () => {
    const store = localCheckpoints(join(folder, name));
    const scaler = new OnlineMinMaxScaler(4);
    const model = make();
    const decode = csvCodec({ columns: 4 });
    const result = await trainOnline({ source: source(800), model, decode, scaler, checkpoint: store });
    assert.equal(result.rows, 800);
    const xs = Float64Array.from(rows.slice(800).flatMap((row) => row.xs));
    const expected = model.predict(scaler.transform(xs, 200, new Float64Array(800)), 200);
    assert.ok(new Set(expected).size > 2, 'the predictions differ from row to row');
    using predictor = rowPredictor(await newestCheckpoint(store));
    assert.deepEqual(predictor.predict(xs, 200), expected);

    const next = make();
    await trainOnline({
      source: source(0),
      model: next,
      decode,
      scaler: new OnlineMinMaxScaler(4),
      checkpoint: store,
    });
    assert.deepEqual(packState(next.save()), packState(model.save()));
  });

  test(`${name}: judged row by row, behind a scaler, with a reaction to drift; its learning rate is none`, async () => {
    const model = withScaler(new OnlineStandardScaler(4), make());
    const drift = reactToDrift(model, { detector: new Adwin(), reaction: 'reset' });
    const report = await prequentialScore(rows, { model, drift, metrics: ['rocAuc'] });
    assert.equal(report.rows, 1000);
    assert.ok(report.metrics['rocAuc']! > 0.5, String(report.metrics['rocAuc']));
    const raising = { detector: new Adwin(), reaction: 'raiseLearningRate' } as const;
    assert.throws(() => reactToDrift(model, raising), { code: 'ST_OPTION_INVALID' });
    assert.throws(() => (make().learningRate = 0.1), { code: 'ST_OPTION_INVALID' });
  });
}

test('a state of a kind that is not known, or with options that cannot be, makes no model', () => {
  const state = new GaussianNaiveBayes({ features: 1 }).save() as object;
  assert.equal(rowModelOfState('bayes', state as never), undefined);
  for (const options of [{ features: 0, classes: 2 }, { features: 1 }, { features: 1, classes: 3 }]) {
    const other = { ...state, options } as never;
    assert.throws(() => rowModelOfState('gaussianNaiveBayes', other), { code: /^ST_/ });
  }
});

test('a state that is none of half-space trees makes no model', () => {
  const state = anomalyModel(new HalfSpaceTrees({ features: 1 })).save() as { scorer: { options: object } };
  const { scorer } = state;
  const code = 'ST_TRAINING_STATE_MISMATCH';
  for (const limits of [undefined, '[[0,']) {
    const damaged = { ...state, scorer: { ...scorer, options: { ...scorer.options, limits } } };
    assert.throws(() => rowModelOfState('halfSpaceTrees', damaged as never), { code });
  }
  for (const damaged of [null, {}, { options: null }, { ...state, scorer: null }, { ...state, step: -1 }])
    for (const kind of ['halfSpaceTrees', 'hoeffdingTree', 'logisticRegression'])
      assert.throws(() => rowModelOfState(kind, damaged as never), { code: /STATE_MISMATCH|OPTION_UNKNOWN/ });
});

test('what a model refuses its scaler does not learn either', () => {
  const model = withScaler(new OnlineMinMaxScaler(1), anomalyModel(new HalfSpaceTrees({ features: 1 })));
  model.learnRow([1], 0);
  const before = model.save();
  const code = 'ST_TRAINING_LEARNER_INPUT';
  assert.throws(() => model.learnRow([1000], 0, 0.5), { code, what: 'the weight of a row' });
  const batch = { rows: 2, xs: Float32Array.of(2, 1000), ys: Float32Array.of(0, 0) };
  const weights = Float32Array.of(1, 0.5);
  assert.throws(() => model.learn({ ...batch, weights }), { code, what: 'the weight of row 1' });
  assert.deepEqual(model.save(), before);
});

test('rows of the greatest values and weights leave every classifier a state that it takes back, and sound answers', () => {
  for (const model of [
    new GaussianNaiveBayes({ features: 1 }),
    new KNeighborsClassifier({ features: 1, neighbors: 4 }),
    new HoeffdingTreeClassifier({ features: 1, gracePeriod: 2 }),
    new AdaptiveRandomForest({ features: 1, gracePeriod: 2 }),
  ]) {
    for (const weight of [1e9, 1e-100, 1])
      for (const [i, x] of [1e100, -1e100, 0, 1].entries()) model.learnRow([x], i % 2, weight);
    const found = model.predictRow([-1e100]) as number;
    assert.ok(found >= 0 && found <= 1, `${model.kind}: ${found}`);
    model.restore(model.save());
    for (const weight of [1e-101, 1e10, 1e308])
      assert.throws(() => model.learnRow([1], 0, weight), { what: 'the weight of a row' });
  }
  const light = new KNeighborsClassifier({ features: 1 });
  for (const [i, x] of [1e100, -1e100].entries()) light.learnRow([x], i, 1e-100);
  assert.equal(light.predictRow([0]), 0.5);
});

test('an anomaly model takes labels 0 and 1 and weights 0 and 1, and learns the rows of weight 1', () => {
  const model = anomalyModel(new HalfSpaceTrees({ features: 1 }));
  const code = 'ST_TRAINING_LEARNER_INPUT';
  assert.throws(() => model.learnRow([0.5], 2), { code, what: 'the class' });
  assert.throws(() => model.learnRow([0.5], 1, 0.5), { code, what: 'the weight of a row' });
  assert.throws(() => model.learnRow([NaN], 1, 0), { code, what: 'feature 0' });
  const batch = { rows: 2, xs: Float32Array.of(0.1, 0.9) };
  assert.throws(() => model.learn({ ...batch, ys: Float32Array.of(0, NaN) }), {
    code,
    what: 'the class of row 1',
  });
  assert.equal(model.step, 0);
  model.learnRow([0.5], 1, 0);
  const { loss, predictions } = model.learn({
    ...batch,
    ys: Float32Array.of(0, 1),
    weights: Float32Array.of(1, 0),
  });
  assert.deepEqual([model.step, loss, [...predictions]], [2, 0, [0, 0]]);
  assert.equal(model.scorer.rows, 1);
});
