/** What TensorFlow.js does otherwise than Keras: the step in plain tfjs learns what the graph learns, and leaves nothing behind. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { LayersModel, Tensor } from '@tensorflow/tfjs-node';
import { compileTrainStep, type TrainStepOptions } from '../../../src/model/index.ts';
import { tensorflow } from '../../../src/tensorflow.ts';
import { numbers, relativeError } from './reference.ts';

const tf = tensorflow();
const quiet = { onFallback: () => {} };
/** Losses of one's own are what brings any model into plain tfjs. */
const squares = (y: Tensor, p: Tensor) => p.sub(y).square().mean(-1);

/** The weights that one model has after some steps, in a graph and in plain tfjs. */
function learnt(make: () => LayersModel, options: TrainStepOptions, batches: number): Float32Array[][] {
  return [options.loss!, squares].map((loss) => {
    const model = make();
    using step = compileTrainStep(model, { ...options, loss, ...quiet });
    assert.equal(step.compiled, loss !== squares);
    const features = step.features;
    for (let i = 0; i < batches; i++)
      step.learn({ rows: 4, xs: numbers(4 * features, i), ys: numbers(4, 50 + i) });
    const trained = step.toLayersModel();
    const weights = trained.layers.flatMap((layer) => layer.weights.map((w) => w.read().dataSync().slice()));
    for (const one of [model, trained]) one.dispose();
    return weights as Float32Array[];
  });
}

describe('a step in plain tfjs trains as Keras does', () => {
  it('leaves what is 0 at 0: a bias under an L1 penalty, and a row without an error', () => {
    const biasRegularizer = tf.regularizers.l1({ l1: 0.5 });
    for (const [loss, more] of [
      ['mse', { biasRegularizer }],
      ['mae', {}],
    ] as const) {
      // A constraint has no graph.
      for (const rest of [{}, { kernelConstraint: tf.constraints.nonNeg() }]) {
        const model = tf.sequential({
          layers: [
            tf.layers.dense({ units: 1, inputShape: [1], kernelInitializer: 'zeros', ...more, ...rest }),
          ],
        });
        using step = compileTrainStep(model, { optimizer: { kind: 'sgd', learningRate: 1 }, loss, ...quiet });
        step.learn({ rows: 1, xs: Float32Array.of(1), ys: Float32Array.of(0) });
        assert.deepEqual([...step.predict(Float32Array.of(1), 1)], [0], `${loss}, ${step.fallbackReason}`);
        model.dispose();
      }
    }
  });

  it('learns batch normalisation without a scale, a centre or both', () => {
    for (const [scale, center] of [
      [false, true],
      [true, false],
      [false, false],
    ] as const) {
      const make = () =>
        tf.sequential({
          layers: [
            tf.layers.batchNormalization({ scale, center, momentum: 0.5, inputShape: [3] }),
            tf.layers.dense({ units: 1, kernelInitializer: 'ones' }),
          ],
        });
      const [graph, plain] = learnt(make, { loss: 'mse', optimizer: { kind: 'sgd' } }, 3);
      for (const [i, values] of graph!.entries()) assert.ok(relativeError(plain![i]!, values) < 1e-5);
    }
  });

  it('learns layer normalisation without a scale or a centre: with a scale of 1 and a centre of 0 that are frozen', () => {
    const losses = [false, true].map((has) => {
      const norm = tf.layers.layerNormalization({ scale: has, center: has, inputShape: [3] });
      const model = tf.sequential({
        layers: [norm, tf.layers.dense({ units: 1, kernelInitializer: 'ones' })],
      });
      norm.trainable = false;
      using step = compileTrainStep(model, { loss: 'mse', optimizer: 'sgd', ...quiet });
      model.dispose();
      return [1, 2, 3].map((i) => step.learn({ rows: 2, xs: numbers(6, i), ys: numbers(2, i) }).loss);
    });
    assert.ok(relativeError(losses[0]!, losses[1]!) < 1e-6);
  });

  it('learns through a thresholded relu', () => {
    const layers = [
      tf.layers.thresholdedReLU({ theta: 0.2, inputShape: [2] }),
      tf.layers.dense({ units: 1 }),
    ];
    const model = tf.sequential({
      layers: [tf.layers.dense({ units: 2, inputShape: [2], kernelInitializer: 'identity' }), ...layers],
    });
    layers[1]!.setWeights([tf.tensor2d([1, 1], [2, 1]), tf.tensor1d([0])]);
    using step = compileTrainStep(model, {
      loss: 'mse',
      optimizer: { kind: 'sgd', learningRate: 0.5 },
      ...quiet,
    });
    model.dispose();
    // The first unit gives 0 and learns nothing; the error of 1 moves the second one's kernel and bias by 1 each.
    step.learn({ rows: 1, xs: Float32Array.of(0, 1), ys: Float32Array.of(0) });
    const trained = step.toLayersModel();
    const [kernel, bias] = trained.layers[0]!.getWeights().map((weight) => [...weight.dataSync()]);
    trained.dispose();
    assert.deepEqual(
      [kernel, bias],
      [
        [1, 0, 0, 0],
        [0, -1],
      ],
    );
  });

  it('refuses layers that TensorFlow.js has no gradient of, before anything is learnt', () => {
    const parts = [
      tf.layers.dense({ units: 4, inputShape: [2] }),
      tf.layers.reshape({ targetShape: [2, 2] }),
    ];
    const model = tf.sequential({
      layers: [
        ...parts,
        tf.layers.masking({ maskValue: 0 }),
        tf.layers.flatten(),
        tf.layers.dense({ units: 1 }),
      ],
    });
    const tensors = tf.memory().numTensors;
    assert.throws(() => compileTrainStep(model, { loss: 'mse', ...quiet }), {
      code: 'ST_OPTION_INVALID',
      message: /layers that TensorFlow.js can train .*gradient/,
    });
    assert.equal(tf.memory().numTensors, tensors);
    model.dispose();
  });

  it('leaves no tensor behind, whatever its optimizer', () => {
    const make = () => tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [2] })] });
    for (const optimizer of ['sgd', 'momentum', 'adam', 'rmsprop', 'adagrad'] as const) {
      const tensors = tf.memory().numTensors;
      learnt(make, { loss: 'mse', optimizer, learningRate: 0.1 }, 2);
      assert.equal(tf.memory().numTensors, tensors, optimizer);
    }
  });

  it('takes logits that come out of an activation, in a graph', () => {
    const model = tf.sequential({
      layers: [tf.layers.dense({ units: 2, activation: 'tanh', inputShape: [2] })],
    });
    for (const loss of ['binaryCrossentropy', 'categoricalCrossentropy'] as const) {
      using step = compileTrainStep(model, { loss, fromLogits: true });
      assert.equal(step.fallbackReason, undefined);
      const xs = numbers(6, 1);
      const wanted = tf.tidy(() => {
        const logits = model.predict(tf.tensor2d(xs, [3, 2])) as Tensor;
        return (loss === 'binaryCrossentropy' ? logits.sigmoid() : logits.softmax()).dataSync();
      });
      assert.ok(relativeError(step.predict(xs, 3), wanted) < 1e-5);
    }
    model.dispose();
  });
});
