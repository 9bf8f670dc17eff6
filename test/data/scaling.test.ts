/** The scaler on single rows, and its way through JSON to wherever the model goes. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { frameOf } from '../../src/data/frame.ts';
import {
  fitMedianImputer,
  fitStandardScaler,
  standardScaler,
  type ScalerNumbers,
} from '../../src/data/scaling.ts';

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

interface Case {
  name: string;
  values: number[];
  mean: number;
  deviation: number;
  probe: number[];
  standard: number[];
}

const cases = JSON.parse(
  readFileSync(new URL('fixtures/sklearn-scaling.json', import.meta.url), 'utf8'),
) as Case[];

for (const { name, values, mean, deviation, probe, standard } of cases) {
  test(`a column that is ${name} is scaled as scikit-learn does`, () => {
    const scaler = fitStandardScaler(frameOf(values.map((value) => [value]), ['x'])); // prettier-ignore
    near(scaler.means['x']!, mean, 1e-13);
    near(scaler.deviations['x']!, deviation, 1e-12);
    const scaled = scaler.transform(frameOf(probe.map((value) => [value]), ['x'])).values as number[][]; // prettier-ignore
    for (const [i, [value]] of scaled.entries()) near(value!, standard[i]!, 1e-6);
    if (name.startsWith('constant') && !name.includes('rounding'))
      assert.deepEqual([scaled[0], scaler.deviations['x']], [[0], 1], 'exactly 0');
  });
}

function near(found: number, expected: number, tolerance: number): void {
  const far = Math.abs(found - expected) / Math.max(1, Math.abs(expected));
  assert.ok(far <= tolerance, `${found}, not ${expected}`);
}

test('columns called like numbers or like what every object has keep their place, through JSON too', () => {
  const columns = [
    'x',
    '2021',
    '2020',
    '0',
    '__proto__',
    'constructor',
    'toString',
    'index',
    'shape',
    'values',
    '',
  ];
  const odd = frameOf([columns.map((_, c) => c), columns.map((_, c) => 3 * c + 2)], columns);
  const learnt = fitStandardScaler(odd);
  const read = standardScaler(JSON.parse(JSON.stringify(learnt)) as ScalerNumbers);
  for (const scaler of [learnt, read]) {
    assert.deepEqual(scaler.columns, columns);
    assert.deepEqual([...scaler.transformRow(columns.map((_, c) => c))], columns.map(() => -1)); // prettier-ignore
    assert.deepEqual(scaler.transform(odd).values, [columns.map(() => -1), columns.map(() => 1)]);
    assert.deepEqual(Object.hasOwn(scaler.means, '__proto__') && scaler.means['__proto__'], 9);
  }
  const imputer = fitMedianImputer(odd);
  assert.deepEqual([imputer.medians['0'], Object.entries(imputer.medians).length], [7, columns.length]);
  const gaps = imputer.transform(frameOf([columns.map(() => NaN)], columns)).values;
  assert.deepEqual(gaps, [columns.map((_, c) => 2 * c + 1)]);
});

test('numbers that cannot be a scaler are refused: an order nobody kept, a deviation of 0, a mean that is missing', () => {
  const refused = (numbers: unknown, option: string) =>
    assert.throws(() => standardScaler(numbers as ScalerNumbers), { code: 'ST_OPTION_INVALID', option });
  refused({ means: { x: 1, 2020: 2 }, deviations: { x: 1, 2020: 2 } }, 'columns');
  refused({ means: { x: 1 }, deviations: { x: 0 } }, 'deviations.x');
  refused({ means: { x: null }, deviations: { x: 1 } }, 'means.x');
  refused({ means: { x: 1 }, deviations: { y: 1 } }, 'deviations.x');
  refused({ columns: ['x', 'y'], means: { x: 1 }, deviations: { x: 1 } }, 'means');
  assert.equal(standardScaler({ means: { x: 1 }, deviations: { x: 2 } }).transformRow([5])[0], 2);
});
