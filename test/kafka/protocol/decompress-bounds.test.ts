/** What unpacks to more than is allowed is an error, and what unpacks to much does not fill the memory. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import * as zlib from 'node:zlib';
import { RecordsTooLargeError } from '../../../src/kafka/read-errors.ts';
import { fromKafkaGroup } from '../../../src/kafka/dataset/group-dataset.ts';
import { fromKafka } from '../../../src/kafka/dataset/partition-dataset.ts';
import { decompress, OutputTooLargeError } from '../../../src/kafka/protocol/compression.ts';
import { range, sharedBench, type Bench } from '../dataset-helpers.ts';

let bench: Bench;
before(async () => (bench = await sharedBench()));

const KINDS = ['gzip', 'snappy', 'lz4', ...('zstdCompress' in zlib ? ['zstd'] : [])];

for (const kind of KINDS) {
  test(`a batch of ${kind} that unpacks to more than maxRecordBytes is an error with its place`, async () => {
    const topic = await bench.topic({ config: { 'compression.type': kind } });
    await bench.producer.send({ topic, messages: [{ value: 'a' }, { value: 'b' }] });
    await bench.producer.send({ topic, messages: [{ value: 'z'.repeat(900_000) }] });
    const { brokers } = bench;
    const isTold = (error: unknown) => {
      assert.ok(error instanceof RecordsTooLargeError, String(error));
      assert.deepEqual([error.topic, error.partition, error.offset], [topic, 0, 2]);
      assert.equal(error.maxRecordBytes, 500_000);
      return true;
    };
    await assert.rejects(fromKafka(topic, { brokers, maxRecordBytes: 500_000 }).toArray(), isTold);
    const group = { topics: topic, groupId: bench.group(), brokers, stop: 'end' as const };
    await assert.rejects(fromKafkaGroup({ ...group, maxRecordBytes: 500_000 }).toArray(), isTold);
    assert.equal((await fromKafka(topic, { brokers, maxRecordBytes: 1_000_000 }).toArray()).length, 3);
  });
}

/** Packers by Kafka's number of the compression; zstd from Node 22.15 on. */
const { zstdCompressSync } = zlib as { zstdCompressSync?: (bytes: Buffer) => Buffer };
const packers = [[1, gzipSync] as const, ...(zstdCompressSync ? [[4, zstdCompressSync] as const] : [])];

test('the bound is kept while unpacking, not looked at when the memory is full', async () => {
  for (const [compression, pack] of packers) {
    const packed = pack(Buffer.alloc(64 * 1024 * 1024));
    const before = process.memoryUsage().arrayBuffers;
    await assert.rejects(decompress(compression, packed, 100_000), OutputTooLargeError);
    assert.ok(process.memoryUsage().arrayBuffers - before < 8 * 1024 * 1024);
    assert.equal((await decompress(compression, packed, 64 * 1024 * 1024)).length, 64 * 1024 * 1024);
  }
});

test('rows that compress a hundredfold wait unpacked within bufferBytes', async () => {
  const topic = await bench.topic({ config: { 'compression.type': 'gzip' } });
  const bufferBytes = 400_000;
  const batch = 100_000;
  for (const i of range(40)) {
    const messages = range(10).map((j) => ({ value: `${i * 10 + j}`.padEnd(batch / 10, '.') }));
    await bench.producer.send({ topic, messages });
  }
  const rows = fromKafka(topic, { brokers: bench.brokers, bufferBytes });
  let [most, seen] = [0, 0];
  for await (const row of rows) {
    assert.equal(parseInt(String(row.value), 10), seen++);
    most = Math.max(most, rows.stats().bufferedBytes);
    if (seen % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  }
  assert.equal(seen, 400);
  assert.ok(most > batch && most <= bufferBytes + 2 * batch * 1.1, `${most} bytes waited`);
});
