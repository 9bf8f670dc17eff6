/** Chapter 3 shows the table as it is, refuses it as it is, and catches a test set that rewards memory. */
import assert from 'node:assert/strict';
import { displayedBy, printedBy } from '../../src/course/index.ts';
import { testChapter } from '../helpers/chapter.ts';
import { numbersAfter } from '../helpers/notebook-01.ts';

testChapter('03-the-data', 'ch3-', (notebook) => {
  const printed = (id: string) => printedBy(notebook, id);
  assert.match(printed('table-read'), /^699 rows, 11 columns/);
  assert.match(printed('missing-count'), /Bare_Nuclei\s+│ 16\b/);
  assert.match(printed('features-split'), /458 benign, 241 malignant/);
  assert.match(printed('correlation-strongest'), /0\.907/);
  const refused = printed('raw-decode').trim().split('\n');
  assert.equal(refused.length, 2);
  for (const line of refused) assert.match(line, /ch3-raw/);
  const [known, right] = numbersAfter(printed('leakage-run'), /: (\d+)/g);
  assert.ok(known! > 20 && right! / known! > 0.8, `${right} of ${known}`);
  assert.match(printed('leakage-cure'), /id is in training: 0/);
  for (const id of ['balance-figure', 'features-figure', 'correlation-figure']) {
    const figure = displayedBy(notebook, id, 'application/vnd.plotly.v1+json') as { data: unknown[] };
    assert.ok(figure.data.length > 0, id);
    assert.ok(displayedBy(notebook, id, 'image/svg+xml'), `${id} has a static twin`);
  }
});
