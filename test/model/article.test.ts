/** The article's pipeline without Kafka: it learns to tell malignant from benign, in epochs and online. */
import assert from 'node:assert/strict';
import { it, type TestContext } from 'node:test';
import type { Scalar, Tensor2D } from '@tensorflow/tfjs-node';
import * as data from '../../src/data/index.ts';
import { buildClassifier, compileClassifier } from '../../src/model/index.ts';
import { tensorflow } from '../../src/tensorflow.ts';
import { evaluateClassifier, OnlineStandardScaler } from '../../src/training/index.ts';
import { isLong } from '../helpers/schedules.ts';

const tf = tensorflow();

/** Accuracy on the test rows of a model that saw each training row once, in mini datasets of 64, by the split's seed. */
async function onlineAccuracy(frame: data.DataFrame, seed: number): Promise<number> {
  const { train, test } = data.trainTestSplit(frame, { testSize: 0.4, seed });
  const imputer = data.fitMedianImputer(train, { columns: data.breastCancerFeatures });
  const [learning, testing] = [train, test].map((part) => data.splitLabels(imputer.transform(part)));
  const scaler = new OnlineStandardScaler(9);
  const flat = ({ features }: data.SplitLabels, from: number, to: number) =>
    Float32Array.from((features.values as number[][]).slice(from, to).flat());
  const model = compileClassifier(buildClassifier({ inputs: 9, seed }));
  for (let from = 0; from < 419; from += 64) {
    const labels = learning!.labels.slice(from, from + 64);
    const values = flat(learning!, from, from + 64);
    scaler.learn(values, labels.length);
    const xs = tf.tensor2d(scaler.transform<Float32Array>(values, labels.length), [labels.length, 9]);
    const ys = tf.tensor2d(labels, [labels.length, 1]);
    await model.fit(xs, ys, { epochs: 3, batchSize: 32, shuffle: false, verbose: 0 });
    tf.dispose([xs, ys]);
  }
  const xs = tf.tensor2d(scaler.transform<Float32Array>(flat(testing!, 0, 280), 280), [280, 9]);
  const { accuracy } = await evaluateClassifier(model, [{ xs, ys: tf.tensor2d(testing!.labels, [280, 1]) }]);
  model.dispose();
  return accuracy;
}

/** The share of test rows that are right, on raw or scaled features, by the split's seed and the model's. */
async function testAccuracy(
  frame: data.DataFrame,
  seed: number,
  scaled: boolean,
  modelSeed = seed,
): Promise<number> {
  const { train, test } = data.trainTestSplit(frame, { testSize: 0.4, seed });
  const columns = data.breastCancerFeatures;
  const imputer = data.fitMedianImputer(train, { columns });
  const scaler = scaled ? data.fitStandardScaler(imputer.transform(train), { columns }) : undefined;
  const [xs, ys, testXs, testYs] = [train, test].flatMap((part) => {
    const filled = imputer.transform(part);
    const { features, labels } = data.splitLabels(scaler ? scaler.transform(filled) : filled);
    return [tf.tensor2d(features.values as number[][]), tf.tensor2d(labels, [labels.length, 1])];
  }) as [Tensor2D, Tensor2D, Tensor2D, Tensor2D];
  assert.deepEqual([xs.shape, testXs.shape], [[419, 9], [280, 9]]); // prettier-ignore
  const model = compileClassifier(buildClassifier({ inputs: 9, seed: modelSeed }));
  await model.fit(xs, ys, { epochs: 10, batchSize: 64, shuffle: false, verbose: 0 });
  const [loss, accuracy] = model.evaluate(testXs, testYs, { batchSize: 280 }) as Scalar[];
  const value = (await accuracy!.data())[0]!;
  tf.dispose([xs, ys, testXs, testYs, loss!, accuracy!]);
  model.dispose();
  return value;
}

/** By seed, what {@link testAccuracy} gave on scaled features: two tests ask for the same. */
const scaledAccuracies = new Map<number, number>();

async function scaledAccuracy(frame: data.DataFrame, seed: number): Promise<number> {
  const known = scaledAccuracies.get(seed) ?? (await testAccuracy(frame, seed, true));
  scaledAccuracies.set(seed, known);
  return known;
}

async function samples(): Promise<data.DataFrame> {
  return data.encodeLabels((await data.readBreastCancer()).drop({ columns: ['Sample_code_number'] }));
}

async function meanAccuracy(t: TestContext, scaled: boolean): Promise<number> {
  const tensors = tf.memory().numTensors;
  const frame = await samples();
  const accuracies: number[] = [];
  for (const seed of [1, 2, 3, 4, 5])
    accuracies.push(scaled ? await scaledAccuracy(frame, seed) : await testAccuracy(frame, seed, false));
  const mean = accuracies.reduce((a, b) => a + b) / accuracies.length;
  t.diagnostic(`test accuracies ${accuracies.map((a) => a.toFixed(4)).join(', ')}; mean ${mean.toFixed(4)}`);
  assert.equal(tf.memory().numTensors, tensors);
  return mean;
}

it('reaches about 97 % of the test rows over five splits and seeds on scaled features', async (t) => {
  const mean = await meanAccuracy(t, true);
  assert.ok(mean >= 0.96 && mean <= 0.98, `mean ${mean}`);
});

// The article's own settings, raw grades: ten epochs of seven steps stop before the network has learnt. A NumPy
// network written apart from tfjs, with the same layers and Adam, gives a mean of 0.911 on these five splits and
// 0.914 on ten, so it is the settings, not this code. This test pins what is so.
it('reaches about 92 % of them on the raw features, as the article feeds them', async (t) => {
  const mean = await meanAccuracy(t, false);
  assert.ok(mean >= 0.9 && mean < 0.94, `mean ${mean}`);
});

it('is as good online, with the scale of the rows so far, as in ten epochs: within a point, on average over five splits', async (t) => {
  const tensors = tf.memory().numTensors;
  const frame = await samples();
  const differences: number[] = [];
  for (const seed of [1, 2, 3, 4, 5])
    differences.push(100 * ((await onlineAccuracy(frame, seed)) - (await scaledAccuracy(frame, seed))));
  t.diagnostic(`points online above ten epochs: ${differences.map((each) => each.toFixed(1)).join(', ')}`);
  for (const each of differences) assert.ok(Math.abs(each) < 2, `${each}`);
  assert.ok(Math.abs(differences.reduce((a, b) => a + b) / 5) < 1);
  assert.equal(tf.memory().numTensors, tensors);
});

// Chapter 1 states these figures; its own cells measure five seeds and eight splits.
if (isLong)
  it('varies by 0.3 points with the seed and by 0.8 with the split, over 12 splits by 6 seeds', async (t) => {
    const deviation = (values: readonly number[]) => {
      const mean = values.reduce((a, b) => a + b) / values.length;
      return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
    };
    const frame = await samples();
    const table: number[][] = [];
    for (let split = 1; split <= 12; split++) {
      table.push([]);
      for (let seed = 1; seed <= 6; seed++)
        table.at(-1)!.push(100 * (await testAccuracy(frame, split, true, seed)));
    }
    const pooled = Math.sqrt(table.reduce((sum, row) => sum + deviation(row) ** 2, 0) / table.length);
    const bySplit = deviation(table.map((row) => row.reduce((a, b) => a + b) / row.length));
    t.diagnostic(`standard deviation by seed ${pooled.toFixed(3)} points, by split ${bySplit.toFixed(3)}`);
    assert.ok(pooled > 0.2 && pooled < 0.4, `${pooled}`);
    assert.ok(bySplit > 0.65 && bySplit < 0.95, `${bySplit}`);
  });
