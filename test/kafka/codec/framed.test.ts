/** Values with a schema's id before them: units that do not change unseen, sizes that count the id, kinds that are named. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, test, type TestContext } from 'node:test';
import { avroCodec } from '../../../src/kafka/codec/avro.ts';
import { BadRecordError, EncodeRowError } from '../../../src/kafka/codec/errors.ts';
import type { SchemaCodec } from '../../../src/kafka/codec/framing.ts';
import { jsonSchemaCodec } from '../../../src/kafka/codec/json-schema.ts';
import type { KafkaRecord } from '../../../src/kafka/record.ts';
import { startSchemaRegistry } from '../../../src/kafka/registry/local/server.ts';
import { schemaRegistry } from '../../../src/kafka/registry/registry.ts';

function recordOf(value: Buffer): KafkaRecord {
  return { topic: 'framed', partition: 0, offset: 3, timestamp: 0, headers: {}, key: null, value };
}

function framed(id: number, ...bytes: number[]): KafkaRecord {
  const frame = Buffer.alloc(5);
  frame.writeUInt32BE(id, 1);
  return recordOf(Buffer.concat([frame, Buffer.from(bytes)]));
}

async function registryFor(t: TestContext) {
  const local = await startSchemaRegistry();
  t.after(() => local.close());
  return schemaRegistry({ url: local.url, retryForMs: 0 });
}

/** The one feature of a record, or why it is refused. */
async function decoded(codec: SchemaCodec, record: KafkaRecord): Promise<number | string> {
  await codec.ready(record);
  try {
    return codec.decode(record).xs[0]!;
  } catch (error) {
    if (error instanceof BadRecordError) return `${error.reason}: ${error.detail}`;
    throw error;
  }
}

const seen = (type: unknown, more: object = {}): object => ({
  type: 'record',
  name: 'Seen',
  fields: [{ name: 'at', type, ...more }],
});
const long = (logicalType: string): object => ({ type: 'long', logicalType });

describe('units of dates and times', () => {
  const millis = seen(long('timestamp-millis'));
  const micros = seen(['null', long('timestamp-micros')]);
  const plain = seen('long');

  async function ids(t: TestContext) {
    const registry = await registryFor(t);
    const all: number[] = [];
    for (const [i, schema] of [millis, micros, plain].entries())
      all.push(await registry.register(`seen-${i}`, { schema }));
    return { registry, all };
  }

  test('of a writer are those of the codec’s schema, where both say one', async (t) => {
    const { registry, all } = await ids(t);
    const [first, second, third] = all;
    const schema = seen(['null', long('timestamp-millis')]);
    const codec = avroCodec({ registry, schema, label: 'none' });
    assert.equal(await decoded(codec, framed(first!, 2)), 1);
    assert.match(
      String(await decoded(codec, framed(second!, 2, 2))),
      /^schema-mismatch: the field at is a timestamp-micros in the schema 2, and a timestamp-millis in the codec's schema/,
    );
    assert.equal(await decoded(codec, framed(third!, 2)), 1);
  });

  test('of several writers are the same, with a schema that says none and without one', async (t) => {
    const { registry, all } = await ids(t);
    const [first, second, third] = all;
    for (const schema of [undefined, seen(['null', 'long'])]) {
      const codec = avroCodec({ registry, ...(schema && { schema }), fields: ['at'], label: 'none' });
      assert.equal(await decoded(codec, framed(third!, 2)), 1);
      assert.equal(await decoded(codec, framed(second!, 2, 2)), 1);
      assert.match(
        String(await decoded(codec, framed(first!, 2))),
        /^schema-mismatch: the field at is a timestamp-millis in the schema 1, and a timestamp-micros in the schema 2/,
      );
    }
  });

  test('of a field that has another name now are compared, too', async (t) => {
    const { registry, all } = await ids(t);
    const { fields } = seen(['null', long('timestamp-micros')], { aliases: ['at'] }) as { fields: object[] };
    const schema = { type: 'record', name: 'Seen', fields: [{ ...fields[0], name: 'when' }] };
    const codec = avroCodec({ registry, schema, label: 'none' });
    assert.match(String(await decoded(codec, framed(all[0]!, 2))), /^schema-mismatch: the field when/);
    assert.equal(await decoded(codec, framed(all[1]!, 2, 2)), 1);
  });
});

test('what is written with its id is read by the same maxBytes, or refused', async (t) => {
  const registry = await registryFor(t);
  const schema = { type: 'record', name: 'R', fields: [{ name: 'a', type: 'double' }] };
  const text = Buffer.byteLength('{"a":0.5}');
  for (const [length, codecOf] of [
    [8, (maxBytes: number) => avroCodec({ registry, schema, label: 'none', maxBytes })],
    [
      text,
      (maxBytes: number) =>
        jsonSchemaCodec({ registry, schema: { type: 'object' }, fields: ['a'], label: 'none', maxBytes }),
    ],
  ] as const) {
    const fits = codecOf(length + 5);
    await fits.register(`sizes-${length}`);
    assert.equal(await decoded(fits, recordOf(fits.encode({ xs: [0.5] }))), 0.5);
    const tooLong = codecOf(length + 4);
    await tooLong.register(`sizes-${length}`);
    assert.throws(
      () => tooLong.encode({ xs: [0.5] }),
      (error) =>
        error instanceof EncodeRowError && /takes \d+ bytes, at most \d+ are read/.test(error.message),
    );
  }
  const bare = avroCodec({ schema, label: 'none', maxBytes: 7 });
  assert.throws(() => bare.encode({ xs: [0.5] }), /takes 8 bytes, at most 7/);
});

test('a kind of schema that is not known here is named', async (t) => {
  const server = http.createServer((_request, response) => {
    response.end(JSON.stringify({ schemaType: 'THRIFT', schema: 'struct Cell {}' }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close().closeAllConnections());
  const registry = schemaRegistry({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
  const codec = avroCodec({ registry, fields: ['a'], label: 'none' });
  assert.match(
    String(await decoded(codec, framed(7, 2))),
    /^schema-mismatch: the schema 7 is of a kind that is not known here \("THRIFT"\), not Avro/,
  );
});
