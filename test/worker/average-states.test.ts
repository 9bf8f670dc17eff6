import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildClassifier, compileTrainStep } from '../../src/model/index.ts';
import { mulberry32 } from '../../src/random.ts';
import type { State } from '../../src/state.ts';
import {
  AverageError,
  averageStates,
  stateFromText,
  StateTextError,
  stateToText,
} from '../../src/worker/index.ts';
import { modelText, stepOf, type ModelAndStep } from '../../src/worker/model-text.ts';

const made = (seed = 1) => {
  const layers = buildClassifier({ inputs: 3, seed });
  const step = compileTrainStep(layers, { optimizer: 'adam', loss: 'binaryCrossentropy', seed: 7 });
  layers.dispose();
  return step;
};

const rowsOf = (rows: number, seed: number) => {
  const random = mulberry32(seed);
  const xs = Float32Array.from({ length: rows * 3 }, () => random() * 2 - 1);
  return { rows, xs, ys: Float32Array.from({ length: rows }, (_, row) => (xs[row * 3]! > 0 ? 1 : 0)) };
};

interface Learnt {
  readonly step: number;
  readonly seed: number;
  readonly arrays: Readonly<Record<string, Float32Array>>;
}
const learnt = (state: State): Learnt => state as unknown as Learnt;
const changed = (state: State, change: object): State => ({ ...(state as object), ...change });

test('weights and what the optimizer keeps become the mean by rows, to the last bit', () => {
  using one = made();
  using other = made();
  one.learnEpochs(rowsOf(300, 1), { batchSize: 50 });
  other.learnEpochs(rowsOf(100, 2), { batchSize: 50 });
  const states = [one.save(), other.save()] as const;
  const mean = averageStates([
    { rows: 300, state: states[0] },
    { rows: 100, state: states[1] },
  ]);
  const names = Object.keys(learnt(mean).arrays);
  assert.deepEqual(names, ['weights', 'fixed', 'firstMoment', 'secondMoment']);
  for (const name of names) {
    const [a, b] = states.map((state) => learnt(state).arrays[name]!) as [Float32Array, Float32Array];
    const expected = a.map((value, i) => Math.fround(value * 0.75 + b[i]! * 0.25));
    assert.deepEqual(learnt(mean).arrays[name], expected, name);
  }
  assert.equal(learnt(mean).step, 6, 'the step is the largest');
  one.restore(mean);
  assert.deepEqual(one.save(), mean);
});

test('a mean of equal states is that state, and who has learnt no row does not count', () => {
  using one = made();
  one.learnEpochs(rowsOf(64, 3));
  const state = one.save();
  assert.deepEqual(averageStates([{ rows: 5, state }]), state);
  using other = made(9);
  assert.deepEqual(
    averageStates([
      { rows: 5, state },
      { rows: 0, state: other.save() },
    ]),
    state,
  );
});

test('what cannot be averaged is refused with what is wrong', () => {
  using one = made();
  const state = one.save();
  const refused = (parts: Parameters<typeof averageStates>[0], problem: RegExp) =>
    assert.throws(
      () => averageStates(parts),
      (error) => {
        assert.ok(error instanceof AverageError && error.code === 'ST_WORKER_AVERAGE');
        assert.match(error.message, problem);
        return true;
      },
    );
  refused([], /none of them has learnt a row/);
  refused([{ rows: 0, state }], /none of them has learnt a row/);
  refused([{ rows: -1, state }], /-1 rows/);
  refused([{ rows: 1, state: { kind: 'tree' } }], /state 0 is not that of a compiled step/);
  const { arrays } = learnt(state);
  const broken = arrays['firstMoment']!.slice();
  broken[5] = NaN;
  const two = (other: State) => [
    { rows: 1, state },
    { rows: 1, state: other },
  ];
  refused(
    two(changed(state, { arrays: { ...arrays, firstMoment: broken } })),
    /number 5 of firstMoment of state 1 is NaN/,
  );
  refused(two(changed(state, { learningRate: 0.5 })), /state 1 differs from the first in learningRate/);
  refused(
    two(changed(state, { arrays: { weights: arrays['weights']! } })),
    /differs from the first in arrays/,
  );
  refused(
    two(changed(state, { arrays: { ...arrays, weights: new Float32Array(2) } })),
    /has 2 numbers of weights/,
  );
});

test('a state comes back from its text bit for bit, and a text that changed on its way is refused', () => {
  using one = made();
  one.learnEpochs(rowsOf(64, 4));
  const state = one.save();
  const text = stateToText(state);
  assert.match(text, /^[\w.+/=-]+$/, 'one word');
  assert.deepEqual(stateFromText(text), state);
  const at = text.length - 100;
  const flipped = `${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`;
  for (const bad of [flipped, text.slice(0, -3), '', 'streamtrain-state-9.a.b.c'])
    assert.throws(() => stateFromText(bad), StateTextError);
});

test('a model as text is the same model elsewhere: layers, loss, optimizer, limits and settings', async () => {
  for (const options of [
    { optimizer: 'adam', loss: 'binaryCrossentropy', seed: 3, classWeights: { 0: 1, 1: 2 } },
    {
      optimizer: { kind: 'rmsprop', decay: 0.8 },
      loss: 'huber',
      huberDelta: 2,
      clipNorm: 1,
      learningRate: 0.02,
    },
    { optimizer: { kind: 'adagrad', initialAccumulator: 0.2 }, loss: 'mse', globalClipNorm: 3 },
    { optimizer: 'momentum', loss: 'mae', clipValue: 0.5 },
  ] as const) {
    const layers = buildClassifier({ inputs: 3, seed: 2 });
    using step = compileTrainStep(layers, options);
    layers.dispose();
    using twin = await stepOf(JSON.parse(JSON.stringify(modelText(step))) as ModelAndStep);
    twin.restore(step.save());
    assert.deepEqual(twin.restoreRemarks, []);
    for (const one of [step, twin]) one.learnEpochs(rowsOf(64, 5), { epochs: 2 });
    assert.deepEqual(twin.save(), step.save());
  }
});
