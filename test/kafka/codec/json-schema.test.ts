/** The JSON Schema codec: values are checked before their numbers are read, with the id of a registry before them or not. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BadRecordError, EncodeRowError } from '../../../src/kafka/codec/errors.ts';
import { jsonSchemaCodec } from '../../../src/kafka/codec/json-schema.ts';
import type { KafkaRecord } from '../../../src/kafka/record.ts';
import { SchemaInvalidError } from '../../../src/kafka/registry/errors.ts';
import { startSchemaRegistry } from '../../../src/kafka/registry/local/server.ts';
import { schemaRegistry } from '../../../src/kafka/registry/registry.ts';
import { jsonValidator } from '../../../src/kafka/registry/schemas.ts';
import { InvalidOptionError, UnknownOptionError } from '../../../src/options.ts';

const schema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  type: 'object',
  properties: { clump: { type: 'integer', minimum: 1, maximum: 10 }, size: { type: ['number', 'null'] } },
  required: ['clump', 'size'],
};
const fields = ['clump', 'size'];

function recordOf(value: string | Buffer): KafkaRecord {
  const bytes = Buffer.from(value);
  return {
    topic: 'json',
    partition: 1,
    offset: 4,
    timestamp: 0,
    key: Buffer.from('1'),
    value: bytes,
    headers: {},
  };
}

function framed(id: number, text: string): Buffer {
  const frame = Buffer.alloc(5);
  frame.writeUInt32BE(id, 1);
  return Buffer.concat([frame, Buffer.from(text)]);
}

function refusal(decode: () => unknown): BadRecordError {
  try {
    decode();
  } catch (error) {
    assert.ok(error instanceof BadRecordError, String(error));
    assert.deepEqual([error.topic, error.partition, error.offset], ['json', 1, 4]);
    return error;
  }
  return assert.fail('nothing was refused');
}

describe('without a registry', () => {
  const codec = jsonSchemaCodec({ schema, fields, missing: NaN });

  test('reads what the schema allows and refuses the rest, with the place and the reason', () => {
    assert.deepEqual(codec.decode(recordOf('{"clump":5,"size":2.5,"note":"x"}')), {
      xs: Float32Array.of(5, 2.5),
      ys: 1,
    });
    assert.deepEqual([...codec.decode(recordOf('{"clump":5,"size":null}')).xs], [5, NaN]);
    const { reason, detail } = refusal(() => codec.decode(recordOf('{"clump":11,"size":1}')));
    assert.deepEqual([reason, detail], ['invalid', 'its schema does not allow it: /clump must be <= 10']);
    assert.equal(refusal(() => codec.decode(recordOf('{"clump":5}'))).reason, 'invalid');
    assert.equal(refusal(() => codec.decode(recordOf('{"clump":5,'))).reason, 'malformed');
    assert.equal(refusal(() => codec.decode(recordOf('[1,2]'))).reason, 'malformed');
    assert.equal(refusal(() => codec.decode(recordOf(''))).reason, 'empty');
    assert.match(refusal(() => codec.decode(recordOf(framed(3, '{"clump":5}')))).detail, /give the registry/);
  });

  test('writes what the schema allows only', () => {
    assert.equal(codec.encode({ xs: [5, NaN] }).toString(), '{"clump":5,"size":null}');
    assert.throws(
      () => codec.encode({ xs: [0, 1] }),
      (error) => error instanceof EncodeRowError && />= 1/.test(error.message),
    );
  });

  test('reads the drafts that registries hold, and refuses what is no schema', () => {
    for (const draft of [
      'http://json-schema.org/draft-06/schema#',
      'https://json-schema.org/draft/2019-09/schema',
      'https://json-schema.org/draft/2020-12/schema',
    ]) {
      const one = jsonSchemaCodec({ schema: { ...schema, $schema: draft }, fields });
      assert.equal(one.decode(recordOf('{"clump":5,"size":2}')).xs[0], 5, draft);
      assert.equal(refusal(() => one.decode(recordOf('{"clump":0,"size":2}'))).reason, 'invalid', draft);
    }
    for (const wrong of [
      { type: 'nothing' },
      { $ref: 'elsewhere.json' },
      { $schema: 'http://json-schema.org/draft-04/schema#' },
      // Its validators answer by promises.
      { $async: true, type: 'object' },
      { $async: true, $schema: 'https://json-schema.org/draft/2020-12/schema' },
      {
        properties: { a: { $ref: '#/definitions/a' } },
        definitions: { a: { $async: true, type: 'number' } },
      },
    ])
      assert.throws(() => jsonSchemaCodec({ schema: wrong, fields }), SchemaInvalidError);
    assert.throws(() => jsonSchemaCodec({ fields }), InvalidOptionError);
    assert.throws(() => jsonSchemaCodec({ schema, fields, colour: 1 } as never), UnknownOptionError);
  });
});

test('a schema of the registry for checks that take time is refused, whether its own or a reference', () => {
  // Registries other than the small one take it.
  const open = (references: readonly { name: string; text: string }[], text: object) => () =>
    jsonValidator('The schema', { text: JSON.stringify(text), references });
  const later = { name: 'later.json', text: '{"$async":true,"type":"number"}' };
  assert.throws(open([], { $async: true }), SchemaInvalidError);
  assert.throws(open([later], { properties: { a: { $ref: 'later.json' } } }), SchemaInvalidError);
  assert.equal(open([], { type: 'number', maximum: 1 })()(2), false);
});

test('with a registry each value is checked by the schema it was written by, references included', async (t) => {
  const local = await startSchemaRegistry();
  t.after(() => local.close());
  const registry = schemaRegistry({ url: local.url });
  await registry.register('size', { kind: 'JSON', schema: { type: 'number', maximum: 3 } });
  const references = [{ name: 'size.json', subject: 'size', version: 1 }];
  const wider = { ...schema, properties: { ...schema.properties, size: { $ref: 'size.json' } } };
  const id = await registry.register('other-value', { kind: 'JSON', schema: wider, references });
  const codec = jsonSchemaCodec({ registry, fields });
  const good = recordOf(framed(id, '{"clump":5,"size":3}'));
  await codec.ready(good);
  assert.deepEqual([...codec.decode(good).xs], [5, 3]);
  const bad = refusal(() => codec.decode(recordOf(framed(id, '{"clump":5,"size":4}'))));
  assert.deepEqual([bad.reason, bad.schemaId], ['invalid', id]);

  const own = jsonSchemaCodec({ registry, schema, fields });
  assert.throws(() => own.encode({ xs: [5, 1] }), /the schema has no id yet; await codec.register\(topic\)/);
  const mine = await own.register('cells');
  assert.deepEqual(own.encode({ xs: [5, 1] }), framed(mine, '{"clump":5,"size":1}'));
  assert.deepEqual((await registry.version('cells-value')).kind, 'JSON');
});
