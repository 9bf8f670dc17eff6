import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import test from 'node:test';
import zlib from 'node:zlib';
import fc from 'fast-check';
import { compressorFor } from '../../../src/kafka/protocol/compression.ts';
import type { OutgoingRecord } from '../../../src/kafka/record.ts';
import { BATCH_HEADER, crc32c } from '../../../src/kafka/protocol/record-bytes.ts';
import { encodeRecords, sealBatch, withCompressed } from '../../../src/kafka/protocol/record-batch.ts';

/** kafkajs' own reader of record batches: an oracle that is not ours. */
interface DecodedBatch {
  firstSequence: number;
  producerId: string;
  producerEpoch: number;
  maxTimestamp: string;
  records: {
    key: Buffer | null;
    value: Buffer | null;
    headers: Record<string, unknown>;
    offset: string;
    timestamp: string;
  }[];
}
const require = createRequire(import.meta.url);
const Decoder = require('kafkajs/src/protocol/decoder') as new (bytes: Buffer) => object;
const decodeBatch = require('kafkajs/src/protocol/recordBatch/v0/decoder') as (
  decoder: object,
) => Promise<DecodedBatch>;
const kafkajsCrc = require('kafkajs/src/protocol/recordBatch/crc32C') as (bytes: Buffer) => number;

const owner = { producerId: 12_345_678_901n, producerEpoch: 3, sequence: 42 };

/** Sealed, and read by kafkajs. */
async function roundTrip(records: OutgoingRecord[], now = 1_700_000_000_000): Promise<DecodedBatch> {
  const batch = encodeRecords(records, now);
  sealBatch(batch, owner);
  return decodeBatch(new Decoder(Buffer.from(batch.bytes)));
}

test('the checksum is CRC-32C', () => {
  assert.equal(crc32c(Buffer.from('123456789')) >>> 0, 0xe3069283);
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 100 }),
      (bytes) => crc32c(bytes) >>> 0 === kafkajsCrc(Buffer.from(bytes)),
    ),
  );
});

const data = fc.oneof(
  fc.constant(null),
  fc.string({ unit: 'grapheme', maxLength: 200 }),
  fc.string({ unit: 'grapheme-ascii', maxLength: 9_000, size: 'max' }),
  fc.uint8Array({ maxLength: 300 }),
);
const record: fc.Arbitrary<OutgoingRecord> = fc.record(
  {
    key: data,
    value: data,
    headers: fc.dictionary(
      fc.string({ maxLength: 20 }).map((name) => `h${name}`),
      fc.oneof(fc.string(), fc.uint8Array({ maxLength: 80 })),
    ),
    timestamp: fc.nat({ max: 4_000_000_000_000 }),
  },
  { requiredKeys: ['key', 'value'] },
);

test('another client reads back exactly what was encoded', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(record, { minLength: 1, maxLength: 30 }), async (records) => {
      const decoded = await roundTrip(records);
      assert.deepEqual(
        [decoded.producerId, decoded.producerEpoch, decoded.firstSequence],
        ['12345678901', 3, 42],
      );
      const bytes = (one: string | Uint8Array | null): string | null =>
        one === null ? null : Buffer.from(one as string).toString('hex');
      assert.deepEqual(
        decoded.records.map(({ key, value, timestamp, offset, headers }) => {
          const names = Object.entries(headers).map(([name, one]) => [name, bytes(one as Buffer)]);
          return [
            bytes(key),
            bytes(value),
            Number(timestamp),
            Number(offset),
            Object.fromEntries(names),
          ] as unknown[];
        }),
        records.map(({ key, value, timestamp, headers }, offset) => {
          const names = Object.entries(headers ?? {}).map(([name, one]) => [name, bytes(one as Uint8Array)]);
          return [
            bytes(key),
            bytes(value),
            timestamp ?? 1_700_000_000_000,
            offset,
            Object.fromEntries(names),
          ] as unknown[];
        }),
      );
      const latest = Math.max(...records.map(({ timestamp }) => timestamp ?? 1_700_000_000_000));
      assert.equal(Number(decoded.maxTimestamp), latest);
    }),
    { numRuns: 150 },
  );
});

test('a header name may carry several values', async () => {
  const [first] = (await roundTrip([{ key: null, value: 'v', headers: { h: ['one', Buffer.from('two')] } }]))
    .records;
  assert.deepEqual(first?.headers, { h: [Buffer.from('one'), Buffer.from('two')] });
});

test('resealing under another sequence number leaves the records as they were', async () => {
  const batch = encodeRecords([{ key: 'k', value: 'v' }], 1);
  sealBatch(batch, owner);
  const before = Buffer.from(batch.bytes.subarray(BATCH_HEADER));
  sealBatch(batch, { ...owner, sequence: 7 });
  assert.deepEqual(batch.bytes.subarray(BATCH_HEADER), before);
  assert.equal((await decodeBatch(new Decoder(Buffer.from(batch.bytes)))).firstSequence, 7);
  assert.equal(batch.bytes.readUInt32BE(17), kafkajsCrc(batch.bytes.subarray(21)));
});

test('compressed records unpack to the same bytes', async () => {
  const plain = encodeRecords([{ key: 'k', value: 'v'.repeat(1000) }], 1);
  const gzip = compressorFor('gzip');
  assert.ok(gzip);
  const compressed = withCompressed(
    plain,
    await gzip.compress(plain.bytes.subarray(BATCH_HEADER)),
    gzip.codec,
  );
  assert.equal(compressed.bytes.readInt16BE(21), 1);
  assert.ok(compressed.bytes.length < plain.bytes.length / 3);
  assert.deepEqual(
    zlib.gunzipSync(compressed.bytes.subarray(BATCH_HEADER)),
    Buffer.from(plain.bytes.subarray(BATCH_HEADER)),
  );
});
