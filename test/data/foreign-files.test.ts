/** Files as other programs leave them: nothing in them is learnt by mistake. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readCsv, readTable, type ReadTableOptions } from '../../src/data/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'streamtrain-foreign-'));
after(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'file.csv');

function tableOf(text: string, options: Partial<ReadTableOptions> = {}) {
  writeFileSync(file, text);
  return readTable(file, { label: 'y', ...options });
}

test('a header that stands a second time is no row, also where all columns are texts', async () => {
  const text = 'colour,y\nred,a\nblue,b\ncolour,y\nred,b\n';
  const repeated = { code: 'ST_DATA_CSV_HEADER_REPEATED', line: 4 };
  await assert.rejects(tableOf(text), repeated);
  await assert.rejects(tableOf(text.replace('\ncolour', '\n\uFEFFcolour')), repeated);
  const textColumns = ['colour', 'y'];
  await assert.rejects(readCsv(file, { textColumns }), repeated);
  await assert.rejects(
    readCsv(file, { columns: ['a', 'b'], header: 'replace', textColumns: ['a', 'b'] }),
    repeated,
  );
});

test('texts like the names of their columns are rows, where the file has no header or one column', async () => {
  writeFileSync(file, 'red,a\ncolour,y\n');
  const columns = ['colour', 'y'];
  const pairs = await readCsv(file, { columns, header: false, textColumns: columns });
  assert.deepEqual(pairs.values, [
    ['red', 'a'],
    ['colour', 'y'],
  ]);
  writeFileSync(file, 'word\na\nword\n');
  assert.deepEqual((await readCsv(file, { textColumns: ['word'] })).column('word').values, ['a', 'word']);
});

test('the mark between files that were put together belongs to no field', async () => {
  writeFileSync(file, 'id,x\nc1,1\n\uFEFFc2,2\n');
  assert.deepEqual((await readCsv(file, { textColumns: ['id'] })).column('id').values, ['c1', 'c2']);
  assert.deepEqual((await tableOf('y,x\na,1\n\uFEFFa,2\nb,3\n')).classes, ['a', 'b']);
});

test('blanks in quotes are a gap, and numbers with blanks around them are numbers, one however they stand', async () => {
  const table = await tableOf('x,c,d,y\n"  5",red,"2026-01-01 ",a\n" 12","  ",2026-01-02,b\n"   ",blue,"   ","  "\n7\u00a0,blue,2026-01-03,b\n'); // prettier-ignore
  assert.deepEqual(
    table.columns.map(({ kind }) => kind),
    ['number', 'category', 'date'],
  );
  const day = Date.UTC(2026, 0, 1) / 86_400_000;
  assert.deepEqual(
    table.rows.map(({ xs }) => [...xs]),
    [
      [5, 0, 1, day],
      [12, 0, 0, day + 1],
      [7, 1, 0, day + 2],
    ],
  );
  assert.deepEqual([table.classes, table.unlabelled], [['a', 'b'], 1]);
  const comma = await tableOf('x;y\n" 1,5";a\n"2,5 ";b\n');
  assert.deepEqual([comma.layout.decimal, ...comma.rows.map(({ xs }) => xs[0])], [',', 1.5, 2.5]);
  await assert.rejects(tableOf('x,y\n1,1\n2," 1"\n3,2\n'), {
    code: 'ST_DATA_LABEL_SPELLING',
    kind: 'number',
  });
});

test('numbers below 0, amounts and groups in other ways of writing are refused, not made categories', async () => {
  for (const value of ['\u22125', '5-', '1,234.50-', '(5)', '($5.00)', '₹5', '5 ₽', '5‰', '12,34,567']) {
    const rows = [value, value.replace('5', '6'), value.replace('5', '7')].map(
      (x, i) => `"${x}",${'ab'[i % 2]}`,
    );
    await assert.rejects(tableOf(`x,y\n${rows.join('\n')}\n4,a\n`), { code: 'ST_DATA_MIXED_COLUMN' }, value);
    const named = await tableOf(`x,y\n${rows.join('\n')}\n`, { categories: ['x'] });
    assert.equal(named.columns[0]!.kind, 'category');
  }
  assert.equal((await tableOf('x,y\n+,a\n-,b\nA-,a\n')).columns[0]!.kind, 'category');
});

test('points that may group thousands are refused in every file that is not parted by commas', async () => {
  for (const mark of [';', '\t', '|'])
    await assert.rejects(tableOf(`x${mark}y\n1.234${mark}a\n5.678${mark}b\n`), {
      code: 'ST_DATA_DECIMAL_MARK',
    });
  assert.deepEqual((await tableOf('x\ty\n1.234\ta\n5.6\tb\n')).layout, { delimiter: '\t', decimal: '.' });
});

test('errors of spreadsheets and the gaps of databases are no classes', async () => {
  for (const value of ['#DIV/0!', '#NAME?', '#VALUE!', '#WERT!', '#NV', '\\N', '.'])
    await assert.rejects(tableOf(`x,y\n1,a\n2,${value}\n3,b\n`), { code: 'ST_DATA_LIKELY_MISSING', value });
  assert.deepEqual((await tableOf('x,y\n1,+\n2,-\n3,#1\n')).classes.length, 3);
});

test("Excel's first line, which says what separates fields, is no row", async () => {
  const table = await tableOf('sep=;\r\nx;y\r\n1,5;a\r\n2,5;b\r\n');
  assert.deepEqual([table.features, table.layout.delimiter, table.rows[0]?.xs[0]], [['x'], ';', 1.5]);
  writeFileSync(file, '\uFEFFsep=,\nx,y\n1,2\n');
  assert.deepEqual((await readCsv(file)).values, [[1, 2]]);
});

test('the type of a column is that of all its cells', async () => {
  const rows = Array.from({ length: 602 }, (_, i) => (i === 600 ? '0.5,word,1' : '1,007,1'));
  writeFileSync(file, ['a,b,c', ...rows, ''].join('\n'));
  const frame = await readCsv(file, { textColumns: ['b'] });
  assert.deepEqual(frame.dtypes, ['float32', 'string', 'int32']);
  assert.equal(frame.column('a').mean(), 601.5 / 602);
});
