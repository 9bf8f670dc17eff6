/**
 * The faults of danfojs 1.2 for which this room has functions of its own. Each test says that the fault is still there: the
 * day one fails, danfojs is cured, and our function for it can go.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import * as data from '../../src/data/index.ts';
import { frameOf } from '../../src/data/frame.ts';
import { tensorflow } from '../../src/tensorflow.ts';

const { DataFrame, StandardScaler, readCSV, toCSV } = data.danfo();
const rowsOf = (frame: data.DataFrame) => (frame.shape[0] === 0 ? [] : frame.values);

describe('filtering: query takes labels of the index for places; loc with a mask is right', () => {
  const table = frameOf([[9, 0], [3, 1], [1, 1], [2, 1]], ['a', 'y']); // prettier-ignore

  test('a second query returns another row than asked for, silently', () => {
    const first = table.query(table.column('y').eq(1));
    assert.deepEqual(first.index, [1, 2, 3]);
    const mask = first.column('a').eq(3);
    assert.deepEqual(rowsOf(first.query(mask)), [[1, 1]], 'the fault: the row asked for is [3, 1]');
    assert.deepEqual(rowsOf(first.iloc({ rows: mask })), [[1, 1]], 'the same fault');
    assert.deepEqual(rowsOf(first.loc({ rows: mask })), [[3, 1]]);
  });

  test('a query on a part of a split, or on named rows, throws', async () => {
    const { train } = data.trainTestSplit(await data.readBreastCancer(), { seed: 1 });
    const mask = train.column('Class').eq(4);
    assert.throws(() => train.query(mask), /reading '0'/);
    assert.deepEqual(train.loc({ rows: mask }).column('Class').unique().values, [4]);
    const named = frameOf([[1], [2]], ['a'], ['x', 'z']);
    assert.throws(() => named.query(named.column('a').eq(2)), /reading '0'/);
    assert.deepEqual(rowsOf(named.loc({ rows: named.column('a').eq(2) })), [[2]]);
  });

  test('sample fails on the rows of a split, so that it cannot split them again', async () => {
    const { train } = data.trainTestSplit(await data.readBreastCancer(), { seed: 1 });
    await assert.rejects(train.sample(3, { seed: 1 }), /cannot be bigger than index length/);
    assert.deepEqual(data.trainTestSplit(train, { seed: 1 }).test.shape, [168, 11]);
  });
});

test('fillNa writes into the frame it is given; fitMedianImputer leaves it alone', () => {
  const gap = () => frameOf([[1], [NaN], [3]], ['a']);
  const [theirs, ours] = [gap(), gap()];
  assert.notEqual(theirs.fillNa([2], { columns: ['a'] }), theirs);
  assert.deepEqual(rowsOf(theirs), [[1], [2], [3]], 'the fault: the gap is lost');
  assert.deepEqual(rowsOf(data.fitMedianImputer(ours).transform(ours)), [[1], [2], [3]]);
  assert.deepEqual(rowsOf(ours), [[1], [NaN], [3]]);
});

test('StandardScaler makes NaN of constant, large and missing values and leaves tensors; fitStandardScaler does not', () => {
  const scaled = (frame: data.DataFrame): unknown[] => {
    const scaler = new StandardScaler();
    scaler.fit(frame);
    return rowsOf(scaler.transform(frame) as data.DataFrame).flat();
  };
  const constant = frameOf([[5], [5]], ['a']);
  const large = frameOf([1, 2, 3].map((more) => [1e9 + more]), ['a']); // prettier-ignore
  const before = tensorflow().memory().numTensors;
  assert.deepEqual(scaled(constant), [NaN, NaN]);
  assert.deepEqual(scaled(large), [NaN, NaN, NaN]);
  assert.deepEqual(scaled(frameOf([[1, NaN], [3, 1]], ['a', 'b'])), [-1, NaN, 1, NaN]); // prettier-ignore
  assert.ok(tensorflow().memory().numTensors > before, 'tensors are left');
  assert.deepEqual(rowsOf(data.fitStandardScaler(constant).transform(constant)), [[0], [0]]);
  const ours = rowsOf(data.fitStandardScaler(large).transform(large)).flat() as number[];
  for (const [row, value] of ours.entries()) assert.ok(Math.abs(value - (row - 1) * Math.sqrt(1.5)) < 1e-12);
});

test('replace leaves a label without a code, and two in a row take codes for labels; encodeLabels does not', () => {
  const labels = frameOf([[1], [2], [3]], ['Class']);
  const column = { columns: ['Class'] };
  assert.deepEqual(rowsOf(labels.replace(1, 2, column).replace(2, 1, column)), [[1], [1], [3]]);
  assert.deepEqual(rowsOf(data.encodeLabels(labels, { codes: { 1: 2, 2: 1, 3: 0 } })), [[2], [1], [0]]);
  assert.throws(() => data.encodeLabels(labels, { codes: { 1: 2, 2: 1 } }), {
    code: 'ST_DATA_UNKNOWN_LABEL',
  });
});

test('there is no corr, which correlations has', () => {
  assert.ok(!('corr' in DataFrame.prototype));
});

test('print leaves out columns where there are more than ten; htmlTable shows all', async () => {
  const cancer = await data.readBreastCancer();
  assert.ok(!cancer.head().toString().includes('Bland'));
  for (const column of cancer.columns)
    assert.ok(data.htmlTable(cancer.head()).includes(column.replaceAll('_', '_<wbr>')));
});

test('readCSV takes "?" for a value of a column of whole numbers; readCsv for a gap', async () => {
  const stock = await readCSV(data.breastCancerPath);
  const nuclei = stock.column('Bare_Nuclei');
  assert.deepEqual([nuclei.dtypes, nuclei.isNa().sum(), nuclei.mean()], [['int32'], 0, NaN]);
  const repaired = stock.replace('?', NaN, { columns: ['Bare_Nuclei'] });
  assert.deepEqual(rowsOf(repaired), rowsOf(await data.readBreastCancer()), 'chapter 3: replace cures it');
});

test('readCSV takes text between numbers for a value, too; readCsv says where it is', async () => {
  const file = path.join(tmpdir(), `danfojs-${process.pid}.csv`);
  await writeFile(file, `a\n${'1\n'.repeat(30)}x\n`);
  try {
    assert.deepEqual((await readCSV(file)).dtypes, ['int32']);
    await assert.rejects(data.readCsv(file), { code: 'ST_DATA_CSV_NOT_A_NUMBER' });
  } finally {
    await rm(file);
  }
});

test('toCSV writes a gap as a word and a comma as two fields; toCsvRows refuses both', () => {
  const options = { header: false };
  assert.equal(toCSV(frameOf([[1, NaN]], ['a', 'b']), options), '1,NaN\n');
  assert.equal(toCSV(frameOf([[1, 'x,y']], ['a', 'b']), options), '1,x,y\n');
  for (const cell of [NaN, 'x,y'])
    assert.throws(() => data.toCsvRows(frameOf([[1, cell]], ['a', 'b'])), { code: 'ST_DATA_NOT_NUMERIC' });
});

test('a column called like a part of a frame hides it; not in a frame made after danfo()', () => {
  const program = `
    require('node:util').isNullOrUndefined = (v) => v === null || v === undefined; // Node 23 and later have none
    const { DataFrame } = require('danfojs-node');
    console.log(typeof new DataFrame([[1], [2]], { columns: ['shape'] }).shape[0])`;
  const env = { ...process.env, TF_CPP_MIN_LOG_LEVEL: '2' };
  assert.equal(
    execFileSync(process.execPath, ['-e', program], { env, encoding: 'utf8' }).trim(),
    'undefined',
  );
  assert.equal(new DataFrame([[1], [2]], { columns: ['shape'] }).shape[0], 2);
});

describe('faults that chapter 3 names, without a function of ours', () => {
  test('assigning a Series to an existing column breaks valueCounts, describe and query from then on', () => {
    const frame = frameOf([[1, 2], [3, 4]], ['a', 'b']) as data.DataFrame & Record<string, unknown>; // prettier-ignore
    frame['a'] = frame.column('a').mul(2);
    const broken = /File format not supported/;
    assert.throws(() => frame.column('a').valueCounts(), broken);
    assert.throws(() => frame.describe(), broken);
    assert.throws(() => frame.query(frame.column('a').gt(1)), broken);
  });

  test('describe and groupby have no mean where one value is missing; mean() has', () => {
    const frame = frameOf([[1, 0], [NaN, 0], [5, 0]], ['a', 'y']); // prettier-ignore
    assert.deepEqual(frame.describe().column('a').values.slice(0, 2), [2, NaN]);
    assert.deepEqual(rowsOf(frame.groupby(['y']).mean()), [[0, NaN]]);
    assert.deepEqual(frame.mean({ axis: 0 }).values, [3, 0]);
  });

  test('describe fails on a null, and a frame made without rows has no types to drop a column from', () => {
    assert.throws(() => frameOf([[1], [null]], ['a']).describe());
    assert.throws(() => frameOf([], ['a', 'b']).drop({ columns: ['a'] }), /DtypeError/);
  });
});
