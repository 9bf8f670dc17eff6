/** Where values are missing. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readBreastCancer } from '../../src/data/breast-cancer.ts';
import { frameOf } from '../../src/data/frame.ts';
import { missingCounts } from '../../src/data/missing.ts';

test('counts what is missing in each column', () => {
  const frame = frameOf(
    [
      [1, NaN],
      [0, NaN],
      [2, 3],
    ],
    ['a', 'b'],
  );
  assert.deepEqual(missingCounts(frame), { a: 0, b: 2 });
});

test('the breast cancer data has 16 gaps, all in Bare_Nuclei', async () => {
  const gaps = missingCounts(await readBreastCancer());
  assert.deepEqual(
    Object.entries(gaps).filter(([, count]) => count > 0),
    [['Bare_Nuclei', 16]],
  );
  assert.equal(Object.keys(gaps).length, 11);
});
