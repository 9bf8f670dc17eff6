/** Linear models as online models: mini-batches, weights, losses, refusals. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  LinearRegression,
  LogisticRegression,
  OnlineStandardScaler,
  SoftmaxRegression,
  withScaler,
} from '../../../src/training/index.ts';
import type { OnlineModel } from '../../../src/model/index.ts';

const refused = { code: 'ST_TRAINING_LEARNER_INPUT' };
const refusedOption = { code: 'ST_OPTION_INVALID' };

test('a mini-batch of one row is the same step as that row, and weight 0 teaches the weights nothing', () => {
  const [byRow, byBatch] = [0, 0].map(
    () => new LogisticRegression({ features: 2, l2: 0.1, learningRate: 0.5 }),
  );
  for (let row = 0; row < 20; row++) {
    const xs = Float32Array.of(Math.sin(row), Math.cos(3 * row));
    byRow!.learnRow(xs, row % 2, 0.5);
    byBatch!.learn({ rows: 1, xs, ys: Float32Array.of(row % 2), weights: Float32Array.of(0.5) });
  }
  assert.deepEqual(byBatch!.save(), byRow!.save());
  const plain = new LogisticRegression({ features: 1 });
  plain.learnRow([1], 1, 0);
  assert.deepEqual(plain.weights, Float64Array.of(0));
});

test('learning says the loss and the predictions from before the step', () => {
  const models: [OnlineModel, number, number[]][] = [
    [new LogisticRegression({ features: 1 }), Math.log(2), [0.5, 0.5]],
    [new LinearRegression({ features: 1 }), 0.5, [0, 0]],
    [new SoftmaxRegression({ features: 1, classes: 2 }), Math.log(2), [0.5, 0.5, 0.5, 0.5]],
  ];
  for (const [model, loss, predictions] of models) {
    const found = model.learn({ rows: 2, xs: Float32Array.of(1, -1), ys: Float32Array.of(1, 0) });
    assert.ok(Math.abs(found.loss - loss) < 1e-12, `${model.kind}: ${found.loss}`);
    assert.deepEqual([...found.predictions], predictions);
    const later = model.learn({ rows: 2, xs: Float32Array.of(1, -1), ys: Float32Array.of(1, 0) });
    assert.ok(later.loss < found.loss, model.kind);
    assert.equal(model.step, 2);
  }
});

test('what cannot be learnt is refused, and model and scaler stay as they were', () => {
  const models = [
    new LogisticRegression({ features: 2 }),
    new LinearRegression({ features: 2 }),
    new SoftmaxRegression({ features: 2, classes: 3 }),
    withScaler(new OnlineStandardScaler(2), new SoftmaxRegression({ features: 2, classes: 3 })),
  ];
  for (const model of models) {
    model.learnRow([1, 2], 1);
    const before = model.save();
    assert.throws(() => model.learnRow([1, NaN], 1), /1 is NaN; expected a finite number/);
    assert.throws(() => model.predictRow([NaN, 1]), refused);
    assert.throws(() => model.learnRow([1, 2], NaN), refused);
    assert.throws(() => model.learnRow([1], 1), /number of features is 1; expected 2/);
    assert.throws(() => model.learnRow([1, 2], 1, -1), /weight of a row is -1/);
    assert.throws(() => model.predict(Float32Array.of(1, 2), 2), refused);
    const batch = { rows: 2, xs: Float32Array.of(1, 2, 3, 4), ys: Float32Array.of(1, 0) };
    assert.throws(() => model.learn({ ...batch, rows: 0 }), refused);
    assert.throws(() => model.learn({ ...batch, ys: Float32Array.of(1) }), refused);
    assert.throws(() => model.learn({ ...batch, ys: Float32Array.of(1, NaN) }), refused);
    assert.throws(() => model.learn({ ...batch, xs: Float32Array.of(1, 2, 3, Infinity) }), refused);
    assert.throws(() => model.learn({ ...batch, weights: Float32Array.of(1, NaN) }), refused);
    assert.throws(() => (model.learningRate = NaN), refusedOption);
    assert.deepEqual(model.save(), before, model.kind);
  }
  assert.throws(
    () => new LogisticRegression({ features: 1 }).learnRow([1], 2),
    /class is 2; expected 0 or 1/,
  );
  assert.throws(() => new LogisticRegression({ features: 0 }), refusedOption);
  assert.throws(() => new SoftmaxRegression({ features: 1, classes: 1 }), refusedOption);
  assert.throws(
    () => withScaler(new OnlineStandardScaler(2), new LinearRegression({ features: 3 })),
    refused,
  );
});
