/** Measures the compiled step over a mini dataset: three epochs over 32 mini-batches, a step each. */
import { buildClassifier, compileTrainStep } from '../../src/model/index.ts';
import { answer, benchRows } from './task.ts';

const step = compileTrainStep(buildClassifier({ inputs: 9, seed: 1 }), { seed: 1 });
answer(({ rows, steps }) => {
  const many = rows * 32;
  const batch = { rows: many, ...benchRows(many) };
  const begin = performance.now();
  let made = 0;
  let loss = 0;
  while (made < steps) {
    const { losses, steps } = step.learnEpochs(batch, { epochs: 3, batchSize: rows });
    made += steps;
    loss = losses.at(-1)!;
  }
  return { ms: (performance.now() - begin) / made, loss };
});
