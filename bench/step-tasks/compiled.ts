/** Measures the compiled step, predictions read back. */
import { buildClassifier, compileTrainStep } from '../../src/model/index.ts';
import { answer, benchRows } from './task.ts';

const step = compileTrainStep(buildClassifier({ inputs: 9, seed: 1 }), { seed: 1 });
answer(({ rows, steps }) => {
  const batch = { rows, ...benchRows(rows) };
  const begin = performance.now();
  let loss = 0;
  for (let i = 0; i < steps; i++) ({ loss } = step.learn(batch));
  return { ms: (performance.now() - begin) / steps, loss };
});
