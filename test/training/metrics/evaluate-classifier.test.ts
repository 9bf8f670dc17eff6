/** Judging a model on a dataset: the same numbers as tfjs' own evaluation, and no tensor left behind. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Scalar } from '@tensorflow/tfjs-node';
import { datasetOf } from '../../../src/kafka/index.ts';
import { buildClassifier, compileClassifier } from '../../../src/model/index.ts';
import { evaluateClassifier } from '../../../src/training/index.ts';
import { tensorflow } from '../../../src/tensorflow.ts';

const tf = tensorflow();
const rows = Array.from({ length: 100 }, (_, row) => ({
  xs: Float32Array.from({ length: 9 }, (_, column) => ((row * 7 + column * 3) % 11) - 5),
  ys: row % 3 === 0 ? 1 : 0,
}));

test('accuracy and loss are those of model.evaluate, and tensors are freed', async () => {
  const before = tf.memory().numTensors;
  const model = compileClassifier(buildClassifier({ inputs: 9, seed: 3 }));
  const withModel = tf.memory().numTensors;
  const found = await evaluateClassifier(model, datasetOf(rows).batch(32));
  assert.equal(tf.memory().numTensors, withModel);

  const [loss, accuracy] = tf.tidy(() => {
    const xs = tf.tensor2d(rows.map((row) => [...row.xs]));
    const ys = tf.tensor2d(rows.map((row) => [row.ys]));
    return (model.evaluate(xs, ys, { batchSize: 100 }) as Scalar[]).map((each) => each.dataSync()[0]!);
  }) as unknown as [number, number];
  assert.equal(found.rows, 100);
  assert.ok(Math.abs(found.logLoss - loss) < 1e-5, `${found.logLoss} and ${loss}`);
  assert.ok(Math.abs(found.accuracy - accuracy) < 1e-6);
  assert.equal(
    found.confusion.flat().reduce((sum, count) => sum + count),
    100,
  );
  assert.deepEqual(found.labels, rows.map((row) => row.ys)); // prettier-ignore
  model.dispose();
  assert.equal(tf.memory().numTensors, before);
});

test('an empty dataset is refused', async () => {
  const model = compileClassifier(buildClassifier({ inputs: 9, seed: 3 }));
  await assert.rejects(evaluateClassifier(model, []), { code: 'ST_TRAINING_METRIC_INPUT' });
  model.dispose();
});

test('a feature that is not finite is refused with its row in the dataset, not judged as if it were 0', async () => {
  const before = tf.memory().numTensors;
  const model = compileClassifier(buildClassifier({ inputs: 9, seed: 3 }));
  const gap = { ...rows[40]!, xs: Float32Array.from(rows[40]!.xs) };
  gap.xs[5] = NaN;
  const withGap = [...rows.slice(0, 40), gap, ...rows.slice(41)];
  await assert.rejects(evaluateClassifier(model, datasetOf(withGap).batch(32)), {
    code: 'ST_TRAINING_METRIC_INPUT',
    message: /row 40 holds NaN as its feature 5.*fitMedianImputer.*OnlineMedianImputer/,
  });
  model.dispose();
  assert.equal(tf.memory().numTensors, before);
});

test('a batch of 300,000 rows is judged in one go', async () => {
  const model = compileClassifier(buildClassifier({ inputs: 2, seed: 3 }));
  const batch = { xs: tf.ones([300_000, 2]), ys: tf.zeros([300_000, 1]) };
  const { rows: judged, confusion } = await evaluateClassifier(model, [batch]);
  assert.deepEqual([judged, confusion[0][0] + confusion[0][1]], [300_000, 300_000]);
  model.dispose();
});

test('a model of several outputs, unknown options and a threshold that is none are refused', async () => {
  const model = tf.sequential({
    layers: [tf.layers.dense({ units: 2, inputShape: [2], activation: 'softmax' })],
  });
  const refused = { code: 'ST_TRAINING_METRIC_INPUT' };
  const batches = () => [{ xs: tf.ones([3, 2]), ys: tf.zeros([3, 1]) }];
  await assert.rejects(evaluateClassifier(model, batches()), refused);
  await assert.rejects(evaluateClassifier(model, [], { treshold: 0.2 } as object), {
    code: 'ST_OPTION_UNKNOWN',
  });
  await assert.rejects(evaluateClassifier(model, [], { threshold: 50 }), {
    ...refused,
    message: /threshold is 50/,
  });
  model.dispose();
});

test('one-hot labels are refused, and not taken for twice as many rows', async () => {
  const model = tf.sequential({
    layers: [tf.layers.dense({ units: 2, inputShape: [3], activation: 'softmax' })],
  });
  const batch = { xs: tf.ones([5, 3]), ys: tf.oneHot(tf.tensor1d([0, 1, 0, 1, 1], 'int32'), 2) };
  await assert.rejects(evaluateClassifier(model, [batch]), {
    code: 'ST_TRAINING_METRIC_INPUT',
    message: /10 labels \(shape \[5,2\]\) for 5 rows/,
  });
  model.dispose();
});
