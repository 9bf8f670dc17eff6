import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { buildClassifier, compileTrainStep } from '../../../src/model/index.ts';
import { tensorflow } from '../../../src/tensorflow.ts';
import { numbers } from './reference.ts';

const tf = tensorflow();
const nativeTensors = () =>
  (tf.backend() as unknown as { binding: { getNumOfTensors(): number } }).binding.getNumOfTensors();
/** A million rows of small steps take about a minute: asked for by STREAMTRAIN_LONG=1. */
const long = process.env['STREAMTRAIN_LONG'] === '1';

describe('memory of a compiled step', () => {
  it(`stays flat over ${long ? 'a million' : 'sixty thousand'} rows`, () => {
    const model = buildClassifier({ inputs: 9, seed: 1 });
    using step = compileTrainStep(model, { seed: 1, classWeights: { 1: 2 } });
    model.dispose();
    const rows = 16;
    const batch = { rows, xs: numbers(rows * 9, 1), ys: new Float32Array(rows).fill(1) };
    const pass = (steps: number) => {
      for (let i = 0; i < steps; i++) {
        step.learn(batch);
        if (i % 4 === 0) step.predict(batch.xs, rows);
        if (i % 500 === 0) step.restore(step.save());
      }
    };
    const steps = (long ? 1_000_000 : 60_000) / rows;
    pass(steps / 3);
    const counts = [tf.memory().numTensors, nativeTensors()];
    const before = process.memoryUsage().rss;
    pass((steps / 3) * 2);
    assert.deepEqual([tf.memory().numTensors, nativeTensors()], counts);
    const grown = (process.memoryUsage().rss - before) / 2 ** 20;
    // A leak of one mini-batch a step (640 bytes) would be 1.6 MB here, of one weight vector (270 kB) 675 MB.
    assert.ok(grown < 60, `resident memory grew by ${grown.toFixed(0)} MiB`);
  });

  it('is freed by dispose: twenty models one after the other do not add up', () => {
    const model = buildClassifier({ inputs: 9, seed: 1 });
    // The first use brings the model's own weights into native memory.
    compileTrainStep(model).dispose();
    const tensors = tf.memory().numTensors;
    const native = nativeTensors();
    const use = () => {
      const step = compileTrainStep(model, { seed: 1 });
      step.learn({ rows: 2, xs: new Float32Array(18), ys: new Float32Array(2) });
      step.toLayersModel().dispose();
      step.dispose();
      step.dispose();
    };
    for (let i = 0; i < 8; i++) use();
    const before = process.memoryUsage().rss;
    for (let i = 0; i < 12; i++) use();
    assert.equal(tf.memory().numTensors, tensors);
    assert.equal(nativeTensors(), native);
    const grown = (process.memoryUsage().rss - before) / 2 ** 20;
    assert.ok(grown < 60, `resident memory grew by ${grown.toFixed(0)} MiB`);
    model.dispose();
  });
});
