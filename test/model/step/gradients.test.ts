import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Sequential, layers } from '@tensorflow/tfjs-node';
import { compileTrainStep, type MiniBatch, type TrainStepOptions } from '../../../src/model/index.ts';
import { tensorflow } from '../../../src/tensorflow.ts';
import { arraysOf, cutLike, numbers, reference, relativeError, type RowLoss } from './reference.ts';

const tf = tensorflow();
const E = 1e-7;

/** Losses written down from their definitions, not from ours. */
const rowLosses: Record<string, RowLoss> = {
  binaryCrossentropy: (y, p) => {
    const q = p.clipByValue(E, 1 - E);
    return y
      .mul(q.log())
      .add(tf.sub(1, y).mul(tf.sub(1, q).log()))
      .mean(-1)
      .neg();
  },
  'binaryCrossentropy from logits': (y, z) => tf.losses.sigmoidCrossEntropy(y, z, undefined, 0, 0).mean(-1),
  categoricalCrossentropy: (y, p) =>
    y
      .mul(
        p
          .div(p.sum(-1, true))
          .clipByValue(E, 1 - E)
          .log(),
      )
      .sum(-1)
      .neg(),
  'categoricalCrossentropy from logits': (y, z) => y.mul(tf.logSoftmax(z)).sum(-1).neg(),
  meanSquaredError: (y, p) => p.sub(y).square().mean(-1),
  meanAbsoluteError: (y, p) => p.sub(y).abs().mean(-1),
  huber: (y, p) => {
    const e = p.sub(y);
    const near = tf.tidy(() => e.abs().lessEqual(0.7).toFloat().dataSync());
    const inner = tf.tensor(near, e.shape);
    const far = e
      .abs()
      .mul(0.7)
      .sub(0.5 * 0.7 * 0.7);
    return e
      .square()
      .mul(0.5)
      .mul(inner)
      .add(far.mul(tf.sub(1, inner)))
      .mean(-1);
  },
};
const sparse =
  (loss: RowLoss, classes: number): RowLoss =>
  (y, p) =>
    loss(tf.oneHot(y.flatten().toInt(), classes), p);

interface Case {
  model: Sequential;
  options: TrainStepOptions;
  rowLoss: RowLoss;
  batch: MiniBatch;
  seed: number;
}

/**
 * Trains two steps and compares each with the reference from the same weights. Momentum of rate 0 leaves the weights; its
 * velocity after the first step is the gradient itself.
 */
function compare({ model, options, rowLoss, batch, seed }: Case): void {
  const all = { ...options, seed, optimizer: { kind: 'sgd', momentum: 0.5, learningRate: 0 } as const };
  const step = compileTrainStep(model, all);
  const twin = step.toLayersModel();
  try {
    assert.equal(step.compiled, true, step.fallbackReason);
    const expected = reference(twin, batch, rowLoss, seed, 0);
    const found = step.learn(batch);
    assert.ok(
      relativeError([found.loss], [expected.loss]) <= 1e-5,
      `loss ${found.loss}, not ${expected.loss}`,
    );
    if (!options.fromLogits) assert.ok(relativeError(found.predictions, expected.outputs) <= 1e-5);
    const state = arraysOf(step.save());
    const gradients = cutLike(state['velocity']!, expected.gradients);
    for (const [i, gradient] of gradients.entries()) {
      const error = relativeError(gradient, expected.gradients[i]!);
      assert.ok(error <= 1e-5, `gradient ${i} of ${gradients.length} is off by ${error}`);
    }
    const moving = twin.layers.flatMap((layer) => layer.nonTrainableWeights.map((w) => w.read().dataSync()));
    const fixed = Float32Array.from(moving.flatMap((values) => [...values]));
    assert.ok(relativeError(state['fixed']!, fixed) <= 1e-5, 'moving statistics');
  } finally {
    step.dispose();
    twin.dispose();
    model.dispose();
  }
}

const dense = (units: number, seed: number, more: object = {}): layers.Layer =>
  tf.layers.dense({
    units,
    kernelInitializer: tf.initializers.glorotNormal({ seed }),
    biasInitializer: tf.initializers.randomNormal({ stddev: 0.3, seed: seed + 1 }),
    ...more,
  });

function classesOf(rows: number, classes: number, seed: number): Float32Array {
  return Float32Array.from(numbers(rows, seed), (x) =>
    Math.min(classes - 1, Math.floor(Math.abs(x) * classes * 0.8)),
  );
}

const sizes = fc.record({
  rows: fc.integer({ min: 2, max: 40 }),
  features: fc.integer({ min: 1, max: 20 }),
  hidden: fc.integer({ min: 1, max: 50 }),
  outputs: fc.integer({ min: 2, max: 6 }),
  seed: fc.integer({ min: 1, max: 0xffff_ffff }),
});
const runs = { numRuns: 8, seed: 20240607, includeErrorInReport: true };

type Sizes = { rows: number; features: number; hidden: number; outputs: number; seed: number };
const batchOf = ({ rows, features, seed }: Sizes, ys: Float32Array): MiniBatch => ({
  rows,
  xs: numbers(rows * features, seed),
  ys,
});

const activations: Record<string, () => layers.Layer> = Object.fromEntries([
  ...(
    ['linear', 'relu', 'relu6', 'sigmoid', 'tanh', 'softmax', 'elu', 'selu', 'softplus', 'softsign'] as const
  ).map((activation) => [activation, () => tf.layers.activation({ activation })]),
  ['leakyReLU layer', () => tf.layers.leakyReLU({ alpha: 0.17 })],
  ['reLU layer', () => tf.layers.reLU()],
  ['elu layer', () => tf.layers.elu()],
  ['softmax layer', () => tf.layers.softmax()],
]) as Record<string, () => layers.Layer>;

describe('a compiled step has the gradients of tf.variableGrads', () => {
  for (const [name, layer] of Object.entries(activations)) {
    it(`through ${name}`, () => {
      fc.assert(
        fc.property(sizes, (size) => {
          const { features, hidden, outputs, seed } = size;
          const model = tf.sequential();
          model.add(dense(hidden, seed, { inputShape: [features] }));
          model.add(layer());
          model.add(dense(outputs, seed + 2));
          const batch = batchOf(size, numbers(size.rows * outputs, seed + 3));
          const options = { loss: 'mse' } as const;
          compare({ model, options, rowLoss: rowLosses['meanSquaredError']!, batch, seed });
        }),
        runs,
      );
    });
  }

  it('through dropout, with the masks of (seed, step), and at the input', () => {
    fc.assert(
      fc.property(sizes, fc.constantFrom(0, 0.1, 0.5, 0.9), (size, rate) => {
        const { features, hidden, outputs, seed } = size;
        const model = tf.sequential();
        model.add(tf.layers.dropout({ rate: 0.3, inputShape: [features] }));
        model.add(dense(hidden, seed, { activation: 'tanh' }));
        model.add(tf.layers.dropout({ rate }));
        model.add(dense(outputs, seed + 2));
        const batch = batchOf(size, numbers(size.rows * outputs, seed + 3));
        compare({ model, options: { loss: 'mse' }, rowLoss: rowLosses['meanSquaredError']!, batch, seed });
      }),
      runs,
    );
  });

  it('through layers that let the factors of dropout through, and layers that do not', () => {
    const between = {
      'nothing else': [],
      relu: [() => tf.layers.reLU()],
      'leaky relu': [() => tf.layers.leakyReLU({ alpha: 0.1 })],
      'relu with a limit': [() => tf.layers.reLU({ maxValue: 6 })],
      'another dropout': [() => tf.layers.dropout({ rate: 0.2 })],
      'batch normalisation': [() => tf.layers.batchNormalization({ momentum: 0.9 })],
      'a dense layer, relu and dropout': [
        () => dense(6, 11, { activation: 'relu' }),
        () => tf.layers.dropout({ rate: 0.5 }),
      ],
      softmax: [() => tf.layers.softmax()],
    };
    for (const made of Object.values(between)) {
      for (const useBias of [true, false]) {
        const model = tf.sequential();
        model.add(dense(8, 5, { activation: 'relu', inputShape: [4] }));
        model.add(tf.layers.dropout({ rate: 0.4 }));
        for (const make of made) model.add(make());
        model.add(dense(2, 7, { useBias }));
        const batch = { rows: 24, xs: numbers(96, 1, 4), ys: numbers(48, 2) };
        compare({ model, options: { loss: 'mse' }, rowLoss: rowLosses['meanSquaredError']!, batch, seed: 4 });
      }
      const last = tf.sequential();
      last.add(dense(3, 5, { activation: 'relu', inputShape: [4] }));
      for (const make of made) last.add(make());
      last.add(tf.layers.dropout({ rate: 0.4 }));
      const batch = {
        rows: 24,
        xs: numbers(96, 1, 4),
        ys: new Float32Array(24 * last.outputs[0]!.shape[1]!),
      };
      const options = { loss: 'mse' } as const;
      compare({ model: last, options, rowLoss: rowLosses['meanSquaredError']!, batch, seed: 6 });
    }
  });

  it('through batch normalisation, which also moves its statistics', () => {
    fc.assert(
      fc.property(sizes, fc.double({ min: 0.1, max: 0.99, noNaN: true }), (size, momentum) => {
        const { features, hidden, outputs, seed } = size;
        const model = tf.sequential();
        model.add(tf.layers.batchNormalization({ momentum, inputShape: [features] }));
        model.add(dense(hidden, seed, { activation: 'tanh' }));
        model.add(tf.layers.batchNormalization({ epsilon: 0.01 }));
        model.add(dense(outputs, seed + 2));
        // Fewer rows than this, and the variance of a column may be near 0: its inverse root then blows rounding up.
        const rows = size.rows + 10;
        const batch = batchOf({ ...size, rows }, numbers(rows * outputs, seed + 3));
        compare({ model, options: { loss: 'mse' }, rowLoss: rowLosses['meanSquaredError']!, batch, seed });
      }),
      runs,
    );
  });

  it('through flatten, reshape, an input layer and a Sequential within', () => {
    const model = tf.sequential();
    model.add(tf.layers.inputLayer({ inputShape: [2, 3] }));
    model.add(tf.layers.activation({ activation: 'tanh' }));
    model.add(tf.layers.flatten());
    model.add(dense(12, 5, { activation: 'relu' }));
    model.add(tf.layers.reshape({ targetShape: [3, 4] }));
    model.add(tf.layers.dropout({ rate: 0.4 }));
    model.add(tf.layers.flatten());
    model.add(dense(2, 7, { useBias: false }));
    const batch = { rows: 9, xs: numbers(54, 1), ys: numbers(18, 2) };
    compare({ model, options: { loss: 'mse' }, rowLoss: rowLosses['meanSquaredError']!, batch, seed: 4 });
  });

  for (const outputs of [1, 3]) {
    for (const activation of ['sigmoid', 'relu', 'linear'] as const) {
      it(`of binary cross-entropy after ${activation}, ${outputs} output(s)`, () => {
        fc.assert(
          fc.property(sizes, (size) => {
            const { features, seed, rows } = size;
            const model = tf.sequential();
            model.add(dense(size.hidden, seed, { inputShape: [features], activation: 'tanh' }));
            model.add(
              dense(outputs, seed + 2, {
                activation,
                biasInitializer: tf.initializers.constant({ value: 0.5 }),
              }),
            );
            const ys = Float32Array.from(numbers(rows * outputs, seed + 3), (x) => Number(x > 0));
            const fromLogits = activation === 'linear';
            const rowLoss = rowLosses[`binaryCrossentropy${fromLogits ? ' from logits' : ''}`]!;
            const manual: RowLoss = fromLogits ? (y, z) => tf.softplus(z).sub(y.mul(z)).mean(-1) : rowLoss;
            compare({
              model,
              options: { loss: 'binaryCrossentropy', fromLogits },
              rowLoss: manual,
              batch: batchOf(size, ys),
              seed,
            });
          }),
          runs,
        );
      });
    }
  }

  for (const loss of ['categoricalCrossentropy', 'sparseCategoricalCrossentropy'] as const) {
    for (const activation of ['softmax', 'sigmoid', 'linear'] as const) {
      it(`of ${loss} after ${activation}`, () => {
        fc.assert(
          fc.property(sizes, (size) => {
            const { features, outputs, seed, rows } = size;
            const model = tf.sequential();
            model.add(dense(size.hidden, seed, { inputShape: [features], activation: 'tanh' }));
            model.add(dense(outputs, seed + 2, { activation }));
            const fromLogits = activation === 'linear';
            const plain = rowLosses[`categoricalCrossentropy${fromLogits ? ' from logits' : ''}`]!;
            const classes = classesOf(rows, outputs, seed + 3);
            const oneHot = new Float32Array(rows * outputs);
            classes.forEach((label, row) => (oneHot[row * outputs + label] = 1));
            const isSparse = loss === 'sparseCategoricalCrossentropy';
            compare({
              model,
              options: { loss, fromLogits },
              rowLoss: isSparse ? sparse(plain, outputs) : plain,
              batch: batchOf(size, isSparse ? classes : oneHot),
              seed,
            });
          }),
          runs,
        );
      });
    }
  }

  for (const loss of ['meanSquaredError', 'meanAbsoluteError', 'huber'] as const) {
    it(`of ${loss}, rows and classes weighted`, () => {
      fc.assert(
        fc.property(sizes, fc.boolean(), (size, byClass) => {
          const { features, seed, rows } = size;
          const model = tf.sequential();
          model.add(dense(size.hidden, seed, { inputShape: [features], activation: 'tanh' }));
          model.add(dense(1, seed + 2));
          const ys = byClass ? classesOf(rows, 3, seed + 3) : numbers(rows, seed + 3, 2);
          const weights = numbers(rows, seed + 4).map(Math.abs);
          const classWeights = { 0: 0.25, 2: 3 };
          const step = { ...batchOf(size, ys), weights };
          const merged = weights.map((w, row) => w * (byClass ? ([0.25, 1, 3][ys[row]!] ?? 1) : 1));
          const options = {
            loss,
            ...(loss === 'huber' && { huberDelta: 0.7 }),
            ...(byClass && { classWeights }),
          };
          const rowLoss = rowLosses[loss]!;
          const twin: RowLoss = (y, p) =>
            rowLoss(y, p).mul(tf.tensor1d(merged.map((w, i) => w / (weights[i] || 1))));
          compare({ model, options, rowLoss: twin, batch: step, seed });
        }),
        runs,
      );
    });
  }

  it('with L1 and L2 penalties of kernels and biases, frozen layers, and each limit on gradients', () => {
    fc.assert(
      fc.property(sizes, (size) => {
        const { features, hidden, outputs, seed } = size;
        const model = tf.sequential();
        const l1l2 = tf.regularizers.l1l2({ l1: 0.03, l2: 0.05 });
        model.add(
          dense(hidden, seed, { inputShape: [features], activation: 'tanh', kernelRegularizer: l1l2 }),
        );
        model.add(dense(hidden, seed + 5, { trainable: false }));
        const l2 = tf.regularizers.l2({ l2: 0.1 });
        model.add(
          dense(outputs, seed + 2, {
            biasRegularizer: l2,
            kernelRegularizer: tf.regularizers.l1({ l1: 0.02 }),
          }),
        );
        const batch = batchOf(size, numbers(size.rows * outputs, seed + 3));
        compare({ model, options: { loss: 'mse' }, rowLoss: rowLosses['meanSquaredError']!, batch, seed });
      }),
      runs,
    );
  });
});
