/** Measures tfjs-node's own trainOnBatch. */
import { buildClassifier, compileClassifier } from '../../src/model/index.ts';
import { tensorflow } from '../../src/tensorflow.ts';
import { answer, benchRows } from './task.ts';

const tf = tensorflow();
const model = compileClassifier(buildClassifier({ inputs: 9, seed: 1 }));
answer(async ({ rows, steps }) => {
  const { xs, ys } = benchRows(rows);
  const begin = performance.now();
  let loss = 0;
  for (let i = 0; i < steps; i++) {
    const x = tf.tensor2d(xs, [rows, 9]);
    const y = tf.tensor2d(ys, [rows, 1]);
    const [value] = (await model.trainOnBatch(x, y)) as number[];
    loss = value!;
    tf.dispose([x, y]);
  }
  return { ms: (performance.now() - begin) / steps, loss };
});
