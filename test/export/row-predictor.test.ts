/** Rows that a model has no prediction for, among others. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { predictEach, rowPredictor, type RowPredictor } from '../../src/export/row-predictor.ts';
import { LinearRegression, OnlineStandardScaler, withScaler } from '../../src/training/index.ts';

test('rows that are at fault are found by halves; all others are predicted', () => {
  const scaler = new OnlineStandardScaler(1);
  scaler.learn(Float64Array.of(0, 1e-3, 2e-3), 3);
  const model = withScaler(scaler, new LinearRegression({ features: 1, intercept: 7 }));
  using whole = rowPredictor(model);
  let calls = 0;
  const predictor: RowPredictor = {
    ...whole,
    predict: (xs, rows) => {
      calls++;
      return whole.predict(xs, rows);
    },
    [Symbol.dispose]: () => {},
  };
  const xs = new Float64Array(1024).fill(1);
  assert.equal(predictEach(predictor, xs, 1024).faults.size, 0);
  assert.equal(calls, 1);
  calls = 0;
  for (const bad of [0, 700, 1023]) xs[bad] = Infinity;
  const { scores, faults } = predictEach(predictor, xs, 1024);
  assert.deepEqual([...faults.keys()], [0, 700, 1023]);
  scores.forEach((score, at) =>
    assert.ok(faults.has(at) ? Number.isNaN(score) : score === 7, `${at}: ${score}`),
  );
  assert.ok(calls <= 61, `${calls} calls`);
  assert.deepEqual(predictEach(predictor, xs, 0).scores, new Float32Array(0));
});
