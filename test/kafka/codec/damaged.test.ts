/** Records that are damaged, foreign or odd on purpose: each is a bad record, none stops the reading or is another row. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { avroCodec } from '../../../src/kafka/codec/avro.ts';
import { BadRecordError, EncodeRowError } from '../../../src/kafka/codec/errors.ts';
import { jsonCodec } from '../../../src/kafka/codec/json.ts';
import { jsonSchemaCodec } from '../../../src/kafka/codec/json-schema.ts';
import type { KafkaRecord } from '../../../src/kafka/record.ts';

function recordOf(value: Buffer): KafkaRecord {
  return { topic: 'odd', partition: 0, offset: 3, timestamp: 0, headers: {}, key: null, value };
}

const hex = (text: string): KafkaRecord => recordOf(Buffer.from(text.replaceAll(' ', ''), 'hex'));

function refusal(decode: () => unknown): string {
  try {
    const row = decode();
    return assert.fail(`nothing was refused: ${JSON.stringify(row)}`);
  } catch (error) {
    assert.ok(error instanceof BadRecordError, String(error));
    return `${error.reason}: ${error.detail}`;
  }
}

describe('Avro fields that are passed over', () => {
  const before = (type: unknown) => {
    const fields = [
      { name: 'tags', type },
      { name: 'clump', type: 'int' },
    ];
    return avroCodec({
      schema: { type: 'record', name: 'R', fields },
      fields: ['clump'],
      label: 'none',
    });
  };
  const ints = { type: 'array', items: 'int' };
  const named = { type: 'map', values: 'int' };
  const pair = {
    type: 'record',
    name: 'Pair',
    fields: [
      { name: 'a', type: ints },
      { name: 'b', type: 'double' },
    ],
  };
  const manyOf = '80 80 80 80 80 80 80 10';

  test('a block that goes back, beyond the end, or is not as long as it says is malformed', () => {
    const kind = { type: 'enum', name: 'Kind', symbols: ['benign', 'malignant'] };
    const refused: [unknown, string, RegExp][] = [
      [kind, '04 02', /^malformed: .*an enum of 2 symbols has none at 2/],
      [kind, '01 02', /an enum of 2 symbols has none at -1/],
      [['null', kind], '02 08 02', /an enum of 2 symbols has none at 4/],
      [{ type: 'array', items: kind }, '04 00 04 00 02', /an enum of 2 symbols has none at 2/],
      [ints, '01 03 02', /^malformed: .*a block of -2 bytes, where 1 are left/],
      [ints, '01 01 00 00 02', /a block of -1 bytes/],
      [ints, '01 20 0e 00 02', /a block of 16 bytes, where 3 are left/],
      [ints, '01 04 0e 00 02', /a block of 2 bytes holds items of 1/],
      [ints, `${manyOf} 02`, /end before the record does/],
      [ints, 'ff ff ff ff ff ff ff ff ff ff 01 02', /a long of more than 10 bytes/],
      [named, '01 03 02', /a block of -2 bytes/],
      ['long', `${'80 '.repeat(10)}00 02`, /a long of more than 10 bytes/],
      ['int', `${'80 '.repeat(5)}00 02`, /an int of more than 5 bytes/],
      ['string', `${'80 '.repeat(10)}00 02`, /a long of more than 10 bytes/],
      [['null', 'int'], `${'80 '.repeat(10)}00 02`, /a long of more than 10 bytes/],
      [named, '02 03 61 04 00 02', /the key of a map of -2 bytes/],
      [named, `${manyOf} 02 61 02`, /end before the record does/],
      [{ type: 'array', items: ints }, `${manyOf} 02`, /end before the record does/],
      [['null', ints], '02 01 03 02', /a block of -2 bytes/],
      [pair, '01 03 02', /a block of -2 bytes/],
      [{ type: 'array', items: pair }, '02 01 03 02', /a block of -2 bytes/],
      ['string', '03 02', /end before the record does/],
    ];
    for (const [type, bytes, expected] of refused)
      assert.match(
        refusal(() => before(type).decode(hex(bytes))),
        expected,
        `${JSON.stringify(type)} ${bytes}`,
      );
  });

  test('and what is as it should be is passed over: blocks with their lengths, several, empty items, maps', () => {
    const passed: [unknown, string][] = [
      [{ type: 'enum', name: 'Kind', symbols: ['benign', 'malignant'] }, '02'],
      [ints, '00'],
      [ints, '04 02 04 00'],
      [ints, '04 02 04 02 06 00'],
      [ints, '03 06 02 80 01 00'],
      [named, '02 02 61 04 00'],
      [named, '01 06 02 61 04 00'],
      [{ type: 'array', items: 'null' }, `${manyOf} 00`],
      [{ type: 'array', items: pair }, '02 02 04 00 00 00 00 00 00 00 00 00 00'],
    ];
    for (const [type, bytes] of passed)
      assert.deepEqual([...before(type).decode(hex(`${bytes} 02`)).xs], [1], bytes);
  });
});

test('an int of Avro has at most 5 bytes, a long 10, also where zeros follow', () => {
  for (const [type, most] of [
    ['int', 5],
    ['long', 10],
  ] as const) {
    const schema = { type: 'record', name: 'R', fields: [{ name: 'a', type }] };
    const codec = avroCodec({ schema, label: 'none' });
    assert.deepEqual([...codec.decode(hex(`82${' 80'.repeat(most - 2)} 00`)).xs], [1]);
    assert.match(
      refusal(() => codec.decode(hex(`82${' 80'.repeat(most - 1)} 00`))),
      /^malformed: .*of more than/,
    );
  }
});

test('a boolean of Avro is 0 or 1; any other byte is malformed', () => {
  for (const [type, first] of [
    ['boolean', ''],
    [['null', 'boolean'], '02 '],
    [{ type: 'boolean' }, ''],
  ] as const) {
    const schema = { type: 'record', name: 'R', fields: [{ name: 'a', type }] };
    const codec = avroCodec({ schema, label: 'none' });
    for (const value of [0, 1]) assert.deepEqual([...codec.decode(hex(`${first}0${value}`)).xs], [value]);
    assert.match(
      refusal(() => codec.decode(hex(`${first}07`))),
      /^malformed: .*a boolean is 0 or 1, not 7/,
    );
    assert.match(
      refusal(() => codec.decode(recordOf(codec.encode({ xs: [1] }).subarray(0, -1)))),
      /^(?:empty|malformed)/,
    );
  }
});

describe('JSON of very many levels', () => {
  const deep = (text: string) =>
    recordOf(Buffer.from(text.replace('*', '['.repeat(30_000) + ']'.repeat(30_000))));

  test('is no number, and no label', () => {
    const codec = jsonCodec({ fields: ['a'], label: 'b' });
    assert.match(
      refusal(() => codec.decode(deep('{"a":*,"b":1}'))),
      /^not-a-number: field "a" holds an array of very many levels/,
    );
    assert.match(
      refusal(() => codec.decode(deep('{"a":1,"b":*}'))),
      /^bad-label: .*very many levels/,
    );
  });

  test('is a bad record where its schema follows it, and so is a schema that has no end', () => {
    const nest = { items: { $ref: '#/definitions/nest' } };
    const schema = { properties: { b: nest }, definitions: { nest } };
    const codec = jsonSchemaCodec({ schema, fields: ['a'], label: 'none' });
    assert.match(
      refusal(() => codec.decode(deep('{"a":1,"b":*}'))),
      /^invalid: its schema cannot be held against it/,
    );
    const endless = jsonSchemaCodec({ schema: { allOf: [{ $ref: '#' }] }, fields: ['a'], label: 'none' });
    assert.match(
      refusal(() => endless.decode(deep('{"a":1}'))),
      /^invalid: its schema cannot be held/,
    );
    assert.throws(() => endless.encode({ xs: [1] }), EncodeRowError);
  });
});

test('a field or label that JSON gives twice is malformed; others may be, and so may their values, and what lies deeper', () => {
  const codec = jsonCodec({ fields: ['a', 'b'], label: 'c' });
  const twice = [
    '{"a":1,"b":2,"c":3,"a":4}',
    '{"a":1,"b":2,"c":3,"\\u0061":1}',
    '{"c":0,"a":1,"b":2,"x":":","c":3}',
  ];
  for (const text of twice)
    assert.match(
      refusal(() => codec.decode(recordOf(Buffer.from(text)))),
      /^malformed: field "(?:a|c)" is there twice/,
      text,
    );
  const once = [
    '{"a":1,"b":2,"c":3,"x":5,"x":6}',
    '{"a":1,"b":2,"c":3,"x":{"a":5,"a":6},"y":["a","b\\"","{"]}',
  ];
  for (const text of once) {
    const { xs, ys } = codec.decode(recordOf(Buffer.from(text)));
    assert.deepEqual([...xs, ys], [1, 2, 3]);
  }
  const checked = jsonSchemaCodec({
    schema: { properties: { a: { type: 'number' } } },
    fields: ['a'],
    label: 'none',
  });
  assert.match(
    refusal(() => checked.decode(recordOf(Buffer.from('{"a":1,"a":2}')))),
    /^malformed: field "a" is there twice/,
  );
});
