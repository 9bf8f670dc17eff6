/** Records that wait of one partition and of several: what counts as waiting, and where a log was known to end. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeRecords, sealBatch } from '../../../src/kafka/client/record-batch.ts';
import type { FetchedPartition, LogClient } from '../../../src/kafka/client/reader.ts';
import { takeIn, type AnswerContext } from '../../../src/kafka/fetch/answers.ts';
import { PartitionBuffer } from '../../../src/kafka/fetch/partition-buffer.ts';
import { HandedOver } from '../../../src/kafka/group/handed-over.ts';
import type { KafkaRecord } from '../../../src/kafka/record.ts';

const OPTIONS = { readCommitted: true, checkCrcs: true };
const unpack = () => Promise.reject(new Error('nothing is compressed here'));

/** Taking in plain answers asks the cluster for nothing. */
const notAsked = () => Promise.reject(new Error('no request is needed'));
const client: LogClient = {
  ...{ partitions: notAsked, refresh: notAsked, offsets: notAsked, fetch: notAsked, decompress: unpack },
  ...{ leader: () => 0, close: notAsked, join: notAsked, heartbeat: notAsked, leave: notAsked },
  ...{ commit: notAsked, committed: notAsked },
};

function contextOf(): AnswerContext {
  const sizes = { minBytes: 1, maxWaitMs: 500, maxBytes: 1e6, maxPartitionBytes: 1e6, bufferBytes: 1e6 };
  const bounds = { bufferRecords: 1000, retryForMs: 1000, maxRecordBytes: 1e6, metadataMaxAgeMs: 1000 };
  return {
    client,
    options: { ...OPTIONS, ...sizes, ...bounds, onMissing: 'error', onTopicRecreated: 'restart' },
    counters: { bytes: 0, fetches: 0, retries: 0, skippedByLag: 0, deleted: 0, aborted: 0, restarted: 0 },
    askedAt: performance.now(),
    broughtData: false,
    roomBytes: 1e6,
  };
}

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

test('a new leader that does not yet know the end of the log is not taken for silence, however often it answers', async () => {
  const buffer = new PartitionBuffer({ topic: 't', partition: 0, start: 0, stop: Infinity });
  await buffer.accept(answerOf(0, 5, 10), unpack, OPTIONS);
  const lagging = { ...answerOf(5, 1, 5), batches: Buffer.alloc(0) };
  for (let i = 0; i < 3; i++) {
    const problem = await takeIn(buffer, lagging, contextOf());
    assert.match(problem ?? 'none', /ends at 5, but was known to go on to 10/);
    assert.equal(buffer.silence.ms, NaN);
    assert.equal(buffer.end, 10, 'the lag counts what is known to be there');
  }
  assert.equal(await takeIn(buffer, answerOf(5, 5), contextOf()), undefined);
  assert.equal(await takeIn(buffer, { ...answerOf(9, 1), batches: Buffer.alloc(0) }, contextOf()), undefined);
  assert.ok(buffer.silence.ms >= 0, 'all of it has come');
  buffer.beginAgain('another', 0, Infinity);
  assert.equal(buffer.end, undefined);
});

test('a position of a topic that was deleted is not committed for the one created under its name', () => {
  const handed = new HandedOver();
  const name = { topic: 't', partition: 0 };
  handed.begin({ ...name, start: 0, topicId: 'old' });
  handed.note([{ ...name, position: 5000 }]);
  const old = handed.position;
  assert.deepEqual(handed.uncommitted(old), [{ ...name, offset: 5000 }]);
  handed.end(name);
  handed.begin({ ...name, start: 0, topicId: 'new' });
  assert.deepEqual(handed.uncommitted(old), []);
  handed.note([{ ...name, position: 7 }]);
  assert.deepEqual(handed.uncommitted(handed.position), [{ ...name, offset: 7 }]);
});
