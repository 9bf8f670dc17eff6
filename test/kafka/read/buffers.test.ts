/** Records that wait of one partition and of several: what counts as waiting, and where a log was known to end. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeRecords, sealBatch } from '../../../src/kafka/protocol/record-batch.ts';
import type { FetchedPartition } from '../../../src/kafka/protocol/fetch.ts';
import type { LogClient } from '../../../src/kafka/client/client.ts';
import { noteChanges, takeIn, type AnswerContext } from '../../../src/kafka/read/answers.ts';
import { PartitionBuffer } from '../../../src/kafka/read/partition-buffer.ts';
import { HandedOver } from '../../../src/kafka/read/group/handed-over.ts';
import { leaderEpochsOf } from '../../../src/kafka/protocol/position.ts';
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
  handed.note([{ ...name, position: 5000, lastEpoch: 3 }]);
  const old = handed.position;
  assert.deepEqual(handed.uncommitted(old), [{ ...name, offset: 5000, leaderEpoch: 3 }]);
  assert.deepEqual(leaderEpochsOf(old), { t: { 0: 3 } });
  // Of what lies behind what was handed over no epoch is known.
  const ahead = handed.uncommitted({ t: { 0: 5001 } });
  assert.deepEqual(ahead, [{ ...name, offset: 5001, leaderEpoch: undefined }]);
  handed.end(name);
  handed.begin({ ...name, start: 0, topicId: 'new' });
  assert.deepEqual(handed.uncommitted(old), []);
  handed.note([{ ...name, position: 7, lastEpoch: -1 }]);
  const news = handed.uncommitted(handed.position);
  assert.deepEqual(news, [{ ...name, offset: 7, leaderEpoch: undefined }]);
  assert.deepEqual(leaderEpochsOf(handed.position), {});
});

test('what was handed over last is done with the next pull, also where another partition begins again or ends between', () => {
  const other = { topic: 'other', partition: 0 };
  const between: ((handed: HandedOver) => void)[] = [
    (handed) => handed.begin({ ...other, start: 0, topicId: 'new' }),
    (handed) => handed.end(other),
  ];
  for (const changed of between) {
    const handed = new HandedOver();
    const buffer = { topic: 't', partition: 0, position: 0, lastEpoch: -1 };
    handed.begin({ ...buffer, start: 0, topicId: 't' });
    handed.begin({ ...other, start: 0, topicId: 'old' });
    for (const position of [1, 2, 5]) handed.noteRun(Object.assign(buffer, { position }));
    changed(handed);
    assert.equal(handed.done['t']?.['0'], 0, 'it is with the caller still');
    handed.allDone();
    assert.equal(handed.done['t']?.['0'], 5);
    handed.noteRun(Object.assign(buffer, { position: 6 }));
    assert.equal(handed.done['t']?.['0'], 5);
    handed.allDone();
    assert.equal(handed.done['t']?.['0'], 6);
  }
});

test('the one that begins again is not done as far as its earlier life was handed over', () => {
  const handed = new HandedOver();
  const buffer = { topic: 't', partition: 0, position: 5, lastEpoch: -1 };
  handed.begin({ ...buffer, start: 0, topicId: 'old' });
  handed.noteRun(buffer);
  handed.begin({ ...buffer, start: 0, topicId: 'new' });
  handed.allDone();
  assert.deepEqual([handed.done['t']?.['0'], handed.position['t']?.['0']], [0, 0]);
});

test('a topic that two looks at once find created again begins again once', async () => {
  const buffer = new PartitionBuffer({ topic: 't', partition: 0, start: 0, stop: Infinity, topicId: 'old' });
  await buffer.accept(answerOf(0, 5), unpack, OPTIONS);
  let looks = 0;
  let answer = (): void => {};
  const bothAsked = new Promise<void>((resolve) => (answer = resolve));
  const offsets: LogClient['offsets'] = async (_topic, _partitions, where) => {
    if (where === 'beginning' && ++looks === 2) answer();
    await bothAsked;
    return new Map([[0, where === 'beginning' ? 0 : 3]]);
  };
  const restarted: PartitionBuffer[] = [];
  const { options, counters } = contextOf();
  const context = {
    client: { ...client, offsets, topicId: () => 'new' },
    ...{ options, counters, onRestarted: (one: PartitionBuffer) => void restarted.push(one) },
  };
  await Promise.all([noteChanges([buffer], context), noteChanges([buffer], context)]);
  assert.deepEqual([restarted.length, counters.restarted, looks], [1, 1, 2]);
  assert.deepEqual([buffer.topicId, buffer.fetchAt, buffer.records], ['new', 0, 0]);
});

test('a place that was gone to is not held against the epoch of what was read before', async () => {
  const buffer = new PartitionBuffer({ topic: 't', partition: 0, start: 0, stop: Infinity });
  await buffer.accept(answerOf(0, 5), unpack, OPTIONS);
  assert.ok(buffer.lastEpoch >= 0);
  buffer.leaderEpoch = 1;
  buffer.seek(1000);
  const { options, counters } = contextOf();
  const elected = { ...client, leaderEpoch: () => 2, endOfEpoch: () => Promise.resolve(5) };
  await noteChanges([buffer], { client: elected, options, counters, onRestarted: () => {} });
  assert.equal(buffer.leaderEpoch, 2);
});
