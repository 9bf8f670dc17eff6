/** Labels, imputation, splitting and CSV rows of data frames. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  danfo,
  encodeLabels,
  fitMedianImputer,
  fitStandardScaler,
  readBreastCancer,
  splitLabels,
  toCsvRows,
  toKafkaItems,
  trainTestSplit,
  type DataFrame,
} from '../../src/data/index.ts';
import { tensorflow } from '../../src/tensorflow.ts';

function frame(rows: unknown[][], columns: string[], index?: (number | string)[]): DataFrame {
  const { DataFrame } = danfo();
  return new DataFrame(rows, { columns, ...(index && { index }) });
}

describe('labels', () => {
  const table = frame([[1, 2], [3, 4], [5, 3]], ['x', 'Class'], [10, 11, 12]); // prettier-ignore

  it('names row, value and known labels when a label has no code', () => {
    assert.throws(() => encodeLabels(table), {
      code: 'ST_DATA_UNKNOWN_LABEL',
      row: 12,
      value: 3,
      message: /Row 12: column Class holds 3.*2, 4/,
    });
  });

  it('takes codes of your own', () => {
    assert.deepEqual(splitLabels(encodeLabels(table, { codes: { 2: 0, 4: 1, 3: 0 } })).labels, [0, 1, 0]);
  });

  it('comes apart from the features with rows in place', () => {
    const { features, labels } = splitLabels(table, 'Class');
    assert.deepEqual(labels, [2, 4, 3]);
    assert.deepEqual(features.values, [[1], [3], [5]]);
    assert.deepEqual(features.index, [10, 11, 12]);
  });

  it('refuses a missing label, and a column that is not there with the list of those that are', () => {
    assert.throws(() => splitLabels(frame([[1, NaN]], ['x', 'y']), 'y'), { code: 'ST_DATA_NOT_NUMERIC' });
    assert.throws(() => splitLabels(table, 'y'), { code: 'ST_DATA_UNKNOWN_COLUMN', message: /x, Class/ });
  });
});

describe('fitMedianImputer', () => {
  it('fills every frame with the medians of the training rows alone', () => {
    const train = frame([[1, 7], [NaN, 9], [4, NaN], [2, 100]], ['a', 'b']); // prettier-ignore
    const imputer = fitMedianImputer(train);
    assert.deepEqual(imputer.medians, { a: 2, b: 9 });
    const test = frame([[NaN, 1000], [1000, NaN], [1000, 1000]], ['a', 'b'], [5, 6, 7]); // prettier-ignore
    const filled = imputer.transform(test);
    assert.deepEqual(filled.values, [[2, 1000], [1000, 9], [1000, 1000]]); // prettier-ignore
    assert.deepEqual(filled.index, [5, 6, 7]);
    assert.deepEqual((test.values as number[][])[0], [NaN, 1000], 'the frame given is left alone');
  });

  it('takes the mean of the middle two of an even count', () => {
    assert.deepEqual(fitMedianImputer(frame([[1], [10], [2], [3]], ['a'])).medians, { a: 2.5 });
  });

  it('can leave columns out, and refuses one that has no value at all', () => {
    const train = frame([[1, NaN], [2, NaN]], ['a', 'b']); // prettier-ignore
    assert.deepEqual(fitMedianImputer(train, { columns: ['a'] }).medians, { a: 1.5 });
    assert.throws(() => fitMedianImputer(train), { code: 'ST_DATA_NO_MEDIAN', column: 'b' });
  });
});

describe('fitStandardScaler', () => {
  it('scales every frame by the mean and deviation of the training rows alone, as scikit-learn does', () => {
    const train = frame([[1, 5], [2, 5], [6, 5]], ['a', 'constant']); // prettier-ignore
    const scaler = fitStandardScaler(train);
    const deviation = Math.sqrt(14 / 3);
    assert.deepEqual(scaler.means, { a: 3, constant: 5 });
    assert.deepEqual(scaler.deviations, { a: deviation, constant: 1 });
    const scaled = scaler.transform(frame([[3, 6], [3, 5]], ['a', 'constant'], [8, 9])); // prettier-ignore
    assert.deepEqual(scaled.values, [[0, 1], [0, 0]]); // prettier-ignore
    assert.deepEqual(scaled.index, [8, 9]);
  });

  it('leaves other columns alone, and refuses one that has no value at all', () => {
    const train = frame([[1, NaN], [3, NaN]], ['a', 'b']); // prettier-ignore
    assert.deepEqual(fitStandardScaler(train, { columns: ['a'] }).transform(train).values, [[-1, NaN], [1, NaN]]); // prettier-ignore
    assert.throws(() => fitStandardScaler(train), { code: 'ST_DATA_NO_MEAN', column: 'b' });
  });
});

describe('trainTestSplit', () => {
  it('splits 699 rows into 419 and 280, none lost, none in both', async () => {
    const all = await readBreastCancer();
    const { train, test } = trainTestSplit(all, { testSize: 0.4, seed: 1 });
    assert.deepEqual([train.shape[0], test.shape[0]], [419, 280]);
    const index = [...train.index, ...test.index].map(Number).sort((a, b) => a - b);
    assert.deepEqual(index, all.index);
    const values = all.values as number[][];
    for (const part of [train, test]) {
      assert.deepEqual(part.values, part.index.map((row) => values[Number(row)])); // prettier-ignore
    }
  });

  it('gives the same rows for the same seed on every machine, others for another', () => {
    const ten = frame(Array.from({ length: 10 }, (_, i) => [i]), ['i']); // prettier-ignore
    const rows = (seed: number) => trainTestSplit(ten, { testSize: 0.3, seed }).test.index;
    assert.deepEqual(rows(7), rows(7));
    assert.notDeepEqual(rows(7), rows(8));
    assert.deepEqual(rows(1), [7, 8, 3], 'as a Python port of mulberry32 and the shuffle has it');
  });

  it('refuses a share that leaves a side empty, and a seed that is no whole number', () => {
    const two = frame([[1], [2]], ['x']);
    for (const testSize of [0, 1, -0.1, 0.9, NaN]) {
      assert.throws(() => trainTestSplit(two, { testSize }), {
        code: 'ST_OPTION_INVALID',
        option: 'testSize',
      });
    }
    assert.throws(() => trainTestSplit(two, { testSize: 0.5, seed: 1.5 }), {
      code: 'ST_OPTION_INVALID',
      option: 'seed',
    });
  });

  it('shuffles without bias: each row is in the test half about as often', () => {
    const four = frame([[0], [1], [2], [3]], ['i']);
    const counts = [0, 0, 0, 0];
    for (let seed = 0; seed < 400; seed++) {
      for (const row of trainTestSplit(four, { testSize: 0.5, seed }).test.index) counts[Number(row)]!++;
    }
    for (const count of counts) assert.ok(Math.abs(count - 200) < 50, String(counts)); // 5 standard deviations
  });
});

describe('CSV rows', () => {
  it('carry every number exactly', () => {
    const number = fc.double({ noNaN: true, noDefaultInfinity: true });
    fc.assert(
      fc.property(fc.array(fc.tuple(number, number), { minLength: 1, maxLength: 5 }), (rows) => {
        const read = toCsvRows(frame(rows, ['a', 'b'])).map((row) => row.split(',').map(Number));
        assert.deepEqual(read, rows.map((row) => row.map((value) => value + 0))); // prettier-ignore
      }),
      { numRuns: 50 },
    );
  });

  it('refuse a missing value unless told what to write for it', () => {
    const table = frame([[1, 2], [3, NaN]], ['a', 'b']); // prettier-ignore
    assert.throws(() => toCsvRows(table), { code: 'ST_DATA_NOT_NUMERIC', column: 'b', row: 1 });
    assert.deepEqual(toCsvRows(table, { missingMark: '?' }), ['1,2', '3,?']);
  });

  it('go to Kafka with their label as key', () => {
    const table = frame([[5, 1.5], [3, 2]], ['a', 'b']); // prettier-ignore
    assert.deepEqual(toKafkaItems(table, [0, 1]), [
      { key: '0', value: '5,1.5' },
      { key: '1', value: '3,2' },
    ]);
    assert.throws(() => toKafkaItems(table, [0]), { code: 'ST_DATA_ROW_COUNT', features: 2, labels: 1 });
  });

  it('refuse text', () => {
    assert.throws(() => toCsvRows(frame([[1, 'x']], ['a', 'b'])), {
      code: 'ST_DATA_NOT_NUMERIC',
      value: 'x',
    });
  });
});

it('the whole preparation leaves no tensor behind', async () => {
  const before = tensorflow().memory().numTensors;
  const { train, test } = trainTestSplit(encodeLabels(await readBreastCancer()));
  fitMedianImputer(train).transform(test);
  toCsvRows(splitLabels(train).features, { missingMark: '?' });
  assert.equal(tensorflow().memory().numTensors, before);
});
