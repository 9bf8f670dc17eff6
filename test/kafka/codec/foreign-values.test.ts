/** What strangers hand to a codec: whole numbers that no number holds, and rows and records that are none. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { avroCodec } from '../../../src/kafka/codec/avro.ts';
import type { Codec } from '../../../src/kafka/codec/codec.ts';
import { csvCodec } from '../../../src/kafka/codec/csv.ts';
import { decodeBatches } from '../../../src/kafka/codec/batches.ts';
import { BadRecordError, EncodeRowError } from '../../../src/kafka/codec/errors.ts';
import { jsonSchemaCodec } from '../../../src/kafka/codec/json-schema.ts';
import { jsonCodec } from '../../../src/kafka/codec/json.ts';
import { skipBadRecords } from '../../../src/kafka/codec/policy.ts';
import { packedCodec, rawCodec } from '../../../src/kafka/codec/raw.ts';
import type { KafkaRecord } from '../../../src/kafka/record.ts';
import { InvalidOptionError } from '../../../src/options.ts';

function record(value: string, key = '1'): KafkaRecord {
  return {
    ...{ topic: 'foreign', partition: 0, offset: 7, timestamp: 0, headers: {} },
    ...{ key: Buffer.from(key), value: Buffer.from(value) },
  };
}

const columns = ['a', 'b'];
const schema = { type: 'object', properties: { a: { type: 'integer' }, b: { type: 'number' } } };
const fields = columns.map((name) => ({ name, type: 'double' }));
const json = jsonCodec({ fields: columns });
const checked = jsonSchemaCodec({ schema, fields: columns });
const codecs: Readonly<Record<string, Codec>> = {
  csvCodec: csvCodec({ columns: 2 }),
  jsonCodec: json,
  jsonSchemaCodec: checked,
  avroCodec: avroCodec({ schema: { type: 'record', name: 'Row', fields } }),
  packedCodec: packedCodec({ columns: 2 }),
};

describe('whole numbers beyond 2^53', () => {
  test('one in JSON that no number holds is a bad record, with its field and its digits', () => {
    for (const codec of [json, checked]) {
      const bad = record('{"a":9007199254740993,"b":1}');
      assert.throws(
        () => codec.decode(bad),
        (error) =>
          error instanceof BadRecordError &&
          error.reason === 'not-exact' &&
          /field "a" holds 9007199254740993, a whole number beyond 2\^53/.test(error.message),
      );
      assert.deepEqual([...codec.decode(record('{"a":9007199254740992,"b":1}')).xs], [2 ** 53, 1]);
    }
    const byField = jsonCodec({ fields: ['a'], label: 'y' });
    assert.throws(() => byField.decode(record('{"a":1,"y":-9007199254740993}')), { reason: 'not-exact' });
    assert.throws(() => json.decode(record('{"a":1,"b":2}', '9007199254740993')), {
      reason: 'bad-label',
      message: /the key is "9007199254740993", a whole number beyond/,
    });
  });

  test('nor does CSV round one, quoted or not; a mark of a missing value is none', () => {
    const csv = csvCodec({ columns, label: 'none', missing: { '9999999999999999': NaN } });
    for (const text of ['9007199254740993,1', '1, "-9007199254740993"', '+9007199254740993,1'])
      assert.throws(() => csv.decode(record(text)), {
        reason: 'not-exact',
        message: /column [12] \([ab]\) holds [+-]?9007199254740993, a whole number beyond 2\^53/,
      });
    assert.deepEqual(
      [...csv.decode(record('9007199254740992,9007199254740993.5')).xs],
      [2 ** 53, 2 ** 53 + 2],
    );
    assert.deepEqual([...csv.decode(record('9999999999999999,1')).xs], [NaN, 1]);
    const byColumn = csvCodec({ columns, label: 'b' });
    assert.throws(() => byColumn.decode(record('1,9007199254740993')), { reason: 'bad-label' });
  });

  test('in a field that is not read it does no harm, nor does a float of many digits', () => {
    const text =
      '{"id":1234567890123456789,"text":"\\"a\\":9007199254740993","a":9007199254740993.5,"b":1.5e17}';
    assert.deepEqual([...json.decode(record(text)).xs], [9007199254740994, 1.5e17]);
    assert.equal(json.decode(record('{"a":0.1234567890123456789,"b":2}')).ys, 1);
  });

  test('a stream that skips bad rows counts it and goes on', async () => {
    const onBad = skipBadRecords();
    const rows = ['{"a":1,"b":1}', '{"a":9007199254740993,"b":1}', '{"a":2,"b":1}'].map((text) =>
      record(text),
    );
    for await (const batch of decodeBatches(rows, json, { size: 4, onBad })) {
      assert.deepEqual([batch.rows, batch.bad], [2, 1]);
      assert.deepEqual([...batch.xs], [1, 1, 2, 1]);
    }
    assert.deepEqual(onBad.counts, { 'not-exact': 1 });
  });

  test('what a codec writes it reads back, however large', () => {
    const large = fc.double({ noNaN: true, min: -3e38, max: 3e38 });
    fc.assert(
      fc.property(large, fc.integer(), (a, ys) => {
        for (const codec of [
          jsonCodec({ fields: ['a'], label: 'y' }),
          csvCodec({ columns: ['a', 'y'], label: 'y' }),
        ]) {
          const got = codec.decode(record(codec.encode({ xs: [a], ys })));
          assert.deepEqual([got.xs[0], got.ys], [Math.abs(a) > 2 ** 24 ? a : Math.fround(a), ys]);
        }
      }),
      { numRuns: 1_000, seed: 1 },
    );
  });
});

describe('what is no row and no record', () => {
  test('encode says which codec was given what', () => {
    for (const [name, codec] of Object.entries(codecs))
      for (const [row, says] of [
        [null, 'null'],
        [undefined, 'undefined'],
        [5, '5'],
        [{}, 'an object without xs'],
        [{ xs: null }, 'one whose xs is null'],
        [{ xs: 5 }, 'one whose xs is number'],
      ] as const)
        assert.throws(
          () => codec.encode(row as never),
          (error) =>
            error instanceof EncodeRowError &&
            error.message.startsWith(`${name}.encode: a row is an object`) &&
            error.message.endsWith(`it was given ${says}`),
          `${name}: ${says}`,
        );
  });

  test('a value that is no number is not written as its text', () => {
    for (const [name, codec] of Object.entries(codecs))
      for (const value of [null, undefined, '5', true, 5n, Symbol('x'), [5], {}])
        assert.throws(
          () => codec.encode({ xs: [1, value] as never, ys: 0 }),
          EncodeRowError,
          `${name}: ${typeof value}`,
        );
  });

  test('decode says that it was given no record', () => {
    for (const codec of [...Object.values(codecs), rawCodec()]) {
      for (const given of [null, undefined])
        assert.throws(
          () => codec.decode(given as never),
          (error) => error instanceof InvalidOptionError && error.option === 'record',
        );
      for (const value of ['1,2', Uint8Array.of(49, 44, 50), undefined])
        assert.throws(
          () => codec.decode({ ...record(''), value } as never),
          (error) => error instanceof InvalidOptionError && error.option === 'record.value',
        );
    }
  });
});
