/** Measures predictions of the compiled step. */
import { buildClassifier, compileTrainStep } from '../../src/model/index.ts';
import { answer, benchRows } from './task.ts';

const step = compileTrainStep(buildClassifier({ inputs: 9, seed: 1 }), { seed: 1 });
answer(({ rows, steps }) => {
  const { xs } = benchRows(rows);
  const begin = performance.now();
  for (let i = 0; i < steps; i++) step.predict(xs, rows);
  return { ms: (performance.now() - begin) / steps, loss: NaN };
});
