import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { LayersModel, Optimizer } from '@tensorflow/tfjs-node';
import {
  ModelStateError,
  compileTrainStep,
  type MiniBatch,
  type TrainStep,
  type TrainStepOptions,
} from '../../../src/model/index.ts';
import { tensorflow } from '../../../src/tensorflow.ts';
import { arraysOf, numbers, relativeError } from './reference.ts';

const tf = tensorflow();
const rows = 12;
const batch = (seed: number): MiniBatch => {
  const xs = numbers(rows * 8, seed);
  return { rows, xs, ys: Float32Array.from({ length: rows }, (_, row) => Number(xs[row * 8]! > 0)) };
};

/** A model with a layer that has no graph (a convolution), and penalties, which trainOnBatch counts too. */
function convolution(more: { dropout?: number } = {}): LayersModel {
  const init = (seed: number) => ({ kernelInitializer: tf.initializers.glorotUniform({ seed }) });
  const kernelRegularizer = tf.regularizers.l2({ l2: 0.01 });
  const model = tf.sequential();
  model.add(tf.layers.reshape({ targetShape: [8, 1], inputShape: [8] }));
  model.add(tf.layers.conv1d({ filters: 3, kernelSize: 2, activation: 'relu', ...init(1) }));
  model.add(tf.layers.flatten());
  if (more.dropout) model.add(tf.layers.dropout({ rate: more.dropout }));
  model.add(tf.layers.dense({ units: 1, activation: 'sigmoid', ...init(2), kernelRegularizer }));
  return model;
}

function fallback(model: LayersModel, options: TrainStepOptions = {}): { step: TrainStep; said: string[] } {
  const said: string[] = [];
  const step = compileTrainStep(model, { seed: 3, ...options, onFallback: (text) => said.push(text) });
  return { step, said };
}

function learn(step: TrainStep, from: number, to: number): void {
  for (let i = from; i < to; i++) step.learn(batch(i));
}

const weightsOf = (model: LayersModel) =>
  Float32Array.from(model.layers.flatMap((layer) => layer.weights.flatMap((w) => [...w.read().dataSync()])));

describe('a model that has no graph', () => {
  const optimizers: Record<string, () => Optimizer> = {
    adam: () => tf.train.adam(0.01),
    momentum: () => tf.train.momentum(0.05, 0.9),
    rmsprop: () => tf.train.rmsprop(0.01, 0.9, 0.2),
    adamax: () => tf.train.adamax(0.01),
    adadelta: () => tf.train.adadelta(0.5),
  };
  for (const [name, make] of Object.entries(optimizers)) {
    it(`is trained as trainOnBatch does, and goes on bit for bit after save and restore (${name})`, async () => {
      const model = convolution();
      const optimizer = make();
      const { step, said } = fallback(model, { optimizer });
      const { step: whole } = fallback(model, { optimizer });
      assert.equal(step.compiled, false);
      assert.equal(said.length, 1);
      assert.match(said[0]!, /Conv1D|optimizer Ada/);
      const before = weightsOf(model);
      learn(step, 0, 6);
      assert.deepEqual(weightsOf(model), before, 'the model itself stays as it is');
      model.compile({ optimizer, loss: 'binaryCrossentropy' });
      for (let i = 0; i < 6; i++) {
        const { xs, ys } = batch(i);
        const [x, y] = [tf.tensor2d(xs, [rows, 8]), tf.tensor2d(ys, [rows, 1])];
        await model.trainOnBatch(x, y);
        tf.dispose([x, y]);
      }
      const clone = step.toLayersModel();
      const error = relativeError(weightsOf(clone), weightsOf(model));
      assert.ok(error < 1e-5, `weights differ by ${error}`);
      clone.dispose();

      const tensors = tf.memory().numTensors;
      learn(whole, 0, 10);
      const { step: second } = fallback(model, { optimizer, seed: 8 });
      second.restore(structuredClone(step.save()));
      assert.equal(second.step, 6);
      learn(second, 6, 10);
      assert.deepEqual(arraysOf(second.save()), arraysOf(whole.save()));
      second.restore(step.save());
      learn(second, 6, 10);
      assert.deepEqual(arraysOf(second.save()), arraysOf(whole.save()), 'also where slots had been there');
      second.dispose();
      const grown = tf.memory().numTensors - tensors;
      learn(whole, 10, 14);
      assert.equal(tf.memory().numTensors - tensors, grown, 'no tensor is left by a step');
      for (const each of [step, whole]) each.dispose();
      model.dispose();
      optimizer.dispose();
    });
  }

  it('refuses what an embedding cannot look up, which tfjs would cut to a whole number', () => {
    const layers = [tf.layers.embedding({ inputDim: 5, outputDim: 2, inputLength: 8 }), tf.layers.flatten()];
    const model = tf.sequential({
      layers: [...layers, tf.layers.dense({ units: 1, activation: 'sigmoid' })],
    });
    const { step } = fallback(model);
    const xs = Float32Array.of(0, 1, 2, 3, 4, 0, 1, 2);
    const ys = Float32Array.of(1);
    assert.ok(Number.isFinite(step.learn({ rows: 1, xs, ys }).loss));
    for (const value of [1.7, -1, 5]) {
      const bad = xs.with(3, value);
      const refused = { code: 'ST_MODEL_MINI_BATCH', part: 'xs', row: 0, column: 3 };
      assert.throws(() => step.predict(bad, 1), refused);
      assert.throws(() => step.learn({ rows: 1, xs: bad, ys }), refused);
    }
    step.dispose();
    model.dispose();
  });

  const inputShape: [number, number] = [4, 2];
  const recurrent = {
    lstm: () => tf.layers.lstm({ units: 3, inputShape, unitForgetBias: true }),
    'lstm with dropout': () => tf.layers.lstm({ units: 3, inputShape, dropout: 0.2, recurrentDropout: 0.2 }),
    gru: () => tf.layers.gru({ units: 3, inputShape }),
    'gru with dropout': () => tf.layers.gru({ units: 3, inputShape, dropout: 0.2, recurrentDropout: 0.1 }),
    simpleRNN: () => tf.layers.simpleRNN({ units: 3, inputShape, dropout: 0.2 }),
  };
  for (const [name, layer] of Object.entries(recurrent))
    it(`leaves no tensor behind from its making to its end (${name})`, () => {
      const model = tf.sequential({
        layers: [layer(), tf.layers.dense({ units: 1, activation: 'sigmoid' })],
      });
      const tensors = tf.memory().numTensors;
      for (let i = 0; i < 3; i++) {
        const { step } = fallback(model);
        learn(step, 0, 2);
        step.predict(batch(1).xs, rows);
        step.restore(step.save());
        learn(step, 2, 3);
        step.toLayersModel().dispose();
        step.dispose();
        assert.equal(tf.memory().numTensors, tensors);
      }
      model.dispose();
    });

  it('has its dropout fixed by (seed, step)', () => {
    const model = convolution({ dropout: 0.5 });
    const losses = [1, 1, 2].map((seed) => {
      const { step } = fallback(model, { seed });
      const found = [0, 1, 2].map(() => step.learn(batch(1)).loss);
      step.dispose();
      return found;
    });
    model.dispose();
    assert.deepEqual(losses[0], losses[1]);
    assert.notDeepEqual(losses[0], losses[2]);
    assert.notEqual(losses[0]![0], losses[0]![1]);
  });

  it('learns what the graph learns: losses, weights of rows and classes, limits', () => {
    const dense = () => {
      const model = tf.sequential();
      const init = (seed: number) => tf.initializers.glorotUniform({ seed });
      model.add(
        tf.layers.dense({ units: 6, activation: 'tanh', inputShape: [8], kernelInitializer: init(1) }),
      );
      model.add(tf.layers.dense({ units: 3, kernelInitializer: init(2) }));
      return model;
    };
    const classes = Float32Array.from({ length: rows }, (_, row) => row % 3);
    const values = numbers(rows * 3, 9);
    const oneHot = Float32Array.from({ length: rows * 3 }, (_, i) => Number(i % 3 === Math.floor(i / 3) % 3));
    const cases: [TrainStepOptions, Float32Array][] = [
      [{ loss: 'sparseCategoricalCrossentropy', fromLogits: true, classWeights: { 1: 3 } }, classes],
      [{ loss: 'categoricalCrossentropy', fromLogits: true, clipNorm: 0.01 }, oneHot],
      [{ loss: 'binaryCrossentropy', fromLogits: true, globalClipNorm: 0.01 }, oneHot],
      [{ loss: 'mae', clipValue: 0.001 }, values],
      [{ loss: 'huber', huberDelta: 0.5 }, values],
    ];
    for (const [options, ys] of cases) {
      const plain = dense();
      // A constraint that constrains nothing here: all that keeps the second model from being compiled.
      const constrained = dense();
      const inside = constrained.layers[0] as unknown as { kernelConstraint: unknown };
      inside.kernelConstraint = tf.constraints.maxNorm({ maxValue: 1e6 });
      const results = [plain, constrained].map((model, i) => {
        const { step } = fallback(model, { optimizer: 'momentum', metrics: ['accuracy'], ...options });
        assert.equal(step.compiled, i === 0);
        const weights = numbers(rows, 4).map(Math.abs);
        const found = [0, 1, 2].map((n) => step.learn({ rows, xs: numbers(rows * 8, n), ys, weights }));
        const predictions = step.predict(numbers(rows * 8, 5), rows);
        step.dispose();
        return { found, predictions };
      });
      plain.dispose();
      constrained.dispose();
      const [graph, eager] = results as [(typeof results)[0], (typeof results)[0]];
      for (const [n, { loss, predictions, metrics }] of graph.found.entries()) {
        const other = eager.found[n]!;
        assert.ok(
          relativeError([loss], [other.loss]) < 1e-5,
          `${options.loss as string}: ${loss}, ${other.loss}`,
        );
        assert.ok(relativeError(predictions, other.predictions) < 1e-5, options.loss as string);
        assert.deepEqual(metrics, other.metrics);
      }
      assert.ok(relativeError(graph.predictions, eager.predictions) < 1e-5, options.loss as string);
    }
  });

  it('may be a functional model, or have a loss of its own', () => {
    const input = tf.input({ shape: [8] });
    const wide = tf.layers.dense({ units: 4, activation: 'relu' }).apply(input);
    const both = tf.layers.concatenate().apply([input, wide] as never);
    const model = tf.model({ inputs: input, outputs: tf.layers.dense({ units: 1 }).apply(both) as never });
    const { step, said } = fallback(model, { loss: (y, p) => p.sub(y).square().mean() });
    assert.match(said[0]!, /loss is a function/);
    const { step: named, said: second } = fallback(model, { loss: 'mse' });
    assert.match(second[0]!, /not a Sequential/);
    model.dispose();
    const first = step.learn(batch(0)).loss;
    assert.ok(relativeError([named.learn(batch(0)).loss], [first]) < 1e-6);
    for (let i = 0; i < 60; i++) step.learn(batch(0));
    assert.ok(step.learn(batch(0)).loss < first);
    step.dispose();
    named.dispose();
  });

  it('refuses a state that does not fit, and is then unchanged', () => {
    const model = convolution();
    const { step } = fallback(model);
    learn(step, 0, 2);
    const good = step.save() as { arrays: Record<string, Float32Array> };
    const before = structuredClone(good.arrays);
    const [slot] = Object.keys(good.arrays).filter((name) => name.includes('accumulatedFirst'));
    const { [slot!]: _, ...missing } = good.arrays;
    const { 'optimizer.accBeta1': __, ...scalar } = good.arrays;
    for (const arrays of [
      missing,
      scalar,
      { ...good.arrays, 'weight.0': new Float32Array(1) },
      { ...good.arrays, 'optimizer.unknown': new Float32Array(1) },
    ]) {
      assert.throws(() => step.restore({ ...good, arrays }), ModelStateError);
      assert.deepEqual(arraysOf(step.save()), before);
    }
    step.dispose();
    model.dispose();
  });
});
