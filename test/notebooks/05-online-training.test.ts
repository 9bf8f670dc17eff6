/** Chapter 5 learns from a stream, beats its baseline, and goes on to the same last bit. */
import assert from 'node:assert/strict';
import { displayedBy, printedBy } from '../../src/course/index.ts';
import { testChapter } from '../helpers/chapter.ts';
import { numbersAfter } from '../helpers/notebook-01.ts';

testChapter('05-online-training', 'ch5-', (notebook) => {
  const printed = (id: string) => printedBy(notebook, id);
  const [compiled] = numbersAfter(printed('step-time'), /([\d.]+) ms/g);
  const [plain] = numbersAfter(printed('step-plain'), /([\d.]+) ms/g);
  assert.ok(plain! > 2 * compiled!, `a step takes ${compiled} ms compiled, ${plain} ms plain`);
  const byHand = numbersAfter(printed('loop-run'), /loss ([\d.]+)/g);
  assert.ok(byHand.at(-1)! < 0.7 * byHand[0]!, `the loss falls: ${byHand.join(', ')}`);
  assert.match(printed('online-run'), /^699 rows in 22 mini data sets, 66 steps/m);
  const [model, last] = numbersAfter(printed('online-report'), /accuracy ([\d.]+)/g);
  assert.ok(model! > 0.9 && model! > last! + 0.2, `${model} beside ${last}`);
  const figure = displayedBy(notebook, 'online-run', 'application/vnd.plotly.v1+json') as {
    data: { y: number[] }[];
  };
  assert.equal(figure.data[0]!.y.length, 22);
  assert.match(
    printed('resume-run'),
    /first life: 256 rows; second life: 443 rows\nit went on from checkpoint-/,
  );
  assert.match(printed('resume-compare'), /the same, to the last bit: true/);
  const losses = numbersAfter(printed('epochs-run'), /log loss ([\d.]+)/g);
  assert.equal(losses.length, 3);
  assert.match(printed('cleanup-topics'), /tensors left: 0/);
});
