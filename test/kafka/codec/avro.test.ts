/** The Avro codec: what fastavro and Apache's avro wrote, resolved as fastavro does, and refused where it must be. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { describe, test } from 'node:test';
import { avroCodec, type AvroCodecOptions } from '../../../src/kafka/codec/avro.ts';
import { BadRecordError, EncodeRowError } from '../../../src/kafka/codec/errors.ts';
import type { KafkaRecord } from '../../../src/kafka/record.ts';
import { SchemaInvalidError } from '../../../src/kafka/registry/errors.ts';
import { InvalidOptionError } from '../../../src/options.ts';
import { startSchemaRegistry } from '../../../src/kafka/registry/local/server.ts';
import { schemaRegistry } from '../../../src/kafka/registry/registry.ts';

type Plain = Record<string, unknown>;

interface Schema {
  fields: { name: string; type: unknown; default?: unknown }[];
}

interface Case {
  readonly name: string;
  readonly schema: Schema;
  readonly values: readonly Plain[];
  readonly hex: readonly string[];
  readonly reader?: Schema;
  readonly read?: readonly Plain[];
  readonly refused?: string;
}

const file = new URL('fixtures/avro.json', import.meta.url);
const { cases } = JSON.parse(fs.readFileSync(file, 'utf8')) as { cases: Case[] };
const caseOf = (name: string): Case => cases.find((one) => one.name === name)!;

function recordOf(value: Buffer | null, key: string | null = '1'): KafkaRecord {
  return {
    ...{ topic: 'avro', partition: 2, offset: 17, timestamp: 0, headers: {}, value },
    key: key === null ? null : Buffer.from(key),
  };
}

const hex = (text: string): KafkaRecord => recordOf(Buffer.from(text, 'hex'));

function refusal(decode: () => unknown): BadRecordError {
  try {
    decode();
  } catch (error) {
    assert.ok(error instanceof BadRecordError, String(error));
    assert.deepEqual([error.topic, error.partition, error.offset], ['avro', 2, 17]);
    return error;
  }
  return assert.fail('nothing was refused');
}

/** A framed value of another writer's. */
function framed(id: number, text: string): KafkaRecord {
  const frame = Buffer.alloc(5);
  frame.writeUInt32BE(id, 1);
  return recordOf(Buffer.concat([frame, Buffer.from(text, 'hex')]));
}

const cell = (...fields: object[]): object => ({ type: 'record', name: 'Cell', fields });

describe('bytes that other libraries wrote', () => {
  const all = caseOf('all kinds of field');
  const kindOf = (value: Plain): number => ['benign', 'malignant'].indexOf(value['kind'] as string);

  test('numbers of every kind are read exactly, nested ones by their path, and other fields are passed over', () => {
    const fields = ['clump', 'size', 'weight', 'shape', 'smoker', 'gap', 'seen', 'inner.a', 'inner.deep.b'];
    const codec = avroCodec({ schema: all.schema, fields, label: 'kind', missing: -1 });
    const xs = new Float64Array(all.hex.length * fields.length);
    const ys = new Float32Array(all.hex.length);
    all.hex.forEach((text, row) => codec.decodeInto(hex(text), xs, row, ys));
    const expected = all.values.flatMap((value) => {
      const inner = value['inner'] as { a: number; deep: { b: number } | null };
      const flat = [...fields.slice(0, 5), 'gap', 'seen'].map((name) => Number(value[name] ?? -1));
      return [...flat, inner.a, inner.deep?.b ?? -1];
    });
    assert.deepEqual([...xs], expected);
    assert.deepEqual([...ys], all.values.map(kindOf));
  });

  test('what is null is missing, and bad unless missing says what to read', () => {
    const at = all.values.findIndex(({ gap }) => gap === null);
    const codec = avroCodec({ schema: all.schema, fields: ['gap'], label: 'none' });
    const { reason, detail } = refusal(() => codec.decode(hex(all.hex[at]!)));
    assert.deepEqual([reason, detail], ['missing-field', 'field "gap" is null']);
    const gaps = avroCodec({ schema: all.schema, fields: ['gap'], label: 'none', missing: NaN });
    assert.deepEqual([...gaps.decode(hex(all.hex[at]!)).xs], [NaN]);
  });

  test('a long beyond 2^53 is refused, never rounded, and does no harm in a field that is not read', () => {
    const { schema, hex: values } = caseOf('long beyond 2^53');
    const both = avroCodec({ schema, label: 'none' });
    assert.equal(refusal(() => both.decode(hex(values[0]!))).reason, 'not-exact');
    assert.equal(refusal(() => both.decode(hex(values[1]!))).reason, 'not-exact');
    assert.deepEqual([...both.decode(hex(values[2]!)).xs], [7, 3]);
    const one = avroCodec({ schema, fields: ['n1'], label: 'none' });
    assert.deepEqual(
      values.map((value) => one.decode(hex(value)).xs[0]),
      [1, 2, 3],
    );
  });

  test('NaN, infinities and what float32 does not hold stop at the border', () => {
    const { schema, hex: values } = caseOf('not finite');
    const codec = avroCodec({ schema, label: 'none', missing: 0 });
    for (const value of values) assert.equal(refusal(() => codec.decode(hex(value))).reason, 'not-finite');
  });

  test('every cut and every byte more is told', () => {
    const codec = avroCodec({ schema: all.schema, fields: ['clump'], label: 'kind' });
    const whole = Buffer.from(all.hex[3]!, 'hex');
    for (let length = 1; length < whole.length; length++) {
      const { reason } = refusal(() => codec.decode(recordOf(whole.subarray(0, length))));
      assert.equal(reason, 'malformed', `${length} of ${whole.length} bytes`);
    }
    const more = refusal(() => codec.decode(recordOf(Buffer.concat([whole, Buffer.from([1, 2])]))));
    assert.match(more.detail, /^2 of \d+ bytes are left over/);
    assert.equal(refusal(() => codec.decode(recordOf(Buffer.alloc(0)))).reason, 'empty');
    const one = avroCodec({ schema: cell({ name: 'a', type: 'int' }), label: 'none' });
    assert.equal(one.decode(hex('ffffffff0f')).xs[0], -(2 ** 31));
    assert.match(refusal(() => one.decode(hex('ffffffff1f'))).detail, /is an int, and holds -4294967296/);
    assert.equal(refusal(() => codec.decode(recordOf(null))).reason, 'null-value');
    const long = avroCodec({ schema: all.schema, fields: ['clump'], label: 'kind', maxBytes: 10 });
    assert.equal(refusal(() => long.decode(recordOf(whole))).reason, 'too-long');
  });
});

describe('evolution, through a registry: what another schema wrote, as the codec’s schema', () => {
  for (const one of cases.filter(({ reader }) => reader !== undefined))
    test(one.name, async (t) => {
      const local = await startSchemaRegistry();
      t.after(() => local.close());
      const registry = schemaRegistry({ url: local.url });
      const id = await registry.register('cells-value', { schema: one.schema });
      const reader = one.reader!;
      const kind = reader.fields.find(({ name }) => name === 'kind');
      const fields = reader.fields.map(({ name }) => name).filter((name) => name !== 'kind');
      const codec = avroCodec({
        registry,
        schema: reader,
        fields,
        label: kind ? 'kind' : 'none',
        missing: NaN,
      });
      await codec.ready(framed(id, one.hex[0]!));
      const decoded = one.hex.map((text) => () => codec.decode(framed(id, text)));
      if (one.refused !== undefined) {
        const { reason, detail, schemaId, message } = refusal(decoded[0]!);
        assert.deepEqual([reason, schemaId], ['schema-mismatch', id]);
        assert.match(detail, /the schema 1 cannot be read as the codec's schema: /);
        assert.match(message, /topic avro, partition 2, offset 17/);
        return;
      }
      if (one.name === 'long beyond 2^53 to double') {
        // fastavro rounds it: to the number beside it.
        assert.equal(one.read![0]!['n0'], 2 ** 53);
        assert.equal(refusal(decoded[0]!).reason, 'not-exact');
        return;
      }
      const symbols = (kind?.type as { symbols?: string[] } | undefined)?.symbols ?? [];
      for (const [i, value] of one.read!.entries()) {
        const { xs, ys } = decoded[i]!();
        assert.deepEqual(
          [...xs].map(Math.fround),
          fields.map((name) => Math.fround((value[name] as number | null) ?? NaN)),
        );
        assert.equal(ys, kind === undefined ? NaN : symbols.indexOf(value['kind'] as string));
      }
      assert.deepEqual(
        local.requests.filter((request) => request.includes('/ids/')),
        ['GET /schemas/ids/1'],
      );
    });
});

describe('rows written', () => {
  const schema = cell(
    { name: 'clump', type: 'int' },
    { name: 'size', type: ['null', 'long'], default: null },
    { name: 'shape', type: 'float' },
    { name: 'inner', type: { type: 'record', name: 'Inner', fields: [{ name: 'a', type: 'double' }] } },
    { name: 'note', type: 'string', default: 'none' },
    { name: 'kind', type: { type: 'enum', name: 'Kind', symbols: ['benign', 'malignant'] } },
  );
  const fields = ['clump', 'size', 'shape', 'inner.a'];
  const codec = avroCodec({ schema, fields, label: 'kind', missing: NaN });

  test('are read back: nulls, nested records, an enum’s classes, defaults', () => {
    for (const xs of [
      [1, 2, 0.5, 0.1],
      [-(2 ** 31), NaN, -0, 1e30],
      [2 ** 31 - 1, 2 ** 53 - 1, 1.5, -7],
    ]) {
      const into = new Float64Array(4);
      const ys = new Float32Array(1);
      codec.decodeInto(recordOf(codec.encode({ xs, ys: 1 })), into, 0, ys);
      assert.deepEqual([...into], xs);
      assert.equal(ys[0], 1);
    }
  });

  test('are refused where the schema does not hold them', () => {
    const refused = (xs: number[], ys: number | undefined, expected: RegExp) =>
      assert.throws(
        () => codec.encode({ xs, ys }),
        (error) => error instanceof EncodeRowError && expected.test(error.message),
      );
    refused([1.5, 1, 1, 1], 0, /field "clump" is 1.5, which int cannot hold exactly/);
    refused([2 ** 31, 1, 1, 1], 0, /which int cannot hold/);
    refused([1, 2 ** 53, 1, 1], 0, /which long cannot hold/);
    refused([NaN, 1, 1, 1], 0, /field "clump" is NaN/);
    refused([1, 1, Infinity, 1], 0, /field "shape" is Infinity/);
    refused([1, 1, 1, 1], 2, /the classes are 0 to 1/);
    refused([1, 1, 1, 1], 0.5, /the classes are 0 to 1/);
    refused([1, 1, 1, 1], undefined, /ys is undefined/);
    refused([1, 1, 1], 1, /expected 4 features, got 3/);
    const bare = avroCodec({
      schema: cell({ name: 'a', type: 'int' }, { name: 'id', type: 'string' }),
      fields: ['a'],
    });
    assert.throws(() => bare.encode({ xs: [1] }), /no row fills "id", which the schema gives no default/);
  });
});

describe('schemas that a model cannot learn from', () => {
  const withField = (type: unknown, more: Partial<AvroCodecOptions> = {}) => {
    const schema = cell({ name: 'a', type: 'int' }, { name: 'b', type });
    return () => avroCodec({ schema, label: 'none', ...more });
  };

  test('are refused with the path of the field and what it is', () => {
    const refused: [unknown, RegExp][] = [
      ['string', /"b" is a string/],
      ['bytes', /"b" is a bytes/],
      [{ type: 'fixed', name: 'F', size: 4 }, /"b" is a fixed/],
      [{ type: 'array', items: 'int' }, /"b" is an array/],
      [{ type: 'map', values: 'int' }, /"b" is a map/],
      [
        { type: 'bytes', logicalType: 'decimal', precision: 9, scale: 2 },
        /"b" is of the logical type "decimal"/,
      ],
      [
        ['null', { type: 'bytes', logicalType: 'decimal', precision: 9 }],
        /"b" is of the logical type "decimal"/,
      ],
      [{ type: 'long', logicalType: 'money' }, /"b" is of the logical type "money"/],
      [['int', 'double'], /"b" is a union of several types/],
      [{ type: 'enum', name: 'E', symbols: ['x'] }, /"b" is an enum, which can be the label only/],
      [
        { type: 'record', name: 'R', fields: [{ name: 'c', type: ['null', 'string'] }] },
        /"b\.c" is a string/,
      ],
    ];
    for (const [type, expected] of refused)
      assert.throws(
        withField(type),
        (error) => error instanceof InvalidOptionError && expected.test(error.message),
        JSON.stringify(type),
      );
    assert.equal(withField({ type: 'long', logicalType: 'timestamp-micros' })().features, 2);
    assert.equal(withField('string', { fields: ['a'] })().features, 1);
  });

  test('options that make no sense are refused, and schemas that are none', () => {
    const invalid = (options: object, expected: RegExp) =>
      assert.throws(
        () => avroCodec(options),
        (error) => error instanceof InvalidOptionError && expected.test(error.message),
      );
    const schema = cell({ name: 'a', type: 'int' });
    invalid({}, /option schema is not given/);
    invalid({ registry: schemaRegistry({ url: 'http://127.0.0.1:9' }) }, /option fields is not given/);
    invalid({ schema, fields: ['a', 'a'] }, /"a" is there twice/);
    invalid({ schema, fields: ['z'] }, /"z" is not there/);
    invalid({ schema, fields: ['a.b'] }, /"a.b" is not there: a is no record/);
    invalid({ schema, label: 'z' }, /it is not there/);
    invalid({ schema, missing: Infinity }, /option missing/);
    for (const wrong of [
      '{',
      'int',
      { type: 'record', name: 'R', fields: [{ name: 'a', type: 'nothing' }] },
      { type: 'record', fields: [] },
    ])
      assert.throws(() => avroCodec({ schema: wrong, fields: ['a'] }), SchemaInvalidError);
  });
});
