/** The article's classifier: its shape, its loss, and that a seed fixes what it says it fixes. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { LayersModel, Scalar, Tensor2D } from '@tensorflow/tfjs-node';
import { buildClassifier, compileClassifier } from '../../src/model/index.ts';
import { mixSeeds } from '../../src/random.ts';
import { tensorflow } from '../../src/tensorflow.ts';

const tf = tensorflow();

/** What one run of Keras gave: the loss of sure and right predictions, and whether it warned. */
interface Flagged {
  readonly loss: number;
  readonly warns: boolean;
}
/** What Keras makes of `from_logits=True` on a sigmoid (scripts/make-from-logits-fixture.py). */
const fromLogits = JSON.parse(
  readFileSync(new URL('fixtures/from-logits.json', import.meta.url), 'utf8'),
) as Record<'tensorflow' | 'jax', Record<'with' | 'without', Flagged>> & {
  readonly tensorflow: { readonly trainings: Record<'with' | 'without', unknown> };
};

function weightsOf(model: LayersModel): number[][] {
  return model.getWeights().map((weights) => Array.from(weights.dataSync()));
}

/** 64 rows whose label is whether the first feature exceeds the second. */
function batch(): { xs: Tensor2D; ys: Tensor2D } {
  const rows = Array.from({ length: 64 }, (_, r) => Array.from({ length: 9 }, (_, c) => (r * (c + 3)) % 11));
  return { xs: tf.tensor2d(rows), ys: tf.tensor2d(rows.map((row) => [row[0]! > row[1]! ? 1 : 0])) };
}

async function trainedWeights(seed: number, steps: number): Promise<number[][]> {
  const model = compileClassifier(buildClassifier({ seed }));
  const { xs, ys } = batch();
  for (let step = 0; step < steps; step++) await model.trainOnBatch(xs, ys);
  const weights = weightsOf(model);
  tf.dispose([xs, ys]);
  model.dispose();
  return weights;
}

describe('buildClassifier', () => {
  it('has the layers of the article', () => {
    const model = buildClassifier({ inputs: 9, seed: 1 });
    const layers = model.layers.map((layer) => {
      const { units, activation, rate } = layer.getConfig();
      return units === undefined ? { rate } : { units, activation };
    });
    assert.deepEqual(layers, [
      { units: 128, activation: 'relu' },
      { rate: 0.2 },
      { units: 256, activation: 'relu' },
      { rate: 0.4 },
      { units: 128, activation: 'relu' },
      { rate: 0.4 },
      { units: 1, activation: 'sigmoid' },
    ]);
    assert.equal(model.countParams(), 67329);
    assert.deepEqual([model.inputs[0]!.shape, model.outputs[0]!.shape], [[null, 9], [null, 1]]); // prettier-ignore
    model.dispose();
  });

  it('starts from the same weights for the same seed, from others for another or none', () => {
    const [a, b, other, none, none2] = [1, 1, 2, undefined, undefined].map((seed) => {
      const model = buildClassifier({ seed: seed! });
      const weights = weightsOf(model);
      model.dispose();
      return weights;
    });
    assert.deepEqual(a, b);
    assert.notDeepEqual(a![0], other![0]);
    assert.notDeepEqual(none![0], none2![0]);
    const limit = Math.sqrt(6 / (9 + 128));
    const kernel = a![0]!;
    assert.ok(kernel.every((weight) => Math.abs(weight) <= limit));
    assert.ok(Math.max(...kernel) > 0.95 * limit && Math.min(...kernel) < -0.95 * limit, 'Glorot uniform');
    assert.notDeepEqual(a![2]!.slice(0, 100), a![4]!.slice(0, 100), 'each layer draws its own');
  });

  it('trains to bit-equal weights for the same seed on the same batches', async () => {
    const [first, again, other] = [
      await trainedWeights(3, 5),
      await trainedWeights(3, 5),
      await trainedWeights(4, 5),
    ];
    assert.deepEqual(first, again);
    assert.notDeepEqual(first, other);
  });

  it('draws a new dropout mask at each step, the same ones in a second model of that seed', () => {
    const masks = () =>
      tf.tidy(() => {
        const model = buildClassifier({ seed: 5 });
        const dropout = model.layers[1]!;
        const ones = tf.ones([4, 128]);
        const draw = (training: boolean) =>
          Array.from((dropout.apply(ones, { training }) as Tensor2D).dataSync());
        const drawn = [draw(true), draw(true), draw(false), draw(true)];
        model.dispose();
        return drawn;
      });
    const [first, second, idle, third] = masks();
    assert.notDeepEqual(first, second);
    assert.notDeepEqual(second, third);
    assert.ok(
      idle!.every((value) => value === 1),
      'none in prediction',
    );
    const dropped = first!.filter((value) => value === 0).length / first!.length;
    assert.ok(Math.abs(dropped - 0.2) < 0.08, `a share of ${dropped} dropped`);
    assert.deepEqual(masks(), [first, second, idle, third]);
  });

  it('never derives seed 0, which tfjs takes for none', () => {
    const seeds = new Set<number>();
    for (let seed = 0; seed < 100; seed++)
      for (let part = 0; part < 100; part++) seeds.add(mixSeeds(seed, part));
    assert.ok(!seeds.has(0));
    assert.ok(seeds.size > 9990, `${seeds.size} of 10000 differ`);
  });

  it('refuses options out of range by name', () => {
    for (const inputs of [0, 1.5, NaN]) {
      assert.throws(() => buildClassifier({ inputs }), { code: 'ST_OPTION_INVALID', option: 'inputs' });
    }
    for (const seed of [-1, 0.5, 2 ** 32]) {
      assert.throws(() => buildClassifier({ seed }), { code: 'ST_OPTION_INVALID', option: 'seed' });
    }
  });
});

describe('compileClassifier', () => {
  it('reports the mean of -ln(p of the true class), and accuracy at 0.5', async () => {
    const model = compileClassifier(buildClassifier({ seed: 1 }));
    const { xs, ys } = batch();
    const output = model.predict(xs) as Tensor2D;
    const measured = model.evaluate(xs, ys, { batchSize: 64 }) as Scalar[];
    const [loss, accuracy] = measured.map((t) => t.dataSync()[0]!);
    const [p, y] = [Array.from(await output.data()), Array.from(await ys.data())];
    const expected =
      y.reduce((sum, label, i) => sum - Math.log(label === 1 ? p[i]! : 1 - p[i]!), 0) / y.length;
    assert.ok(Math.abs(loss! - expected) < 1e-5, `${loss} and ${expected}`);
    const right = y.filter((label, i) => (p[i]! > 0.5 ? 1 : 0) === label).length / y.length;
    assert.ok(Math.abs(accuracy! - right) < 1e-6);
    tf.dispose([xs, ys, output, ...measured]);
    model.dispose();
  });

  it("gives sure and right predictions a loss of 0, as Keras does with from_logits=True, too, on TensorFlow's backend", () => {
    const y = [0, 0, 1, 1];
    const onProbabilities = tf.tidy(
      () => tf.metrics.binaryCrossentropy(tf.tensor1d(y), tf.tensor1d(y)).dataSync()[0]!,
    );
    const { tensorflow: keras } = fromLogits;
    for (const loss of [onProbabilities, keras.with.loss, keras.without.loss])
      assert.ok(loss < 1e-5, `${loss}`);
    assert.deepEqual([keras.with.warns, keras.without.warns], [true, false], 'the flag only warns');
    assert.deepEqual(keras.trainings.with, keras.trainings.without, 'ten trainings end alike');
  });

  it('is not the loss of TensorFlow.js on logits, which squashes a sigmoid once more, as Keras does on JAX', () => {
    const y = [0, 0, 1, 1];
    const squashedTwice = (labels: number[], outputs: number[]) =>
      tf.tidy(() => tf.losses.sigmoidCrossEntropy(tf.tensor1d(labels), tf.tensor1d(outputs)).dataSync()[0]!);
    assert.ok(Math.abs(squashedTwice([0], [0]) - 0.6931) < 1e-4, 'a sure and right 0 costs ln 2');
    assert.ok(Math.abs(squashedTwice([1], [1]) - 0.3133) < 1e-4, 'a sure and right 1 costs -ln 0.731');
    assert.ok(Math.abs(squashedTwice(y, y) - fromLogits.jax.with.loss) < 1e-4, 'both together 0.503');
    assert.ok(fromLogits.jax.without.loss < 1e-5);
  });

  it('has a gradient at least twice that of a sigmoid squashed twice, which gives up on rows it is surely wrong about', () => {
    const gradient = (twice: boolean, z: number, y: number) =>
      tf.tidy(() => {
        const loss = (logit: Tensor2D) =>
          tf.losses.sigmoidCrossEntropy(tf.tensor2d([[y]]), twice ? tf.sigmoid(logit) : logit).asScalar();
        return Math.abs(
          tf
            .grad((x) => loss(x as Tensor2D))(tf.tensor2d([[z]]))
            .dataSync()[0]!,
        );
      });
    for (const z of [-4, -1, 0, 1, 4]) {
      for (const y of [0, 1]) assert.ok(gradient(false, z, y) >= 2 * gradient(true, z, y), `z ${z}, y ${y}`);
    }
    assert.ok(gradient(true, -8, 1) < 0.001 * gradient(false, -8, 1));
  });

  it('refuses a step size that is not positive', () => {
    const model = buildClassifier({ seed: 1 });
    for (const learningRate of [0, -1, NaN, Infinity]) {
      assert.throws(() => compileClassifier(model, { learningRate }), { code: 'ST_OPTION_INVALID' });
    }
    model.dispose();
  });

  it('keeps the number of tensors the same while training, and frees all with the model', async () => {
    const before = tf.memory().numTensors;
    const model = compileClassifier(buildClassifier({ seed: 1 }));
    const { xs, ys } = batch();
    await model.trainOnBatch(xs, ys);
    const after = tf.memory().numTensors;
    for (let step = 0; step < 5; step++) await model.trainOnBatch(xs, ys);
    assert.equal(tf.memory().numTensors, after);
    tf.dispose([xs, ys]);
    const compiled = tf.memory().numTensors;
    compileClassifier(model);
    assert.ok(tf.memory().numTensors < compiled, 'compiling again frees the first Adam');
    model.dispose();
    assert.equal(tf.memory().numTensors, before, "Adam's slots included");
  });
});
