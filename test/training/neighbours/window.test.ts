/** The window of nearest neighbours: what is remembered, forgotten, weighted, and refused of a state. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { State } from '../../../src/model/index.ts';
import { KNeighborsClassifier, PythonRandom } from '../../../src/training/index.ts';

test('the search finds what sorting all distances finds, once the window has gone round', () => {
  const random = new PythonRandom(11);
  const model = new KNeighborsClassifier({ features: 2, neighbors: 3, windowSize: 25, weighted: false });
  const window: { xs: number[]; ys: number }[] = [];
  // Few different places, so that many distances are the same.
  const draw = (): number[] => [random.below(4), random.below(4)];
  for (let row = 0; row < 300; row++) {
    const xs = draw().map((x) => x + 0.5);
    const away = (other: number[]): number => Math.hypot(xs[0]! - other[0]!, xs[1]! - other[1]!);
    const nearest = window.toSorted((a, b) => away(a.xs) - away(b.xs)).slice(0, 3);
    const votes = nearest.filter(({ ys }) => ys === 1).length / nearest.length;
    if (row > 0) assert.equal(model.predictRow(xs), votes, `row ${row}`);
    const learnt = { xs: draw(), ys: random.below(2) };
    window.push(learnt);
    if (window.length > 25) window.shift();
    model.learnRow(learnt.xs, learnt.ys);
  }
  assert.equal(model.windowRows, 25);
});

test('its memory is told in bytes, and does not grow', () => {
  const model = new KNeighborsClassifier({ features: 3, windowSize: 10 });
  const { bytes } = model;
  assert.equal(bytes, 10 * (3 * 8 + 4 + 8));
  for (let row = 0; row < 100; row++) model.learnRow([row, 0, 0], row % 2);
  assert.equal(model.bytes, bytes);
});

test('a weight multiplies a vote, and a row of weight 0 is not remembered', () => {
  const model = new KNeighborsClassifier({ features: 1, neighbors: 2, weighted: false });
  model.learnRow([0], 0, 3);
  model.learnRow([2], 1);
  model.learnRow([1], 1, 0);
  assert.equal(model.predictRow([1]), 0.25);
  assert.deepEqual([model.windowRows, model.step], [2, 3]);
});

test('distances too small for 1 / distance still vote', () => {
  const model = new KNeighborsClassifier({ features: 1, neighbors: 2, p: 1 });
  model.learnRow([1e-310], 0);
  model.learnRow([-1e-310], 1);
  assert.equal(model.predictRow([0]), 0.5);
});

test('a state that is damaged inside is refused with what is wrong, and the model stays as it was', () => {
  const options = { features: 1, windowSize: 3 };
  const model = new KNeighborsClassifier(options);
  model.learnRow([1], 0);
  const before = model.save() as { options: State; memory: object };
  const damaged = {
    'its window of 3 rows holds 4': { count: 4 },
    'its oldest row is number 1 of 3': { oldest: 1 },
    'its rows holds NaN': { rows: Float64Array.of(1, NaN, 0) },
    'a row has a class that there is not': { labels: Int32Array.of(2, 0, 0) },
    'a row has no weight above 0': { weights: Float64Array.of(0, 0, 0) },
    'its step is -1': { step: -1 },
    'its labels is Uint8Array of 3': { labels: new Uint8Array(3) },
    'it has more, which is not known': { more: 1 },
  };
  const code = 'ST_TRAINING_STATE_MISMATCH';
  for (const [message, change] of Object.entries(damaged)) {
    const state = { ...before, memory: { ...before.memory, ...change } as State };
    assert.throws(() => model.restore(state), { code, message: new RegExp(message) });
  }
  const others = [
    { windowSize: 4 },
    { neighbors: 3 },
    { p: 1 },
    { weighted: false },
    { classes: 3 },
  ] as const;
  for (const other of others) {
    const state = new KNeighborsClassifier({ ...options, ...other }).save();
    assert.throws(() => model.restore(state), { code });
  }
  assert.deepEqual(model.save(), before);
});

test('options that cannot be, or are not known, are refused', () => {
  for (const options of [{ neighbors: 0 }, { windowSize: 0.5 }, { weighted: 1 }, { p: 3 }, { classes: 1 }]) {
    const all = { features: 1, ...options } as never;
    assert.throws(() => new KNeighborsClassifier(all), { code: 'ST_OPTION_INVALID' });
  }
  const large = { features: 100_000, windowSize: 10_000_000 };
  assert.throws(() => new KNeighborsClassifier(large), { option: /windowSize$/, message: /x features/ });
  const unknown = { features: 1, k: 5 };
  assert.throws(() => new KNeighborsClassifier(unknown), { code: 'ST_OPTION_UNKNOWN' });
});
