/** The codecs: exact numbers, typed refusals, and rows that go both ways. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { csvCodec } from '../../../src/kafka/codec/csv.ts';
import { BadRecordError, EncodeRowError } from '../../../src/kafka/codec/errors.ts';
import { InvalidOptionError } from '../../../src/options.ts';
import { jsonCodec } from '../../../src/kafka/codec/json.ts';
import { packedCodec, rawCodec } from '../../../src/kafka/codec/raw.ts';
import type { KafkaRecord } from '../../../src/kafka/record.ts';

function record(value: string | Buffer | null, key: string | null = '1'): KafkaRecord {
  return {
    topic: 'codec',
    partition: 3,
    offset: 41,
    timestamp: 0,
    key: key === null ? null : Buffer.from(key),
    value: value === null ? null : Buffer.from(value),
    headers: {},
  };
}

/** The reason with which `decode` refuses a record. */
function refusal(decode: (record: KafkaRecord) => unknown, refused: KafkaRecord): string {
  try {
    decode(refused);
  } catch (error) {
    assert.ok(error instanceof BadRecordError, String(error));
    assert.deepEqual([error.topic, error.partition, error.offset], ['codec', 3, 41]);
    assert.equal(error.code, 'ST_KAFKA_BAD_RECORD');
    assert.match(error.message, /topic codec, partition 3, offset 41/);
    return error.reason;
  }
  return 'none';
}

describe('csvCodec', () => {
  const codec = csvCodec({ columns: 9 });

  test("reads the article's rows: nine features from the value, the label from the key", () => {
    const { xs, ys } = codec.decode(record('5,1,1,1,2,1,3,1,1', '0'));
    assert.ok(xs instanceof Float32Array);
    assert.deepEqual([...xs], [5, 1, 1, 1, 2, 1, 3, 1, 1]);
    assert.equal(ys, 0);
    assert.equal(codec.features, 9);
  });

  test('accepts what spreadsheets and other writers add: quotes, blanks, a line end, exponents, signs', () => {
    const { xs } = codec.decode(record(' 5 ,"1", " 1 " ,\t1,+2.50,.5,3.,-1e2,1E-2\r\n'));
    assert.deepEqual([...xs], [5, 1, 1, 1, 2.5, 0.5, 3, -100, Math.fround(0.01)]);
  });

  test('takes the label from a column, by index or by name, or takes none', () => {
    const names = ['a', 'b', 'y'];
    const value = record('1,2,7', null);
    assert.deepEqual(csvCodec({ columns: 3, label: 2 }).decode(value), { xs: Float32Array.of(1, 2), ys: 7 });
    assert.deepEqual(csvCodec({ columns: names, label: 'b' }).decode(value), {
      xs: Float32Array.of(1, 7),
      ys: 2,
    });
    assert.deepEqual(csvCodec({ columns: 3, label: 'none' }).decode(value), {
      xs: Float32Array.of(1, 2, 7),
      ys: NaN,
    });
  });

  test('reads missing values as what you say, short marks and long ones, quoted or not', () => {
    const decode = csvCodec({ columns: 4, missing: { '?': NaN, 'N/A': -1 } }).decode;
    assert.deepEqual([...decode(record('?, ? ,"?",N/A')).xs], [NaN, NaN, NaN, -1]);
    assert.deepEqual([...csvCodec({ columns: 3, missing: { '': 0 } }).decode(record('1,,3')).xs], [1, 0, 3]);
    assert.equal(refusal(csvCodec({ columns: 2 }).decode, record('1,?')), 'not-a-number');
  });

  test('decodes into one array per mini-batch, each row in its place', () => {
    const xs = new Float32Array(6).fill(-1);
    const ys = new Float32Array(2);
    const two = csvCodec({ columns: 3 });
    two.decodeInto(record('4,5,6', '1'), xs, 1, ys);
    assert.deepEqual([...xs], [-1, -1, -1, 4, 5, 6]);
    assert.deepEqual([...ys], [0, 1]);
    two.decodeInto(record('1,2,3', '0'), xs, 0);
    assert.deepEqual([...xs], [1, 2, 3, 4, 5, 6]);
  });

  test('says why a record is refused, and where it stands', () => {
    const row = '1,1,1,1,1,1,1,1,';
    const cases: [string | Buffer | null, string][] = [
      [null, 'null-value'],
      ['', 'empty'],
      [' \t\r\n', 'empty'],
      ['1,2,3', 'column-count'],
      [`${row}1,1`, 'column-count'],
      [`${row}1,`, 'column-count'],
      ['id,a,b,c,d,e,f,g,h', 'not-a-number'],
      [`${row}`, 'not-a-number'],
      [`${row}0x10`, 'not-a-number'],
      [`${row}1 2`, 'not-a-number'],
      [`${row}1e`, 'not-a-number'],
      [`${row}--1`, 'not-a-number'],
      [`${row}.`, 'not-a-number'],
      [`${row}NaN`, 'not-finite'],
      [`${row}-Infinity`, 'not-finite'],
      [`${row}3.5e38`, 'not-finite'],
      [`${row}1e999999999999`, 'not-finite'],
      [`${row}"1`, 'malformed'],
      [`${row}"1"1`, 'malformed'],
      [`${row}1"1"`, 'malformed'],
      [`${row}1\n${row}1`, 'malformed'],
      [Buffer.from([0xff, 0xfe, 0x31]), 'binary'],
      [Buffer.concat([Buffer.from(row), Buffer.from([0x31, 0])]), 'binary'],
      [`${row}${'1'.repeat(65_537)}`, 'too-long'],
    ];
    for (const [value, reason] of cases)
      assert.equal(refusal(codec.decode, record(value)), reason, JSON.stringify(value));
    for (const key of [null, '', 'benign', '1,0', 'NaN', '?'])
      assert.equal(refusal(codec.decode, record(`${row}1`, key)), 'bad-label', String(key));
    const byColumn = csvCodec({ columns: 2, label: 1, missing: { '?': NaN } });
    assert.equal(refusal(byColumn.decode, record('1,?')), 'bad-label');
    assert.equal(refusal(byColumn.decode, record('1,x')), 'bad-label');
  });

  test('names the column in the message when columns have names', () => {
    const { decode } = csvCodec({ columns: ['clump', 'size'] });
    assert.throws(() => decode(record('1,big')), /column 2 \(size\) holds "big"/);
  });

  test('writes the shortest text that reads back as the same row', () => {
    const odd = Float32Array.of(0.1, -2.5, 1e-7, 3.4e38, 1 / 3, 16_777_216, -0, 5, 1);
    assert.equal(codec.encode({ xs: odd }).split(',')[0], '0.1');
    const back = codec.decode(record(codec.encode({ xs: odd }))).xs;
    assert.ok(
      back.every((value, i) => Object.is(value, odd[i])),
      String(back),
    );
    assert.equal(csvCodec({ columns: 3, label: 1 }).encode({ xs: [5, 6], ys: 1 }), '5,1,6');
    assert.equal(csvCodec({ columns: 2, missing: { '?': NaN } }).encode({ xs: [5, NaN] }), '5,?');
    assert.throws(() => codec.encode({ xs: [1] }), EncodeRowError);
    assert.throws(() => csvCodec({ columns: 1 }).encode({ xs: [NaN] }), EncodeRowError);
  });

  test('refuses options that make no sense before anything is read', () => {
    assert.throws(() => csvCodec({ columns: 0 }), InvalidOptionError);
    assert.throws(() => csvCodec({ columns: 3, label: 3 }), /label is 3; expected a column from 0 to 2/);
    assert.throws(() => csvCodec({ columns: ['a'], label: 'b' }), /known: a/);
    assert.throws(() => csvCodec({ columns: 1, label: 0 }), /no feature is left/);
    assert.throws(() => csvCodec({ columns: 1, delimiter: '--' }), InvalidOptionError);
    assert.throws(() => csvCodec({ columns: ['a', 'b', 'a'], label: 'a' }), /two columns are called "a"/);
    assert.throws(() => csvCodec({ columns: 1, seperator: ';' } as never), /seperator/);
  });

  test('reads semicolons where the writer used them', () => {
    assert.deepEqual([...csvCodec({ columns: 2, delimiter: ';' }).decode(record('1;2.5')).xs], [1, 2.5]);
  });
});

describe('jsonCodec', () => {
  const codec = jsonCodec({ fields: ['a', 'b'], label: 'y' });

  test('reads fields in the order asked for, whatever the order in the text', () => {
    assert.deepEqual(codec.decode(record('{"y":1,"b":2,"a":1.5,"c":"x"}')), {
      xs: Float32Array.of(1.5, 2),
      ys: 1,
    });
  });

  test('writes what it reads', () => {
    const row = { xs: Float32Array.of(0.1, -0), ys: 3 };
    assert.equal(codec.encode(row), '{"a":0.1,"b":-0,"y":3}');
    assert.deepEqual(codec.decode(record(codec.encode(row))), row);
    const gaps = jsonCodec({ fields: ['a'], label: 'none', missing: NaN });
    assert.deepEqual(gaps.decode(record(gaps.encode({ xs: [NaN] }))).xs, Float32Array.of(NaN));
  });

  test('says why a record is refused', () => {
    const cases: [string | Buffer | null, string][] = [
      [null, 'null-value'],
      [' ', 'empty'],
      ['{"a":1', 'malformed'],
      ['[1,2]', 'malformed'],
      ['null', 'malformed'],
      [Buffer.from([0xff, 1]), 'binary'],
      ['{"a":1,"y":1}', 'missing-field'],
      ['{"a":1,"b":null,"y":1}', 'missing-field'],
      ['{"a":1,"b":"2","y":1}', 'not-a-number'],
      ['{"a":1,"b":1e39,"y":1}', 'not-finite'],
      ['{"a":1,"b":2}', 'bad-label'],
      [`{"a":1,"b":2,"y":1${' '.repeat(65_536)}}`, 'too-long'],
    ];
    for (const [value, reason] of cases)
      assert.equal(refusal(codec.decode, record(value)), reason, JSON.stringify(value));
    assert.equal(refusal(jsonCodec({ fields: ['toString'] }).decode, record('{}')), 'missing-field');
  });
});

describe('rawCodec and packedCodec', () => {
  test('raw bytes are copies, safe to keep', () => {
    const source = record(Buffer.from([1, 2]));
    const { value } = rawCodec().decode(source);
    source.value!.fill(9);
    assert.deepEqual([...value], [1, 2]);
    assert.equal(refusal(rawCodec().decode, record(null)), 'null-value');
    assert.equal(refusal(rawCodec({ maxBytes: 1 }).decode, record('ab')), 'too-long');
  });

  test('packed numbers of every kind go both ways', () => {
    for (const dtype of ['float32', 'float64', 'int32', 'uint8'] as const) {
      const codec = packedCodec({ columns: 3, dtype });
      assert.deepEqual([...codec.decode(record(codec.encode({ xs: [1, 2, 255] }))).xs], [1, 2, 255], dtype);
      assert.equal(refusal(codec.decode, record(Buffer.alloc(2))), 'column-count');
    }
    assert.throws(() => packedCodec({ columns: 1, dtype: 'uint8' }).encode({ xs: [256] }), EncodeRowError);
    const notFinite = Buffer.from(Float32Array.of(NaN).buffer);
    assert.equal(refusal(packedCodec({ columns: 1 }).decode, record(notFinite)), 'not-finite');
  });
});
