import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import { DeliveryError, WriteError } from '../../../src/kafka/errors.ts';
import { createTopic } from '../../../src/kafka/admin/topics.ts';
import { KafkaWriter } from '../../../src/kafka/writer/writer.ts';
import type { WriterOptions } from '../../../src/kafka/writer/options.ts';
import { startProxiedBroker } from '../../helpers/proxy.ts';
import type { ProxiedBroker } from '../../helpers/proxy.ts';
import { randomName, readOutside } from '../../helpers/topics.ts';
import { range } from '../dataset-helpers.ts';

let kafka: ProxiedBroker;

before(async () => {
  kafka = await startProxiedBroker();
});
after(() => kafka?.close());

const PARTITIONS = 3;

/** Writes numbered rows while `disturb` does its worst, and checks that each arrived once and in order. */
async function writeThrough(
  disturb: (seen: { written: () => number; finished: () => boolean }) => Promise<void>,
  { rows = 60_000, perMs = 40, ...options }: WriterOptions & { rows?: number; perMs?: number } = {},
): Promise<void> {
  const topic = randomName();
  await createTopic(topic, { brokers: kafka.broker.brokers, partitions: PARTITIONS });
  const writer = await KafkaWriter.open(topic, {
    ...{ brokers: kafka.brokers, requestTimeout: 1_500, batchRecords: 500, deliveryTimeout: 60_000 },
    ...options,
  });
  let index = 0;
  const disturbed = disturb({ written: () => writer.progress.written, finished: () => index >= rows });
  while (index < rows) {
    for (let left = perMs; left > 0 && index < rows; left--, index++) {
      await writer.write({ partition: index % PARTITIONS, value: String(index) });
    }
    await sleep(1);
  }
  await disturbed;
  await writer.close();
  assert.equal(writer.progress.written, rows);
  const records = await readOutside(topic, kafka.broker.brokers);
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const values = records.filter((one) => one.partition === partition).map(({ value }) => Number(value));
    const wanted = Array.from({ length: rows / PARTITIONS }, (_, at) => at * PARTITIONS + partition);
    assert.deepEqual(
      values,
      wanted,
      `partition ${partition}: ${values.length} of ${wanted.length} rows, or out of order`,
    );
  }
}

test('loses and doubles nothing when the connection is cut again and again', async () => {
  let cuts = 0;
  await writeThrough(async ({ written, finished }) => {
    for (; cuts < 12; cuts++) {
      const before = written();
      while (written() === before && !finished()) await sleep(1);
      if (finished()) return;
      await sleep(Math.random() * 40);
      kafka.proxy.cutOnce();
    }
  });
  assert.ok(cuts >= 3, `only ${cuts} cuts before everything was written`);
});

test('loses and doubles nothing while compressing, on a slow network that slices', async () => {
  kafka.proxy.slice(1_000);
  kafka.proxy.delay(5);
  try {
    await writeThrough(
      async () => {
        await sleep(100);
        kafka.proxy.cutOnce();
        await sleep(200);
        kafka.proxy.cutOnce();
      },
      { rows: 15_000, compression: 'gzip' },
    );
  } finally {
    kafka.proxy.resume();
  }
});

test('loses and doubles nothing when the network goes silent and answers come too late', async () => {
  await writeThrough(
    async () => {
      await sleep(150);
      kafka.proxy.freeze();
      await sleep(2_000);
      kafka.proxy.resume();
    },
    { rows: 30_000 },
  );
});

test('loses and doubles nothing when the broker is killed and comes back in the middle', async () => {
  await writeThrough(async ({ written }) => {
    while (written() === 0) await sleep(1);
    await kafka.broker.kill();
    await kafka.broker.restart();
  });
});

test('gives up in time when the broker stays away, and says so for every row', async () => {
  const topic = randomName();
  await createTopic(topic, { brokers: kafka.broker.brokers });
  const errors: DeliveryError[] = [];
  const writer = await KafkaWriter.open(topic, {
    ...{ brokers: kafka.brokers, deliveryTimeout: 800, requestTimeout: 500 },
    onError: (error) => errors.push(error),
  });
  kafka.proxy.cut();
  const started = Date.now();
  try {
    for (let index = 0; index < 10; index++) await writer.write({ value: String(index) });
    await assert.rejects(writer.flush(), (error: unknown) => {
      assert.ok(error instanceof WriteError);
      assert.deepEqual([error.written, error.failed], [0, 10]);
      assert.match(error.message, /DELIVERY_TIMEOUT.*no answer within 800 ms/);
      return true;
    });
    assert.ok(Date.now() - started < 6_000, `it took ${Date.now() - started} ms`);
    assert.equal(errors.flatMap(({ failed }) => failed).length, 10);
    await assert.rejects(writer.write({ value: 'late' }), DeliveryError);
    await writer.close();
  } finally {
    kafka.proxy.resume();
  }
});

test('refused for good after an answer was lost: the rows behind are told as of unknown fate, and every later row is written once', async () => {
  const topic = randomName();
  const { brokers } = kafka.broker;
  await createTopic(topic, { brokers });
  const writer = await KafkaWriter.open(topic, {
    ...{ brokers: kafka.brokers, keepGoing: true, linger: 0, batchRecords: 1, batchBytes: 1_000 },
    requestTimeout: 60_000,
  });
  const row = (name: string) => ({ value: `${name} ${'x'.repeat(600)}` });
  await writer.write(row('first'));
  await writer.flush();
  // The broker takes what comes, and nobody is told.
  kafka.proxy.freeze('answers');
  for (const name of ['a', 'b', 'c']) await writer.write(row(name));
  const admin = new Kafka({ brokers, logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const high = async () => Number((await admin.fetchTopicOffsets(topic))[0]?.high);
  while ((await high()) < 4) await sleep(20);
  // From now on such rows are refused, those that are there already, too.
  const configEntries = [{ name: 'max.message.bytes', value: '400' }];
  await admin.alterConfigs({ validateOnly: false, resources: [{ type: 2, name: topic, configEntries }] });
  await sleep(300);
  kafka.proxy.cutOnce();
  kafka.proxy.resume();
  await assert.rejects(writer.flush(), (error: unknown) => {
    assert.ok(error instanceof WriteError);
    assert.equal(error.failed, 3);
    const told = error.errors.map(({ type, failed }) => `${type} ${failed.length}`);
    assert.deepEqual(told, ['MESSAGE_TOO_LARGE 1', 'UNKNOWN_FATE 1', 'UNKNOWN_FATE 1']);
    for (const { message } of error.errors) assert.match(message, /whether they arrived is not known/);
    return true;
  });
  // As many records in each batch as in those before, so that numbers used again would look like repetitions.
  for (const i of range(20)) await writer.write({ value: `later ${i}` });
  await writer.close();
  await admin.disconnect();
  const values = (await readOutside(topic, brokers)).map(({ value }) => String(value).replace(/ x+$/, ''));
  assert.deepEqual(values, ['first', 'a', 'b', 'c', ...range(20).map((i) => `later ${i}`)]);
});
