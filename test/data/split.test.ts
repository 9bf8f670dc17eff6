/** Folds: each row is tested once, rows of a group stay together, the same seed gives the same rows. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { danfo, kFold, readBreastCancer, trainTestSplit } from '../../src/data/index.ts';

const patient = 'Sample_code_number';

test('each row is tested once and learnt in all other folds, with its index label', async () => {
  const table = await readBreastCancer();
  const folds = kFold(table, { folds: 5, seed: 1, groupBy: patient });
  assert.equal(folds.length, 5);
  const tested = folds.flatMap(({ test }) => test.index as number[]);
  assert.deepEqual(
    tested.sort((a, b) => a - b),
    table.index,
  );
  for (const { train, test } of folds) {
    assert.ok(Math.abs(test.index.length - 699 / 5) < 1, `${test.index.length} rows`);
    assert.equal(train.index.length + test.index.length, 699);
    assert.equal(new Set([...train.index, ...test.index]).size, 699);
    const [learnt, held] = [train, test].map((part) => new Set(part.column(patient).values as number[]));
    assert.deepEqual([...held!].filter((id) => learnt!.has(id)), []); // prettier-ignore
  }
});

test('a part of a split can be cut into folds again; the seed decides which rows go where', async () => {
  const { train } = trainTestSplit(await readBreastCancer(), { testSize: 0.4, seed: 1, groupBy: patient });
  const cut = (seed: number) => kFold(train, { seed }).map(({ test }) => test.index.join());
  assert.deepEqual(cut(1), cut(1));
  assert.notDeepEqual(cut(1), cut(2));
  const sizes = kFold(train, { folds: 4 }).map(({ test }) => test.shape[0]);
  assert.deepEqual(sizes, [105, 105, 104, 104]);
});

test('folds that cannot be cut are refused', () => {
  const frame = new (danfo().DataFrame)([[1, 7], [2, 7], [3, 8]], { columns: ['a', 'who'] }); // prettier-ignore
  const refused = { code: 'ST_OPTION_INVALID' };
  for (const folds of [1, 4, 2.5, NaN]) assert.throws(() => kFold(frame, { folds }), refused);
  assert.throws(() => kFold(frame, { folds: 3, groupBy: 'who' }), /2 groups of who/);
  assert.throws(() => kFold(frame, { folds: 2, seed: -1 }), refused);
  assert.throws(() => kFold(frame, { folds: 2, groupBy: 'whom' }), { code: 'ST_DATA_UNKNOWN_COLUMN' });
  assert.throws(() => kFold(frame, { splits: 2 } as never), { code: 'ST_OPTION_UNKNOWN' });
  assert.deepEqual(kFold(frame, { folds: 3 }).map(({ test }) => test.shape[0]), [1, 1, 1]); // prettier-ignore
});

test('rows of one group stay on one side of the split, the same for the same seed', async () => {
  const frame = await readBreastCancer();
  const options = { testSize: 0.4, seed: 1, groupBy: 'Sample_code_number' };
  const { train, test: held } = trainTestSplit(frame, options);
  const [inTrain, inTest] = [train, held].map(
    (part) => new Set(part.column('Sample_code_number').values as number[]),
  );
  assert.deepEqual(
    [...inTest!].filter((id) => inTrain!.has(id)),
    [],
  );
  assert.equal(train.shape[0]! + held.shape[0]!, 699);
  assert.ok(held.shape[0]! >= 280 && held.shape[0]! < 290, String(held.shape[0]));
  assert.deepEqual(trainTestSplit(frame, options).test.index, held.index);
  const oneGroup = frame.query(frame.column('Sample_code_number').eq(1182404));
  assert.throws(() => trainTestSplit(oneGroup, options), {
    code: 'ST_OPTION_INVALID',
    message: /groupBy/,
  });
});
