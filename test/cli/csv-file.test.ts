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

async function read(text: string | Buffer, options: Partial<CsvFileOptions> = {}): Promise<CsvItem[]> {
  const file = join(folder, 'rows.csv');
  await writeFile(file, text);
  const items: CsvItem[] = [];
  for await (const item of readCsvFile(file, { delimiter: ',', ...options })) items.push(item);
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

  test('takes names that are numbers, too, where a flag says so or names one, or rows are unlike them', async () => {
    assert.deepEqual(await read('label,0,1\n5,0,7\n', {}), [{ key: null, value: '5,0,7' }]);
    const given = await read('0,2019,2020\n5,0,7\n', { key: '0', header: true });
    assert.deepEqual(given, [{ key: '5', value: '0,7' }]);
    // A number that stands in the first line may be the index of a column.
    await assert.rejects(read('5,2,setosa\n1,4,virginica\n', { key: '2' }), /looks like a row/);
    assert.deepEqual(await read('town,2019,2020\na,0,7\n', { key: 'town' }), [{ key: 'a', value: '0,7' }]);
  });

  test('reads times in the unit that was named, and refuses the rest with line and value', async () => {
    const stamps = async (text: string, options: Partial<CsvFileOptions>) =>
      (await read(text, { time: 't', drop: ['t'], ...options })).map(({ timestamp }) => timestamp);
    assert.deepEqual(
      await stamps('t,a\n1970-01-01T00:00:01Z,1\n1970-01-01 00:00:02.5,2\n', {}),
      [1_000, 2_500],
    );
    assert.deepEqual(await stamps('t,a\n2000,2\n', { timeUnit: 'ms' }), [2_000]);
    assert.deepEqual(await stamps('t,a\n2000.125,2\n', { timeUnit: 's' }), [2_000_125]);
    for (const [value, timeUnit] of [
      ['2000', 'iso'],
      ['sensor 7', 'iso'],
      ['2024-01-02T03:04:05Z', 's'],
      ['1e9', 's'],
      ['-5', 'ms'],
      ['', 'ms'],
    ] as const)
      await assert.rejects(stamps(`t,a\n\n"${value}",1\n`, { timeUnit }), (error: Error) => {
        assert.ok(
          error.message.includes(`line 3: the time column holds ${JSON.stringify(value)}`),
          error.message,
        );
        assert.match(error.message, /--time-unit/);
        return true;
      });
  });

  test('reads other encodings, decimal commas, comments, and a delimiter at the end of every line', async () => {
    const latin1 = Buffer.from('Gr\u00f6\u00dfe;y\n1,5;x\n', 'latin1');
    assert.deepEqual(await read(latin1, { delimiter: ';', decimal: ',', encoding: 'latin1', key: 'y' }), [
      { key: 'x', value: '1.5' },
    ]);
    assert.deepEqual(await read(Buffer.from('\ufeffa,b\r\n1,2\r\n', 'utf16le')), [
      { key: null, value: '1,2' },
    ]);
    assert.deepEqual(await read('# made\na,b,\n1,2,\n', { comment: '#' }), [{ key: null, value: '1,2' }]);
    assert.deepEqual(await read('"a\nx", "b"\r\n"1\n2", 3'), [{ key: null, value: '"1\n2",3' }]);
  });

  test('says what is wrong with a file, and where', async () => {
    const cases: [string | Buffer, Partial<CsvFileOptions>, RegExp][] = [
      ['a,b\n1\n', {}, /line 2: 1 columns, expected 2/],
      ['a,b\n1,2\n"3\n",4\n5,6,7\n', {}, /line 5: 3 columns, expected 2 as in line 1/],
      ['5,1\n5,4\n', {}, /line 1: .*looks like a row.*--no-header, or --header/],
      // No file says that it has no header: its first row would be lost.
      ['5,?,1\n5,4,2\n', {}, /line 1: .*looks like a row/],
      ['1,5;2\n3;4\n', { delimiter: ';', decimal: ',' }, /line 1: .*looks like a row/],
      ['2024-01-01,7,\n2024-01-02,8,1\n', { time: '0' }, /line 1: .*looks like a row/],
      ['5.1,3.5,setosa\n4.9,,virginica\n', { key: '2' }, /line 1: .*looks like a row \(5\.1, 3\.5, setosa\)/],
      ['a,b\n1,2\na,b\n', {}, /line 3: the header is repeated/],
      ['a,b,\n1,2,3\n', {}, /line 2: "3" stands in a column without a name/],
      ['a,a\n1,2\n', { key: 'a' }, /several columns are called "a"/],
      ['a;y\n1;2\n', { key: 'y' }, /no column "y".*--delimiter ';'/],
      ['a\n1\n', { key: 'a' }, /no value is left/],
      ['a;b\n1.234,5;2\n', { delimiter: ';', decimal: ',' }, /line 2: "1\.234,5" is no number/],
      ['a;b\n1,5e3;1.5e3\n', { delimiter: ';', decimal: ',' }, /line 2: "1\.5e3" is no number/],
      ['a,b\n1,\u00002\n', {}, /line 2: .*byte 6: a null byte.*--encoding utf-16le/],
      [Buffer.from('a,b\n1,\u00f6\n', 'latin1'), {}, /line 2: .*byte 6: .*0xf6.*--encoding latin1/],
      ['a,b\n1,2\n', { key: 'c' }, /no column "c"; known: a, b/],
      ['1,2\n', { header: false, key: '2' }, /no column "2"; columns run from 0 to 1/],
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
