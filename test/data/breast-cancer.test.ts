/** The packaged data set: unaltered, and read as its description says. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import {
  breastCancerColumns,
  breastCancerPath,
  encodeLabels,
  readBreastCancer,
} from '../../src/data/index.ts';

describe('the Breast Cancer Wisconsin data set', () => {
  it('is byte for byte the file its checksum and README name', () => {
    const sha256 = createHash('sha256').update(readFileSync(breastCancerPath)).digest('hex');
    assert.equal(
      readFileSync(`${breastCancerPath}.sha256`, 'utf8'),
      `${sha256}  breast-cancer-wisconsin.csv\n`,
    );
    const readme = readFileSync(new URL('../../data/README.md', import.meta.url), 'utf8');
    assert.ok(readme.includes(sha256));
  });

  it('has 699 rows, 458 benign and 241 malignant, 16 missing, all in Bare_Nuclei', async () => {
    const frame = await readBreastCancer();
    assert.deepEqual(frame.shape, [699, 11]);
    assert.deepEqual(frame.columns, breastCancerColumns);
    assert.deepEqual(frame.column('Class').valueCounts().values, [458, 241]);
    const missing = (frame.values as number[][]).flatMap((row) =>
      row.flatMap((v, c) => (Number.isNaN(v) ? [c] : [])),
    );
    assert.deepEqual(missing, Array<number>(16).fill(breastCancerColumns.indexOf('Bare_Nuclei')));
    assert.deepEqual((frame.values as number[][])[0], [1000025, 5, 1, 1, 1, 2, 1, 3, 1, 1, 2]);
  });

  it('becomes nine features and a 0/1 class in two steps that leave the first frame alone', async () => {
    const raw = await readBreastCancer();
    const frame = encodeLabels(raw.drop({ columns: ['Sample_code_number'] }));
    assert.deepEqual(frame.shape, [699, 10]);
    assert.deepEqual(frame.column('Class').unique().values, [0, 1]);
    assert.deepEqual(frame.column('Class').valueCounts().values, [458, 241]);
    assert.deepEqual(raw.shape, [699, 11]);
    assert.deepEqual(raw.column('Class').unique().values, [2, 4]);
  });
});
