/** Chapter 4 takes a dataset apart, catches a wrong loss at its floor, and over-fits before one's eyes. */
import assert from 'node:assert/strict';
import { displayedBy, printedBy } from '../../src/course/index.ts';
import { testChapter } from '../helpers/chapter.ts';
import { numbersAfter } from '../helpers/notebook-01.ts';

testChapter('04-batch-training', 'ch4-', (notebook) => {
  const printed = (id: string) => printedBy(notebook, id);
  assert.match(printed('steps-records'), /0 1 2 3 4 5 6 7/);
  const [near, far] = printed('steps-shuffled')
    .trim()
    .split('\n')
    .map((line) => numbersAfter(line, /(?<=: .*)\b(\d+)/g));
  assert.ok(
    near!.every((offset, place) => offset <= place + 4),
    'a small buffer moves a record only a little',
  );
  assert.ok(
    far!.some((offset) => offset > 100),
    'a large one mixes the whole topic',
  );
  assert.match(printed('steps-filtered'), /^150 of 418/);
  assert.match(printed('steps-batched'), /34,9 -> 34,1\ntensors left: 0/);
  const [first, second] = printed('steps-passes')
    .trim()
    .split('\n')
    .map((line) => line.split(':')[1]);
  assert.notEqual(first, second);
  const [accuracy] = numbersAfter(printed('curve-test'), /accuracy ([\d.]+)/g);
  assert.ok(accuracy! > 0.93, `accuracy ${accuracy}`);
  const [right, wrong] = printed('logits-run')
    .trim()
    .split('\n')
    .map((line) => numbersAfter(line, /(\d\.\d+)/g));
  assert.ok(right!.at(-1)! < 0.15 && wrong!.at(-1)! > 0.55, `${right!.at(-1)} and ${wrong!.at(-1)}`);
  const plain = numbersAfter(printed('overfit-run'), /plain.* test ([\d.]+)/g);
  const dropout = numbersAfter(printed('overfit-run'), /dropout.* test ([\d.]+)/g);
  assert.ok(plain.at(-1)! > Math.min(...plain), 'without dropout the test loss turns');
  assert.ok(Math.min(...dropout) < plain.at(-1)!, 'with dropout it gets lower than that');
  for (const id of ['curve-run', 'overfit-figure'])
    assert.ok(displayedBy(notebook, id, 'application/vnd.plotly.v1+json'), id);
  assert.match(printed('cleanup-topics'), /tensors left: 0/);
});
