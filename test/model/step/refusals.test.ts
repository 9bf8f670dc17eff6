import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  MiniBatchError,
  ModelNotFiniteError,
  ModelStateError,
  buildClassifier,
  compileTrainStep,
  type TrainStepOptions,
} from '../../../src/model/index.ts';
import { tensorflow } from '../../../src/tensorflow.ts';
import { arraysOf, numbers, relativeError } from './reference.ts';

const tf = tensorflow();
const quiet: TrainStepOptions = { onFallback: () => {} };

/** Relu layers, which drop NaN; with a layer that has no graph, if asked for. */
function network(
  options: TrainStepOptions = {},
  { outputs = 1, plain = false, activation = 'sigmoid' } = {},
) {
  const init = (seed: number) => ({ kernelInitializer: tf.initializers.glorotUniform({ seed }) });
  const model = tf.sequential();
  model.add(tf.layers.dense({ units: 8, activation: 'relu', inputShape: [3], ...init(1) }));
  if (plain) model.add(tf.layers.permute({ dims: [1] }));
  model.add(tf.layers.dense({ units: outputs, activation: activation as 'sigmoid', ...init(2) }));
  try {
    return compileTrainStep(model, { ...quiet, ...options });
  } finally {
    model.dispose();
  }
}

const refusal = (act: () => unknown): unknown => {
  try {
    act();
  } catch (error) {
    return error;
  }
  return 'taken';
};

const kinds = [
  ['compiled', false],
  ['in plain tfjs', true],
] as const;

for (const [kind, plain] of kinds) {
  describe(`a network ${kind}`, () => {
    it('refuses features that are NaN or infinite, names row and column and the cure, and learns nothing', () => {
      using step = network({}, { plain });
      assert.equal(step.compiled, !plain);
      const before = arraysOf(step.save());
      const tensors = tf.memory().numTensors;
      for (const value of [NaN, Infinity, -Infinity]) {
        const xs = numbers(12, 1);
        xs[7] = value;
        const batch = { rows: 4, xs, ys: Float32Array.of(0, 1, 0, 1) };
        for (const act of [
          () => step.learn(batch),
          () => step.learnEpochs(batch, { epochs: 2, batchSize: 2 }),
          () => step.predict(xs, 4),
        ]) {
          const error = refusal(act);
          assert.ok(error instanceof MiniBatchError, String(error));
          assert.deepEqual([error.part, error.row, error.column], ['xs', 2, 1]);
          assert.match(
            error.message,
            Number.isNaN(value) ? /fitMedianImputer.*OnlineMedianImputer/ : /float32/,
          );
        }
      }
      assert.deepEqual(arraysOf(step.save()), before);
      assert.equal(tf.memory().numTensors, tensors);
    });

    it('says when a step made the weights useless though its loss was finite, and works again from a state', () => {
      // One step of this rate throws weights beyond float32; the loss of that step is still that of before.
      using step = network(
        { optimizer: 'sgd', loss: 'mse', learningRate: 1e38 },
        { plain, activation: 'linear' },
      );
      const good = step.save();
      const batch = { rows: 2, xs: Float32Array.of(9, 8, 7, 6, 5, 4), ys: Float32Array.of(1e6, -1e5) };
      const tensors = tf.memory().numTensors;
      const error = refusal(() => step.learn(batch));
      assert.ok(error instanceof ModelNotFiniteError, String(error));
      assert.equal(error.step, 0);
      assert.ok(Number.isFinite(error.loss));
      for (const act of [
        () => step.learn(batch),
        () => step.predict(batch.xs, 2),
        () => step.save(),
        () => step.toLayersModel(),
      ])
        assert.equal((refusal(act) as ModelNotFiniteError).code, 'ST_MODEL_NOT_FINITE');
      step.restore(good);
      assert.ok(step.predict(batch.xs, 2).every(Number.isFinite));
      assert.deepEqual(arraysOf(step.save()), arraysOf(good));
      assert.equal(tf.memory().numTensors, tensors);
    });

    for (const optimizer of ['adam', 'rmsprop', 'adagrad'] as const)
      it(`${optimizer}: says when a gradient's square was infinite, which would stop the weights for good`, () => {
        // The gradient is 1e25: its square is no float32, while loss and weights stay finite.
        using step = network(
          { optimizer, loss: 'mae', learningRate: 1e-30 },
          { plain, activation: 'linear' },
        );
        const good = step.save();
        const harmless = { rows: 1, xs: Float32Array.of(1, 2, 3), ys: Float32Array.of(1) };
        for (let i = 0; i < 40; i++) step.learn(harmless);
        const tensors = tf.memory().numTensors;
        const error = refusal(() => {
          step.learn({ ...harmless, xs: Float32Array.of(1e25, 0, 0) });
          for (let i = 0; i < 64; i++) step.learn(harmless);
        });
        assert.ok(error instanceof ModelNotFiniteError, String(error));
        assert.ok(error.step >= 40 && error.step < 104, String(error.step));
        assert.throws(() => step.learn(harmless), ModelNotFiniteError);
        step.restore(good);
        const bad = { rows: 1, xs: Float32Array.of(1e25, 0, 0), ys: Float32Array.of(1) };
        assert.throws(() => step.learnEpochs(bad), ModelNotFiniteError, 'at once after epochs');
        assert.equal(tf.memory().numTensors, tensors);
      });

    it('refuses a state with numbers that are none', () => {
      using step = network({}, { plain });
      const state = step.save() as { arrays: Record<string, Float32Array> };
      const name = Object.keys(state.arrays)[0]!;
      const broken = state.arrays[name]!.slice();
      broken[3] = NaN;
      const bad = { ...state, arrays: { ...state.arrays, [name]: broken } };
      assert.throws(() => step.restore(bad), ModelStateError);
      assert.deepEqual(arraysOf(step.save()), state.arrays);
    });

    const softmax = { outputs: 3, activation: 'softmax', plain };
    const wrong: [string, TrainStepOptions, object, number[], [number, number], RegExp][] = [
      [
        'classes 2 and 4',
        {},
        {},
        [2, 4],
        [0, 0],
        /binaryCrossentropy takes targets from 0 to 1.*encodeLabels/,
      ],
      ['classes -1 and 1', {}, {}, [1, -1], [1, 0], /encodeLabels/],
      ['a missing label', {}, {}, [0, NaN], [1, 0], /has NaN in row 1/],
      [
        'labels 2 from logits',
        { fromLogits: true },
        { activation: 'linear' },
        [0, 2],
        [1, 0],
        /encodeLabels/,
      ],
      [
        'shares above 1',
        { loss: 'categoricalCrossentropy' },
        softmax,
        [1, 0, 0, 0, 2, 0],
        [1, 1],
        /from 0 to 1/,
      ],
      [
        'two classes at once',
        { loss: 'categoricalCrossentropy' },
        softmax,
        [1, 1, 0, 0, 1, 0],
        [0, 0],
        /sums to 2.*binaryCross/,
      ],
      [
        'no class at all',
        { loss: 'categoricalCrossentropy' },
        softmax,
        [1, 0, 0, 0, 0, 0],
        [1, 0],
        /sums to 0/,
      ],
      [
        'a class too many',
        { loss: 'sparseCategoricalCrossentropy' },
        softmax,
        [0, 3],
        [1, 0],
        /a class from 0 to 2/,
      ],
      [
        'half a class',
        { loss: 'sparseCategoricalCrossentropy' },
        softmax,
        [0.5, 1],
        [0, 0],
        /a class from 0 to 2/,
      ],
      ['a value that is NaN', { loss: 'mse' }, { activation: 'linear' }, [1, NaN], [1, 0], /finite/],
      ['an infinite value', { loss: 'huber' }, { activation: 'linear' }, [-Infinity, 1], [0, 0], /finite/],
      [
        'NaN for a loss of one’s own',
        { loss: (y, p) => p.sub(y).square().mean(-1) },
        {},
        [0, NaN],
        [1, 0],
        /a function/,
      ],
      ['half a class with class weights', { classWeights: { 1: 2 } }, {}, [0, 0.5], [1, 0], /class weights/],
    ];
    for (const [what, options, how, ys, [row, column], says] of wrong) {
      it(`refuses targets: ${what}`, () => {
        using step = network(options, { plain, ...how });
        const before = arraysOf(step.save());
        const error = refusal(() => step.learn({ rows: 2, xs: numbers(6, 1), ys: Float32Array.from(ys) }));
        assert.ok(error instanceof MiniBatchError, String(error));
        assert.equal(error.part, 'ys');
        assert.match(error.message, says);
        if (error.row !== undefined) assert.deepEqual([error.row, error.column], [row, column]);
        assert.deepEqual(arraysOf(step.save()), before);
      });
    }
  });
}

describe('a large batch', () => {
  it('predicts 300,000 rows in one call, the same as in parts', () => {
    const model = buildClassifier({ inputs: 2, seed: 1 });
    using step = compileTrainStep(model);
    model.dispose();
    const rows = 300_000;
    const xs = numbers(rows * 2, 3);
    const whole = step.predict(xs, rows);
    assert.equal(whole.length, rows);
    const end = step.predict(xs.subarray((rows - 100) * 2), 100);
    assert.ok(relativeError(whole.subarray(rows - 100), end) < 1e-5);
  });
});
