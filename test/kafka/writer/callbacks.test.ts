/** What the caller's own functions throw is neither lost nor fatal: it comes out of the calls they belong to. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { WriteError } from '../../../src/kafka/errors.ts';
import type { DeliveryError } from '../../../src/kafka/errors.ts';
import { KafkaWriter } from '../../../src/kafka/writer/writer.ts';
import { writeToKafka } from '../../../src/kafka/writer/run.ts';
import { sharedBench, type Bench } from '../dataset-helpers.ts';

let bench: Bench;
before(async () => (bench = await sharedBench()));

/** A topic that refuses rows of more than 2,000 bytes. */
const smallTopic = (): Promise<string> => bench.topic({ config: { 'max.message.bytes': '2000' } });
const small = { value: 'small' };
const large = { value: 'x'.repeat(5_000) };
const own = new Error('the log file is full');

const throwing = {
  'that throws': (): void => {
    throw own;
  },
  'whose promise rejects': async (): Promise<void> => {
    await sleep(20);
    throw own;
  },
};

for (const [how, onError] of Object.entries(throwing)) {
  test(`an onError ${how} is told beside the failed rows, and the writer closes in order`, async () => {
    const topic = await smallTopic();
    const writer = await KafkaWriter.open(topic, { brokers: bench.brokers, onError, keepGoing: true });
    await writer.write(small);
    await writer.write(large);
    await assert.rejects(writer.flush(), (error: unknown) => {
      assert.ok(error instanceof WriteError);
      assert.deepEqual([error.written, error.failed, error.callbackError], [1, 1, own]);
      assert.match(error.message, /MESSAGE_TOO_LARGE.*Besides, onError failed: the log file is full/);
      return true;
    });
    await writer.write(small);
    await writer.close();
    assert.equal(writer.progress.written, 2);
  });
}

test('with keepGoing the next write throws what onError threw, once; without it, the failed row', async () => {
  const topic = await smallTopic();
  const tooMuch = { value: 'x'.repeat(5_000) };
  const options = { brokers: bench.brokers, maxRequestBytes: 3_000, onError: throwing['that throws'] };
  const going = await KafkaWriter.open(topic, { ...options, keepGoing: true });
  await going.write(tooMuch); // refused here, without a word to the broker
  await assert.rejects(going.write(small), own);
  await going.write(small);
  await assert.rejects(going.close(), { code: 'ST_KAFKA_WRITE', failed: 1, callbackError: undefined });
  const strict = await KafkaWriter.open(topic, { ...options, maxRequestBytes: 10_000 });
  await strict.write(large);
  await assert.rejects(strict.flush(), { code: 'ST_KAFKA_WRITE', callbackError: own });
  await assert.rejects(strict.write(small), { code: 'ST_KAFKA_DELIVERY' });
  await strict.close();
});

test('an onError that closes the writer does not wait for itself', async () => {
  const topic = await smallTopic();
  let closing: Promise<void> | undefined;
  const told: DeliveryError[] = [];
  const writer: KafkaWriter = await KafkaWriter.open(topic, {
    brokers: bench.brokers,
    onError: (error) => {
      told.push(error);
      return (closing = writer.close());
    },
  });
  await writer.write(large);
  await assert.rejects(writer.flush(), WriteError);
  assert.ok(closing);
  await assert.rejects(closing, WriteError);
  assert.equal(told.length, 1);
});

for (const [how, onProgress] of Object.entries(throwing)) {
  test(`an onProgress ${how} ends the writing with its error; what was taken is there`, async () => {
    const topic = await smallTopic();
    let taken = 0;
    async function* rows() {
      for (; ; taken++) {
        yield small;
        await sleep(5);
      }
    }
    const options = { brokers: bench.brokers, onProgress, progressEvery: 10, log: false } as const;
    await assert.rejects(writeToKafka(topic, rows(), options), own);
    const [offsets] = await bench.admin.fetchTopicOffsets(topic);
    assert.ok(Math.abs(Number(offsets?.high) - taken) <= 1, `${offsets?.high} of ${taken}`);
  });
}

test('an onProgress that fails at the very end only does not hide that rows failed', async () => {
  const topic = await smallTopic();
  const options = { brokers: bench.brokers, progressEvery: 60_000, log: false } as const;
  const onProgress = throwing['that throws'];
  await assert.rejects(writeToKafka(topic, [small, large], { ...options, onProgress }), WriteError);
  await assert.rejects(writeToKafka(topic, [small], { ...options, onProgress }), own);
});
