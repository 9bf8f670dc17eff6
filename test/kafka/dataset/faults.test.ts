/** Reading through broken networks and restarted brokers: every row, once, in order. */
import assert from 'node:assert/strict';
import { open, readdir } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startBroker, startFaultProxy, type Broker, type FaultProxy } from '../../../src/broker/index.ts';
import { DamagedBatchError } from '../../../src/kafka/read-errors.ts';
import { fromKafkaGroup } from '../../../src/kafka/dataset/group-dataset.ts';
import { fromKafka } from '../../../src/kafka/dataset/partition-dataset.ts';
import { benchOn, numberOf, range, sorted, until, type Bench } from '../dataset-helpers.ts';

let broker: Broker;
let proxy: FaultProxy;
let bench: Bench;

before(async () => {
  proxy = await startFaultProxy();
  broker = await startBroker({
    temporary: true,
    proxy,
    heapMb: 256,
    config: { 'log.cleaner.backoff.ms': 200 },
  });
  bench = await benchOn(broker.brokers);
});
after(async () => {
  await bench.close();
  await broker.stop();
  await proxy.close();
});

/** Small answers and a small buffer, so that a fault falls in the middle of the read. */
const littleByLittle = {
  bufferBytes: 20_000,
  consumer: { maxPartitionFetchBytes: 10_000, fetchMaxBytes: 10_000 },
};

async function manyRows(count: number): Promise<string> {
  const topic = await bench.topic();
  for (let from = 0; from < count; from += 100) await bench.write(topic, 100, { from });
  return topic;
}

test('connections cut again and again in the middle of a read lose and repeat nothing', async () => {
  const topic = await manyRows(3000);
  const ds = fromKafka(topic, { brokers: proxy.address, ...littleByLittle });
  const seen: number[] = [];
  for await (const record of ds) {
    if (seen.push(numberOf(record)) % 500 === 0) proxy.cutOnce();
  }
  assert.deepEqual(seen, range(3000));
  assert.ok(ds.stats().retries > 0, 'the cuts were felt');
});

test('delayed and sliced connections only slow the read down', async () => {
  const topic = await manyRows(300);
  proxy.delay(5);
  proxy.slice(97);
  try {
    const ds = fromKafka(topic, { brokers: proxy.address });
    assert.deepEqual((await ds.toArray()).map(numberOf), range(300));
    const stream = fromKafkaGroup({
      topics: topic,
      groupId: bench.group(),
      brokers: proxy.address,
      stop: 'end',
    });
    assert.deepEqual((await stream.toArray()).map(numberOf), range(300));
  } finally {
    proxy.resume();
  }
});

test('a network gone for good is reported after the time allowed', async () => {
  const topic = await manyRows(1000);
  const options = { brokers: proxy.address, connectTimeout: 300, requestTimeout: 500, retryForMs: 500 };
  const ds = fromKafka(topic, { ...options, ...littleByLittle });
  try {
    await assert.rejects(
      async () => {
        for await (const record of ds) if (record.offset === 10) proxy.cut();
      },
      (error: Error & { code?: string; canRetry?: boolean }) =>
        error.code === 'ST_KAFKA_READ_FAILED' && !!error.canRetry,
    );
    assert.ok((ds.position()[topic]?.[0] ?? 0) > 10, 'the position is still known');
  } finally {
    proxy.resume();
  }
});

test('a group member whose connections are cut goes on in the group, with every row once', async () => {
  const topic = await manyRows(1000);
  const stream = fromKafkaGroup({
    topics: topic,
    groupId: bench.group(),
    brokers: proxy.address,
    stop: 'end',
    commit: 'auto',
    ...littleByLittle,
    configuration: {
      'heartbeat.interval.ms': 200,
      'session.timeout.ms': 6000,
      'auto.commit.interval.ms': 20,
    },
  });
  const seen: number[] = [];
  for await (const record of stream) {
    if (seen.push(numberOf(record)) % 300 === 0) {
      proxy.cutOnce();
      await sleep(300);
    }
  }
  assert.deepEqual(seen, range(1000));
});

test('compaction takes rows away under the reader, who neither waits for them nor counts them', async () => {
  const config = {
    'cleanup.policy': 'compact',
    'segment.ms': '100',
    'min.cleanable.dirty.ratio': '0.001',
    'max.compaction.lag.ms': '100',
    'delete.retention.ms': '0',
  };
  const topic = await bench.topic({ config });
  const send = (messages: { key: string; value: string }[]) => bench.producer.send({ topic, messages });
  for (let round = 0; round < 10; round++)
    await send(range(10).map((i) => ({ key: `k${i}`, value: `${round * 10 + i}` })));
  const { brokers } = broker;
  const read = async () =>
    (await fromKafka(topic, { brokers, offset: 0, stop: 100 }).toArray()).map(numberOf);
  await until(async () => {
    // A later row lets the segment be rolled, and so compacted.
    await send([{ key: 'roller', value: '-1' }]);
    await sleep(150);
    return (await read()).length < 100;
  }, 30_000);
  const left = await read();
  assert.deepEqual(left, sorted(left));
  assert.deepEqual(left.slice(-10), range(10, 90));
});

test("a byte that changed on the broker's disk is told, naming the batch, to partitions and groups", async () => {
  const topic = await manyRows(300);
  const log = (await readdir(broker.dataFolder, { recursive: true })).find((file) =>
    file.endsWith(`${topic}-0/00000000000000000000.log`),
  );
  assert.ok(log);
  const file = await open(path.join(broker.dataFolder, log), 'r+');
  try {
    // The last byte before the last value: rows are written 100 to a batch, so it is in the third batch.
    const { size } = await file.stat();
    await file.write(Buffer.from('X'), 0, 1, size - 2);
  } finally {
    await file.close();
  }
  const isTold = (error: unknown) =>
    error instanceof DamagedBatchError &&
    [error.topic, error.partition, error.offset].join() === [topic, 0, 200].join();
  const { brokers } = broker;
  await assert.rejects(fromKafka(topic, { brokers }).toArray(), isTold);
  await assert.rejects(
    fromKafkaGroup({ topics: topic, groupId: bench.group(), brokers, stop: 'end' }).toArray(),
    isTold,
  );
  const before = await fromKafka(topic, { brokers, stop: 200 }).toArray();
  assert.deepEqual(before.map(numberOf), range(200));
  const unchecked = fromKafka(topic, { brokers, configuration: ['check.crcs=false'] });
  assert.equal((await unchecked.toArray()).length, 300);
});

test('a broker killed and restarted in the middle of a read: the read goes on, for partitions and for groups', async () => {
  const topic = await manyRows(2000);
  const { brokers } = broker;
  const seen: number[] = [];
  const inGroup: number[] = [];
  const reading = (async () => {
    for await (const record of fromKafka(topic, { brokers, ...littleByLittle })) {
      seen.push(numberOf(record));
      if (seen.length % 50 === 0) await sleep(5);
    }
  })();
  const configuration = { 'session.timeout.ms': 20_000, 'heartbeat.interval.ms': 300 };
  const group = {
    topics: topic,
    groupId: bench.group(),
    brokers,
    stop: 'end' as const,
    ...littleByLittle,
    configuration,
  };
  const inTheGroup = fromKafkaGroup(group);
  const readingInGroup = (async () => {
    for await (const record of inTheGroup) {
      inGroup.push(numberOf(record));
      if (inGroup.length % 500 === 0) await inTheGroup.commit();
      if (inGroup.length % 50 === 0) await sleep(5);
    }
  })();
  await until(() => seen.length > 300 && inGroup.length > 300);
  await broker.kill();
  // A commit waits for the broker, too.
  const committed = inTheGroup.commit();
  await broker.restart();
  await Promise.all([reading, readingInGroup, committed]);
  assert.deepEqual(seen, range(2000));
  assert.deepEqual(inGroup, range(2000));
});
