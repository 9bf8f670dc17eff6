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

test('quotes around names and fields do not hide the delimiter; comments and empty lines before the header neither', async () => {
  const told = async (text: string, options: Partial<ReadTableOptions> = {}) => {
    const { layout, features, rows } = await tableOf(text, { label: 'y', ...options });
    return [layout.delimiter, features, [...rows[0]!.xs]];
  };
  assert.deepEqual(await told('"x","y"\n"1","u"\n"2","v"\n'), [',', ['x'], [1]]);
  const names = 'x,who,y\n1,"Smith, J",u\n2,"a ""b""; c",v\n';
  assert.deepEqual(await told(names), [',', ['x', 'who=Smith, J', 'who=a "b"; c'], [1, 1, 0]]);
  assert.deepEqual(await told('"x, m";"y\nz, of, all";y\n1;3;u\n2;4;v\n'), [';', ['x, m', 'y\nz, of, all'], [1, 3]]); // prettier-ignore
  assert.deepEqual(await told('# "a, b, c\n\n  \nx|y\n1|0\n2|1\n', { comment: '#' }), ['|', ['x'], [1]]);
  assert.deepEqual(await told('\uFEFF"x"\t"y"\r1\t0\r2\t1\r'), ['\t', ['x'], [1]]);
});

test('the decimal mark is that of the columns of numbers; what may be thousands, and two marks, are refused', async () => {
  const of = async (rows: string[], options: Partial<ReadTableOptions> = {}) => {
    const lines = rows.map((row, i) => `${row};${i % 2}`);
    const table = await tableOf(`a;b;y\n${lines.join('\n')}\n`, { label: 'y', ...options });
    return [
      table.layout.decimal,
      table.columns.map(({ kind }) => kind).join(),
      ...table.rows.map(({ xs }) => xs[0]),
    ];
  };
  const code = 'ST_DATA_DECIMAL_MARK';
  const thousands = ['500;1', '2,101;2', '12,000;3'];
  await assert.rejects(of(thousands), { code, column: 'a', line: 3, value: '2,101' });
  await assert.rejects(of(['500;1', '2.101;2']), { code, column: 'a', line: 3, value: '2.101' });
  await assert.rejects(of(thousands, { decimal: '.' }), { code: 'ST_DATA_MIXED_COLUMN', value: '2,101' });
  await assert.rejects(of(['1,234,567;1', '2,345,678;2']), { code: 'ST_DATA_MIXED_COLUMN' });
  assert.deepEqual(await of(thousands, { decimal: ',' }), [',', 'number,number', 500, 2.101, 12]);
  assert.deepEqual(await of([...thousands, '0,101;4']), [',', 'number,number', 500, 2.101, 12, 0.101]);
  const versions = ['0,05;1.2', '1,15;1.3', '2;1.3'];
  await assert.rejects(of(versions), {
    code,
    column: 'a',
    line: 2,
    other: { column: 'b', line: 2, value: '1.2' },
  });
  await assert.rejects(of(['0,5;1', '1.5;2']), { code, other: { column: 'a', line: 3, value: '1.5' } });
  await assert.rejects(of(versions, { decimal: ',' }), { code: 'ST_DATA_MIXED_COLUMN', column: 'b' });
  assert.deepEqual(await of(versions, { drop: ['b'] }), [',', 'number', 0.05, 1.15, 2]);
  assert.deepEqual(await of(versions, { categories: ['b'] }), [',', 'number,category', 0.05, 1.15, 2]);
  const texts = ['0,05;v 1', '1,15;1.2', '2;v 2', '3;v 3'];
  assert.deepEqual(await of(texts), [',', 'number,category', 0.05, 1.15, 2, 3]);
  const quoted = await tableOf('x,y\n"3,5",0\n"-0,25",1\n', { label: 'y' });
  assert.deepEqual(quoted.rows.map(({ xs }) => xs[0]), [3.5, -0.25]); // prettier-ignore
  const labels = await tableOf('x;y\n0,5;1.5\n1;2.5\n', { label: 'y' });
  assert.deepEqual([labels.layout.decimal, labels.classes], [',', ['1.5', '2.5']]);
});

test('words are refused among numbers that are half of a column, and few words however often they are there', async () => {
  const of = (fields: readonly string[]) =>
    tableOf(`x,y\n${fields.map((field, i) => `${field},${i % 2}`).join('\n')}\n`, { label: 'y' });
  const numbers = Array.from({ length: 10 }, (_, i) => String(i));
  const words = Array.from({ length: 30 }, (_, i) => `w${i}`);
  for (const others of [words.slice(0, 1), words.slice(0, 10), Array<string>(90).fill('unknown')])
    await assert.rejects(of([...numbers, ...others]), { code: 'ST_DATA_MIXED_COLUMN', line: 12, value: others[0] }); // prettier-ignore
  const days = ['2026-01-01', '2026-01-02', '0'];
  await assert.rejects(of(days), { code: 'ST_DATA_MIXED_COLUMN', kind: 'date', value: '0' });
  assert.equal((await of([...numbers, ...words])).columns[0]!.kind, 'text');
  assert.equal((await of(['7', 'a', 'b', 'c'])).columns[0]!.kind, 'category');
});

test('whole numbers that float64 would round are refused, in the file and in a row', async () => {
  const ids = 'x,y\n9007199254740991,0\n9007199254740992,1\n';
  const table = await tableOf(ids, { label: 'y' });
  assert.deepEqual(table.rows.map(({ xs }) => xs[0]), [2 ** 53 - 1, 2 ** 53]); // prettier-ignore
  const code = 'ST_DATA_CSV_INTEGER';
  await assert.rejects(tableOf(ids.replace('740992', '740993'), { label: 'y' }), {
    code,
    line: 3,
    column: 'x',
  });
  assert.throws(() => table.encode({ x: '9007199254740993' }), { code: 'ST_DATA_UNKNOWN_FIELD' });
});

test('amounts, shares and grouped digits are no categories: refused, unless the column is named as one', async () => {
  for (const values of [
    ['10%', '20 %', '35%'],
    ['$1', '$2.50', '-$3'],
    ['1 000', '2 500', '3'],
    ["1'000", "2'000", '5'],
    ['1_000', '2', '3'],
    ['3 €', '4 €', '5,5 €'],
  ]) // prettier-ignore
  {
    const text = `x;y\n${values.map((value, i) => `${value};${i % 2}`).join('\n')}\n`;
    await assert.rejects(tableOf(text, { label: 'y' }), { code: 'ST_DATA_MIXED_COLUMN', column: 'x' });
    const [column] = (await tableOf(text, { label: 'y', categories: ['x'] })).columns;
    assert.deepEqual([column!.kind, column!.values.length], ['category', 3]);
  }
});

test('one label in two spellings is refused; short ones may differ in capitals', async () => {
  const labelled = (...labels: string[]) =>
    tableOf(`x,y\n${labels.map((label, i) => `${i},${label}`).join('\n')}\n`, { label: 'y' });
  for (const labels of [
    ['yes', 'no', 'Yes'],
    ['" no"', 'yes', 'no'],
    ['café', 'cafe\u0301', 'tea'],
    ['not so', 'not  so', 'so'],
  ])
    await assert.rejects(labelled(...labels), { code: 'ST_DATA_LABEL_SPELLING', kind: 'word' });
  assert.deepEqual((await labelled('AA', 'Aa', 'aa')).classes, ['AA', 'Aa', 'aa']);
  assert.deepEqual((await labelled('m', 'M')).classes, ['M', 'm']);
});

test('one category in two spellings is refused, too; a column named in categories is taken as it is written', async () => {
  const file = (column: readonly string[]) =>
    `x,y\n${column.map((x, i) => `${x},${'ab'[i % 2]}`).join('\n')}\n`;
  for (const [kind, ...values] of [
    ['word', 'red', 'Red', 'blue'],
    ['word', 'RED', 'blue', 'red'],
    ['word', 'AABB', 'AaBb', 'aabb'],
    ['number', '1', 'a', 'b', 'c', '1.0'],
  ] as const) {
    const found = { code: 'ST_DATA_LABEL_SPELLING', column: 'x', kind };
    await assert.rejects(tableOf(file(values), { label: 'y' }), found);
    await assert.rejects(tableOf(file(values), { label: 'x' }), found);
    const sorted = [...values].sort();
    const [column] = (await tableOf(file(values), { label: 'y', categories: ['x'] })).columns;
    assert.deepEqual(column!.values, sorted);
    assert.deepEqual((await tableOf(file(values), { label: 'x', categories: ['x'] })).classes, sorted);
  }
  assert.equal((await tableOf(file(['AA', 'Aa', 'aa']), { label: 'y' })).features.length, 3);
});

test('a class or category that looks like a missing value is refused, unless the marks are given', async () => {
  for (const value of ['NULL', 'nan', 'n/a', 'Null', '#N/A', '<NA>', '-NaN', 'na', '-', '--', '-1.#IND']) {
    const label = `x,y\n1,a\n2,${value}\n3,b\n`;
    const category = `x,y\nred,0\n${value},1\nblue,0\n`;
    for (const text of [label, category]) {
      const found = { code: 'ST_DATA_LIKELY_MISSING', line: 3, value };
      await assert.rejects(tableOf(text, { label: 'y' }), found);
      await tableOf(text, { label: 'y', missingMarks: [''] });
    }
    const marked = await tableOf(label, { label: 'y', missingMarks: [value] });
    assert.deepEqual([marked.classes, marked.unlabelled], [['a', 'b'], 1]);
  }
  assert.deepEqual((await tableOf('x,y\n1,None\n2,mild\n', { label: 'y' })).classes, ['None', 'mild']);
  assert.deepEqual((await tableOf('x,y\n1,+\n2,-\n', { label: 'y' })).classes, ['+', '-']);
});

test('a column without a name that holds values, as an index does, is not learnt by mistake', async () => {
  const text = ',x,y\n0,5,a\n1,6,b\n';
  const found = { code: 'ST_DATA_UNNAMED_COLUMN', line: 2, column: 1, value: '0' };
  await assert.rejects(tableOf(text, { label: 'y' }), found);
  assert.deepEqual((await tableOf(text, { label: 'y', drop: [''] })).features, ['x']);
  // A delimiter at the end of each line holds nothing.
  assert.deepEqual((await tableOf('x,y,\n5,a,\n6,b,\n', { label: 'y' })).features, ['x']);
});

test('a row to encode has its texts itself', async () => {
  const table = await tableOf('constructor,y\n1,0\n2,1\n', { label: 'y' });
  assert.deepEqual([...table.encode({ constructor: '2' })], [2]);
  assert.throws(() => table.encode({}), { code: 'ST_DATA_UNKNOWN_COLUMN', column: 'constructor' });
  for (const value of [2, null, undefined])
    assert.throws(() => table.encode({ constructor: value } as never), {
      code: 'ST_DATA_UNKNOWN_FIELD',
      value,
    });
});

test('a table whose categories would fill the memory is refused before it is made', async () => {
  const rows = 11_600;
  const ids = `id,y\n${Array.from({ length: rows }, (_, i) => `c${i},${i % 2}`).join('\n')}\n`;
  const found = { code: 'ST_DATA_TABLE_SIZE', column: 'id', rows, values: rows, features: rows };
  await assert.rejects(tableOf(ids, { label: 'y', categories: ['id'] }), found);
  await assert.rejects(tableOf(ids, { label: 'y', maxCategories: rows }), found);
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
    ['0,1\n1,2\n2,3\n', { label: '0' }, { code: 'ST_DATA_CSV_NO_HEADER', line: 1 }],
    ['x,y\n1,0\n2,0.0\n3,1\n', { label: 'y' }, { code: 'ST_DATA_LABEL_SPELLING', values: ['0', '0.0'] }],
    ['x,y\n1,01\n2,1\n3,a\n', { label: 'y' }, { code: 'ST_DATA_LABEL_SPELLING', values: ['01', '1'] }],
    ['x,y\n1,0\n', { label: 'y', drop: ['y'] }, { code: 'ST_OPTION_INVALID', option: 'drop' }],
    ['x,y\n1,0\n', { label: 'y', drop: ['x'], categories: ['x'] }, { code: 'ST_OPTION_INVALID' }],
    ['x,y\n1,0\n2,0\n', { label: 'y' }, { code: 'ST_DATA_NO_CLASSES', found: 1 }],
    [`x,y\n${many}\n`, { label: 'y' }, { code: 'ST_DATA_NO_CLASSES', found: 60 }],
    ['x,y\n1,0\n', { label: 'y', decimal: ';' as '.' }, { code: 'ST_OPTION_INVALID', option: 'decimal' }],
    ['x,y\n1,0\n', { label: 'y', maxCategories: 1 }, { code: 'ST_OPTION_INVALID', option: 'maxCategories' }],
  ] as const)
    await assert.rejects(tableOf(text, options), expected, text);
});
