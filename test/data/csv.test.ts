/** Reading CSV: the numbers as they are, or an error that says where. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { readCsv, type ReadCsvOptions } from '../../src/data/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'streamtrain csv '));
after(() => rmSync(folder, { recursive: true }));
let files = 0;

function fileOf(text: string): string {
  const file = join(folder, `table-${++files}.csv`);
  writeFileSync(file, text);
  return file;
}

async function refused(
  text: string,
  options: ReadCsvOptions,
  expected: Record<string, unknown>,
  message: RegExp,
) {
  const file = fileOf(text);
  await assert.rejects(readCsv(file, options), (error: Error) => {
    assert.deepEqual({ ...expected, file }, pick(error, [...Object.keys(expected), 'file']));
    assert.match(error.message, message);
    assert.ok(error.message.includes(file), error.message);
    return true;
  });
}

function pick(error: object, names: string[]): Record<string, unknown> {
  const all = new Map(Object.entries(error));
  return Object.fromEntries(names.map((name) => [name, all.get(name)]));
}

describe('readCsv', () => {
  it('gives every number exactly, missing ones as NaN, whatever the line ends and blanks', async () => {
    const frame = await readCsv(fileOf('\ufeffa,b\r\n1, -2.5e-3\n\n"0.1",?\r\n  \n+.5,3.\n'));
    assert.deepEqual(frame.columns, ['a', 'b']);
    assert.deepEqual(frame.values, [
      [1, -0.0025],
      [0.1, NaN],
      [0.5, 3],
    ]);
  });

  it('takes other separators and marks of missing values', async () => {
    const frame = await readCsv(fileOf('a;b\n1;NA\n2;\n'), { delimiter: ';', missingMarks: ['NA', ''] });
    assert.deepEqual(frame.values, [
      [1, NaN],
      [2, NaN],
    ]);
  });

  it('says which column of the header is wrong, missing, too many or there twice', async () => {
    const columns = ['a', 'b'];
    const code = 'ST_DATA_CSV_HEADER';
    await refused(
      'a,c\n1,2\n',
      { columns },
      { code, line: 1, column: 2, found: 'c', expected: 'b' },
      /"c".*"b"/,
    );
    await refused('a\n1\n', { columns }, { code, column: 2, found: undefined }, /missing, expected "b"/);
    await refused('a,b,c\n1,2,3\n', { columns }, { code, column: 3, found: 'c' }, /no further column/);
    await refused('a,a\n1,2\n', {}, { code, column: 2 }, /repeats the name "a"/);
    await refused('a,\n1,2\n', {}, { code, column: 2 }, /no name/);
  });

  it('says which row has too few or too many fields', async () => {
    const code = 'ST_DATA_CSV_COLUMN_COUNT';
    await refused(
      'a,b\r\n1,2\r\n\r\n3\r\n',
      {},
      { code, line: 4, found: 1, expected: 2, column: 'b' },
      /:4: .*"3"/,
    );
    await refused('a,b\n1,2,9\n', {}, { code, line: 2, found: 3, column: 'number 3' }, /"1,2,9"/);
  });

  it('says where a field is no number, and its value', async () => {
    for (const value of ['five', '', '0x10', 'NaN', 'Infinity', '1e999', '1 2', '--1', '.']) {
      const expected = { code: 'ST_DATA_CSV_NOT_A_NUMBER', line: 3, column: 'b', value };
      await refused(`a,b\n1,2\n3,${value}\n`, {}, expected, /:3: column b holds/);
    }
  });

  it('tells an empty file from one with a header only', async () => {
    await refused('', {}, { code: 'ST_DATA_CSV_EMPTY', line: 1 }, /it is empty/);
    await refused('\n \n', {}, { code: 'ST_DATA_CSV_EMPTY', line: 1 }, /it is empty/);
    await refused('a,b\n', {}, { code: 'ST_DATA_CSV_EMPTY', line: 2 }, /header but no rows/);
  });

  it('says where a quote is never closed', async () => {
    await refused('a,b\n1,"2\n', {}, { code: 'ST_DATA_CSV_SYNTAX', column: 2 }, /[Qq]uote/);
  });

  it('says when the file is not there', async () => {
    await assert.rejects(readCsv(join(folder, 'none.csv')), {
      code: 'ST_DATA_CSV_READ',
      message: /none\.csv.*ENOENT/,
    });
  });
});
