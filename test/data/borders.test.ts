/** What frames hand on is finite, complete and named: everything else is refused with its row and column. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  correlations,
  danfo,
  encodeLabels,
  fitMedianImputer,
  fitStandardScaler,
  hashingVectorizer,
  htmlTable,
  splitLabels,
  standardScaler,
  toCsvRows,
  toKafkaItems,
  trainTestSplit,
  weighTerms,
} from '../../src/data/index.ts';
import { frameOf, type Cell } from '../../src/data/frame.ts';

const table = (cell: Cell) => frameOf([[1, 5, 0], [2, cell, 1], [4, 6, 0]], ['a', 'b', 'Class'], ['r0', 'r1', 'r2']); // prettier-ignore
const refused = { code: 'ST_DATA_NOT_NUMERIC', row: 'r1', column: 'b' };
const whole = table(7);

for (const cell of [NaN, null, undefined, Infinity, -Infinity, 'text', true] as Cell[]) {
  test(`a cell that holds ${String(cell)} does not get into a scaler, nor to Kafka`, () => {
    assert.throws(() => fitStandardScaler(table(cell)), refused);
    assert.throws(() => fitStandardScaler(whole).transform(table(cell)), refused);
    assert.throws(() => toCsvRows(table(cell)), refused);
    assert.throws(() => splitLabels(table(cell), 'b'), { code: 'ST_DATA_NOT_NUMERIC', row: 'r1' });
    // Other columns may hold what they like.
    const scaled = fitStandardScaler(table(cell), { columns: ['a'] }).transform(table(cell));
    assert.deepEqual((scaled.values as Cell[][]).map((row) => row[1]), [5, cell, 6]); // prettier-ignore
  });
}

test('an imputer fills what is missing, and refuses what is infinite or text', () => {
  for (const cell of [NaN, null, undefined]) {
    const imputer = fitMedianImputer(table(cell));
    assert.deepEqual(imputer.medians, { a: 2, b: 5.5, Class: 0 });
    assert.deepEqual(imputer.transform(table(cell)).column('b').values, [5, 5.5, 6]);
    assert.equal(toCsvRows(table(cell), { missingMark: '?' })[1], '2,?,1');
  }
  for (const cell of [Infinity, 'text', true]) {
    assert.throws(() => fitMedianImputer(table(cell)), refused);
    assert.throws(() => fitMedianImputer(whole).transform(table(cell)), refused);
  }
  assert.throws(() => fitMedianImputer(frameOf([[NaN], [null]], ['x'])), {
    code: 'ST_DATA_NO_MEDIAN',
    column: 'x',
  });
  assert.throws(() => fitMedianImputer(frameOf([], ['x'])), { code: 'ST_DATA_NO_MEDIAN' });
});

test('the message for a gap names both imputers', () => {
  assert.throws(
    () => toCsvRows(table(NaN)),
    /Row r1: column b is missing \(NaN\).*fitMedianImputer.*OnlineMedianImputer/,
  );
  const scaler = fitStandardScaler(whole);
  assert.throws(() => scaler.transformRow([1, NaN, 0]), /Column b is missing.*OnlineMedianImputer/);
  const narrow = standardScaler({ means: { b: 0 }, deviations: { b: 1e-40 } });
  assert.throws(() => narrow.transformRow([1]), /Column b holds 1, which scaled is too large/);
  const { DataFrame } = danfo();
  assert.throws(() => narrow.transform(new DataFrame([[0], [1e300]], { columns: ['b'] })), {
    code: 'ST_DATA_NOT_NUMERIC',
    row: 1,
  });
  assert.throws(() => scaler.transformRow([1, Infinity, 0]), { code: 'ST_DATA_NOT_NUMERIC', column: 'b' });
});

test('labels that are missing, unknown or coded by no number are refused with their row', () => {
  const labels = frameOf([[' B'], ['M'], [NaN]], ['Class'], [10, 11, 12]);
  const unknown = { code: 'ST_DATA_UNKNOWN_LABEL', column: 'Class' };
  assert.throws(() => encodeLabels(labels, { codes: { M: 1, B: 0 } }), { ...unknown, row: 10, value: ' B' });
  assert.throws(() => encodeLabels(labels, { codes: { M: 1, ' B': 0 } }), { ...unknown, row: 12 });
  assert.throws(() => encodeLabels(whole, { codes: { 0: NaN, 1: 1 } }), {
    code: 'ST_OPTION_INVALID',
    option: 'codes[0]',
  });
  const odd = frameOf([['constructor'], ['__proto__'], ['10'], ['9'], ['9'], [NaN]], ['Class']);
  assert.throws(() => encodeLabels(odd), { ...unknown, value: 'constructor' });
  for (const label of [NaN, Infinity, null as unknown as number])
    assert.throws(() => toKafkaItems(whole, [0, 1, label]), { code: 'ST_DATA_NOT_NUMERIC', row: 'r2' });
});

test('a mark that would split its row is refused; one that is a number is written as it is', () => {
  for (const missingMark of ['a,b', '"', 'x\n'])
    assert.throws(() => toCsvRows(table(NaN), { missingMark }), {
      code: 'ST_OPTION_INVALID',
      option: 'missingMark',
    });
  for (const missingMark of ['-999', ' ?', '', 'NA'])
    assert.equal(toCsvRows(table(NaN), { missingMark })[1], `2,${missingMark},1`);
});

test('options that are not known are refused by every function here', () => {
  const unknown = { code: 'ST_OPTION_UNKNOWN' };
  const odd = { stratify: 'Class' } as object;
  const vectorizer = hashingVectorizer({ features: 4 });
  for (const call of [
    () => trainTestSplit(whole, odd),
    () => fitStandardScaler(whole, odd),
    () => fitMedianImputer(whole, odd),
    () => encodeLabels(whole, odd),
    () => toCsvRows(whole, odd),
    () => toKafkaItems(whole, [0, 1, 0], odd),
    () => htmlTable(whole, odd),
    () => hashingVectorizer(odd),
    () => weighTerms(vectorizer, [0, 0, 0, 0], [], odd),
  ])
    assert.throws(call, unknown);
  assert.throws(() => weighTerms(vectorizer, [0, NaN, 0, 0], []), { option: 'weights[1]' });
  assert.throws(() => htmlTable(whole, { rows: NaN }), { option: 'rows' });
});

test('a name given twice, or no name at all, is refused', () => {
  const twice = { code: 'ST_DATA_DUPLICATE_COLUMN', column: 'a' };
  assert.throws(() => frameOf([[1, 2]], ['a', 'a']), twice);
  assert.throws(() => fitStandardScaler(whole, { columns: ['a', 'a'] }), twice);
  assert.throws(() => correlations(whole, ['a', 'a']), twice);
  assert.throws(() => fitMedianImputer(whole, { columns: [] }), {
    code: 'ST_OPTION_INVALID',
    option: 'columns',
  });
});

test('columns called like members of a frame are read like any other', () => {
  const columns = [
    'index',
    'shape',
    'columns',
    'values',
    'size',
    'constructor',
    '__proto__',
    '$data',
    '7',
    'Class',
  ];
  const { DataFrame } = danfo();
  const frame = new DataFrame([columns.map((_, c) => c), columns.map((_, c) => c + 10)], { columns });
  assert.deepEqual([frame.shape, frame.columns, frame.index], [[2, 10], columns, [0, 1]]);
  assert.deepEqual(frame.column('index').values, [0, 10]);
  assert.deepEqual(frame.drop({ columns: ['shape'] }).shape, [2, 9]);
  assert.deepEqual(frame.query(frame.column('__proto__').eq(16)).index, [1]);
  assert.deepEqual(trainTestSplit(frame, { testSize: 0.5, groupBy: 'index' }).test.shape, [1, 10]);
  assert.equal(splitLabels(frame).features.shape[1], 9);
  assert.deepEqual(frame.isNa().sum({ axis: 0 }).values, Array(10).fill(0));
  assert.match(htmlTable(frame), /constructor/);
});

test('correlations of constant columns are NaN, of very small and large numbers as of others', () => {
  const frame = frameOf([0, 1, 2, 5].map((x) => [0.1, x, x * 1e-170, -x * 1e170, 1e9 + 0.1]), ['c', 'x', 's', 'l', 'd']); // prettier-ignore
  const [constant, x] = correlations(frame);
  assert.deepEqual(constant, [NaN, NaN, NaN, NaN, NaN]);
  assert.deepEqual(x!.map((r) => Number(r.toFixed(12))), [NaN, 1, 1, -1, NaN]); // prettier-ignore
  assert.throws(() => correlations(table(Infinity)), refused);
});

test('frames of 300,000 rows are cleaned, split, scaled and written', () => {
  const rows = Array.from({ length: 300_000 }, (_, i) => [
    i % 7 === 0 ? NaN : i % 10,
    1e9 + (i % 100),
    i % 2,
  ]);
  const frame = frameOf(rows, ['a', 'time', 'Class']);
  const { train, test: rest } = trainTestSplit(frame, { testSize: 0.5, seed: 1 });
  const filled = fitMedianImputer(train).transform(train);
  const { features, labels } = splitLabels(filled);
  const scaler = fitStandardScaler(features);
  assert.ok(Math.abs(scaler.deviations['time']! - Math.sqrt((100 ** 2 - 1) / 12)) < 0.1);
  assert.equal(toKafkaItems(scaler.transform(features), labels).length, 150_000);
  assert.equal(splitLabels(rest).labels.length, 150_000);
  assert.equal(correlations(frame).length, 3);
});
