/** Every compression a topic may have can be read; the broker itself does the compressing here. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import * as zlib from 'node:zlib';
import { decompressLz4, decompressSnappy } from '../../../src/kafka/protocol/compression.ts';
import { fromKafka } from '../../../src/kafka/dataset/partition-dataset.ts';
import { range, sharedBench, type Bench } from '../dataset-helpers.ts';

let bench: Bench;
before(async () => (bench = await sharedBench()));

/** Rows that compress in every way: runs, far repetitions, noise, and nothing at all. */
const rows = range(4000).map((i) => {
  const noise = Math.imul(i + 1, 0x9e3779b1).toString(36);
  return ['5,1,1,1,2,1,3,1,1', 'a'.repeat(i % 300), noise, '', `${i}`][i % 5] ?? '';
});

for (const compression of ['gzip', 'snappy', 'lz4', 'zstd']) {
  const skip = compression === 'zstd' && !('zstdDecompress' in zlib) ? 'this Node has no zstd' : false;
  test(`a topic compressed with ${compression} gives back every byte`, { skip }, async () => {
    const topic = await bench.topic({ config: { 'compression.type': compression } });
    const messages = rows.map((value) => ({ value }));
    await bench.producer.send({ topic, messages });
    const ds = fromKafka(topic, { brokers: bench.brokers });
    assert.deepEqual(
      (await ds.toArray()).map(({ value }) => String(value)),
      rows,
    );
    // Starting in the middle of a compressed batch gives nothing from before it.
    const late = await fromKafka(topic, { brokers: bench.brokers, offset: 3990 }).toArray();
    assert.deepEqual(
      late.map(({ offset }) => offset),
      range(10, 3990),
    );
  });
}

const lacksZstd = !('zstdDecompress' in zlib);
test('on a Node without zstd, a batch compressed so names the cure', { skip: !lacksZstd }, async () => {
  const topic = await bench.topic({ config: { 'compression.type': 'zstd' } });
  await bench.producer.send({ topic, messages: [{ value: '1' }] });
  const reading = fromKafka(topic, { brokers: bench.brokers }).toArray();
  await assert.rejects(reading, /compressed with zstd, and Node .* has no zstd: use Node 22.15 or later/);
});

test('damaged bytes are an error, never an endless loop or rubbish', () => {
  assert.throws(() => decompressLz4(Buffer.from('no frame at all')), RangeError);
  // A match that reaches before the beginning.
  assert.throws(
    () => decompressLz4(Buffer.from('04224d18604082030000001000ff0000000000', 'hex')),
    RangeError,
  );
  assert.throws(() => decompressSnappy(Buffer.from([5, 0x01, 0x09])), RangeError);
  assert.throws(
    () => decompressSnappy(Buffer.from([200, 1, 0x00, 0x61])),
    /promised 200 bytes and brought 1/,
  );
});
