/** Reading by partition: every row once, in order, the same in every epoch. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { csvCodec } from '../../../src/kafka/codec/csv.ts';
import { datasetOf } from '../../../src/kafka/dataset/dataset.ts';
import { fromKafka } from '../../../src/kafka/dataset/partition-dataset.ts';
import { writeToKafka } from '../../../src/kafka/index.ts';
import { tensorflow } from '../../../src/tensorflow.ts';
import { numberOf, range, sharedBench, sorted, type Bench } from '../dataset-helpers.ts';

let bench: Bench;
before(async () => (bench = await sharedBench()));

for (const count of [0, 1, 1025]) {
  test(`a topic of exactly ${count} rows gives ${count} rows`, async () => {
    const topic = await bench.topic();
    await bench.write(topic, count);
    const { brokers } = bench;
    const ds = fromKafka(topic, { brokers, partition: 0, offset: 0 });
    assert.deepEqual((await ds.toArray()).map(numberOf), range(count));
    assert.deepEqual(ds.position(), { [topic]: { 0: count } });
  });
}

test('a bounded range says that its passes are the same; a shuffle, a function and a stream do not', () => {
  const { brokers } = bench;
  const ds = fromKafka('any', { brokers });
  for (const same of [
    ds,
    ds.take(3),
    ds.skip(2),
    ds.chunks(10),
    fromKafka('any', { brokers, maxRecords: 5 }),
    fromKafka('any', { brokers, streamTimeout: -1 }),
  ])
    assert.equal(same.samePasses, true);
  for (const other of [
    ...[ds.shuffle(10, 1), ds.map((record) => record), ds.filter(() => true), datasetOf([1])],
    ...[fromKafka('any', { brokers, stop: 'never' }), fromKafka('any', { brokers, order: 'arrival' })],
    fromKafka('any', { brokers, streamTimeout: 1000 }),
  ])
    assert.equal(other.samePasses, false);
});

test('a record carries topic, partition, offset, timestamp, key, value and headers', async () => {
  const topic = await bench.topic({ partitions: 2 });
  const headers = { reason: 'why', twice: ['a', 'b'] };
  const messages = [
    { partition: 1, key: 'k', value: 'v', timestamp: '1700000000123', headers },
    { partition: 1, key: null, value: null },
  ];
  await bench.producer.send({ topic, messages });
  const [first, second] = await fromKafka(topic, { brokers: bench.brokers }).toArray();
  assert.deepEqual(first, {
    topic,
    partition: 1,
    offset: 0,
    timestamp: 1_700_000_000_123,
    key: Buffer.from('k'),
    value: Buffer.from('v'),
    headers: { reason: Buffer.from('why'), twice: Buffer.from('b') },
    headerList: [
      ['reason', Buffer.from('why')],
      ['twice', Buffer.from('a')],
      ['twice', Buffer.from('b')],
    ],
  });
  assert.equal(second?.key, null);
  assert.equal(second?.value, null);
  assert.ok(Math.abs((second?.timestamp ?? 0) - Date.now()) < 60_000);
});

for (const partitions of [2, 16]) {
  test(`${partitions} partitions, some empty, are read whole and in the same order every time`, async () => {
    const topic = await bench.topic({ partitions });
    // Partition 1 stays empty beside a full one.
    const sizes = range(partitions).map((p) => (p === 1 ? 0 : 100 + p * 37));
    let from = 0;
    for (const [partition, size] of sizes.entries()) {
      await bench.write(topic, size, { partition, from });
      from += size;
    }
    const ds = fromKafka(topic, { brokers: bench.brokers, bufferBytes: 4096 });
    const first = await ds.toArray();
    assert.deepEqual(sorted(first.map(numberOf)), range(from));
    const second = await ds.toArray();
    assert.deepEqual(second.map(numberOf), first.map(numberOf));
    for (const partition of range(partitions)) {
      const own = first.filter((record) => record.partition === partition).map((record) => record.offset);
      assert.deepEqual(own, range(sizes[partition] ?? 0));
    }
  });
}

test('rows written while reading change neither the first epoch nor the second', async () => {
  const topic = await bench.topic();
  await bench.write(topic, 500);
  const ds = fromKafka(topic, { brokers: bench.brokers });
  const seen: number[] = [];
  for await (const record of ds) {
    if (seen.push(numberOf(record)) === 100) await bench.write(topic, 300, { from: 500 });
  }
  assert.deepEqual(seen, range(500));
  assert.deepEqual((await ds.toArray()).map(numberOf), range(500));
  assert.equal((await fromKafka(topic, { brokers: bench.brokers }).toArray()).length, 800);
});

test('stop: never follows what is written, until the caller has enough', async () => {
  const topic = await bench.topic();
  const seen: number[] = [];
  const writing = (async () => {
    for (let i = 0; i < 5; i++) await bench.write(topic, 20, { from: i * 20 });
  })();
  for await (const record of fromKafka(topic, { brokers: bench.brokers, stop: 'never' })) {
    if (seen.push(numberOf(record)) === 100) break;
  }
  await writing;
  assert.deepEqual(seen, range(100));
});

test('stop: never with a stream timeout ends after the silence', async () => {
  const topic = await bench.topic();
  await bench.write(topic, 10);
  const ds = fromKafka(topic, { brokers: bench.brokers, stop: 'never', streamTimeout: 300 });
  assert.equal((await ds.toArray()).length, 10);
});

test('several epochs of fitDataset on a topic leave the number of tensors as it was', async () => {
  const tf = tensorflow();
  const topic = await bench.topic();
  const messages = range(100).map((i) => ({ key: String(i % 2), value: `${i % 2},${i % 7},1` }));
  await bench.producer.send({ topic, messages });
  const model = tf.sequential({
    layers: [tf.layers.dense({ units: 1, inputShape: [3], activation: 'sigmoid' })],
  });
  model.compile({ optimizer: tf.train.sgd(0.5), loss: 'binaryCrossentropy', metrics: ['accuracy'] });
  const trainDs = fromKafka(topic, { brokers: bench.brokers, partition: 0, offset: 0 })
    .shuffle(64, 1)
    .map(({ key, value }) => ({ xs: String(value).split(',').map(Number), ys: Number(String(key)) }))
    .batch(32);
  await model.fitDataset(trainDs, { epochs: 1, verbose: 0 });
  const before = tf.memory().numTensors;
  const { history } = await model.fitDataset(trainDs, { epochs: 5, verbose: 0 });
  assert.equal(tf.memory().numTensors, before);
  assert.equal(history['loss']?.length, 5);
  const fast = fromKafka(topic, { brokers: bench.brokers }).decodeBatch(csvCodec({ columns: 3 }), 32);
  await model.fitDataset(fast, { epochs: 2, verbose: 0 });
  assert.equal(tf.memory().numTensors, before);
  model.dispose();
});

test('decodeBatch gives the same tensors as map and batch', async () => {
  const topic = await bench.topic();
  const messages = range(50).map((i) => ({ key: String(i % 2), value: `${i},${i / 4},-1e-3` }));
  await bench.producer.send({ topic, messages });
  const codec = csvCodec({ columns: 3 });
  const fast = await fromKafka(topic, { brokers: bench.brokers }).decodeBatch(codec, 16).toArray();
  const slow = await fromKafka(topic, { brokers: bench.brokers }).map(codec.decode).batch(16).toArray();
  assert.deepEqual(
    fast.map(({ xs, ys }) => [xs.shape, ys.shape]),
    slow.map(({ xs, ys }) => [xs.shape, ys.shape]),
  );
  for (const [i, { xs, ys }] of fast.entries()) {
    assert.deepEqual(xs.arraySync(), slow[i]?.xs.arraySync());
    assert.deepEqual(ys.arraySync(), slow[i]?.ys.arraySync());
  }
  tensorflow().dispose([...fast, ...slow].map(({ xs, ys }) => [xs, ys]));
});

test('the position is exact after each row and each batch, and reading goes on from it', async () => {
  const topic = await bench.topic();
  await bench.write(topic, 100);
  const { brokers } = bench;
  const batches = fromKafka(topic, { brokers })
    .map((record) => ({ xs: numberOf(record) }))
    .batch(32);
  for await (const { xs } of batches) {
    xs.dispose();
    break;
  }
  assert.deepEqual(batches.position(), { [topic]: { 0: 32 } });
  const saved = JSON.parse(JSON.stringify(batches.position())) as ReturnType<typeof batches.position>;
  const rest = fromKafka(topic, { brokers, position: saved });
  assert.deepEqual((await rest.toArray()).map(numberOf), range(68, 32));
});

test('fetching runs ahead within its bounds while the consumer is busy, and then waits', async () => {
  const topic = await bench.topic();
  const value = 'x'.repeat(1000);
  for (let i = 0; i < 4; i++)
    await bench.producer.send({ topic, messages: range(500).map(() => ({ value })) });
  const ds = fromKafka(topic, {
    brokers: bench.brokers,
    bufferBytes: 200_000,
    consumer: { maxPartitionFetchBytes: 50_000 },
  });
  let most = 0;
  let count = 0;
  for await (const _ of ds) {
    if (++count % 200 === 0) await new Promise((resolve) => setTimeout(resolve, 40));
    most = Math.max(most, ds.stats().bufferedBytes);
  }
  assert.equal(count, 2000);
  assert.ok(most > 50_000, `never fetched ahead: ${most}`);
  // One answer may still arrive when the bound is reached.
  assert.ok(most < 2_100_000 && most <= 200_000 + 2 * 1_048_576, `bound ignored: ${most}`);
  const { records, waitingShare, bufferedRecords } = ds.stats();
  assert.equal(records, 2000);
  assert.equal(bufferedRecords, 0);
  assert.ok(waitingShare > 0 && waitingShare < 1);
});

test('an aborted signal ends the read with its reason', async () => {
  const topic = await bench.topic();
  const stop = new AbortController();
  const ds = fromKafka(topic, { brokers: bench.brokers, stop: 'never', signal: stop.signal });
  setTimeout(() => stop.abort(new Error('enough')), 50);
  await assert.rejects(ds.toArray(), /enough/);
});

test('close() ends a read that is waiting for rows', async () => {
  const topic = await bench.topic();
  const ds = fromKafka(topic, { brokers: bench.brokers, stop: 'never' });
  const next = ds[Symbol.asyncIterator]().next();
  await new Promise((resolve) => setTimeout(resolve, 100));
  await ds.close();
  assert.equal((await next).done, true);
});

test('a missing topic and a missing partition are told apart, with what there is', async () => {
  const topic = await bench.topic({ partitions: 2 });
  const { brokers } = bench;
  await assert.rejects(fromKafka('no-such-topic', { brokers }).toArray(), { code: 'ST_KAFKA_UNKNOWN_TOPIC' });
  await assert.rejects(fromKafka(topic, { brokers, partition: 5 }).toArray(), {
    code: 'ST_KAFKA_UNKNOWN_PARTITION',
    partitionCount: 2,
  });
});

test('brokers that are not there are an error within the time allowed, not a wait', async () => {
  const ds = fromKafka('any', { brokers: '127.0.0.1:1', connectTimeout: 500 });
  await assert.rejects(ds.toArray(), { code: 'ST_KAFKA_CONNECTION', canRetry: true });
});

test('options that cannot be are refused before anything is connected', () => {
  assert.throws(() => fromKafka('', {}), { code: 'ST_OPTION_INVALID' });
  assert.throws(() => fromKafka('t', { partition: -1 }), { option: 'partition' });
  assert.throws(() => fromKafka('t', { offset: 1.5 }), { option: 'offset' });
  assert.throws(() => fromKafka('t', { offset: { beforeEnd: -1 } }), { option: 'offset.beforeEnd' });
  assert.throws(() => fromKafka('t', { stop: { timestamp: new Date('no') } }), { option: 'stop.timestamp' });
  assert.throws(() => fromKafka('t', { configuration: { 'no.such.name': 1 } }), {
    code: 'ST_KAFKA_CONFIGURATION',
  });
});

test('the first records of a long log cost a small fetch; each later one is larger', async () => {
  const topic = await bench.topic();
  const { brokers } = bench;
  const value = 'x'.repeat(1000);
  await writeToKafka(
    topic,
    range(10_000).map((row) => ({ key: String(row), value })),
    { brokers, log: false },
  );
  const few = fromKafka(topic, { brokers, maxRecords: 3 });
  assert.equal((await few.toArray()).length, 3);
  const whole = fromKafka(topic, { brokers });
  assert.equal((await whole.toArray()).length, 10_000);
  const [first, all] = [few.stats(), whole.stats()];
  assert.ok(first.bytes < all.bytes / 4, `${first.bytes} of ${all.bytes} bytes for 3 records`);
  assert.ok(all.fetches < 20, `${all.fetches} fetches for ${all.bytes} bytes`);
});
