/** Our reading of record batches against kafkajs' writing of them. */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { encodeRecords, readBatchHeader, RecordReader } from '../../../src/kafka/protocol/record-batch.ts';
import { BATCH_HEADER } from '../../../src/kafka/protocol/record-bytes.ts';
import { readInt64 } from '../../../src/kafka/protocol/bytes.ts';

const require = createRequire(import.meta.url);
type Encode = (options: object) => Promise<{ buffer: Buffer }>;
const { RecordBatch } = require('kafkajs/src/protocol/recordBatch/v0') as { RecordBatch: Encode };
const Record = require('kafkajs/src/protocol/recordBatch/record/v0') as (options: object) => object;
const Long = require('kafkajs/src/utils/long') as { fromValue(value: number): object };

interface Row {
  key: Uint8Array | null;
  value: Uint8Array | null;
  delta: number;
}

/** A batch as kafkajs would send it. */
async function batchOf(rows: readonly Row[], baseOffset: number, baseTimestamp: number): Promise<Buffer> {
  const records = rows.map(({ key, value, delta }, i) =>
    Record({
      offsetDelta: i,
      timestampDelta: delta,
      key: key && Buffer.from(key),
      value: value && Buffer.from(value),
      headers: { nr: Buffer.from(String(i)) },
    }),
  );
  const { buffer } = await RecordBatch({
    firstOffset: Long.fromValue(baseOffset),
    firstTimestamp: baseTimestamp,
    maxTimestamp: baseTimestamp,
    lastOffsetDelta: rows.length - 1,
    records,
  });
  return Buffer.from(buffer);
}

const bytes = fc.option(fc.uint8Array({ maxLength: 300 }), { nil: null });
const rows = fc.array(
  fc.record({ key: bytes, value: bytes, delta: fc.integer({ min: -1000, max: 100_000_000 }) }),
  {
    minLength: 1,
    maxLength: 20,
  },
);

test('reads back what kafkajs writes: offsets, times, keys, values, headers, nulls', async () => {
  await fc.assert(
    fc.asyncProperty(rows, fc.integer({ min: 0, max: 2 ** 50 }), async (given, baseOffset) => {
      const baseTimestamp = 1_700_000_000_000;
      const batch = await batchOf(given, baseOffset, baseTimestamp);
      const header = readBatchHeader(batch, 0);
      assert.ok(header);
      assert.equal(header.size, batch.length);
      assert.equal(header.lastOffset, baseOffset + given.length - 1);
      const reader = new RecordReader(batch.subarray(BATCH_HEADER), header.recordCount, {
        topic: 't',
        partition: 3,
      });
      for (const [i, { key, value, delta }] of given.entries()) {
        assert.deepEqual(reader.next(header), {
          topic: 't',
          partition: 3,
          offset: baseOffset + i,
          timestamp: baseTimestamp + delta,
          key: key && Buffer.from(key),
          value: value && Buffer.from(value),
          headers: { nr: Buffer.from(String(i)) },
        });
      }
      assert.equal(reader.next(header), undefined);
    }),
    { numRuns: 100 },
  );
});

test('a batch cut off anywhere is left alone, as the last one of an answer may be', async () => {
  const batch = await batchOf([{ key: null, value: Uint8Array.of(1, 2, 3), delta: 0 }], 7, 0);
  for (let length = 0; length < batch.length; length++) {
    assert.equal(readBatchHeader(batch.subarray(0, length), 0), undefined);
  }
  assert.equal(readBatchHeader(Buffer.concat([batch, batch]), batch.length)?.baseOffset, 7);
});

test('damaged records are an error, not rubbish or a crash', async () => {
  const batch = await batchOf([{ key: null, value: new Uint8Array(50), delta: 0 }], 0, 0);
  const header = readBatchHeader(batch, 0);
  assert.ok(header);
  const records = Buffer.from(batch.subarray(BATCH_HEADER));
  records[0] = 0xfe; // a longer record than there are bytes
  records[1] = 0x7f;
  const reader = new RecordReader(records, 1, { topic: 't', partition: 0 });
  assert.throws(() => reader.next(header), RangeError);
});

test('a record that ends elsewhere than it says, and bytes behind the last one, are no rows', () => {
  const { bytes } = encodeRecords([{ key: 'k', value: 'hello' }], 5);
  const body = bytes.subarray(BATCH_HEADER);
  const read = (changed: Buffer) =>
    new RecordReader(changed, 1, { topic: 't', partition: 0 }).next({
      ...{ baseOffset: 0, baseTimestamp: 5, appendTime: undefined },
    });
  assert.equal(String(read(body)?.value), 'hello');
  // The length of the value, in half: the rest would be taken for headers, or passed over.
  const [length, at] = [Buffer.from(body), body.indexOf('hello') - 1];
  for (const wrong of [2, 8, 12, 120]) {
    length[at] = wrong;
    assert.throws(() => read(length), RangeError, `${wrong}`);
  }
  assert.throws(() => read(Buffer.concat([body, Buffer.from([0])])), /left over behind the last record/);
});

test('64-bit numbers are exact where offsets and times are', () => {
  const buffer = Buffer.alloc(8);
  for (const value of [0, 1, -1, 2 ** 31, -(2 ** 31), 2 ** 53 - 1, 1_700_000_000_000]) {
    buffer.writeBigInt64BE(BigInt(value));
    assert.equal(readInt64(buffer, 0), value);
  }
});

test('records are plain objects, though no literal makes them', async () => {
  const value = Buffer.from('1,2,3');
  const batch = await batchOf([{ key: null, value, delta: 5 }], 7, 1000);
  const reader = new RecordReader(batch.subarray(BATCH_HEADER), 1, { topic: 't', partition: 3 });
  const record = reader.next(readBatchHeader(batch, 0)!);
  const headers = { nr: Buffer.from('0') };
  const literal = { topic: 't', partition: 3, offset: 7, timestamp: 1005, key: null, value, headers };
  assert.deepStrictEqual(record, literal);
  assert.equal(Object.getPrototypeOf(record), Object.prototype);
  assert.equal(inspect(record), inspect(literal));
});
