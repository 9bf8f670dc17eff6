/** Starting and stopping where the user says, in logs with holes of every kind. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fromKafkaGroup } from '../../../src/kafka/dataset/group-dataset.ts';
import { fromKafka, type PartitionDatasetOptions } from '../../../src/kafka/dataset/partition-dataset.ts';
import type { Position } from '../../../src/kafka/record.ts';
import { numberOf, range, sharedBench, until, type Bench } from '../dataset-helpers.ts';

let bench: Bench;
before(async () => (bench = await sharedBench()));

async function read(topic: string, options: PartitionDatasetOptions = {}): Promise<number[]> {
  return (await fromKafka(topic, { brokers: bench.brokers, ...options }).toArray()).map(numberOf);
}

test('starts at an offset, the beginning, the end, a moment, a saved position, or so many before the end', async () => {
  const topic = await bench.topic();
  const messages = range(100).map((i) => ({
    value: String(i),
    timestamp: String(1_700_000_000_000 + i * 1000),
  }));
  await bench.producer.send({ topic, messages });
  assert.deepEqual(await read(topic, { offset: 90 }), range(10, 90));
  assert.deepEqual(await read(topic, { offset: 'beginning', maxRecords: 3 }), [0, 1, 2]);
  assert.deepEqual(await read(topic, { offset: 'end' }), []);
  assert.deepEqual(await read(topic, { offset: { timestamp: 1_700_000_097_500 } }), [98, 99]);
  assert.deepEqual(await read(topic, { offset: { timestamp: new Date(1_800_000_000_000) } }), []);
  assert.deepEqual(await read(topic, { offset: { timestamp: 1_700_000_097_000.5 } }), [98, 99]);
  // Kafka has marks of its own below 0: -1 is the end.
  for (const timestamp of [-1, -3, -86_400_000])
    assert.deepEqual((await read(topic, { offset: { timestamp } })).length, 100, `${timestamp}`);
  assert.deepEqual(await read(topic, { position: { [topic]: { 0: 95 } } }), range(5, 95));
  assert.deepEqual(await read(topic, { offset: { beforeEnd: 2 } }), [98, 99]);
  assert.deepEqual((await read(topic, { offset: { beforeEnd: 1000 } })).length, 100);
  assert.deepEqual(await read(topic, { offset: 1000 }), [], 'an offset beyond the end holds nothing yet');
});

test('stops at an offset, a moment, a saved position, the end as of now, or after so many rows', async () => {
  const topic = await bench.topic();
  const messages = range(100).map((i) => ({
    value: String(i),
    timestamp: String(1_700_000_000_000 + i * 1000),
  }));
  await bench.producer.send({ topic, messages });
  assert.deepEqual(await read(topic, { stop: 3 }), [0, 1, 2]);
  assert.deepEqual(await read(topic, { stop: { timestamp: 1_700_000_002_000 } }), [0, 1]);
  assert.deepEqual(await read(topic, { stop: { timestamp: 1_700_000_001_000.5 } }), [0, 1]);
  assert.deepEqual(await read(topic, { stop: { timestamp: -1 } }), []);
  assert.deepEqual(await read(topic, { stop: { position: { [topic]: { 0: 4 } } } }), range(4));
  assert.deepEqual(await read(topic, { offset: 98, stop: 'end' }), [98, 99]);
  assert.deepEqual(await read(topic, { maxRecords: 5 }), range(5));
  assert.deepEqual(await read(topic, { offset: 50, stop: 50 }), []);
});

test('rows deleted from the log are passed over and counted; reading neither waits nor miscounts', async () => {
  const topic = await bench.topic();
  await bench.write(topic, 50);
  await bench.deleteBefore(topic, 20);
  const ds = fromKafka(topic, { brokers: bench.brokers, offset: 5 });
  assert.deepEqual((await ds.toArray()).map(numberOf), range(30, 20));
  assert.equal(ds.stats().deleted, 15);
  await bench.deleteBefore(topic, 50);
  assert.deepEqual(await read(topic, { offset: 0, stop: 50 }), []);
});

test('rows deleted between two epochs are missing in the second, which still ends', async () => {
  const topic = await bench.topic();
  await bench.write(topic, 50);
  const ds = fromKafka(topic, { brokers: bench.brokers });
  assert.equal((await ds.toArray()).length, 50);
  await bench.deleteBefore(topic, 45);
  assert.deepEqual((await ds.toArray()).map(numberOf), range(5, 45));
});

test('transactions: committed rows come, aborted ones do not, markers are not waited for', async (t) => {
  const topic = await bench.topic();
  const producer = bench.kafka.producer({ transactionalId: topic, maxInFlightRequests: 1, idempotent: true });
  await producer.connect();
  t.after(() => producer.disconnect());
  const send = async (from: number, end: 'commit' | 'abort') => {
    const transaction = await producer.transaction();
    await transaction.send({ topic, messages: range(10, from).map((i) => ({ value: String(i) })) });
    await transaction[end]();
  };
  await send(0, 'commit');
  await send(10, 'abort');
  await bench.write(topic, 5, { from: 20 });
  await send(30, 'abort');
  await send(40, 'commit');
  await send(50, 'abort');
  const committed = [...range(10), ...range(5, 20), ...range(10, 40)];
  const ds = fromKafka(topic, { brokers: bench.brokers });
  assert.deepEqual((await ds.toArray()).map(numberOf), committed);
  assert.equal(ds.stats().aborted, 30);
  assert.deepEqual(ds.position(), { [topic]: { 0: 60 } }, '55 rows and 5 markers');
  // The same when reading starts in the middle of an aborted transaction.
  assert.deepEqual(await read(topic, { offset: 15 }), committed.slice(10));
  const all = await read(topic, { configuration: { 'isolation.level': 'read_uncommitted' } });
  assert.equal(all.length, 55);
});

test('an open transaction is the end for now: reading ends before it, and a stream goes on when it is decided', async (t) => {
  const topic = await bench.topic();
  await bench.write(topic, 5);
  const producer = bench.kafka.producer({ transactionalId: topic, maxInFlightRequests: 1, idempotent: true });
  await producer.connect();
  t.after(() => producer.disconnect());
  const transaction = await producer.transaction();
  await transaction.send({ topic, messages: [{ value: '5' }] });
  await bench.write(topic, 1, { from: 6 });
  assert.deepEqual(await read(topic), range(5));
  const stream = read(topic, { stop: 'never', maxRecords: 7 });
  setTimeout(() => void transaction.commit(), 200);
  assert.deepEqual(await stream, range(7));
});

test('a compacted topic gives what is left of it, without waiting for offsets that are gone', async () => {
  const config = {
    'cleanup.policy': 'compact',
    'segment.bytes': '1048576',
    'segment.ms': '100',
    'min.cleanable.dirty.ratio': '0.001',
    'max.compaction.lag.ms': '100',
    'delete.retention.ms': '0',
  };
  const topic = await bench.topic({ config });
  for (let round = 0; round < 10; round++) {
    const messages = range(5).map((key) => ({ key: `k${key}`, value: String(round * 5 + key) }));
    await bench.producer.send({ topic, messages });
  }
  await new Promise((resolve) => setTimeout(resolve, 150));
  await bench.producer.send({ topic, messages: [{ key: 'last', value: '50' }] });
  const everything = () => read(topic);
  // The cleaner runs every 15 s unless the broker is told otherwise; what is read must be right before and after.
  const seen = await everything();
  assert.equal(seen.at(-1), 50);
  assert.deepEqual(new Set(seen).size, seen.length);
  for (const key of range(5)) assert.ok(seen.includes(45 + key));
  // It may also have run between the two.
  const later = await read(topic, { offset: 3, stop: 51 });
  assert.deepEqual(
    later,
    seen.filter((row) => row >= 3 && later.includes(row)),
  );
  for (const row of range(6)) assert.ok(later.includes(45 + row));
});

test('with maxLag the reader jumps to the end when it is too far behind, and says how many rows it left out', async () => {
  const topic = await bench.topic();
  await bench.write(topic, 1000);
  const ds = fromKafka(topic, { brokers: bench.brokers, stop: 'never', maxLag: 100 });
  const seen: number[] = [];
  const reading = (async () => {
    for await (const record of ds) if (seen.push(numberOf(record)) === 5) break;
  })();
  await until(() => ds.stats().skippedByLag > 0);
  await bench.write(topic, 5, { from: 1000 });
  await reading;
  assert.deepEqual(seen, range(5, 1000));
  assert.equal(ds.stats().skippedByLag, 1000);
});

test('a position that names partitions which the topic does not have is refused', async () => {
  const topic = await bench.topic();
  await bench.write(topic, 3);
  const position = { [topic]: { 0: 1, 7: 2 } };
  const cure = 'deleted and created again with fewer partitions: leave out the position';
  const unknown = {
    code: 'ST_KAFKA_UNKNOWN_PARTITION',
    message: new RegExp(`no partition 7, which the saved position names: .*${cure}`),
  };
  await assert.rejects(read(topic, { position }), unknown);
  await assert.rejects(read(topic, { stop: { position } }), /which the stop position names: /);
  await assert.rejects(read(topic, { partition: 7 }), /no partition 7: .*whole numbers counted from 0\.$/);
  const { brokers } = bench;
  await assert.rejects(
    fromKafkaGroup({ topics: topic, groupId: bench.group(), brokers, position }).toArray(),
    unknown,
  );
  for (const name of ['x', '01', '007', '-1', '']) {
    const noNumber = { [topic]: { [name]: 1 } } as Position;
    assert.throws(() => fromKafka(topic, { brokers, position: noNumber }), { code: 'ST_OPTION_INVALID' });
  }
});

test('an offset the log never had follows auto.offset.reset', async () => {
  const topic = await bench.topic();
  await bench.write(topic, 3);
  const beyond = (reset: string): PartitionDatasetOptions => ({
    offset: 1000,
    stop: 'never',
    maxRecords: 3,
    streamTimeout: 1000,
    configuration: { 'auto.offset.reset': reset },
  });
  assert.deepEqual(await read(topic, beyond('earliest')), range(3));
  await assert.rejects(read(topic, beyond('error')), { code: 'ST_KAFKA_READ_REFUSED' });
});

test('what is written while a reader looks for its moment is read, whenever it comes', async () => {
  const { brokers } = bench;
  for (let after = 0; after < 16; after++) {
    const topic = await bench.topic();
    const offset = { timestamp: Date.now() - 60_000 };
    const items = fromKafka(topic, { brokers, offset, stop: 'never' })[Symbol.asyncIterator]();
    const first = items.next();
    await pause(after);
    await bench.write(topic, 1);
    const found = await Promise.race([first, pause(5_000, undefined, { ref: false })]);
    await items.return();
    assert.equal(found?.value?.offset, 0, `written ${after} ms after the reader began`);
  }
});
