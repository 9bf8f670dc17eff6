import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { LayersModel, ModelFitDatasetArgs, Tensor } from '@tensorflow/tfjs-node';
import { compileTrainStep } from '../../../src/model/index.ts';
import { tensorflow } from '../../../src/tensorflow.ts';
import { numbers } from './reference.ts';

const tf = tensorflow();
const quiet = { verbose: 0 } as const;

/** A model without dropout, compiled; the same weights each time. */
function makeModel(): LayersModel {
  const kernel = (seed: number) => tf.initializers.glorotUniform({ seed });
  const model = tf.sequential();
  model.add(
    tf.layers.dense({
      ...{ units: 6, activation: 'relu', inputShape: [3], kernelInitializer: kernel(1) },
      kernelRegularizer: tf.regularizers.l2({ l2: 0.01 }),
    }),
  );
  model.add(tf.layers.dense({ units: 1, activation: 'sigmoid', kernelInitializer: kernel(2) }));
  model.compile({ optimizer: tf.train.adam(0.01), loss: 'binaryCrossentropy', metrics: ['accuracy'] });
  return model;
}

/** 20 rows in mini-batches of 8, the last one of 4; `seed` draws the rows. */
function dataset(seed = 1, rows = 20) {
  const xs = numbers(rows * 3, seed);
  return tf.data.generator(function* () {
    for (let from = 0; from < rows; from += 8) {
      const count = Math.min(8, rows - from);
      const part = xs.subarray(from * 3, (from + count) * 3);
      const ys = Float32Array.from({ length: count }, (_, row) => Number(part[row * 3]! > 0));
      yield { xs: tf.tensor2d(part, [count, 3]), ys: tf.tensor2d(ys, [count, 1]) };
    }
  });
}

/** Callbacks that note what they are called with. */
function noting(notes: unknown[]) {
  const note = (name: string) => (at: unknown, logs?: object) => {
    if (typeof at === 'number') notes.push([name, at, Object.keys(logs ?? {})]);
    else notes.push([name]);
  };
  return {
    onTrainBegin: note('trainBegin'),
    onTrainEnd: note('trainEnd'),
    onEpochBegin: note('epochBegin'),
    onEpochEnd: note('epochEnd'),
    onBatchBegin: note('batchBegin'),
    onBatchEnd: note('batchEnd'),
  };
}

function near(found: readonly unknown[], expected: readonly unknown[], what: string): void {
  assert.equal(found.length, expected.length, what);
  for (const [i, value] of expected.entries())
    assert.ok(
      Math.abs(Number(found[i]) - Number(value)) < 1e-4,
      `${what}: ${String(found[i])}, not ${String(value)}`,
    );
}

describe('fitDataset of a compiled step', () => {
  const validations: Record<
    string,
    () => NonNullable<ModelFitDatasetArgs<unknown>['validationData']> | undefined
  > = {
    'no validation': () => undefined,
    'a validation dataset': () => dataset(7, 12),
    'validation tensors': () => [tf.tensor2d(numbers(36, 7), [12, 3]), tf.ones([12, 1])],
  };
  for (const [name, validation] of Object.entries(validations)) {
    it(`is TensorFlow.js's own in history, callbacks and loss, with ${name}`, async () => {
      const model = makeModel();
      using step = compileTrainStep(model);
      const run = async (learner: Pick<LayersModel, 'fitDataset'> | typeof step) => {
        const validationData = validation();
        const notes: unknown[] = [];
        const args = {
          ...quiet,
          epochs: 3,
          callbacks: noting(notes),
          ...(validationData && { validationData }),
        };
        const history = await learner.fitDataset(dataset(), args);
        if (Array.isArray(validationData)) tf.dispose(validationData);
        return { notes, history };
      };
      const ours = await run(step);
      const theirs = await run(model);
      assert.deepEqual(ours.notes, theirs.notes);
      assert.ok(ours.history instanceof tf.History);
      assert.deepEqual(ours.history.epoch, theirs.history.epoch);
      assert.deepEqual(Object.keys(ours.history.history), Object.keys(theirs.history.history));
      assert.deepEqual(ours.history.params, theirs.history.params);
      for (const [key, values] of Object.entries(theirs.history.history))
        near(ours.history.history[key]!, values, key);
      model.dispose();
    });
  }

  it('leaves no tensor behind, those of the dataset included', async () => {
    const model = makeModel();
    using step = compileTrainStep(model);
    await step.fitDataset(dataset(), { ...quiet, epochs: 1, validationData: dataset(2) });
    const before = tf.memory().numTensors;
    await step.fitDataset(dataset(), {
      ...{ ...quiet, epochs: 2, validationData: dataset(2) },
      callbacks: [tf.callbacks.earlyStopping({ monitor: 'loss', patience: 5 })],
    });
    assert.equal(tf.memory().numTensors, before);
    model.dispose();
  });

  it('gives tf.Callback objects a model with the weights as they are, and stops when they say so', async () => {
    const model = makeModel();
    using step = compileTrainStep(model);
    const xs = numbers(12, 3);
    const seen: number[] = [];
    class Comparing extends tf.Callback {
      readonly #last: number;
      constructor(last: number) {
        super();
        this.#last = last;
      }
      // tfjs-layers keeps the model for its callbacks.
      readonly #compare = () => {
        const mine = this as unknown as { model: LayersModel };
        const predicted = tf.tidy(() => (mine.model.predict(tf.tensor2d(xs, [4, 3])) as Tensor).dataSync());
        near([...predicted], [...step.predict(xs, 4)], 'prediction');
        return mine.model;
      };
      override async onBatchEnd(batch: number): Promise<void> {
        this.#compare();
        seen.push(batch);
      }
      override async onEpochEnd(epoch: number): Promise<void> {
        const given = this.#compare();
        if (epoch === this.#last) given.stopTraining = true;
      }
    }
    const { epoch } = await step.fitDataset(dataset(), {
      ...quiet,
      epochs: 9,
      callbacks: [new Comparing(1)],
    });
    assert.deepEqual(epoch, [0, 1]);
    assert.deepEqual(seen, [0, 1, 2, 0, 1, 2]);
    model.dispose();
  });

  it('stops after the mini-batch at which stopTraining was set', async () => {
    const model = makeModel();
    using step = compileTrainStep(model);
    const onBatchEnd = (batch: number) => void (step.stopTraining = batch === 1);
    const { epoch } = await step.fitDataset(dataset(), { ...quiet, epochs: 5, callbacks: { onBatchEnd } });
    assert.deepEqual(epoch, [0]);
    assert.equal(step.step, 2);
    model.dispose();
  });

  it('weighs classes, and goes on in a repeated dataset where the epoch before stopped', async () => {
    const model = makeModel();
    using step = compileTrainStep(model);
    const args = { ...quiet, epochs: 4, batchesPerEpoch: 2, classWeight: { 0: 1, 1: 3 } };
    const ours = await step.fitDataset(dataset().repeat(), args);
    const theirs = await model.fitDataset(dataset().repeat(), args);
    near(ours.history['loss']!, theirs.history['loss']!, 'loss');
    assert.equal(step.step, 8);
    model.dispose();
  });

  it('refuses what it would otherwise pass over in silence', async () => {
    const model = makeModel();
    using step = compileTrainStep(model);
    const fit = (args: object, data: unknown = dataset()) =>
      step.fitDataset(data as never, { ...quiet, epochs: 1, ...args });
    await assert.rejects(fit({ epoch: 3 }), { code: 'ST_OPTION_UNKNOWN', option: 'epoch' });
    for (const [args, option] of [
      [{ epochs: 0 }, 'epochs'],
      [{ batchesPerEpoch: 0.5 }, 'batchesPerEpoch'],
      [{ classWeight: { 0: -1 } }, 'classWeights[0]'],
      [{ classWeight: { 5: 3 } }, 'classWeights'],
      [{ initialEpoch: NaN }, 'initialEpoch'],
      [{ validationData: 5 }, 'validationData'],
      [{ validationData: [] }, 'validationData'],
    ] as const)
      await assert.rejects(fit(args), { code: 'ST_OPTION_INVALID', option });
    await assert.rejects(fit({}, [1, 2]), { code: 'ST_OPTION_INVALID', option: 'dataset' });
    await assert.rejects(fit({}, dataset(1, 0)), { code: 'ST_OPTION_INVALID', option: 'dataset' });
    await assert.rejects(fit({}, tf.data.array([{ xs: 1, ys: 2 }])), {
      code: 'ST_MODEL_MINI_BATCH',
      part: 'xs',
    });
    assert.equal(step.step, 0);
    const before = tf.memory().numTensors;
    const half = tf.data.generator(function* () {
      yield { xs: tf.ones([2, 3]), ys: 'none' };
    });
    await assert.rejects(fit({}, half), { code: 'ST_MODEL_MINI_BATCH', part: 'ys' });
    assert.equal(tf.memory().numTensors, before);
    model.dispose();
  });

  it('refuses a second call while one trains, and takes one afterwards', async () => {
    const model = makeModel();
    using step = compileTrainStep(model);
    const first = step.fitDataset(dataset(), { ...quiet, epochs: 2 });
    await assert.rejects(step.fitDataset(dataset(), { ...quiet, epochs: 1 }), { code: 'ST_MODEL_BUSY' });
    await first;
    assert.equal(step.step, 6);
    await assert.rejects(step.fitDataset(dataset(), { ...quiet, epochs: 0 }), { code: 'ST_OPTION_INVALID' });
    await step.fitDataset(dataset(), { ...quiet, epochs: 1 });
    assert.equal(step.step, 9);
    model.dispose();
  });

  it('says when the dataset has fewer mini-batches than were asked for', async (t) => {
    using step = compileTrainStep(makeModel());
    const warn = t.mock.method(console, 'warn', () => {});
    await step.fitDataset(dataset(), { ...quiet, epochs: 1, batchesPerEpoch: 5 });
    assert.match(String(warn.mock.calls[0]?.arguments[0]), /after 3 of 5 mini-batches/);
  });
});
