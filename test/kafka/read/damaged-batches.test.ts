/** A record batch that was changed on the way is never handed on as if nothing had happened. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { encodeRecords, sealBatch } from '../../../src/kafka/protocol/record-batch.ts';
import { BATCH_HEADER } from '../../../src/kafka/protocol/record-bytes.ts';
import type { FetchedPartition } from '../../../src/kafka/protocol/fetch.ts';
import { DamagedBatchError, RecordFormatError } from '../../../src/kafka/read-errors.ts';
import { PartitionBuffer } from '../../../src/kafka/read/partition-buffer.ts';
import type { KafkaRecord } from '../../../src/kafka/record.ts';
import { kafkaSettings } from '../../../src/kafka/settings/settings.ts';

const ROWS = 5;
/** Behind base offset, length, leader epoch and magic number. */
const CHECKED_FROM = 17;

/** A sealed batch of five rows that stands at `offset`. */
function batchAt(offset: number): Buffer {
  const rows = Array.from({ length: ROWS }, (_, i) => ({
    key: 'k',
    value: `value ${i}`,
    headers: { h: 'x' },
  }));
  const batch = encodeRecords(rows, 1_700_000_000_000);
  sealBatch(batch, { producerId: 7n, producerEpoch: 0, sequence: 0 });
  batch.bytes.writeBigInt64BE(BigInt(offset));
  return batch.bytes;
}

/** What a reader gets of an answer of offsets 10 to 19. */
async function read(batches: Buffer, checkCrcs = true): Promise<KafkaRecord[]> {
  const buffer = new PartitionBuffer({ topic: 't', partition: 3, start: 10, stop: 20 });
  const answer: FetchedPartition = {
    ...{ topic: 't', partition: 3, errorCode: 0, highWatermark: 20, lastStableOffset: 20, aborted: [] },
    batches,
  };
  const unpack = () => Promise.reject(new Error('nothing is compressed here'));
  await buffer.accept(answer, unpack, { readCommitted: true, checkCrcs });
  const out: KafkaRecord[] = [];
  buffer.take(100, out);
  return out;
}

const answer = Buffer.concat([batchAt(10), batchAt(15)]);
const second = batchAt(15).length;

test('an intact answer is read', async () => {
  const records = await read(answer);
  assert.deepEqual(
    records.map(({ offset, value }) => [offset, String(value)]),
    Array.from({ length: 10 }, (_, i) => [10 + i, `value ${i % ROWS}`]),
  );
});

test('any flipped bit is told with topic, partition and offset of the batch', async () => {
  const place = fc.integer({ min: CHECKED_FROM, max: second - 1 });
  await fc.assert(
    fc.asyncProperty(fc.boolean(), place, fc.integer({ min: 0, max: 7 }), async (inSecond, at, bit) => {
      const damaged = Buffer.from(answer);
      const flipped = (inSecond ? second : 0) + at;
      damaged[flipped] = damaged[flipped]! ^ (1 << bit);
      await assert.rejects(read(damaged), (error: unknown) => {
        assert.ok(error instanceof DamagedBatchError, String(error));
        assert.equal(error.code, 'ST_KAFKA_DAMAGED_BATCH');
        assert.deepEqual([error.topic, error.partition, error.offset], ['t', 3, inSecond ? 15 : 10]);
        assert.match(error.message, /offset 1[05] of t\[3\] is damaged: its checksum/);
        return true;
      });
    }),
  );
});

test('a wrong length is an error too, not an endless wait for the rest', async () => {
  for (const length of [1_000_000, 0, 20, -1, -2_000_000_000]) {
    const damaged = Buffer.from(answer);
    damaged.writeInt32BE(length, 8);
    await assert.rejects(read(damaged), DamagedBatchError, `length ${length}`);
    await assert.rejects(read(damaged, false), DamagedBatchError, `length ${length}, unchecked`);
  }
  const old = Buffer.from(answer);
  old[16] = 1;
  await assert.rejects(read(old), RecordFormatError);
});

test('a control batch whose record was compacted away is passed over, one that cannot be read is an error', async () => {
  const controlAt = (offset: number) => {
    const batch = batchAt(offset);
    batch.writeInt16BE(0x30, 21); // transactional, control
    return batch;
  };
  const emptyAt = (offset: number) => {
    const batch = controlAt(offset).subarray(0, BATCH_HEADER);
    batch.writeInt32BE(BATCH_HEADER - 12, 8);
    batch.writeInt32BE(0, 57);
    return batch;
  };
  for (const batches of [
    [batchAt(10), emptyAt(15)],
    [emptyAt(10), batchAt(15)],
  ])
    assert.equal((await read(Buffer.concat(batches), false)).length, ROWS);
  const odd = controlAt(15);
  odd[BATCH_HEADER] = 100; // the length of its record
  await assert.rejects(read(Buffer.concat([batchAt(10), odd]), false), RecordFormatError);
});

test('the last batch of an answer may be cut off', async () => {
  for (const more of [0, 1, 16, 17, 60, second - 1])
    assert.equal((await read(answer.subarray(0, second + more))).length, ROWS);
});

test('check.crcs=false takes the bytes as they are', async () => {
  const damaged = Buffer.from(answer);
  damaged[second - 1] = 'X'.charCodeAt(0); // in the value of the last header
  assert.equal((await read(damaged, false)).length, 10);
  damaged[second - 2] = 0; // its length
  await assert.rejects(read(damaged, false), RecordFormatError, 'a record ends where it says in any case');
  assert.equal(kafkaSettings({}, {}).consumer.checkCrcs, true);
  assert.equal(kafkaSettings({ configuration: ['check.crcs=false'] }, {}).consumer.checkCrcs, false);
});
