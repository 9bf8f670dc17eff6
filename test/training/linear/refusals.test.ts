/** What linear models refuse, by row and with the cure; and what they say when a state was made with another rate. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  LinearRegression,
  LogisticRegression,
  OnlineMedianImputer,
  OnlineStandardScaler,
  SoftmaxRegression,
  withScaler,
} from '../../../src/training/index.ts';

const code = 'ST_TRAINING_LEARNER_INPUT';
const make = {
  logistic: () => new LogisticRegression({ features: 2 }),
  linear: () => new LinearRegression({ features: 2 }),
  softmax: () => new SoftmaxRegression({ features: 2, classes: 2 }),
  scaled: () => withScaler(new OnlineStandardScaler(2), new LogisticRegression({ features: 2 })),
};

for (const [name, model] of Object.entries(make)) {
  test(`${name}: a value that is not finite is named with row and feature, and the imputers as the cure`, () => {
    for (const value of [NaN, Infinity, -Infinity]) {
      const one = model();
      one.learnRow([1, 2], 1);
      const before = one.save();
      const xs = Float32Array.of(1, 2, 3, value, 5, 6);
      const refused = {
        code,
        what: 'feature 1 of row 1',
        value,
        message: /fitMedianImputer.*OnlineMedianImputer/,
      };
      assert.throws(() => one.learn({ rows: 3, xs, ys: Float32Array.of(0, 1, 0) }), refused);
      assert.throws(() => one.predict(xs, 3), refused);
      assert.throws(() => one.learnRow([1, value], 1), { ...refused, what: 'feature 1' });
      assert.throws(() => one.predictRow([1, value]), { ...refused, what: 'feature 1' });
      assert.deepEqual(one.save(), before);
    }
  });
}

test("targets that are not the loss's are refused with their row, and encodeLabels is named", () => {
  const batch = { rows: 2, xs: Float32Array.of(1, 2, 3, 4) };
  for (const [name, bad] of [
    ['logistic', [2, -1, 0.5, NaN]],
    ['softmax', [2, -1, 0.5, NaN]],
    ['scaled', [4, NaN]],
    ['linear', [NaN, Infinity]],
  ] as const) {
    for (const y of bad) {
      const model = make[name]();
      const before = model.save();
      const what = name === 'linear' ? 'the target' : 'the class';
      const message = name === 'linear' ? /finite/ : /encodeLabels/;
      const ys = Float32Array.of(1, y);
      assert.throws(() => model.learn({ ...batch, ys }), { code, what: `${what} of row 1`, message });
      assert.throws(() => model.learnRow([1, 2], y), { code, what, message });
      assert.deepEqual(model.save(), before);
    }
  }
});

test('behind an imputer rows may have gaps, but no infinities', () => {
  const model = withScaler(new OnlineMedianImputer(2), make.linear());
  model.learn({ rows: 3, xs: Float32Array.of(1, 2, NaN, 4, 3, NaN), ys: Float32Array.of(0, 1, 0) });
  model.learnRow([NaN, 1], 1);
  assert.ok(Number.isFinite(model.predictRow([NaN, NaN])));
  const takesMissing = (one: object) => 'takesMissing' in one && one.takesMissing;
  assert.deepEqual([takesMissing(model), takesMissing(make.scaled())], [true, false]);
  const before = model.save();
  assert.throws(() => model.learnRow([Infinity, 1], 1), { code: 'ST_TRAINING_SCALER_VALUE', feature: 0 });
  assert.throws(() => model.predict(Float32Array.of(1, -Infinity), 1), { code: 'ST_TRAINING_SCALER_VALUE' });
  assert.deepEqual(model.save(), before);
});

test('a state whose steps are no count is refused', () => {
  for (const model of [make.logistic(), make.linear(), make.softmax()]) {
    const state = model.save() as { readonly memory: object };
    for (const step of [NaN, -1, 0.5]) {
      const damaged = { ...state, memory: { ...state.memory, step } } as never;
      assert.throws(() => model.restore(damaged), { code: 'ST_TRAINING_STATE_MISMATCH' });
    }
  }
});

test('a learning rate given for the next life is applied and said; one that was changed on the way is kept', () => {
  const kinds = [
    (learningRate: number) => new LogisticRegression({ features: 1, learningRate }),
    (learningRate: number) => new LinearRegression({ features: 1, learningRate }),
    (learningRate: number) => new SoftmaxRegression({ features: 1, classes: 2, learningRate }),
  ];
  for (const kind of kinds) {
    const of = (rate: number) => withScaler(new OnlineStandardScaler(1), kind(rate));
    const first = of(0.01);
    first.learningRate = 0.002;
    const same = of(0.01);
    same.restore(first.save());
    assert.deepEqual([same.learningRate, same.restoreRemarks], [0.002, []]);
    const next = of(0.5);
    next.restore(first.save());
    assert.equal(next.learningRate, 0.5);
    assert.deepEqual(next.restoreRemarks, [
      'The learningRate is 0.5 from now on, as given; the state was made with 0.01.',
    ]);
  }
});

test('options that are not known are refused', () => {
  const unknown = { code: 'ST_OPTION_UNKNOWN', option: 'lr' };
  const options = { features: 1, classes: 2, lr: 0.1 };
  assert.throws(() => new SoftmaxRegression(options), unknown);
  const { classes: _, ...linear } = options;
  assert.throws(() => new LogisticRegression(linear), unknown);
  assert.throws(() => new LinearRegression(linear), unknown);
});
