/** Trains the article's model on made-up rows and prints a digest of its state: run by tests in processes of its own. */
import { createHash } from 'node:crypto';
import { buildClassifier, compileTrainStep } from '../../../src/model/index.ts';
import { arraysOf, numbers } from './reference.ts';

const step = compileTrainStep(buildClassifier({ inputs: 9, seed: 1 }), { seed: Number(process.argv[2]) });
for (let i = 0; i < 100; i++) {
  const rows = 16 + (i % 3) * 24;
  const xs = numbers(rows * 9, i + 1);
  step.learn({ rows, xs, ys: Float32Array.from({ length: rows }, (_, row) => Number(xs[row * 9]! > 0)) });
}
const hash = createHash('sha256');
for (const values of Object.values(arraysOf(step.save()))) hash.update(values);
console.log(hash.digest('hex'));
