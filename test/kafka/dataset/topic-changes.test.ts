/** Topics that change under a reader: created again, given more partitions, rows deleted by retention, logs cut back. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { addPartitions, createTopic, deleteTopic } from '../../../src/kafka/admin/topics.ts';
import { openKafka } from '../../../src/kafka/client/open.ts';
import { KafkaConnectionError } from '../../../src/kafka/errors.ts';
import type { KafkaReader } from '../../../src/kafka/client/client.ts';
import { fromKafkaBatches } from '../../../src/kafka/dataset/batch-dataset.ts';
import { LogTruncatedError, TopicRecreatedError } from '../../../src/kafka/read-errors.ts';
import { fromKafkaGroup } from '../../../src/kafka/dataset/group-dataset.ts';
import { fromKafka } from '../../../src/kafka/dataset/partition-dataset.ts';
import { leaderEpochsOf, positionWith, topicIdsOf } from '../../../src/kafka/protocol/position.ts';
import type { KafkaRecord, Position } from '../../../src/kafka/record.ts';
import { clientAround } from '../client-around.ts';
import { numberOf, range, sharedBench, sorted, type Bench } from '../dataset-helpers.ts';

let bench: Bench;
before(async () => (bench = await sharedBench()));

/** Deletes the topic and creates it again with `rows` rows from number `from`. */
async function createAgain(topic: string, rows: number, from = 0): Promise<void> {
  const { brokers } = bench;
  await deleteTopic(topic, { brokers });
  // Deleting goes on for a moment after the broker has said so.
  for (let left = 50; ; left--) {
    try {
      await createTopic(topic, { brokers });
      break;
    } catch (error) {
      if (left === 0) throw error;
      await sleep(50);
    }
  }
  await fill(topic, rows, from);
}

async function fill(topic: string, rows: number, from = 0): Promise<void> {
  const { KafkaWriter } = await import('../../../src/kafka/writer/writer.ts');
  await using writer = await KafkaWriter.open(topic, { brokers: bench.brokers });
  for (const i of range(rows, from)) await writer.write({ value: String(i) });
}

const isTold = (topic: string) => (error: unknown) => {
  assert.ok(error instanceof TopicRecreatedError, String(error));
  assert.deepEqual([error.code, error.topic], ['ST_KAFKA_TOPIC_RECREATED', topic]);
  assert.notEqual(error.idBefore, error.idNow);
  return true;
};

for (const rows of [30, 200]) {
  test(`a position saved of a topic that was created again, now with ${rows} rows, is refused or begun again`, async () => {
    const topic = await bench.topic();
    await fill(topic, 100);
    const { brokers } = bench;
    const first = fromKafka(topic, { brokers });
    assert.equal((await first.toArray()).length, 100);
    const position = first.position();
    const topicIds = first.topicIds();
    assert.deepEqual(position, { [topic]: { 0: 100 } });
    assert.deepEqual(Object.keys(topicIds), [topic]);
    assert.deepEqual(topicIdsOf(position), topicIds);
    await createAgain(topic, rows, 1000);
    const written = JSON.parse(JSON.stringify({ position, topicIds })) as { position: Position };
    const group = () => ({ topics: topic, groupId: bench.group(), brokers, stop: 'end' as const });
    for (const saved of [{ position }, written]) {
      await assert.rejects(fromKafka(topic, { brokers, ...saved }).toArray(), isTold(topic));
      await assert.rejects(fromKafkaGroup({ ...group(), ...saved }).toArray(), isTold(topic));
      const restart = { ...saved, onTopicRecreated: 'restart' as const };
      const again = await fromKafka(topic, { brokers, ...restart }).toArray();
      assert.deepEqual(again.map(numberOf), range(rows, 1000));
      const inGroup = await fromKafkaGroup({ ...group(), ...restart }).toArray();
      assert.deepEqual(inGroup.map(numberOf), range(rows, 1000));
    }
    if (rows < 100) {
      // Without ids an offset behind the end tells as much.
      const bare = { position: { [topic]: { 0: 100 } } };
      const isRefused = { code: 'ST_KAFKA_READ_REFUSED', message: /the position is not one of this log/ };
      await assert.rejects(fromKafka(topic, { brokers, ...bare }).toArray(), isRefused);
      await assert.rejects(fromKafkaGroup({ ...group(), ...bare }).toArray(), isRefused);
    }
  });

  test(`a topic created again with ${rows} rows under open readers ends them, or they read it from its beginning`, async () => {
    const topic = await bench.topic();
    await fill(topic, 100);
    const { brokers } = bench;
    const readers = (onTopicRecreated: 'error' | 'restart') => [
      fromKafka(topic, { brokers, stop: 'never', streamTimeout: 4000, onTopicRecreated }),
      fromKafkaGroup({
        topics: topic,
        groupId: bench.group(),
        brokers,
        streamTimeout: 4000,
        onTopicRecreated,
      }),
    ];
    const [ended, restarted] = [readers('error'), readers('restart')];
    let reached = 0;
    let goOn = () => {};
    const createdAgain = new Promise<void>((resolve) => (goOn = resolve));
    const allThere = new Promise<void>((resolve) => {
      const check = setInterval(() => reached === 4 && (clearInterval(check), resolve()), 20);
    });
    const outcomes = [...ended, ...restarted].map(async (reader) => {
      const seen: number[] = [];
      for await (const record of reader) {
        if (seen.push(numberOf(record)) !== 100) continue;
        reached++;
        await createdAgain;
      }
      return seen;
    });
    const settled = Promise.allSettled(outcomes);
    await allThere;
    await createAgain(topic, rows, 1000);
    goOn();
    for (const [i, outcome] of (await settled).entries()) {
      if (i < 2) assert.ok(outcome.status === 'rejected' && isTold(topic)(outcome.reason));
      else
        assert.deepEqual(outcome.status === 'fulfilled' && outcome.value, [
          ...range(100),
          ...range(rows, 1000),
        ]);
    }
    assert.equal(restarted[0]?.stats().restarted, 1);
  });
}

test('a partition added while a topic is followed is read, by the metadata interval and before the end', async () => {
  const { brokers } = bench;
  for (const [interval, streamTimeout] of [
    [100, 3000],
    [60_000, 600],
  ] as const) {
    const topic = await bench.topic();
    await bench.write(topic, 1);
    const consumer = { metadataMaxAge: interval };
    const rows = fromKafka(topic, { brokers, stop: 'never', streamTimeout, consumer })[
      Symbol.asyncIterator
    ]();
    assert.equal((await rows.next()).value?.partition, 0);
    await addPartitions(topic, 3, { brokers });
    const { KafkaWriter } = await import('../../../src/kafka/writer/writer.ts');
    await using writer = await KafkaWriter.open(topic, { brokers });
    await writer.write({ partition: 1, value: '1' });
    await writer.write({ partition: 2, value: '2' });
    await writer.flush();
    const found = [await rows.next(), await rows.next()].map(({ value }) => value && numberOf(value));
    assert.deepEqual(sorted(found as number[]), [1, 2]);
    await rows.return?.();
  }
});

test('the look for added partitions at the end of a silence outlasts a broker that is away for a moment', async () => {
  const topic = await bench.topic();
  await bench.write(topic, 5);
  const { brokers } = bench;
  for (const failures of [3, Infinity]) {
    let looks = 0;
    const client = clientAround({ brokers }, (real) => ({
      partitions: (name, options) =>
        options?.everywhere && ++looks <= failures
          ? Promise.reject(new KafkaConnectionError({ brokers, problem: 'away for a moment' }))
          : real.partitions(name, options),
    }));
    const ds = fromKafka(topic, { client, stop: 'never', streamTimeout: 200, retryForMs: 700 });
    const reading = ds.toArray();
    if (failures === 3) {
      assert.equal((await reading).length, 5);
      assert.equal(looks, 5, 'what took several looks was no silence: it was waited for another');
    } else
      await assert.rejects(reading, {
        code: 'ST_KAFKA_READ_FAILED',
        lag: 0,
        message: /partitions that were added/,
      });
  }
});

test('brokers that fetch by name only: a topic created again between two passes is told, or read from its beginning', async () => {
  const { brokers } = bench;
  // Fetch requests without ids, as a broker before Kafka 3.1 wants them.
  const client = clientAround({ brokers }, (real) => ({
    fetch: (node, request) => {
      const targets = request.targets.map((target) => ({ ...target, topicId: undefined }));
      return real.fetch(node, { ...request, targets });
    },
  }));
  for (const rows of [30, 200]) {
    const topic = await bench.topic();
    await fill(topic, 100);
    const [strict, restart] = [
      fromKafka(topic, { client }),
      fromKafka(topic, { client, onTopicRecreated: 'restart' }),
    ];
    for (const ds of [strict, restart]) assert.deepEqual((await ds.toArray()).map(numberOf), range(100));
    await createAgain(topic, rows, 1000);
    await assert.rejects(strict.toArray(), isTold(topic));
    const pass = restart[Symbol.asyncIterator]();
    const again: KafkaRecord[] = [];
    for await (const record of pass) again.push(record);
    assert.deepEqual(again.map(numberOf), range(rows, 1000));
    assert.equal(pass.isWhole, false, 'what it gave, later passes may not');
    assert.equal(restart.stats().restarted, 1);
    await fill(topic, 10, 5000);
    assert.deepEqual(
      (await restart.toArray()).map(numberOf),
      range(rows, 1000),
      'every later pass as this one',
    );
    assert.equal(restart.stats().restarted, 1);
  }
});

test('a topic that is created again begins again once, however often the metadata is looked at', async () => {
  const topic = await bench.topic();
  await fill(topic, 100);
  const { brokers } = bench;
  const client = clientAround({ brokers, consumer: { metadataMaxAge: 20, fetchMaxWait: 20 } }, (real) => ({
    // So slow that another look may begin before the bounds of the new topic are known to this one.
    offsets: async (...question) => {
      const found = await real.offsets(...question);
      await sleep(150);
      return found;
    },
  }));
  const ds = fromKafka(topic, { client, stop: 'never', streamTimeout: 4000, onTopicRecreated: 'restart' });
  const seen: number[] = [];
  for await (const record of ds) {
    if (seen.push(numberOf(record)) === 100) await createAgain(topic, 30, 1000);
    if (seen.length === 130) break;
  }
  assert.deepEqual(seen, [...range(100), ...range(30, 1000)]);
  assert.equal(ds.stats().restarted, 1);
});

test('a member without a partition asks, before it ends by silence or at the end, whether its topic is still there', async () => {
  const { brokers } = bench;
  const configuration = { 'heartbeat.interval.ms': 50 };
  for (const ends of [{ streamTimeout: 50 }, { stop: 'end', onTopicRecreated: 'restart' }] as const) {
    const topic = await bench.topic();
    const group = { topics: topic, groupId: bench.group(), configuration };
    // The one partition is that of the first name.
    await using first = fromKafkaGroup({ ...group, brokers, groupInstanceId: 'a', streamTimeout: -1 });
    const reading = first.toArray();
    while (first.assignment()[topic] === undefined) await sleep(5);
    let isThere = true;
    let hasJoined = false;
    const client = clientAround({ brokers }, (real) => ({
      partitions: async (...question) => {
        if (hasJoined && isThere) {
          isThere = false;
          await deleteTopic(topic, { brokers });
        }
        return real.partitions(...question);
      },
    }));
    await using second = fromKafkaGroup({
      ...{ ...group, ...ends, client, groupInstanceId: 'b' },
      onAssigned: () => (hasJoined = true),
    });
    await assert.rejects(second.toArray(), { code: 'ST_KAFKA_UNKNOWN_TOPIC' });
    await first.close();
    await reading;
  }
});

test('a group that waits for a deleted topic to be created again gives up after retryForMs, also where it has no partition', async () => {
  const { brokers } = bench;
  const wait = { onTopicRecreated: 'restart', commit: 'off' } as const;
  const [broker, soon] = ['group.protocol=consumer', 'metadata.max.age.ms=100'];
  const members = [
    { isIdle: false, ends: { streamTimeout: -1 }, configuration: [broker], retryForMs: 3000 },
    { isIdle: true, ends: { stop: 'end' }, configuration: [broker, soon], retryForMs: 300 },
    { isIdle: true, ends: { streamTimeout: -1 }, configuration: [soon], retryForMs: 300 },
  ] as const;
  const outcomes = members.map(async ({ isIdle, ends, ...how }) => {
    const topic = await bench.topic();
    const group = { topics: topic, groupId: bench.group(), ...wait, ...how };
    // The one partition is that of who comes first.
    await using first = fromKafkaGroup({ ...group, brokers, streamTimeout: -1, groupInstanceId: 'a' });
    const reading = isIdle ? first.toArray().catch(() => []) : undefined;
    while (isIdle && first.assignment()[topic] === undefined) await sleep(5);
    const remarks: string[] = [];
    // The broker takes its partition away long before it is given up itself.
    const client = clientAround({ brokers }, (real) => ({
      beat: async (beat) => ({ ...(await real.beat!(beat)), intervalMs: 50 }),
    }));
    let deleting: Promise<unknown> | undefined;
    const second = fromKafkaGroup({
      ...{ ...group, ...ends, client, groupInstanceId: 'b', onRemark: (text: string) => remarks.push(text) },
      onAssigned: (assignment) => {
        if ((assignment[topic] === undefined) === isIdle) deleting ??= deleteTopic(topic, { brokers });
      },
    });
    await assert.rejects(second.toArray(), { code: 'ST_KAFKA_UNKNOWN_TOPIC', topic });
    assert.match(remarks.join(), /is gone; it is waited for/);
    await Promise.all([deleting, first.close(), reading]);
  });
  await Promise.all(outcomes);
});

test('rows deleted by retention before a resume are counted', async () => {
  const topic = await bench.topic();
  await bench.write(topic, 100);
  const { brokers } = bench;
  const position = { [topic]: { 0: 20 } };
  await bench.deleteBefore(topic, 60);
  const ds = fromKafka(topic, { brokers, position });
  assert.deepEqual((await ds.toArray()).map(numberOf), range(40, 60));
  assert.equal(ds.stats().deleted, 40);
  const batches = fromKafkaBatches({ topics: topic, groupId: bench.group(), brokers, stop: 'end', position });
  let rows = 0;
  for await (const mini of batches) rows += mini.size;
  assert.deepEqual([rows, batches.stats().deleted], [40, 40]);
});

test('a log that was cut back behind what was read is an error that says up to where it still agrees', async () => {
  const topic = await bench.topic();
  await bench.write(topic, 100);
  const client = await openKafka({ brokers: bench.brokers });
  try {
    // The broker is real; an election that loses rows would need a cluster, so its word about epochs is changed here.
    let isElected = false;
    const reader = (settings: typeof client.settings): KafkaReader => {
      const real = client.reader(settings);
      const open = () => {
        const log = real.open();
        return {
          ...log,
          leaderEpoch: (...place: [string, number]) =>
            (log.leaderEpoch?.(...place) ?? 0) + (isElected ? 1 : 0),
          endOfEpoch: (place: { topic: string; partition: number }, epoch: number) => {
            assert.equal(epoch, 0);
            return isElected ? Promise.resolve(70) : log.endOfEpoch!(place, epoch);
          },
        };
      };
      return { open, close: () => real.close() };
    };
    const options = { stop: 'never' as const, streamTimeout: 5000, consumer: { metadataMaxAge: 50 } };
    let rows = 0;
    await assert.rejects(
      async () => {
        for await (const _row of fromKafka(topic, {
          client: { settings: client.settings, reader },
          ...options,
        }))
          isElected = ++rows === 100;
      },
      (error: unknown) => {
        assert.ok(error instanceof LogTruncatedError, String(error));
        assert.deepEqual([error.code, error.offset, error.agreesUpTo], ['ST_KAFKA_LOG_TRUNCATED', 100, 70]);
        return true;
      },
    );
    const log = client.reader().open();
    await log.partitions(topic);
    assert.equal(await log.endOfEpoch?.({ topic, partition: 0 }, 0), 100, 'a real broker answers');
    await log.close();
  } finally {
    await client.close();
  }
});

test('positions, commits and checkpoints hold the epochs behind them; a log that lacks these is refused also by who comes back', async () => {
  const topic = await bench.topic({ partitions: 2 });
  await bench.write(topic, 50);
  const [brokers, groupId] = [bench.brokers, bench.group()];
  const rows = fromKafka(topic, { brokers });
  assert.equal((await rows.toArray()).length, 50);
  assert.deepEqual(rows.leaderEpochs(), { [topic]: { 0: 0 } });
  assert.deepEqual(leaderEpochsOf(rows.position()), rows.leaderEpochs());
  const group = { topics: topic, groupId, brokers, stop: 'end' as const };
  for await (const mini of fromKafkaBatches(group)) await mini.commit();
  const client = await openKafka({ brokers });
  try {
    const log = client.reader().open();
    const committed = async (partition: number) => (await log.committed(groupId, [{ topic, partition }]))[0];
    assert.deepEqual(await committed(0), { topic, partition: 0, offset: 50, metadata: '', leaderEpoch: 0 });
    assert.deepEqual(await fromKafkaGroup(group).toArray(), [], 'a log that is as it was is read on');
    // What was written down is written down again, whether or not it was read on meanwhile.
    const given = { position: rows.position(), topicIds: rows.topicIds(), leaderEpochs: rows.leaderEpochs() };
    const saved = JSON.parse(JSON.stringify(given)) as typeof given;
    const resumed = fromKafka(topic, { brokers, ...saved });
    const isAsGiven = (): void => {
      const { topicIds, leaderEpochs } = saved;
      assert.deepEqual([resumed.topicIds(), resumed.leaderEpochs()], [topicIds, leaderEpochs]);
    };
    isAsGiven();
    assert.deepEqual(await resumed.toArray(), []);
    isAsGiven();
    // An epoch that the log has never seen.
    const [position, leaderEpochs] = [{ [topic]: { 0: 40 } }, { [topic]: { 0: 5 } }];
    const isTold = (error: unknown): true => {
      assert.ok(error instanceof LogTruncatedError, String(error));
      assert.deepEqual([error.topic, error.partition, error.offset, error.agreesUpTo], [topic, 0, 40, 0]);
      return true;
    };
    await assert.rejects(fromKafka(topic, { brokers, position, leaderEpochs }).toArray(), isTold);
    await assert.rejects(fromKafkaGroup({ ...group, position, leaderEpochs }).toArray(), isTold);
    const stop = { position: positionWith({ position, leaderEpochs }) };
    await assert.rejects(fromKafka(topic, { brokers, stop }).toArray(), isTold);
    const outside = { groupId, generation: -1, memberId: '' };
    await log.commit(outside, [{ topic, partition: 0, offset: 40, metadata: '', leaderEpoch: 5 }]);
    await log.close();
    await assert.rejects(fromKafkaGroup(group).toArray(), isTold);
    assert.equal(
      (await fromKafkaGroup({ ...group, position }).toArray()).length,
      10,
      'without epochs it is as it was',
    );
    assert.throws(() => fromKafka(topic, { brokers, position, leaderEpochs: { [topic]: { 0: -1 } } }), {
      code: 'ST_OPTION_INVALID',
    });
  } finally {
    await client.close();
  }
});
