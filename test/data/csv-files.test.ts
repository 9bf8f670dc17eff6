/** CSV files as they come, read as pandas reads them, or refused with their place. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { readCsv, type ReadCsvOptions } from '../../src/data/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'streamtrain csv files '));
after(() => rmSync(folder, { recursive: true }));
let files = 0;

function read(content: string | Buffer, options: ReadCsvOptions = {}) {
  const file = join(folder, `table-${++files}.csv`);
  writeFileSync(file, content);
  return readCsv(file, options);
}

interface Case {
  name: string;
  bytes: string;
  options: ReadCsvOptions;
  columns: string[];
  index: (number | string)[];
  values: (number | string | null)[][];
}
const fixture = new URL('./fixtures/pandas-csv.json', import.meta.url);
const { cases } = JSON.parse(readFileSync(fixture, 'utf8')) as { cases: Case[] };

describe('readCsv reads as pandas does', () => {
  for (const { name, bytes, options, columns, index, values } of cases)
    it(name, async () => {
      const frame = await read(Buffer.from(bytes, 'base64'), options);
      const rows = (frame.values as unknown[][]).map((row) =>
        row.map((cell) => (Number.isNaN(cell) ? null : cell)),
      );
      // pandas tells 0 from -0 in floats only.
      const plus = (rows: readonly unknown[][]) =>
        rows.map((row) => row.map((cell) => (cell === 0 ? 0 : cell)));
      assert.deepEqual(
        { columns: frame.columns, index: frame.index, values: plus(rows) },
        { columns, index, values: plus(values) },
      );
    });
});

async function refused(content: string | Buffer, options: ReadCsvOptions, code: string, message: RegExp) {
  await assert.rejects(read(content, options), (error: Error & { code?: string }) => {
    assert.equal(error.code, code, error.message);
    assert.match(error.message, message);
    assert.ok(error.message.length < 700, error.message);
    return true;
  });
}

describe('readCsv refuses, with the place and a cure that works', () => {
  it('a file without header and without columns, instead of taking its first row for names', async () => {
    await refused('5,1,2\n5,4,4\n', {}, 'ST_DATA_CSV_NO_HEADER', /:1: .*\(5, 1, 2\).*3 names as columns/);
    await refused('1\n0\n', {}, 'ST_DATA_CSV_NO_HEADER', /header: true/);
  });

  it('also where its first row has numbers in other ways of writing, or the gaps of other files', async () => {
    for (const first of ['1,NA,3', '"1,000",2,3', '5 %,?,"3,5"'])
      await refused(`${first}\n4,5,6\n`, {}, 'ST_DATA_CSV_NO_HEADER', /:1: /);
  });

  it('bytes that are no text: the byte, counted from 0, and the line', async () => {
    const latin1 = Buffer.from('a,b\n1,2\n3,\u00f6\n', 'latin1');
    await refused(latin1, {}, 'ST_DATA_CSV_ENCODING', /:3: .*byte 10: .*0xf6.*encoding: 'latin1'/);
    await refused(Buffer.from([97, 10, 49, 0xe2, 0x82]), {}, 'ST_DATA_CSV_ENCODING', /:2: .*byte 3/);
    await refused('a,b\n1,\u00002\n', {}, 'ST_DATA_CSV_ENCODING', /:2: .*byte 6: a null byte.*utf-16le/);
    await refused(Buffer.from('a,b\n1,2\n', 'utf16le'), {}, 'ST_DATA_CSV_ENCODING', /null byte.*utf-16le/);
    await refused(Buffer.from([0x1f, 0x8b, 8, 0]), {}, 'ST_DATA_CSV_ENCODING', /gzip/);
    await refused('\ufeffa\n1\n', { encoding: 'latin1' }, 'ST_DATA_CSV_ENCODING', /mark of UTF-8/);
    await refused('a\n1\n', { encoding: 'klingon' }, 'ST_OPTION_INVALID', /encoding is "klingon"/);
  });

  it('a character on the border of two pieces is whole', async () => {
    const name = '\u00e4\u20ac\u{1f600}'.repeat(100_000);
    const frame = await read(`x${name},b\n1,2\n`);
    assert.equal(frame.columns[0], `x${name}`);
  });

  it('a row of another length, with its line', async () => {
    await refused('a,b\n1,2\n1,2,\n', {}, 'ST_DATA_CSV_COLUMN_COUNT', /:3: 3 fields, expected 2/);
    await refused('a,b\n"1\n",2\n3\n', {}, 'ST_DATA_CSV_COLUMN_COUNT', /:4: 1 fields, expected 2/);
    await refused(
      'a,b,\n1,2,\n3,4,5\n',
      {},
      'ST_DATA_CSV_HEADER',
      /:1: column 3.*no name, but line 3 holds "5"/,
    );
  });

  it('the wrong delimiter, a comment, a decimal comma, a repeated header: what was probably meant', async () => {
    await refused('a;b\n1;2\n', {}, 'ST_DATA_CSV_NOT_A_NUMBER', /delimiter: ";"/);
    await refused('a;b\n1,5;2,5\n', {}, 'ST_DATA_CSV_COLUMN_COUNT', /delimiter: ";"/);
    await refused('# of 1999\na,b\n1,2\n', {}, 'ST_DATA_CSV_COLUMN_COUNT', /comment: '#'/);
    await refused('a;b\n1,5;2\n', { delimiter: ';' }, 'ST_DATA_CSV_NOT_A_NUMBER', /decimal: ','/);
    await refused('a,b\n1,2\na,b\n3,4\n', {}, 'ST_DATA_CSV_NOT_A_NUMBER', /:3: .*header is repeated/);
  });

  it('what only looks like a number: thousands, words, dates, hexadecimal, infinities', async () => {
    for (const value of [
      '"1,234.5"',
      '1 000',
      'true',
      '2024-01-02',
      '0x1F',
      'inf',
      '-inf',
      '1_000',
      '\u0661',
      '',
    ]) {
      await refused(`a,b\n1,2\n3,${value}\n`, {}, 'ST_DATA_CSV_NOT_A_NUMBER', /:3: column b/);
    }
    for (const value of ['1.234,5', '1.5'])
      await refused(
        `a\n${value}\n`,
        { decimal: ',', delimiter: ';' },
        'ST_DATA_CSV_NOT_A_NUMBER',
        /column a/,
      );
  });

  it('whole numbers that float64 would change; as text they stay', async () => {
    await refused(
      'id,b\n9007199254740993,2\n',
      {},
      'ST_DATA_CSV_INTEGER',
      /:2: column id.*9007199254740992.*textColumns/,
    );
    const frame = await read('id,b\n9007199254740993,2\n', { textColumns: ['id'] });
    assert.deepEqual(frame.values, [['9007199254740993', 2]]);
    // What JavaScript writes for a float of that size is no other number.
    const large = [Math.PI * 1e17, -Math.E * 1e20, 2 ** 60];
    assert.deepEqual((await read(`a,b,c\n${large.join()}\n`)).values, [large]);
  });

  it('names of rows that are there twice', async () => {
    await refused(
      ',a\n0,1\n0,2\n',
      {},
      'ST_DATA_CSV_INDEX',
      /:3: .*"0" stands there a second time.*\["index","a"\]/,
    );
    assert.deepEqual((await read(',a\n0,1\n0,2\n', { columns: ['index', 'a'] })).values, [
      [0, 1],
      [0, 2],
    ]);
  });

  it('nothing where columns are called as members of a frame: index, values, shape', async () => {
    const frame = (await read('index,values,shape,constructor\n1,2,3,4\n')).drop({ columns: ['shape'] });
    assert.deepEqual(
      [frame.columns, frame.values, frame.index, frame.shape],
      [['index', 'values', 'constructor'], [[1, 2, 4]], [0], [1, 3]],
    );
    assert.deepEqual(frame.column('values').values, [2]);
  });

  it('a quote that is never closed, with the line its row begins on', async () => {
    await refused('a,b\n1,2\n3,"4\n5,6\n7,8\n', {}, 'ST_DATA_CSV_SYNTAX', /:3: /);
  });

  it('options that contradict each other or are not known', async () => {
    const refusals: [object, RegExp][] = [
      [{ header: false }, /columns/],
      [{ decimal: ';' }, /decimal/],
      [{ delimiter: '.' }, /delimiter/],
      [{ delimiter: '' }, /delimiter/],
      [{ comment: '' }, /comment/],
      [{ columns: ['a', 'a'] }, /columns/],
      [{ header: 'yes' }, /header/],
      [{ columns: ['a'], textColumns: ['c'] }, /no column "c"/],
      [{ textColumns: ['c'] }, /no column "c"/],
      [{ seperator: ';' }, /no option "seperator"/],
    ];
    for (const [options, message] of refusals) await assert.rejects(read('a\n1\n', options), message);
    // Before the file is opened: nothing is left that fails later.
    const missing = join(folder, 'none.csv');
    await assert.rejects(readCsv(missing, { delimiter: '' }), /delimiter/);
    await assert.rejects(readCsv(missing, { encoding: 'klingon' }), /encoding/);
    await new Promise((resolve) => setTimeout(resolve, 20));
  });
});
