/** Trees and forests at work: going on in another process, memory within its bound, and what they refuse. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { rowPredictor } from '../../../src/export/row-predictor.ts';
import type { State } from '../../../src/model/index.ts';
import {
  AdaptiveRandomForest,
  HoeffdingTreeClassifier,
  prequentialScore,
  PythonRandom,
  reactToDrift,
  Adwin,
  seaStream,
  takeRows,
  type RowModel,
} from '../../../src/training/index.ts';
import { packState, unpackState } from '../../../src/training/checkpoint/state-codec.ts';
import { typescriptFlags } from '../../helpers/typescript.ts';

const rows = takeRows(seaStream({ seed: 3, noise: 0.1 }), 1500);
const make = {
  tree: () =>
    new HoeffdingTreeClassifier({ features: 3, gracePeriod: 50, delta: 0.01, nominalAttributes: [2] }),
  forest: () => new AdaptiveRandomForest({ features: 3, models: 3, seed: 5 }),
};

function learn(model: RowModel, from = 0, to = rows.length): void {
  for (const { xs, ys } of rows.slice(from, to)) model.learnRow([xs[0]!, xs[1]!, Math.round(xs[2]!)], ys);
}

for (const [name, model] of Object.entries(make)) {
  test(`a ${name} that goes on in another process is the one that never stopped, byte for byte`, () => {
    const straight = model();
    learn(straight);
    const first = model();
    learn(first, 0, 500);
    const { json, bytes } = packState(first.save());
    const training = new URL('../../../src/training/', import.meta.url).href;
    const script = `
      const { seaStream, takeRows } = await import('${training}index.ts');
      const { rowModelOfState } = await import('${training}row-models.ts');
      const { packState, unpackState } = await import('${training}checkpoint/state-codec.ts');
      const { json, bytes } = JSON.parse(process.env.STATE);
      const model = rowModelOfState('${first.kind}', unpackState({ json, bytes: Buffer.from(bytes, 'base64') }));
      for (const { xs, ys } of takeRows(seaStream({ seed: 3, noise: 0.1 }), 1500).slice(500))
        model.learnRow([xs[0], xs[1], Math.round(xs[2])], ys);
      const packed = packState(model.save());
      console.log(JSON.stringify({ json: packed.json, bytes: Buffer.from(packed.bytes).toString('base64') }));
    `;
    const state = JSON.stringify({ json, bytes: Buffer.from(bytes).toString('base64') });
    const args = [...typescriptFlags(), '--input-type=module', '--eval', script];
    const said = execFileSync(process.execPath, args, {
      encoding: 'utf8',
      env: { ...process.env, STATE: state },
      maxBuffer: 2 ** 26,
    });
    const wanted = packState(straight.save());
    assert.deepEqual(JSON.parse(said), {
      json: JSON.parse(JSON.stringify(wanted.json)) as unknown,
      bytes: Buffer.from(wanted.bytes).toString('base64'),
    });
  });

  test(`a ${name} says and learns the same however often it is asked before`, () => {
    const [asked, silent] = [model(), model()];
    for (const [i, { xs, ys }] of rows.entries()) {
      asked.predictRow(xs);
      if (i % 3 === 0) asked.predictRow(rows[(i * 7) % rows.length]!.xs);
      for (const one of [asked, silent]) one.learnRow(xs, ys);
      if (i % 50 === 0) {
        const fresh = model();
        fresh.restore(asked.save());
        assert.deepEqual(asked.predictRow(xs), fresh.predictRow(xs));
      }
    }
    assert.deepEqual(packState(asked.save()), packState(silent.save()));
  });

  test(`a ${name} refuses every damaged state, and is then unchanged`, () => {
    const one = model();
    learn(one, 0, 400);
    const before = packState(one.save());
    let refused = 0;
    for (const damaged of damagedStates(one.save())) {
      assert.throws(() => one.restore(damaged), { code: 'ST_TRAINING_STATE_MISMATCH' });
      refused++;
    }
    assert.ok(refused > 60, `${refused}`);
    assert.deepEqual(packState(one.save()), before);
    assert.deepEqual(unpackState(before), one.save());
  });

  test(`a ${name} refuses rows, classes and weights that cannot be, and is then unchanged`, () => {
    const one = model();
    learn(one, 0, 100);
    const before = packState(one.save());
    const code = 'ST_TRAINING_LEARNER_INPUT';
    for (const value of [NaN, Infinity, -Infinity]) {
      const refused = { code, what: 'feature 1', message: /fitMedianImputer/ };
      assert.throws(() => one.learnRow([1, value, 2], 1), refused);
      assert.throws(() => one.predictRow([1, value, 2]), refused);
      const xs = Float64Array.of(1, 2, 3, 4, value, 6);
      const inBatch = { ...refused, what: 'feature 1 of row 1' };
      assert.throws(() => one.learn({ rows: 2, xs, ys: Float32Array.of(0, 1) }), inBatch);
      assert.throws(() => one.predict(xs, 2), inBatch);
    }
    assert.throws(() => one.learnRow([1, 1e200, 2], 1), { code, message: /scale it/ });
    assert.throws(() => one.learnRow([1, 2], 1), { code, what: 'the number of features' });
    for (const y of [2, -1, 0.5, NaN])
      assert.throws(() => one.learnRow([1, 2, 3], y), { code, what: 'the class' });
    assert.throws(() => one.learnRow([1, 2, 3], 1, -1), { code, what: 'the weight of a row' });
    assert.deepEqual(packState(one.save()), before);
  });

  test(`a ${name} has no learning rate: setting one, or raising it at a drift, is refused`, () => {
    const one = model();
    const code = 'ST_OPTION_INVALID';
    assert.equal(one.learningRate, 0);
    assert.throws(() => (one.learningRate = 0.1), { code });
    const detector = new Adwin();
    assert.throws(() => reactToDrift(one, { detector, reaction: 'raiseLearningRate' }), { code });
  });

  test(`a ${name} is predicted with from its checkpoint alone, and mini-batches are its rows`, () => {
    const [one, other] = [model(), model()];
    learn(one, 0, 300);
    const some = rows.slice(0, 300).map(({ xs }) => [xs[0]!, xs[1]!, Math.round(xs[2]!)]);
    const ys = Float32Array.from(rows.slice(0, 300), (row) => row.ys);
    const { predictions } = other.learn({ rows: 300, xs: Float64Array.from(some.flat()), ys });
    assert.equal(predictions.length, 300);
    const memory = (state: State) => ({ ...(state as object), memory: null });
    assert.deepEqual(memory(one.save()), memory(other.save()));
    const checkpoint = {
      ...{ id: '1', place: 'memory', topics: [], position: {} },
      parts: { model: { kind: one.kind, state: one.save() } },
    };
    using predictor = rowPredictor(checkpoint as never);
    const xs = Float64Array.from(some.flat());
    assert.deepEqual(predictor.predict(xs, 300), one.predict(xs, 300));
  });
}

test('a tree keeps within its memory, and learns on', () => {
  const random = new PythonRandom(1);
  for (const stopMemManagement of [false, true]) {
    const tree = new HoeffdingTreeClassifier({
      ...{ features: 5, gracePeriod: 20, delta: 0.5, tau: 0.5, minBranchFraction: 0, nominalAttributes: [4] },
      ...{ maxSize: 0.02, stopMemManagement },
    });
    let [most, fewestActive] = [0, Infinity];
    for (let row = 0; row < 6000; row++) {
      const xs = [0, 1, 2, 3].map(() => random.uniform(-1, 1));
      // The last feature has ever new values.
      tree.learnRow([...xs, row < 3000 ? random.below(3) : row], Number(xs[0]! * xs[1]! > 0));
      most = Math.max(most, tree.bytes);
      if (tree.leaves > 3) fewestActive = Math.min(fewestActive, tree.activeLeaves / tree.leaves);
    }
    assert.ok(most <= 0.02 * 2 ** 20 && most > 0.01 * 2 ** 20, `${most} bytes`);
    assert.ok(tree.leaves > 3 && fewestActive < 1, `${tree.leaves} leaves, ${fewestActive} active`);
    if (stopMemManagement) assert.equal(tree.activeLeaves, 0);
    const again = new HoeffdingTreeClassifier({
      ...{ features: 5, gracePeriod: 20, delta: 0.5, tau: 0.5, minBranchFraction: 0, nominalAttributes: [4] },
      ...{ maxSize: 0.02, stopMemManagement },
    });
    again.restore(tree.save());
    assert.equal(again.bytes, tree.bytes);
  }
});

test('a deeper tree than its bound is not grown, and describe() says what it asks', () => {
  const tree = new HoeffdingTreeClassifier({ features: 3, maxDepth: 1, gracePeriod: 50, delta: 0.01 });
  learn(tree);
  assert.equal(tree.height, 2);
  assert.match(tree.describe(['a', 'b']), /^(a|b|x2) <= [-\d.]+: class [01] \(\d+% of [\d.]+\)\n\1 > /);
  assert.equal(make.tree().describe(), 'no rows yet');
});

test('describe() asks for the very numbers that the tree asks for', () => {
  const dates = new HoeffdingTreeClassifier({ features: 1, gracePeriod: 50, delta: 0.01 });
  const days = (row: number): number => 20400 + (row % 120);
  for (let row = 0; row < 480; row++) dates.learnRow([days(row)], Number(days(row) > 20458));
  const { tree } = dates.save() as unknown as { tree: { root: { values: Float64Array } } };
  const [asked] = /(?<=^since <= )[\d.]+/.exec(dates.describe(['since']))!;
  assert.equal(Number(asked), tree.root.values[0]);
  const options = { features: 1, gracePeriod: 50, delta: 0.01, nominalAttributes: [0], binarySplit: true };
  const codes = new HoeffdingTreeClassifier(options);
  for (let row = 0; row < 300; row++) codes.learnRow([12345 + (row % 3)], Number(row % 3 === 0));
  assert.match(codes.describe(['code']), /^code = 12345: class 1/);
});

test('settings that are others in the next life hold, and are said', () => {
  const before = make.tree();
  learn(before, 0, 300);
  const options = { features: 3, gracePeriod: 50, nominalAttributes: [2] };
  const next = new HoeffdingTreeClassifier({ ...options, delta: 1e-7, maxDepth: 3 });
  next.restore(before.save());
  assert.deepEqual(next.restoreRemarks, [
    'The delta is 1e-7 from now on, as given; the state was made with 0.01.',
    'The maxDepth is 3 from now on, as given; the state was made with Infinity.',
  ]);
  const other = new HoeffdingTreeClassifier({ ...options, delta: 0.01, splitPoints: 5 });
  assert.throws(() => other.restore(before.save()), /its splitPoints is 10, not 5/);
});

test('options that cannot be are refused', () => {
  const code = 'ST_OPTION_INVALID';
  const tree = (options: object) => () => new HoeffdingTreeClassifier({ features: 2, ...options });
  const forest = (options: object) => () => new AdaptiveRandomForest({ features: 2, ...options });
  for (const options of [
    { gracePeriod: 0 },
    { delta: 0 },
    { classes: 1 },
    { maxDepth: -1 },
    { leafPrediction: 'bayes' },
    { splitCriterion: 'info_gain' },
    { nominalAttributes: [2] },
    { nominalAttributes: 1 },
    { maxSize: 0 },
    { maxSize: 1e-5 },
    { binarySplit: 1 },
  ]) {
    assert.throws(tree(options), { code }, JSON.stringify(options));
    assert.throws(forest(options), { code }, JSON.stringify(options));
  }
  for (const options of [
    { models: 0 },
    { lambda: 0 },
    { maxFeatures: 1.5 },
    { maxFeatures: 'root' },
    { seed: -1 },
  ])
    assert.throws(forest(options), { code }, JSON.stringify(options));
  assert.throws(tree({ grace_period: 5 }), { code: 'ST_OPTION_UNKNOWN' });
});

test('a tree is judged along its stream as every model is', async () => {
  const { metrics } = await prequentialScore(rows, {
    model: new HoeffdingTreeClassifier({ features: 3 }),
    metrics: ['accuracy', 'kappa'],
  });
  assert.ok(metrics['accuracy']! > 0.8 && metrics['kappa']! > 0.5, JSON.stringify(metrics));
});

/** The state with one thing in it changed: a number no number, a part missing, an array cut short, a member too many. */
function* damagedStates(state: State): Generator<State> {
  if (ArrayBuffer.isView(state)) {
    yield state.length === 0 ? 'x' : state.slice(0, -1);
    if (state instanceof Float64Array) yield state.map((value, i) => (i === 0 ? NaN : value));
  } else if (Array.isArray(state)) {
    yield (state as State[]).slice(1);
    yield [...(state as State[]), null];
    for (const [i, part] of (state as State[]).entries())
      for (const damaged of damagedStates(part)) yield (state as State[]).with(i, damaged);
  } else if (typeof state === 'object' && state !== null) {
    yield 'x';
    yield { ...state, another: 1 };
    for (const [name, part] of Object.entries(state)) {
      yield Object.fromEntries(Object.entries(state).filter(([other]) => other !== name));
      // A detector's sums may be any number.
      if (name === 'total' || name === 'variance') yield { ...state, [name]: NaN };
      else for (const damaged of damagedStates(part)) yield { ...state, [name]: damaged };
    }
  } else if (typeof state === 'number') yield* ['x', NaN, -1];
  else yield 7;
}
