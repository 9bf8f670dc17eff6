/** Records that wait of one partition and of several: what counts as waiting, and where a log was known to end. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeRecords, sealBatch } from '../../../src/kafka/client/record-batch.ts';
import type { FetchedPartition } from '../../../src/kafka/client/reader.ts';
import { PartitionBuffer } from '../../../src/kafka/fetch/partition-buffer.ts';
import type { KafkaRecord } from '../../../src/kafka/record.ts';

const OPTIONS = { readCommitted: true, checkCrcs: true };
const unpack = () => Promise.reject(new Error('nothing is compressed here'));

/** An answer with a batch of `rows` rows from `offset` on; the log ends at `end`. */
function answerOf(offset: number, rows: number, end = offset + rows): FetchedPartition {
  const batch = encodeRecords(
    Array.from({ length: rows }, (_, i) => ({ key: 'k', value: `value ${offset + i}`, headers: {} })),
    1_700_000_000_000,
  );
  sealBatch(batch, { producerId: 7n, producerEpoch: 0, sequence: 0 });
  batch.bytes.writeBigInt64BE(BigInt(offset));
  const ends = { highWatermark: end, lastStableOffset: end };
  return { topic: 't', partition: 0, errorCode: 0, aborted: [], ...ends, batches: batch.bytes };
}

test('no record waits once a range that ends inside a batch is handed over', async () => {
  const buffer = new PartitionBuffer({ topic: 't', partition: 0, start: 0, stop: 3 });
  await buffer.accept(answerOf(0, 5), unpack, OPTIONS);
  const out: KafkaRecord[] = [];
  buffer.take(10, out);
  assert.deepEqual(
    out.map(({ offset }) => offset),
    [0, 1, 2],
  );
  assert.equal(buffer.done, true);
  assert.deepEqual([buffer.records, buffer.bytes, buffer.position], [0, 0, 3]);
});
