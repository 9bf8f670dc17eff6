/** Linear models: River's probabilities, weights and metrics, step by step. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  LinearRegression,
  LogisticRegression,
  OnlineStandardScaler,
  PythonRandom,
  SoftmaxRegression,
  withScaler,
  type LinearModelOptions,
} from '../../../src/training/index.ts';
import { greatestDifference, riverFixture, riverRows, type RiverRows } from '../helpers/river.ts';

interface Trace {
  every: number;
  probabilities: number[];
  weights: number[];
  intercept: number;
}

interface Fixture {
  phishing: {
    trace: Trace;
    regularised: Trace;
    miniBatches: { size: number; probabilities: number[] };
  };
  bananas: { trace: Trace; regularised: Trace };
  segments: { probabilities: number[][] };
  regression: number[];
}

const river = riverFixture<Fixture>('linear');

function checkTrace(
  { xs, ys }: RiverRows,
  trace: Trace,
  options: Omit<LinearModelOptions, 'features'>,
): void {
  const features = xs[0]!.length;
  const last = new LogisticRegression({ features, ...options });
  const model = withScaler(new OnlineStandardScaler(features), last);
  const probabilities: number[] = [];
  xs.forEach((row, i) => {
    const probability = model.predictRow(row);
    if (i % trace.every === 0) probabilities.push(probability);
    model.learnRow(row, ys[i]!);
  });
  assert.equal(model.step, xs.length);
  assert.ok(greatestDifference(probabilities, trace.probabilities) < 1e-12);
  assert.ok(greatestDifference(last.weights, trace.weights) < 1e-12);
  assert.ok(Math.abs(last.intercept - trace.intercept) < 1e-12);
}

for (const name of ['phishing', 'bananas'] as const) {
  test(`scaler and logistic regression on ${name}: River's probabilities within 1e-12, every step`, () => {
    checkTrace(riverRows[name], river[name].trace, { learningRate: 0.005 });
  });

  test(`with penalty, clipped gradient and another step for the intercept on ${name}: River's too`, () => {
    const options = { learningRate: 0.1, l2: 0.01, interceptLearningRate: 0.05, clipGradient: 0.5 };
    checkTrace(riverRows[name], river[name].regularised, options);
  });
}

test("mini-batches learn as River's learn_many does", () => {
  const { xs, ys } = riverRows.phishing;
  const { miniBatches } = river.phishing;
  const model = withScaler(
    new OnlineStandardScaler(9),
    new LogisticRegression({ features: 9, learningRate: 0.05, l2: 0.01 }),
  );
  const probabilities: number[] = [];
  for (let from = 0; from < xs.length; from += miniBatches.size) {
    const some = Float32Array.from(xs.slice(from, from + miniBatches.size).flat());
    const rows = some.length / 9;
    if (from > 0) probabilities.push(...model.predict(some, rows));
    model.learn({ rows, xs: some, ys: Float32Array.from(ys.slice(from, from + rows)) });
  }
  const every5th = probabilities.filter((_, i) => i % 5 === 0);
  // The predictions are float32.
  assert.ok(greatestDifference(every5th, miniBatches.probabilities) < 1e-6);
});

test("softmax regression on image segments: River's probabilities within 1e-12", () => {
  const { xs, ys } = riverRows.segments;
  const { probabilities } = river.segments;
  const features = xs[0]!.length;
  const model = withScaler(
    new OnlineStandardScaler(features),
    new SoftmaxRegression({ features, classes: 7, learningRate: 0.05, l2: 0.001 }),
  );
  let compared = 0;
  xs.forEach((row, i) => {
    const found = model.predictRow(row);
    if (i % 5 === 1) {
      assert.ok(greatestDifference(found, probabilities[compared++]!) < 1e-12, `row ${i}`);
    }
    model.learnRow(row, ys[i]!);
  });
  assert.equal(compared, probabilities.length);
});

test("linear regression: River's predictions within 1e-12", () => {
  const random = new PythonRandom(7);
  const model = new LinearRegression({
    features: 3,
    learningRate: 0.02,
    l2: 0.001,
    interceptLearningRate: 0.05,
    clipGradient: 3,
  });
  const predictions = river.regression.map(() => {
    const xs = [random.uniform(-2, 2), random.uniform(-2, 2), random.uniform(-2, 2)] as const;
    const y = 3 * xs[0] - 2 * xs[1] + 0.5 + random.uniform(-0.1, 0.1);
    const prediction = model.predictRow(xs);
    model.learnRow(xs, y);
    return prediction;
  });
  assert.ok(greatestDifference(predictions, river.regression) < 1e-12);
});
