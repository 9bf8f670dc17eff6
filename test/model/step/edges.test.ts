import assert from 'node:assert/strict';
import { InvalidOptionError } from '../../../src/options.ts';
import { describe, it } from 'node:test';
import {
  MiniBatchError,
  ModelDisposedError,
  buildClassifier,
  compileTrainStep,
  type MiniBatch,
} from '../../../src/model/index.ts';
import { tensorflow } from '../../../src/tensorflow.ts';
import { arraysOf, numbers } from './reference.ts';

const tf = tensorflow();

function classes(outputs: number) {
  return tf.sequential({
    layers: [tf.layers.dense({ units: outputs, activation: 'softmax', inputShape: [3] })],
  });
}

describe('a training step at its edges', () => {
  it('refuses mini-batches that do not fit, names the part at fault, and learns nothing of them', () => {
    const model = classes(4);
    using step = compileTrainStep(model, { loss: 'sparseCategoricalCrossentropy' });
    model.dispose();
    const good: MiniBatch = { rows: 2, xs: new Float32Array(6), ys: Float32Array.of(0, 3) };
    const before = arraysOf(step.save());
    const bad: [string, object][] = [
      ['rows', { rows: 0 }],
      ['rows', { rows: 1.5 }],
      ['rows', { rows: NaN }],
      ['xs', { xs: new Float32Array(5) }],
      ['xs', { xs: [1, 2, 3, 4, 5, 6] }],
      ['xs', { xs: new Float64Array(6) }],
      ['ys', { ys: new Float32Array(3) }],
      ['ys', { ys: Float32Array.of(0, 4) }],
      ['ys', { ys: Float32Array.of(0, 0.5) }],
      ['ys', { ys: Float32Array.of(0, NaN) }],
      ['weights', { weights: new Float32Array(1) }],
      ['weights', { weights: Float32Array.of(1, NaN) }],
      ['weights', { weights: Float32Array.of(1, -1) }],
      ['weights', { weights: Float32Array.of(1, Infinity) }],
    ];
    for (const [part, change] of bad) {
      const what = JSON.stringify(change);
      const fault = (error: unknown) => error instanceof MiniBatchError && error.part === part;
      assert.throws(() => step.learn({ ...good, ...change }), fault, what);
      assert.throws(() => step.learnEpochs({ ...good, ...change }), fault, what);
    }
    assert.throws(() => step.predict(new Float32Array(5), 2), MiniBatchError);
    assert.throws(() => step.predict(new Float32Array(0), 0), MiniBatchError);
    assert.deepEqual(arraysOf(step.save()), before);
    assert.equal(step.step, 0);
    assert.ok(Number.isFinite(step.learn(good).loss));
  });

  it('takes one row, and thousands', () => {
    const model = buildClassifier({ inputs: 9, seed: 1 });
    using step = compileTrainStep(model, { seed: 1 });
    model.dispose();
    for (const rows of [1, 2, 3, 5000, 1]) {
      const { loss, predictions } = step.learn({
        rows,
        xs: numbers(rows * 9, 1),
        ys: new Float32Array(rows),
      });
      assert.ok(Number.isFinite(loss));
      assert.equal(predictions.length, rows);
    }
  });

  it('takes arrays that are parts of larger ones, and leaves them as they are', () => {
    const model = classes(2);
    using a = compileTrainStep(model, { loss: 'categoricalCrossentropy' });
    using b = compileTrainStep(model, { loss: 'categoricalCrossentropy' });
    model.dispose();
    const large = numbers(100, 3);
    const copy = large.slice();
    const part = {
      rows: 4,
      xs: large.subarray(7, 19),
      ys: Float32Array.of(9, 1, 0, 0, 1, 1, 0, 0.25, 0.75, 9).subarray(1, 9),
    };
    const own = { rows: 4, xs: part.xs.slice(), ys: part.ys.slice() };
    assert.equal(a.learn(part).loss, b.learn(own).loss);
    assert.deepEqual(large, copy);
    const results = a.learn(part).predictions;
    const kept = results.slice();
    a.learn(own);
    assert.deepEqual(results, kept, 'predictions are the caller’s');
  });

  it('keeps sure and wrong rows exact: the loss of a saturated sigmoid is its logit, not a clipped one', () => {
    const model = tf.sequential({
      layers: [
        tf.layers.dense({
          units: 1,
          activation: 'sigmoid',
          inputShape: [1],
          kernelInitializer: 'ones',
        }),
      ],
    });
    using step = compileTrainStep(model, { optimizer: { kind: 'sgd', learningRate: 1 } });
    model.dispose();
    const { loss } = step.learn({ rows: 1, xs: Float32Array.of(60), ys: Float32Array.of(0) });
    assert.equal(loss, 60);
    assert.ok(arraysOf(step.save())['weights']![0]! < -58, 'and its gradient is not lost');
  });

  it('refuses options that cannot be', () => {
    const model = classes(2);
    const bad: [string, object][] = [
      ['seed', { seed: -1 }],
      ['seed', { seed: 0.5 }],
      ['learningRate', { learningRate: NaN }],
      ['loss', { loss: 'hinge' }],
      ['optimizer', { optimizer: 'adamw' }],
      ['optimizer.beta1', { optimizer: { kind: 'adam', beta1: 1 } }],
      ['optimizer.momentum', { optimizer: { kind: 'sgd', momentum: -1 } }],
      ['metrics', { metrics: ['f1'] }],
      ['clipNorm', { clipNorm: 0 }],
      ['clipNorm', { clipValue: 1, clipNorm: 1 }],
      ['huberDelta', { loss: 'huber', huberDelta: 0 }],
      ['classWeights[1]', { classWeights: { 1: NaN } }],
      ['classWeights', { classWeights: { '-1': 1 } }],
    ];
    for (const [option, options] of bad) {
      assert.throws(
        () => compileTrainStep(model, options),
        (error) => error instanceof InvalidOptionError && error.option === option,
        JSON.stringify(options),
      );
    }
    assert.throws(() => compileTrainStep(tf.sequential()), InvalidOptionError);
    using step = compileTrainStep(model, { loss: 'mse' });
    assert.throws(() => (step.learningRate = -1), InvalidOptionError);
    const batch = { rows: 1, xs: new Float32Array(3), ys: new Float32Array(2) };
    assert.throws(() => step.learnEpochs(batch, { epochs: 0 }), InvalidOptionError);
    assert.throws(() => step.learnEpochs(batch, { batchSize: 0.5 }), InvalidOptionError);
    model.dispose();
  });

  it('says so when it is used after dispose', () => {
    const model = classes(2);
    const step = compileTrainStep(model, { loss: 'mse' });
    model.dispose();
    const state = step.save();
    step.dispose();
    step.dispose();
    const batch = { rows: 1, xs: new Float32Array(3), ys: new Float32Array(2) };
    for (const use of [
      () => step.learn(batch),
      () => step.learnEpochs(batch),
      () => step.predict(batch.xs, 1),
      () => step.save(),
      () => step.restore(state),
      () => step.toLayersModel(),
    ])
      assert.throws(use, ModelDisposedError);
  });

  it('measures accuracy of the predictions it returns', () => {
    const model = classes(3);
    for (const [loss, ys] of [
      ['sparseCategoricalCrossentropy', Float32Array.of(0, 1, 2, 1)],
      ['categoricalCrossentropy', Float32Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 1, 0)],
    ] as const) {
      using step = compileTrainStep(model, { loss, metrics: ['accuracy'] });
      const { predictions, metrics } = step.learn({ rows: 4, xs: numbers(12, 5), ys });
      let right = 0;
      for (const [row, truth] of [0, 1, 2, 1].entries()) {
        const values = [...predictions.subarray(row * 3, row * 3 + 3)];
        if (values.indexOf(Math.max(...values)) === truth) right++;
      }
      assert.equal(metrics.accuracy, right / 4);
    }
    model.dispose();
  });
});
