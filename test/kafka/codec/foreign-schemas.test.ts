/** Schemas as other writers and registries have them: unions of numbers and of records, references, multiples. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import avsc from 'avsc';
import { avroCodec, rawCodec, schemaRegistry, type AvroCodecOptions } from '../../../src/kafka/index.ts';
import { jsonValidator } from '../../../src/kafka/registry/schemas.ts';
import { startSchemaRegistry } from '../../../src/kafka/registry/local/server.ts';

const recordOf = (value: Buffer) => {
  return { topic: 't', partition: 0, offset: 0, timestamp: 0, key: null, value, headers: {} };
};
const record = (name: string, fields: readonly object[], more: object = {}) => {
  return { type: 'record', name, fields, ...more };
};

test('Avro: fields and records that are named as what every object has are read, written, passed over and have defaults', async (t) => {
  const local = await startSchemaRegistry();
  t.after(() => local.close());
  const registry = schemaRegistry({ url: local.url });
  for (const name of ['constructor', 'toString', 'hasOwnProperty', '__proto__']) {
    const [a, odd, b] = ['a', name, 'b'].map((one) => ({ name: one, type: 'int' }));
    const inner = { name, type: record('Inner', [odd!]) };
    const all = record(name, [a!, inner, b!]);
    const codec = avroCodec({ schema: all, label: `${name}.${name}` });
    assert.deepEqual(codec.encode({ xs: [1, 3], ys: 2 }), Buffer.from([2, 4, 6]));
    assert.deepEqual(codec.decode(recordOf(Buffer.from([2, 4, 6]))), { xs: Float32Array.of(1, 3), ys: 2 });
    const few = record(name, [a!, b!]);
    const more = record(name, [a!, { ...inner, default: JSON.parse(`{ "${name}": 9 }`) as object }, b!]);
    for (const [writer, reader, bytes, row] of [
      [all, few, [2, 4, 6], [1, 3]],
      [few, more, [2, 6], [1, 9, 3]],
    ] as const) {
      const frame = Buffer.alloc(5);
      frame.writeUInt32BE(await registry.register(`${name}-${bytes.length}`, { schema: writer }), 1);
      const framed = avroCodec({ registry, schema: reader, label: 'none' });
      const written = recordOf(Buffer.concat([frame, Buffer.from(bytes)]));
      await framed.ready(written);
      assert.deepEqual([...framed.decode(written).xs], row, name);
    }
  }
});

test('Avro: a name in a space that is named as what every object has is found by both together', () => {
  const inner = record('Inner', [{ name: 'a', type: 'int' }]);
  for (const namespace of ['constructor', 'com.example.constructor']) {
    const fields = [
      { name: 'one', type: inner },
      { name: 'other', type: `${namespace}.Inner` },
    ];
    const codec = avroCodec({ schema: record('Outer', fields, { namespace }), label: 'none' });
    assert.deepEqual([...codec.decode(recordOf(Buffer.from([2, 4]))).xs], [1, 2]);
  }
});

test('Avro: a number of a union of several types is read; a field in one of several records is no default', async (t) => {
  const local = await startSchemaRegistry();
  t.after(() => local.close());
  const registry = schemaRegistry({ url: local.url });
  async function decoded(writer: object, value: object, options: Omit<AvroCodecOptions, 'registry'>) {
    const subject = `s${local.requests.length}`;
    await registry.setCompatibility(subject, 'NONE');
    const frame = Buffer.alloc(5);
    frame.writeUInt32BE(await registry.register(subject, { schema: writer }), 1);
    const codec = avroCodec({ registry, label: 'none', missing: NaN, ...options });
    const written = recordOf(
      Buffer.concat([frame, avsc.Type.forSchema(writer as avsc.Schema).toBuffer(value)]),
    );
    await codec.ready(written);
    return [...codec.decode(written).xs];
  }
  const schema = record('Cell', [{ name: 'v', type: 'double' }]);
  const union = record('Cell', [{ name: 'v', type: ['int', 'double'] }]);
  assert.deepEqual(await decoded(union, { v: { int: 5 } }, { schema }), [5]);
  assert.deepEqual(await decoded(union, { v: { double: 2.5 } }, { schema }), [2.5]);

  const [a, b] = ['A', 'B'].map((name) => record(name, [{ name: 'clump', type: 'int' }]));
  const row = record('Row', [{ name: 'cell', type: [a, b] }]);
  const clump = { name: 'clump', type: 'int', default: 7 };
  const reader = record('Row', [{ name: 'cell', type: record('C', [clump], { aliases: ['A', 'B'] }) }]);
  await assert.rejects(
    decoded(row, { cell: { A: { clump: 5 } } }, { schema: reader, fields: ['cell.clump'] }),
    {
      reason: 'schema-mismatch',
      detail: /the field cell of the schema \d+ is a union of several types/,
    },
  );
});

test('JSON Schema: every price is a multiple of 0.01, and nothing else is', () => {
  const text = JSON.stringify({ properties: { p: { multipleOf: 0.01 } } });
  const validate = jsonValidator('s', { text, references: [] });
  for (let cents = 0; cents <= 10_000; cents++)
    assert.equal(validate({ p: cents / 100 }), true, String(cents));
  for (const p of [0.005, 19.991, 1e-8]) assert.equal(validate({ p }), false, String(p));
});

test('JSON Schema: a reference stands beside the address of the schema that refers to it', () => {
  const references = [{ name: 'other.json', text: '{"type":"number"}' }];
  for (const $id of [undefined, 'http://example.org/schemas/root.json']) {
    const text = JSON.stringify({ $id, properties: { p: { $ref: 'other.json' } } });
    const validate = jsonValidator('s', { text, references });
    assert.deepEqual([validate({ p: 1 }), validate({ p: 'x' })], [true, false]);
  }
});

test('JSON Schema: a reference may have the address that its name stands for', () => {
  const own = 'http://example.org/schemas/other.json';
  for (const $id of [own, `${own}#`]) {
    const references = [{ name: 'other.json', text: JSON.stringify({ $id, type: 'number' }) }];
    const root = { $id: 'http://example.org/schemas/root.json', properties: { p: { $ref: 'other.json' } } };
    const validate = jsonValidator('s', { text: JSON.stringify(root), references });
    assert.deepEqual([validate({ p: 1 }), validate({ p: 'x' })], [true, false]);
  }
});

test('a registry’s deleted version is still referred to; one that is gone does not make the schema unknown', async (t) => {
  const server = http.createServer((request, response) => {
    const known = request.url === '/schemas/ids/1' || request.url === '/schemas/ids/2';
    const subject = request.url === '/schemas/ids/1' ? 'cell' : 'gone';
    const body = known
      ? { schema: '"int"', references: [{ name: 'Cell', subject, version: 1 }] }
      : { schema: '"long"', error_code: 40403, message: 'Schema not found' };
    const isThere = known || request.url === '/subjects/cell/versions/1?deleted=true';
    response.writeHead(isThere ? 200 : 404).end(JSON.stringify(body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const registry = schemaRegistry({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
  assert.deepEqual((await registry.schema(1))?.references, [{ name: 'Cell', text: '"long"' }]);
  await assert.rejects(registry.schema(2), { code: 'ST_KAFKA_REGISTRY_REFUSED', errorCode: 40403 });
  assert.equal(await registry.schema(3), undefined);
});

test('rawCodec refuses options that it does not know', () => {
  assert.throws(() => rawCodec({ maxByte: 5 } as never), { code: 'ST_OPTION_UNKNOWN', option: 'maxByte' });
  assert.throws(() => rawCodec({ maxBytes: NaN }), { code: 'ST_OPTION_INVALID', option: 'maxBytes' });
});
