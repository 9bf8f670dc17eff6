/** Any CSV file becomes rows to learn from: what its columns hold is found out and said, and mistakes are refused. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { readTable, type ReadTableOptions } from '../../src/data/index.ts';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'streamtrain-table-'));
});
after(() => rm(folder, { recursive: true, force: true }));

async function tableOf(text: string, options: ReadTableOptions) {
  const file = join(folder, 'table.csv');
  await writeFile(file, text);
  return readTable(file, options);
}

test('numbers, dates, categories, a constant, ids and gaps: each column is told, and rows are numbers', async () => {
  const ids = Array.from({ length: 30 }, (_, i) => `c-${i}`);
  const lines = ids.map(
    (id, i) =>
    [id, i % 7 === 3 ? '' : i / 2, ['red', 'blue', 'NA'][i % 3], 'shop', `2026-01-${String(i + 1).padStart(2, '0')}`, i % 2 ? 'yes' : 'no'].join(','), // prettier-ignore
  );
  const table = await tableOf(`id,size,colour,where,day,left\n${lines.join('\n')}\n`, { label: 'left' });
  const told = table.columns.map(({ name, kind, missing }) => [name, kind, missing]);
  assert.deepEqual(told, [
    ['id', 'text', 0],
    ['size', 'number', 4],
    ['colour', 'category', 10],
    ['where', 'constant', 0],
    ['day', 'date', 0],
  ]);
  assert.deepEqual(table.features, ['size', 'colour=blue', 'colour=red', 'day']);
  assert.deepEqual([table.classes, table.rows.length, table.unlabelled], [['no', 'yes'], 30, 0]);
  const first = Date.UTC(2026, 0, 1) / 86_400_000;
  assert.deepEqual([...table.rows[0]!.xs], [0, 0, 1, first]);
  assert.deepEqual([...table.rows[3]!.xs], [NaN, 0, 1, first + 3]);
  assert.deepEqual([...table.rows[5]!.xs], [2.5, 0, 0, first + 5]);
  assert.deepEqual(
    table.rows.slice(0, 3).map(({ ys }) => ys),
    [0, 1, 0],
  );

  const row = { size: '1.5', colour: 'blue', day: '2026-01-02T12:00' };
  assert.deepEqual([...table.encode(row)], [1.5, 1, 0, first + 1.5]);
  assert.deepEqual([...table.encode({ ...row, size: '?', colour: '' })], [NaN, 0, 0, first + 1.5]);
  assert.throws(() => table.encode({ ...row, colour: 'green' }), {
    code: 'ST_DATA_UNKNOWN_FIELD',
    column: 'colour',
  });
  assert.throws(() => table.encode({ ...row, size: '1,5' }), {
    code: 'ST_DATA_UNKNOWN_FIELD',
    column: 'size',
  });
  assert.throws(() => table.encode({ size: '1', day: '2026-01-01' }), {
    code: 'ST_DATA_UNKNOWN_COLUMN',
    column: 'colour',
  });
});

test('German files: semicolons, decimal commas, dotted dates; classes of text', async () => {
  const table = await tableOf(
    'Größe;Tag;Urteil\n1,5;3.1.2026;gut\n-2;31.12.2025;schlecht\n0,25;1.1.1970;gut\n',
    {
      label: 'Urteil',
    },
  );
  assert.deepEqual(table.layout, { delimiter: ';', decimal: ',' });
  assert.deepEqual(
    table.rows.map(({ xs, ys }) => [xs[0], ys]),
    [
      [1.5, 0],
      [-2, 1],
      [0.25, 0],
    ],
  );
  assert.deepEqual([table.rows[2]!.xs[1], table.rows[0]!.xs[1]! - table.rows[1]!.xs[1]!], [0, 3]);
});

test('classes that are numbers come in their order; rows without a label are left out, and counted', async () => {
  const table = await tableOf('x|y\n1|10\n2|9\n3|?\n4|10\n', { label: 'y' });
  assert.deepEqual([table.classes, table.unlabelled, table.layout.delimiter], [['9', '10'], 1, '|']);
  assert.deepEqual(
    table.rows.map(({ xs, ys }) => [xs[0], ys]),
    [
      [1, 1],
      [2, 0],
      [4, 1],
    ],
  );
});

test('a word among numbers is refused with its line, unless it means missing or the column is of categories', async () => {
  const text = `code,y\n${Array.from({ length: 20 }, (_, i) => `${i % 4},${i % 2}`).join('\n')}\nnone,1\n`;
  const found = { code: 'ST_DATA_MIXED_COLUMN', line: 22, column: 'code', value: 'none' };
  await assert.rejects(tableOf(text, { label: 'y' }), found);
  await assert.rejects(tableOf(text.replace('none', '2026-02-30'), { label: 'y' }), { line: 22 });
  const missing = await tableOf(text, { label: 'y', missingMarks: ['none'] });
  assert.deepEqual([missing.columns[0]!.kind, missing.columns[0]!.missing], ['number', 1]);
  const categories = await tableOf(text, { label: 'y', categories: ['code'] });
  assert.deepEqual(categories.features, ['code=0', 'code=1', 'code=2', 'code=3', 'code=none']);
  assert.deepEqual((await tableOf(text, { label: 'y', drop: ['code'] })).features, []);
});

test('what cannot be a table to learn from is refused with what is wrong', async () => {
  const many = Array.from({ length: 60 }, (_, i) => `1,${i}`).join('\n');
  for (const [text, options, expected] of [
    ['', { label: 'y' }, { code: 'ST_DATA_CSV_EMPTY' }],
    ['x,y\n', { label: 'y' }, { code: 'ST_DATA_CSV_EMPTY', line: 2 }],
    ['x,y\n1,2\n', { label: 'z' }, { code: 'ST_DATA_UNKNOWN_COLUMN', column: 'z' }],
    ['x,y\n1,2\n', { label: 'y', drop: ['z'] }, { code: 'ST_DATA_UNKNOWN_COLUMN', column: 'z' }],
    ['x,x,y\n1,2,3\n', { label: 'y' }, { code: 'ST_DATA_DUPLICATE_COLUMN', column: 'x' }],
    ['x,y\n1,0\n1\n', { label: 'y' }, { code: 'ST_DATA_CSV_COLUMN_COUNT', line: 3 }],
    ['x,y\n1,0\n2,0\n', { label: 'y' }, { code: 'ST_DATA_NO_CLASSES', found: 1 }],
    [`x,y\n${many}\n`, { label: 'y' }, { code: 'ST_DATA_NO_CLASSES', found: 60 }],
    ['x,y\n1,0\n', { label: 'y', decimal: ';' as '.' }, { code: 'ST_OPTION_INVALID', option: 'decimal' }],
    ['x,y\n1,0\n', { label: 'y', maxCategories: 1 }, { code: 'ST_OPTION_INVALID', option: 'maxCategories' }],
  ] as const)
    await assert.rejects(tableOf(text, options), expected, text);
});
