import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Tensor } from '@tensorflow/tfjs-node';
import {
  ModelStateError,
  buildClassifier,
  compileTrainStep,
  loadModel,
  saveModel,
  type State,
  type TrainStep,
  type TrainStepOptions,
} from '../../../src/model/index.ts';
import { tensorflow } from '../../../src/tensorflow.ts';
import { arraysOf, numbers } from './reference.ts';
import { typescriptFlags } from '../../helpers/typescript.ts';

const tf = tensorflow();
const rows = 32;
const batch = (seed: number) => {
  const xs = numbers(rows * 9, seed);
  return { rows, xs, ys: Float32Array.from({ length: rows }, (_, row) => Number(xs[row * 9]! > 0)) };
};

/** The article's model, with batch normalisation in front so that all kinds of state are there. */
function normalised(seed = 1) {
  const model = tf.sequential();
  model.add(tf.layers.batchNormalization({ inputShape: [9] }));
  const init = (from: number) => tf.initializers.glorotUniform({ seed: seed + from });
  model.add(tf.layers.dense({ units: 20, activation: 'relu', kernelInitializer: init(1) }));
  model.add(tf.layers.dropout({ rate: 0.3 }));
  model.add(tf.layers.dense({ units: 1, activation: 'sigmoid', kernelInitializer: init(2) }));
  return model;
}

function compiled(options: TrainStepOptions = {}, seed = 1): TrainStep {
  const model = normalised(seed);
  try {
    return compileTrainStep(model, { seed: 5, ...options });
  } finally {
    model.dispose();
  }
}

function digest(step: TrainStep): string {
  const hash = createHash('sha256');
  const state = step.save();
  const { arrays, ...rest } = state as { arrays: Record<string, Float32Array> };
  hash.update(JSON.stringify(rest));
  for (const [name, values] of Object.entries(arrays)) hash.update(name).update(values);
  return hash.digest('hex');
}

function learn(step: TrainStep, from: number, to: number): void {
  for (let i = from; i < to; i++) step.learn(batch(100 + i));
}

const learnAll = fileURLToPath(new URL('learn-and-print.ts', import.meta.url));

describe("a compiled step's state", () => {
  it('of the version before settings were kept is read as it was left, and what is others now is said', () => {
    using first = compiled();
    learn(first, 0, 3);
    first.learningRate = 0.02;
    const { settings: _, ...older } = first.save() as { [name: string]: State };
    using second = compiled({ learningRate: 0.5 }, 9);
    second.restore({ ...older, version: 1 });
    assert.equal(second.learningRate, 0.02);
    const [masks, rate] = second.restoreRemarks!;
    assert.match(masks!, /^The masks of dropout are drawn in another way.*not to the same bytes/);
    assert.match(rate!, /^The learning rate stays 0\.02, not 0\.5 as given/);
    using third = compiled({}, 9);
    third.restore({ ...older, version: 1 });
    assert.equal(digest(third), digest(first));
  });

  it('of a version that drew masks in another way is read, and says so only of a model with dropout', () => {
    const plain = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [9] })] });
    for (const [model, remarks] of [[plain, 0] as const, [normalised(), 1] as const]) {
      using first = compileTrainStep(model, { loss: 'mse' });
      learn(first, 0, 2);
      for (const version of [2, 3]) {
        using second = compileTrainStep(model, { loss: 'mse' });
        second.restore({ ...(first.save() as { [name: string]: State }), version });
        assert.equal(second.restoreRemarks!.length, remarks);
        assert.equal(digest(second), digest(first));
      }
      model.dispose();
    }
  });

  it('is the same bytes in two processes with the same seed, and others with another seed', async () => {
    const run = async (seed: string) => {
      const { stdout } = await promisify(execFile)(process.execPath, [...typescriptFlags(), learnAll, seed]);
      return stdout.trim();
    };
    const [a, b, other] = await Promise.all(['3', '3', '4'].map(run));
    assert.match(a!, /^[0-9a-f]{64}$/);
    assert.equal(a, b);
    assert.notEqual(a, other);
  });

  for (const optimizer of ['adam', 'momentum', 'rmsprop', 'adagrad', 'sgd'] as const) {
    it(`goes on bit for bit after save and restore (${optimizer})`, () => {
      using whole = compiled({ optimizer });
      learn(whole, 0, 12);
      using first = compiled({ optimizer });
      learn(first, 0, 5);
      const state = structuredClone(first.save());
      // Other weights and another step: all of it comes from the state.
      using second = compiled({ optimizer }, 9);
      learn(second, 40, 42);
      second.restore(state);
      assert.equal(second.step, 5);
      assert.equal(digest(second), digest(first));
      learn(second, 5, 12);
      assert.equal(digest(second), digest(whole));
    });
  }

  it('goes on with the settings it is given now, and says which are others than those it was made with', () => {
    using first = compiled({ learningRate: 0.01, classWeights: { 1: 2 } });
    first.learningRate = 0.002;
    learn(first, 0, 2);
    const state = first.save();
    using same = compiled({ learningRate: 0.01, classWeights: { 1: 2 } });
    same.restore(state);
    assert.equal(same.learningRate, 0.002, 'a rate that was lowered on the way stays so');
    assert.deepEqual(same.restoreRemarks, []);

    using other = compiled({ learningRate: 0.5, classWeights: { 0: 3, 1: 2 }, seed: 6 });
    other.restore(state);
    assert.equal(other.learningRate, 0.5);
    const said = other.restoreRemarks ?? [];
    assert.equal(said.length, 3);
    assert.match(said[0]!, /learning rate is 0\.5 from now on.*made with 0\.01/);
    assert.match(said[1]!, /seed is 6/);
    assert.match(said[2]!, /class weights is \[\[0,3\],\[1,2\]\].*\[\[1,2\]\]/);
    using weighted = compiled({ learningRate: 0.5, classWeights: { 0: 3, 1: 2 }, seed: 6 });
    weighted.restore(other.save());
    assert.deepEqual(weighted.restoreRemarks, []);
    assert.equal(weighted.learn(batch(1)).loss, other.learn(batch(1)).loss);
    assert.notEqual(weighted.learn(batch(2)).loss, same.learn(batch(2)).loss);
  });

  it('names what is another model: the layers, the loss, the optimizer', () => {
    using step = compiled();
    const refusal = (options: TrainStepOptions) => {
      using other = compiled(options);
      try {
        step.restore(other.save());
      } catch (error) {
        return error instanceof ModelStateError ? error.part : error;
      }
      return 'taken';
    };
    assert.equal(refusal({ loss: 'mse' }), 'loss');
    assert.equal(refusal({ optimizer: { kind: 'adam', beta1: 0.8 } }), 'optimizer');
    assert.equal(refusal({ optimizer: 'sgd', clipNorm: 1 }), 'optimizer, clip');
  });

  it('keeps a changed learning rate', () => {
    using step = compiled();
    step.learningRate = 0;
    const { weights } = arraysOf(step.save());
    learn(step, 0, 2);
    assert.deepEqual(arraysOf(step.save())['weights'], weights);
    using other = compiled();
    other.restore(step.save());
    assert.equal(other.learningRate, 0);
  });

  it('owns its arrays, and does not take over those it restores', () => {
    using step = compiled();
    const state = step.save();
    const before = digest(step);
    step.restore(state);
    learn(step, 0, 3);
    const later = digest(step);
    for (const values of Object.values(arraysOf(state))) values.fill(7);
    assert.equal(digest(step), later);
    assert.notEqual(before, later);
  });

  it('is refused whole where any part does not fit, and the model goes on unchanged', () => {
    using step = compiled();
    learn(step, 0, 3);
    const before = digest(step);
    const good = step.save() as { arrays: Record<string, Float32Array>; [name: string]: State };
    const { firstMoment: _, ...missing } = good.arrays;
    using momentum = compiled({ optimizer: 'momentum' });
    using logits = compiled({ loss: 'mse' });
    using larger = compileTrainStep(buildClassifier({ inputs: 9, seed: 1 }));
    const bad: Record<string, State> = {
      'no record': null,
      'a number': 3,
      'another version': { ...good, version: 5 },
      'no step': { ...good, step: -1 },
      'a learning rate of NaN': { ...good, learningRate: NaN },
      'another optimizer': momentum.save(),
      'another loss': logits.save(),
      'other layers': larger.save(),
      'a missing array': { ...good, arrays: missing },
      'an array too many': { ...good, arrays: { ...good.arrays, more: new Float32Array(1) } },
      'a short array': { ...good, arrays: { ...good.arrays, weights: new Float32Array(3) } },
      'an array of doubles': { ...good, arrays: { ...good.arrays, weights: new Float64Array(3) } },
    };
    for (const [name, state] of Object.entries(bad)) {
      assert.throws(() => step.restore(state), ModelStateError, name);
      assert.equal(digest(step), before, name);
      assert.equal(step.step, 3);
    }
    step.restore(good);
  });

  it('is not shared by two steps of one model, or by two of the same name', () => {
    const model = normalised();
    using a = compileTrainStep(model, { seed: 5 });
    using b = compileTrainStep(model, { seed: 5 });
    model.dispose();
    const before = digest(b);
    assert.equal(digest(a), before);
    learn(a, 0, 4);
    assert.notEqual(digest(a), before);
    assert.equal(digest(b), before);
    learn(b, 0, 4);
    assert.equal(digest(b), digest(a));
    a.dispose();
    learn(b, 4, 5);
  });

  it('is the same after learnEpochs as after so many calls of learn, whatever the last batch has', () => {
    using a = compiled();
    using b = compiled();
    const { xs, ys } = batch(1);
    const { losses, steps } = a.learnEpochs({ rows, xs, ys }, { epochs: 2, batchSize: 12 });
    assert.equal(steps, 6);
    const expected = [0, 1].map(() => {
      let total = 0;
      for (const [from, to] of [
        [0, 12],
        [12, 24],
        [24, 32],
      ] as const) {
        const part = { rows: to - from, xs: xs.slice(from * 9, to * 9), ys: ys.slice(from, to) };
        total += b.learn(part).loss * part.rows;
      }
      return total / rows;
    });
    assert.deepEqual(losses, expected);
    assert.equal(digest(a), digest(b));
    using c = compiled();
    c.learnEpochs({ rows, xs, ys }, { epochs: 2, batchSize: 12, shuffleSeed: 1 });
    assert.notEqual(digest(c), digest(a));
  });

  it('can be read as a tf.LayersModel, saved in the tfjs format, loaded and trained on', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'streamtrain-test-'));
    using step = compiled();
    learn(step, 0, 20);
    const { xs } = batch(1);
    const ours = step.predict(xs, rows);
    const predictions = (model: { predict(x: Tensor): unknown }) =>
      tf.tidy(() => (model.predict(tf.tensor2d(xs, [rows, 9])) as Tensor).dataSync());
    const near = (values: ArrayLike<number>) =>
      ours.forEach((p, row) =>
        assert.ok(Math.abs(p - values[row]!) < 1e-6, `row ${row}: ${values[row]}, not ${p}`),
      );
    try {
      const model = step.toLayersModel();
      near(predictions(model));
      await saveModel(model, folder);
      model.dispose();
      const loaded = await loadModel(folder);
      near(predictions(loaded));
      using next = compileTrainStep(loaded, { seed: 1 });
      loaded.dispose();
      assert.deepEqual(next.predict(xs, rows), ours);
      assert.equal(next.compiled, true);
      learn(next, 0, 2);
      near(step.predict(xs, rows));
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
