/** Reactions to drift: the accuracy comes back on a drifting stream where the plain learner's does not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  Adwin,
  Ddm,
  hyperplaneStream,
  LogisticRegression,
  OnlineStandardScaler,
  PageHinkley,
  prequential,
  reactToDrift,
  streamMetric,
  takeRows,
  withScaler,
  type DriftReaction,
  type DriftReport,
  type ReactOptions,
} from '../../../src/training/index.ts';
import { compileTrainStep, type State } from '../../../src/model/index.ts';
import { tensorflow } from '../../../src/tensorflow.ts';

/** 3,500 rows; from row 2,000 on the classes are turned round. */
const drifting = takeRows(hyperplaneStream({ seed: 1, noise: 0.02 }), 3500).map(({ xs, ys }, row) => ({
  xs,
  ys: row < 2000 ? ys : 1 - ys,
}));

/** A learner that adapts slowly, as one does late in a long life. */
function slowModel() {
  const rates = { learningRate: 0.0005, interceptLearningRate: 0.0005 };
  return withScaler(new OnlineStandardScaler(10), new LogisticRegression({ features: 10, ...rates }));
}

/** The accuracy over each 500 rows, and the drifts. */
async function run(options?: Omit<ReactOptions, 'detector'>) {
  const model = slowModel();
  const reports: DriftReport[] = [];
  const drift =
    options && reactToDrift(model, { detector: new Ddm(), onDrift: (one) => reports.push(one), ...options });
  const metrics = [streamMetric('accuracy', { window: 500 })];
  const accuracies: number[] = [];
  for await (const point of prequential(drifting, { model, metrics, every: 500, ...(drift && { drift }) }))
    accuracies.push(point.metrics['accuracy@500']!);
  return { accuracies, reports, model };
}

const plain = await run();

test('the plain learner is good before the drift and has not recovered 1,500 rows after it', () => {
  assert.ok(plain.accuracies[3]! > 0.9, plain.accuracies.join(' '));
  assert.ok(plain.accuracies[6]! < 0.5, plain.accuracies.join(' '));
});

test('a report alone changes nothing', async () => {
  const { accuracies, reports, model } = await run({ reaction: 'report' });
  assert.deepEqual(accuracies, plain.accuracies);
  assert.deepEqual(model.save(), plain.model.save());
  assert.ok(reports.some(({ row }) => row >= 2000 && row < 2100));
});

for (const reaction of ['raiseLearningRate', 'reset', 'retrainOnWindow'] satisfies DriftReaction[]) {
  test(`${reaction}: recovers within 1,500 rows`, async () => {
    const { accuracies, reports } = await run({ reaction, factor: 50, window: 200, epochs: 5 });
    assert.ok(
      accuracies[6]! > 0.9,
      `${accuracies.join(' ')} drifts at ${reports.map(({ row }) => row).join()}`,
    );
    assert.equal(reports.at(-1)!.drifts, reports.length);
  });
}

test('a raised learning rate sinks back to what it was, and reset puts it back at once', () => {
  const model = new LogisticRegression({ features: 1, learningRate: 0.01 });
  const detector = new PageHinkley({ threshold: 2, minInstances: 5 });
  const options = { detector, reaction: 'raiseLearningRate', factor: 8, halfLife: 100 } as const;
  const drift = reactToDrift(model, options);
  drift.onErrors(new Array<number>(50).fill(0));
  assert.equal(drift.onErrors(new Array<number>(10).fill(1)), 1);
  assert.ok(model.learningRate > 0.07 && model.learningRate <= 0.08);
  drift.onErrors(new Array<number>(95).fill(1));
  assert.ok(Math.abs(model.learningRate - 0.045) < 0.003, String(model.learningRate));
  drift.onErrors(new Array<number>(2000).fill(1));
  assert.equal(model.learningRate, 0.01);
  drift.onErrors(new Array<number>(50).fill(0));
  assert.ok(model.learningRate > 0.01);
  drift.reset();
  assert.deepEqual([model.learningRate, drift.drifts], [0.01, 0]);
});

test('retraining learns exactly the last rows of the window, oldest first', () => {
  const model = new LogisticRegression({ features: 1, learningRate: 0.5 });
  const drift = reactToDrift(model, {
    detector: new PageHinkley({ threshold: 2, minInstances: 5 }),
    reaction: 'retrainOnWindow',
    window: 5,
    epochs: 2,
    batchSize: 2,
  });
  for (let row = 0; row < 8; row++)
    drift.remember({ rows: 1, xs: Float32Array.of(row), ys: Float32Array.of(row % 2) });
  model.learnRow([3], 1);
  drift.onErrors([...new Array<number>(20).fill(0), 1, 1, 1, 1, 1, 1]);
  assert.equal(drift.drifts, 1);
  const expected = new LogisticRegression({ features: 1, learningRate: 0.5 });
  for (let epoch = 0; epoch < 2; epoch++) {
    for (const rows of [[3, 4], [5, 6], [7]]) {
      const ys = Float32Array.from(rows, (row) => row % 2);
      expected.learn({ rows: rows.length, xs: Float32Array.from(rows), ys });
    }
  }
  assert.deepEqual(model.save(), expected.save());
});

test('options that cannot be are refused', () => {
  const model = new LogisticRegression({ features: 1 });
  const detector = new Adwin();
  const refused = { code: 'ST_OPTION_INVALID' };
  assert.throws(() => reactToDrift(model, { detector, reaction: 'panic' as 'reset' }), refused);
  assert.throws(() => reactToDrift(model, { detector, factor: 0.5 }), refused);
  assert.throws(() => reactToDrift(model, { detector, window: 0 }), refused);
  assert.throws(() => new Ddm({ driftThreshold: 1 }), refused);
  assert.throws(() => new Adwin({ delta: 0 }), refused);
  assert.throws(() => new PageHinkley({ mode: 'left' as 'up' }), refused);
});

test('remembered rows of an earlier version, which kept float32, are taken over', () => {
  const make = () => {
    const model = new LogisticRegression({ features: 1 });
    return reactToDrift(model, { detector: new Adwin(), reaction: 'retrainOnWindow', window: 2 });
  };
  const now = make();
  now.remember({ rows: 2, xs: Float64Array.of(1, 2), ys: Float32Array.of(0, 1) });
  const state = now.save() as { window: { xs: Float64Array } };
  const before = { ...state, window: { ...state.window, xs: Float32Array.from(state.window.xs) } };
  const next = make();
  next.restore(before);
  assert.deepEqual(next.save(), state);
});

test('a network goes back to an initial state of an earlier version, and what was said of its own is not lost', () => {
  const tf = tensorflow();
  const life = (learningRate = 0.01) => {
    const network = tf.sequential({
      layers: [
        tf.layers.dense({
          units: 1,
          inputShape: [2],
          activation: 'sigmoid',
          kernelInitializer: tf.initializers.glorotUniform({ seed: 1 }),
        }),
      ],
    });
    const model = compileTrainStep(network, { seed: 5, learningRate });
    network.dispose();
    return model;
  };
  const older = (state: State): State => {
    const { settings: _, ...others } = state as { readonly [name: string]: State };
    return { ...others, version: 1 };
  };
  const tensors = tf.memory().numTensors;
  using first = life();
  const detector = () => new PageHinkley({ threshold: 2, minInstances: 5 });
  const drift = reactToDrift(first, { detector: detector(), reaction: 'reset' });
  const fresh = first.save() as { readonly arrays: State };
  first.learn({ rows: 2, xs: Float32Array.of(1, 2, 3, 4), ys: Float32Array.of(0, 1) });
  drift.onErrors(new Array<number>(20).fill(0));
  const kept = drift.save() as { readonly initial: State };
  const before = { ...kept, initial: older(kept.initial) };

  using second = life(0.5);
  second.restore(older(first.save()));
  const learnt = second.save();
  const next = reactToDrift(second, { detector: detector(), reaction: 'reset' });
  assert.throws(() => next.restore({ ...before, initial: { ...(before.initial as object), step: -1 } }), {
    code: 'ST_TRAINING_STATE_MISMATCH',
    message: /its initial state is refused by the .*step is -1/,
  });
  assert.deepEqual(second.save(), learnt);

  second.restore(older(first.save()));
  const said = [...second.restoreRemarks!];
  assert.match(said.join(), /^The learning rate stays 0\.01, not 0\.5 as given/);
  next.restore(before);
  assert.deepEqual([...second.restoreRemarks!, ...next.restoreRemarks], said);
  assert.deepEqual(second.save(), learnt);
  assert.ok(next.onErrors(new Array<number>(20).fill(1)) > 0);
  assert.deepEqual((second.save() as typeof fresh).arrays, fresh.arrays);
  assert.equal(tf.memory().numTensors, tensors);
});
