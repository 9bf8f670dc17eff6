/** Arrays that calls are fed from stay from call to call: no call sees what another one was fed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { GraphBuilder, loadGraph } from '../../../src/graph/index.ts';
import { buildClassifier, compileTrainStep, MiniBatchError } from '../../../src/model/index.ts';
import { Feeding } from '../../../src/model/step/feeding.ts';
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

/** Bytes of all arrays that something still holds. */
function keptBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  setFlagsFromString('--no-expose-gc');
  collect();
  collect();
  return process.memoryUsage().external;
}

test('nothing of a large call is kept, though only small ones of another kind follow', () => {
  const tf = tensorflow();
  const model = tf.sequential();
  model.add(tf.layers.dense({ units: 4, inputShape: [1000] }));
  model.add(tf.layers.dropout({ rate: 0.5 }));
  model.add(tf.layers.dense({ units: 1 }));
  using step = compileTrainStep(model, { loss: 'meanSquaredError', seed: 1 });
  model.dispose();
  const small = { rows: 2, xs: numbers(2000, 1), ys: numbers(2, 2) };
  step.learn(small);
  step.predict(small.xs, 2);
  const rows = 10_000;
  const large = { rows, xs: new Float32Array(1000 * rows).fill(0.1), ys: new Float32Array(rows) };
  const [tensors, before] = [nativeTensors(), keptBytes()];
  const whole = step.predict(large.xs, rows);
  assert.ok(whole.every((value) => value === whole[0]));
  step.learn(large);
  step.learn({ ...large, weights: new Float32Array(rows).fill(1) });
  step.learn(small);
  assert.equal(nativeTensors(), tensors);
  const megabytes = (keptBytes() - before) / 1e6;
  assert.ok(megabytes < 1, `${megabytes} of the 40 MB are kept`);
});

test('a call that needs more than one memory has is fed what it was given; masks of that size are refused', () => {
  const graph = new GraphBuilder();
  const [x, y] = [graph.placeholder('float32', [null]), graph.placeholder('float32', [null])];
  const [negative, added] = [graph.op('Neg', [x]), graph.op('AddV2', [x, y])];
  using session = loadGraph(graph);
  const alone = new Feeding(session.signature('alone', [x], [negative]), { given: (rows) => [[rows]] });
  const many = 2 ** 23;
  assert.deepEqual(alone.run(many, [new Float32Array(many).fill(2)]), [new Float32Array(many).fill(-2)]);
  const sum = session.signature('sum', [x, y], [added]);
  const drawn = new Feeding(sum, { given: (rows) => [[rows]], drawn: () => [[2 ** 32]] });
  assert.throws(
    () => drawn.run(2, [Float32Array.of(1, 2)], () => assert.fail('it is not drawn')),
    (error) => error instanceof MiniBatchError && error.part === 'rows',
  );
});
