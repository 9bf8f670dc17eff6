/** The scaler on single rows, and its way through JSON to wherever the model goes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { frameOf } from '../../src/data/frame.ts';
import { fitStandardScaler, standardScaler, type ScalerNumbers } from '../../src/data/scaler.ts';

const frame = frameOf(
  [
    [1, 10],
    [3, 30],
    [8, 20],
  ],
  ['a', 'b'],
);

test('a row from a stream is scaled as the same row of a frame is', () => {
  const scaler = fitStandardScaler(frame);
  const expected = (scaler.transform(frame).values as number[][]).map((row) => Float32Array.from(row));
  assert.deepEqual(scaler.transformRow([1, 10]), expected[0]);
  assert.deepEqual(scaler.transformRow(Float32Array.of(8, 20)), expected[2]);
});

test('the row itself stays as it is', () => {
  const xs = Float32Array.of(8, 20);
  fitStandardScaler(frame).transformRow(xs);
  assert.deepEqual(xs, Float32Array.of(8, 20));
});

test('a scaler read back from JSON scales as the one that learnt', () => {
  const learnt = fitStandardScaler(frame);
  const read = standardScaler(JSON.parse(JSON.stringify(learnt)) as ScalerNumbers);
  assert.deepEqual(read.transformRow([5, 5]), learnt.transformRow([5, 5]));
  assert.deepEqual(read.transform(frame).values, learnt.transform(frame).values);
});

test('a row of another width is refused, with the columns it should have', () => {
  assert.throws(() => fitStandardScaler(frame).transformRow([1, 2, 3]), {
    code: 'ST_DATA_ROW_WIDTH',
    message: /3 features, but the scaler learnt 2: a, b/,
  });
});
