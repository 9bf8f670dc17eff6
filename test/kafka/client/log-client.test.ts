/** A reader's connection: what it remembers of topics must not mislead it. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { createTopic, deleteTopic, openKafka } from '../../../src/kafka/index.ts';
import { sharedBench, until, type Bench } from '../dataset-helpers.ts';

let bench: Bench;
before(async () => (bench = await sharedBench()));

test('offsets are looked up by what is known, and again when that no longer holds', async () => {
  const { brokers } = bench;
  const topic = await bench.topic({ partitions: 2 });
  await bench.write(topic, 10);
  await using client = await openKafka({ brokers, requestTimeout: 5000 });
  const log = client.reader().open();
  try {
    assert.deepEqual(await log.partitions(topic), [0, 1]);
    const ends = [...(await log.offsets(topic, [0, 1], 'end', false)).values()];
    assert.equal(
      ends.reduce((sum, end) => sum + end, 0),
      10,
    );
    await deleteTopic(topic, { brokers });
    // For a moment the broker may still answer for what it has just let go.
    await until(() =>
      log.offsets(topic, [0, 1], 'end', false).then(
        () => false,
        ({ code }: { code?: string }) => code === 'ST_KAFKA_UNKNOWN_TOPIC',
      ),
    );
    await createTopic(topic, { brokers, partitions: 3 });
    await until(async () => (await log.partitions(topic))?.length === 3);
    const again = await log.offsets(topic, [0, 1, 2], 'end', false);
    assert.deepEqual([...again.entries()].sort(), [
      [0, 0],
      [1, 0],
      [2, 0],
    ]);
  } finally {
    await log.close();
  }
});
