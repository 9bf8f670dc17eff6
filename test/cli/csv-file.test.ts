/** Reading a CSV file for writing: which column goes where, and clear words when it cannot be read. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { readCsvFile, type CsvFileOptions, type CsvItem } from '../../src/cli/csv-file.ts';
import { CsvFileError } from '../../src/cli/errors.ts';

let folder: string;
before(async () => (folder = await mkdtemp(join(tmpdir(), 'streamtrain-csv-'))));
after(() => rm(folder, { recursive: true, force: true }));

async function read(text: string, options: Partial<CsvFileOptions> = {}): Promise<CsvItem[]> {
  const file = join(folder, 'rows.csv');
  await writeFile(file, text);
  const items: CsvItem[] = [];
  for await (const item of readCsvFile(file, { header: true, delimiter: ',', ...options })) items.push(item);
  return items;
}

describe('readCsvFile', () => {
  test('leaves the key and dropped columns out of the value, found by name or by index', async () => {
    const text = '\uFEFFid,a,b,y\n1,2,3,0\n4,5,6,1\n\n';
    const expected = [
      { key: '0', value: '2,3' },
      { key: '1', value: '5,6' },
    ];
    assert.deepEqual(await read(text, { key: 'y', drop: ['id'] }), expected);
    assert.deepEqual(await read(text, { key: '3', drop: ['0'] }), expected);
    assert.deepEqual((await read(text, { key: 'y', keepKey: true }))[0], { key: '0', value: '1,2,3,0' });
  });

  test('takes every line as a row without a header, and quotes what needs quotes', async () => {
    assert.deepEqual(await read('"a, ""b""",1\n', { header: false }), [{ key: null, value: '"a, ""b""",1' }]);
    assert.deepEqual(await read('1;2\n', { header: false, delimiter: ';' }), [{ key: null, value: '1;2' }]);
  });

  test('reads times as ISO 8601 or as ms', async () => {
    const items = await read('t,a\n1970-01-01T00:00:01Z,1\n2000,2\n', { time: 't', drop: ['t'] });
    assert.deepEqual(
      items.map(({ timestamp }) => timestamp),
      [1_000, 2_000],
    );
  });

  test('says what is wrong with a file, and where', async () => {
    const cases: [string, Partial<CsvFileOptions>, RegExp][] = [
      ['a,b\n1\n', {}, /line 2/],
      ['a,b\n1,2\n', { key: 'c' }, /no column "c"; known: a, b/],
      ['1,2\n', { header: false, key: '2' }, /no column "2"; columns run from 0 to 1/],
      ['t\nnoon\n', { time: 't' }, /row 1: the time column holds "noon"/],
      ['a\n"1\n', {}, /quote/i],
      ['', {}, /empty/],
    ];
    for (const [text, options, message] of cases)
      await assert.rejects(
        read(text, options),
        (error) => error instanceof CsvFileError && message.test(error.message),
      );
    const missing = readCsvFile(join(folder, 'none.csv'), { header: true, delimiter: ',' });
    await assert.rejects(missing.next(), /none\.csv: there is no such file/);
  });
});
