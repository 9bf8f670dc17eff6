/** Correlations agree with Python's statistics.correlation on the real table. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as data from '../../src/data/index.ts';

test('the table’s correlations are those of Python', async () => {
  const frame = await data.readBreastCancer();
  const columns = ['Uniformity_of_Cell_Size', 'Uniformity_of_Cell_Shape', 'Bare_Nuclei', 'Class'];
  const matrix = data.correlations(frame, columns).map((row) => row.map((value) => Number(value.toFixed(4))));
  // statistics.correlation over the rows in which both are there
  assert.equal(matrix[0]![1], 0.9069);
  assert.equal(matrix[2]![3], 0.8227);
  assert.deepEqual(
    matrix.map((row, i) => row[i]),
    [1, 1, 1, 1],
  );
  assert.equal(matrix[1]![0], matrix[0]![1]);
});

test('a constant column correlates with nothing, and a missing column is refused', async () => {
  const frame = await data.readBreastCancer();
  const constant = frame.query(frame.column('Mitoses').eq(1));
  assert.ok(Number.isNaN(data.correlations(constant, ['Mitoses', 'Class'])[0]![1]!));
  assert.throws(() => data.correlations(constant, ['Size']), { code: 'ST_DATA_UNKNOWN_COLUMN' });
});

test('rows of one group stay on one side of the split, the same for the same seed', async () => {
  const frame = await data.readBreastCancer();
  const options = { testSize: 0.4, seed: 1, groupBy: 'Sample_code_number' };
  const { train, test: held } = data.trainTestSplit(frame, options);
  const [inTrain, inTest] = [train, held].map(
    (part) => new Set(part.column('Sample_code_number').values as number[]),
  );
  assert.deepEqual(
    [...inTest!].filter((id) => inTrain!.has(id)),
    [],
  );
  assert.equal(train.shape[0]! + held.shape[0]!, 699);
  assert.ok(held.shape[0]! >= 280 && held.shape[0]! < 290, String(held.shape[0]));
  assert.deepEqual(data.trainTestSplit(frame, options).test.index, held.index);
  const oneGroup = frame.query(frame.column('Sample_code_number').eq(1182404));
  assert.throws(() => data.trainTestSplit(oneGroup, options), {
    code: 'ST_OPTION_INVALID',
    message: /groupBy/,
  });
});
