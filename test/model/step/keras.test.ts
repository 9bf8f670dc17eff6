/** Frozen layers, constraints, channels first, accuracy and losses as Keras has them (scripts/make-keras-fixture.py). */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { LayersModel, Tensor, Variable, layers } from '@tensorflow/tfjs-node';
import { compileTrainStep, type TrainStepOptions } from '../../../src/model/index.ts';
import { tensorflow } from '../../../src/tensorflow.ts';
import { relativeError } from './reference.ts';

interface Run {
  name: string;
  xs: number[];
  ys: number[];
  start: number[][];
  losses: number[];
  end: number[][];
  predictions: number[];
}
interface Fixture {
  runs: Run[];
  channels: { shape: number[]; kernel: number[]; xs: number[]; predictions: number[] }[];
  accuracy: { ys: number[]; predictions: number[]; accuracy: number }[];
  outputs: number[];
  losses: { loss: string; ys: number[][]; mean: number }[];
}

const fixture = JSON.parse(
  readFileSync(new URL('../fixtures/keras.json', import.meta.url), 'utf8'),
) as Fixture;
const tf = tensorflow();
const quiet: TrainStepOptions = { onFallback: () => {} };

const leaves = (model: LayersModel): layers.Layer[] =>
  model.layers.flatMap((layer) => ('layers' in layer ? leaves(layer as unknown as LayersModel) : [layer]));

/** Exactly these: tfjs's own setWeights would apply constraints to them. */
function setWeights(model: LayersModel, values: readonly number[][]): void {
  const weights = leaves(model).flatMap((layer) => layer.weights.map((weight) => weight.read() as Variable));
  for (const [i, weight] of weights.entries())
    tf.tidy(() => weight.assign(tf.tensor(values[i]!, weight.shape)));
}

/** In the order of layers and of their making, whether they are frozen or not. */
const weightsOf = (model: LayersModel) =>
  leaves(model).flatMap((layer) => layer.weights.map((weight) => [...weight.read().dataSync()]));

const dense = (more: object = {}) => tf.layers.dense({ units: 4, activation: 'tanh', ...more });
const norm = () => tf.layers.batchNormalization({ momentum: 0.9 });
const head = () => tf.layers.dense({ units: 1, activation: 'sigmoid' });
const onBase = (...base: layers.Layer[]) =>
  tf.sequential({ layers: [tf.sequential({ layers: base }), head()] });
const inputShape = [3];

const models: Record<string, { make: () => LayersModel; frozen?: boolean; compiled: boolean }> = {
  'a frozen dense base': {
    make: () => onBase(dense({ inputShape, kernelRegularizer: tf.regularizers.l2({ l2: 0.05 }) })),
    frozen: true,
    compiled: true,
  },
  'a base that is not frozen': { make: () => onBase(dense({ inputShape }), norm()), compiled: true },
  'a frozen base with batch normalisation': {
    make: () => onBase(dense({ inputShape }), norm()),
    frozen: true,
    compiled: true,
  },
  'a frozen convolutional base': {
    make: () =>
      onBase(
        tf.layers.reshape({ targetShape: [6, 1], inputShape: [6] }),
        tf.layers.conv1d({ filters: 3, kernelSize: 2, activation: 'tanh' }),
        norm(),
        tf.layers.flatten(),
      ),
    frozen: true,
    compiled: false,
  },
  'weights kept within a norm': {
    make: () => {
      const kernelConstraint = tf.constraints.maxNorm({ maxValue: 0.8, axis: 0 });
      return tf.sequential({ layers: [dense({ inputShape, kernelConstraint }), head()] });
    },
    compiled: false,
  },
  'weights that are never negative': {
    make: () => {
      const more = { kernelConstraint: tf.constraints.nonNeg(), biasConstraint: tf.constraints.nonNeg() };
      return tf.sequential({ layers: [dense({ inputShape, ...more }), head()] });
    },
    compiled: false,
  },
};

describe('a step trains as Keras does', () => {
  for (const { name, xs, ys, start, losses, end, predictions } of fixture.runs) {
    const { make, frozen = false, compiled } = models[name]!;
    for (const plain of compiled ? [false, true] : [true]) {
      it(`${name}${plain ? ', in plain tfjs' : ''}`, () => {
        const model = make();
        setWeights(model, start);
        if (frozen) model.layers[0]!.trainable = false;
        // A loss of one's own is what brings any model into plain tfjs.
        const own = (y: Tensor, p: Tensor) => tf.metrics.binaryCrossentropy(y, p);
        const more = plain && compiled ? { loss: own } : { loss: 'binaryCrossentropy' as const };
        using step = compileTrainStep(model, {
          optimizer: { kind: 'sgd', learningRate: 0.2 },
          ...more,
          ...quiet,
        });
        model.dispose();
        assert.equal(step.compiled, !plain);
        const batch = { rows: ys.length, xs: Float32Array.from(xs), ys: Float32Array.from(ys) };
        const found = losses.map(() => step.learn(batch).loss);
        assert.ok(relativeError(found, losses) < 1e-5, `losses ${found.join()}, not ${losses.join()}`);
        assert.ok(relativeError(step.predict(batch.xs, batch.rows), predictions) < 1e-4);
        const trained = step.toLayersModel();
        const weights = weightsOf(trained);
        trained.dispose();
        for (const [i, values] of weights.entries())
          assert.ok(relativeError(values, end[i]!) < 1e-4, `weight ${i}: ${values.join()}`);
        if (frozen)
          assert.deepEqual(
            weights.slice(0, -2),
            start.slice(0, -2).map((w) => w.map(Math.fround)),
          );
      });
    }
  }

  it('reads channels first, and computes on it in plain tfjs', () => {
    for (const { shape, kernel, xs, predictions } of fixture.channels) {
      const flatten = tf.layers.flatten({ dataFormat: 'channelsFirst', inputShape: shape });
      const model = tf.sequential({ layers: [flatten, tf.layers.dense({ units: 2 })] });
      setWeights(model, [kernel, [0, 0]]);
      using step = compileTrainStep(model, { loss: 'mse', ...quiet });
      model.dispose();
      assert.match(step.fallbackReason!, /data format channelsFirst/);
      assert.ok(relativeError(step.predict(Float32Array.from(xs), 3), predictions) < 1e-5);
    }
  });

  it('counts class 1 above 0.5, not at it', () => {
    for (const { ys, predictions, accuracy } of fixture.accuracy) {
      const layer = tf.layers.dense({ units: 1, inputShape: [1], kernelInitializer: 'ones' });
      const model = tf.sequential({ layers: [layer] });
      using step = compileTrainStep(model, { loss: 'binaryCrossentropy', metrics: ['accuracy'] });
      model.dispose();
      const batch = { rows: ys.length, xs: Float32Array.from(predictions), ys: Float32Array.from(ys) };
      assert.equal(step.learn(batch).metrics['accuracy'], accuracy);
    }
  });

  it("takes a model's own loss whatever it is", () => {
    for (const { loss, ys, mean } of fixture.losses) {
      const camel = loss.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
      const model = tf.sequential({
        layers: [tf.layers.activation({ activation: 'linear', inputShape: [2] })],
      });
      model.compile({ optimizer: 'sgd', loss: camel });
      using step = compileTrainStep(model, quiet);
      model.dispose();
      const batch = { rows: 2, xs: Float32Array.from(fixture.outputs), ys: Float32Array.from(ys.flat()) };
      const found = step.learn(batch).loss;
      assert.ok(relativeError([found], [mean]) < 1e-4, `${loss}: ${found}, not ${mean}`);
    }
  });
});
