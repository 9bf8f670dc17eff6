/** Chapter 6 judges a stream, chooses a threshold by cost, and shows why a group reads each row once. */
import assert from 'node:assert/strict';
import { displayedBy, printedBy } from '../../src/course/index.ts';
import { testChapter } from '../helpers/chapter.ts';
import { numbersAfter } from '../helpers/notebook-01.ts';

testChapter('06-inference-and-evaluation', 'ch6-', (notebook) => {
  const printed = (id: string) => printedBy(notebook, id);
  assert.match(printed('lag-before-run'), /together 281/);
  assert.match(printed('inference-run'), /^281 rows judged/);
  const [accuracy] = numbersAfter(printed('inference-run'), /accuracy ([\d.]+)/g);
  assert.ok(accuracy! > 0.93, `accuracy ${accuracy}`);
  assert.match(printed('lag-after-run'), /together 0/);
  const [area] = numbersAfter(printed('curves-roc'), /curve: ([\d.]+)/g);
  assert.ok(area! > 0.97, `area ${area}`);
  const rows = numbersAfter(printed('calibration-figure'), /(\d+) rows:/g);
  assert.equal(
    rows.reduce((sum, each) => sum + each),
    281,
  );
  const [atHalf, chosen] = numbersAfter(printed('threshold-test'), /cost (\d+)/g);
  const missed = numbersAfter(printed('threshold-test'), /(\d+) missed/g);
  assert.ok(missed[1]! <= missed[0]!, `missed ${missed.join(', then ')}; cost ${atHalf}, then ${chosen}`);
  assert.match(printed('again-empty'), /: 0 rows/);
  assert.match(printed('again-reset'), /after a reset: 281 rows; without a group: 281/);
  for (const id of ['confusion-figure', 'curves-roc', 'curves-pr', 'calibration-figure'])
    assert.ok(displayedBy(notebook, id, 'application/vnd.plotly.v1+json'), id);
  assert.match(printed('cleanup-topics'), /tensors left: 0/);
});
