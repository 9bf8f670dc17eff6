/** The fetcher's loops, one for each leader: their beginnings and ends leave no partition unread and no error behind. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { kafkajsReader } from '../../../src/kafka/client/log-client.ts';
import { fromKafka } from '../../../src/kafka/dataset/partition-dataset.ts';
import { ReadFailedError } from '../../../src/kafka/read-errors.ts';
import { KafkaConnectionError } from '../../../src/kafka/errors.ts';
import { readPlan } from '../../../src/kafka/read/read-options.ts';
import { Fetcher } from '../../../src/kafka/read/fetcher.ts';
import { kafkaSettings } from '../../../src/kafka/settings/settings.ts';
import { clientAround } from '../client-around.ts';
import { numberOf, range, sharedBench, until, type Bench } from '../dataset-helpers.ts';

let bench: Bench;
before(async () => (bench = await sharedBench()));

test('a look at the metadata that is under way when all is fetched, and the client closed, is no failure', async () => {
  const topic = await bench.topic();
  await bench.write(topic, 100);
  let failed = 0;
  const client = clientAround({ brokers: bench.brokers, consumer: { metadataMaxAge: 1 } }, (real) => ({
    refresh: async () => {
      await sleep(100);
      await real.refresh().catch((error: unknown) => {
        failed++;
        throw error;
      });
    },
  }));
  // The metadata is old by the first fetch.
  const ds = fromKafka(topic, { client, bufferRecords: 50, consumer: { metadataMaxAge: 1 } });
  const seen: number[] = [];
  for await (const record of ds) {
    seen.push(numberOf(record));
    if (seen.length === 1) await sleep(400);
  }
  assert.deepEqual(seen, range(100));
  assert.ok(failed > 0, 'it was asked of a closed client');
});

test('a partition that comes back to a leader just as the loop there ends is read on', async () => {
  const topic = await bench.topic();
  await bench.write(topic, 10);
  const real = kafkajsReader(kafkaSettings({ brokers: bench.brokers })).open();
  await real.partitions(topic);
  const ranges = [{ topic, partition: 0, start: 0, stop: 10 }];
  let looks = 0;
  let isAway = false;
  const client = {
    ...real,
    leader: (name: string, partition: number) => {
      // The second look is the loop's own: it sees that the partition has moved, and ends; meanwhile it comes back.
      if (++looks === 2) {
        isAway = true;
        queueMicrotask(() => {
          isAway = false;
          fetcher.assign(ranges);
        });
      }
      return isAway ? 99 : real.leader(name, partition);
    },
  };
  const fetcher: Fetcher = new Fetcher(client, readPlan({ brokers: bench.brokers }).fetch);
  fetcher.assign(ranges);
  await until(() => fetcher.buffers[0]?.records === 10, 5_000);
  assert.ok(looks > 2);
  await fetcher.close();
  await real.close();
});

test('a process that stands still between two failures has not tried for that long: reading goes on', async () => {
  const topic = await bench.topic();
  await bench.write(topic, 10);
  let fetches = 0;
  const client = clientAround({ brokers: bench.brokers }, (real) => ({
    fetch: (node, request) => {
      if (++fetches > 2) return real.fetch(node, request);
      // Nothing runs in this process meanwhile.
      if (fetches === 2) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 800);
      return Promise.reject(
        new KafkaConnectionError({ brokers: bench.brokers, problem: 'away for a moment' }),
      );
    },
  }));
  assert.equal((await fromKafka(topic, { client, retryForMs: 500 }).toArray()).length, 10);
  assert.equal(fetches, 3);
});

test('what is told as unread ends where the reader would have ended', async () => {
  const topic = await bench.topic();
  await bench.write(topic, 10);
  let isAway = false;
  // One batch of ten at a time.
  const consumer = { maxPartitionFetchBytes: 100, fetchMaxBytes: 100 };
  const client = clientAround({ brokers: bench.brokers, consumer }, (real) => ({
    fetch: (node, request) =>
      isAway
        ? Promise.reject(new KafkaConnectionError({ brokers: bench.brokers, problem: 'away' }))
        : real.fetch(node, request),
  }));
  for (const from of [10, 20]) await bench.write(topic, 10, { from });
  const rows = fromKafka(topic, { client, stop: 25, bufferRecords: 1, retryForMs: 200 })[
    Symbol.asyncIterator
  ]();
  assert.equal(numberOf((await rows.next()).value!), 0);
  isAway = true;
  let read = 1;
  await assert.rejects(
    async () => {
      for (; !(await rows.next()).done; read++);
    },
    (error: unknown) => {
      assert.ok(error instanceof ReadFailedError, String(error));
      assert.equal(error.lag, 25 - read, `after ${read} rows`);
      return true;
    },
  );
});
