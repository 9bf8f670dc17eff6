/** Arrays that calls are fed from stay from call to call: no call sees what another one was fed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildClassifier, compileTrainStep } from '../../../src/model/index.ts';
import { tensorflow } from '../../../src/tensorflow.ts';
import { numbers } from './reference.ts';

const nativeTensors = () =>
  (tensorflow().backend() as unknown as { binding: { getNumOfTensors(): number } }).binding.getNumOfTensors();

/** More numbers of rows than are kept, one of which needs a memory of its own. */
const SIZES = [1, 2, 3, 5, 8, 13, 16, 21, 34, 55, 20_000, 2, 55, 1];

const batchOf = (rows: number, at: number) => ({
  rows,
  xs: numbers(rows * 9, 10 + at),
  ys: Float32Array.from(numbers(rows, 50 + at), (value) => Number(value > 0)),
});

function compiled(classWeights?: Record<number, number>) {
  const model = buildClassifier({ inputs: 9, seed: 1 });
  const step = compileTrainStep(model, { seed: 1, ...(classWeights && { classWeights }) });
  model.dispose();
  return step;
}

test('models that learn and predict in turn, in mini-batches of many sizes, do as each does alone', () => {
  const run = (among: number) => {
    const steps = [compiled(), compiled({ 1: 2 })].slice(0, 1 + among);
    const found: unknown[] = [];
    for (const [at, rows] of SIZES.entries()) {
      for (const [i, step] of steps.entries()) {
        const { loss, predictions } = step.learn(batchOf(rows, at + 100 * i));
        const later = step.predict(numbers(rows * 9, 90 + at), rows);
        if (i === 0) found.push([loss, predictions, later]);
      }
    }
    for (const step of steps) step.dispose();
    return found;
  };
  assert.deepEqual(run(1), run(0));
});

test('no more than a few sizes are kept, and none after dispose', () => {
  compiled().dispose();
  const before = nativeTensors();
  const step = compiled();
  const counts = Array.from({ length: 40 }, (_, i) => {
    step.learn(batchOf(i + 1, i));
    step.predict(numbers((i + 1) * 9, i), i + 1);
    return nativeTensors() - before;
  });
  assert.equal(Math.max(...counts), counts.at(-1));
  assert.equal(counts.at(-1), counts[7], 'eight sizes are kept');
  step.dispose();
  assert.equal(nativeTensors(), before);
});
