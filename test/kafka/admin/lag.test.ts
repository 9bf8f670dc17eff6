import assert from 'node:assert/strict';
import { connect } from 'node:net';
import test from 'node:test';
import type { TestContext } from 'node:test';
import { Kafka, logLevel } from 'kafkajs';
import { deleteGroup, listGroups, resetOffsets } from '../../../src/kafka/admin/groups.ts';
import { describeGroup, waitForLag } from '../../../src/kafka/admin/lag.ts';
import { addressOf } from '../../../src/kafka/client/dial.ts';
import { openKafka } from '../../../src/kafka/client/open.ts';
import { fromKafkaGroup } from '../../../src/kafka/dataset/group-dataset.ts';
import { deleteRecords } from '../../../src/kafka/admin/topics.ts';
import { brokerMaker } from '../../../src/kafka/protocol/kafkajs.ts';
import { writeToKafka } from '../../../src/kafka/writer/run.ts';
import { testBrokers } from '../../helpers/broker.ts';
import { randomName, randomTopic } from '../../helpers/topics.ts';

const brokers = await testBrokers();
const quiet = { brokers, log: false } as const;

/** A topic of two partitions with `rows` rows in each, one row a second from the time `from` on. */
async function filled(t: TestContext, rows: number, from = 1_000_000_000_000): Promise<string> {
  const topic = await randomTopic(t, { partitions: 2, config: { 'retention.ms': -1 } });
  const items = Array.from({ length: rows * 2 }, (_, index) => ({
    value: String(index),
    partition: index % 2,
    timestamp: from + 1000 * Math.floor(index / 2),
  }));
  await writeToKafka(topic, items, quiet);
  return topic;
}

function groupOf(t: TestContext): string {
  const group = randomName('group');
  t.after(() => deleteGroup(group, { brokers }));
  return group;
}

test("shows a group's lag as kafka-consumer-groups does", async (t) => {
  const topic = await filled(t, 10);
  const group = groupOf(t);
  await resetOffsets(group, { brokers, topic, partitions: [0], to: { offset: 4 } });
  const description = await describeGroup(group, { brokers, topics: [topic] });
  assert.equal(description.state, 'Empty');
  assert.deepEqual(
    description.partitions.map(({ partition, currentOffset, logEndOffset, lag }) => [
      partition,
      currentOffset,
      logEndOffset,
      lag,
    ]),
    [
      [0, 4, 10, 6],
      [1, null, 10, 10],
    ],
  );
  assert.equal(description.totalLag, 16);
  const [header, first, second] = description.toTable().split('\n');
  assert.match(
    header ?? '',
    /^GROUP +TOPIC +PARTITION +CURRENT-OFFSET +LOG-END-OFFSET +LAG +CONSUMER-ID +HOST +CLIENT-ID$/,
  );
  assert.match(first ?? '', new RegExp(`^${group} +${topic} +0 +4 +10 +6 +- +- +-$`));
  assert.match(second ?? '', / +1 +- +10 +10 /);
  assert.ok((await listGroups({ brokers })).includes(group));
});

test('resets to the beginning, the end, an offset, a time, or some rows back', async (t) => {
  const topic = await filled(t, 10);
  const group = groupOf(t);
  const offsets = async (to: Parameters<typeof resetOffsets>[1]['to'], dryRun = false): Promise<number[]> =>
    (await resetOffsets(group, { brokers, topic, to, dryRun })).map(({ offset }) => offset);
  assert.deepEqual(await offsets('latest'), [10, 10]);
  assert.deepEqual(await offsets({ by: -3 }), [7, 7]);
  assert.deepEqual(await offsets({ by: 100 }), [10, 10], 'never behind the end');
  assert.deepEqual(await offsets('earliest'), [0, 0]);
  assert.deepEqual(await offsets({ offset: 5 }), [5, 5]);
  assert.deepEqual(await offsets({ timestamp: 1_000_000_002_500 }), [3, 3], 'the first row at or after');
  assert.deepEqual(
    await offsets({ timestamp: new Date(2_000_000_000_000) }),
    [10, 10],
    'the end when there is none',
  );
  assert.deepEqual(await offsets('earliest', true), [0, 0]);
  const { partitions } = await describeGroup(group, { brokers });
  assert.deepEqual(
    partitions.map(({ currentOffset }) => currentOffset),
    [10, 10],
    'a dry run sets nothing',
  );
  await assert.rejects(resetOffsets(group, { brokers, topic: randomName(), to: 'latest' }), {
    code: 'ST_KAFKA_UNKNOWN_TOPIC',
  });
  await assert.rejects(resetOffsets(group, { brokers, topic, partitions: [2], to: 'latest' }), {
    code: 'ST_KAFKA_UNKNOWN_PARTITION',
  });
  for (const to of ['first', { offest: 5 }, { offset: null }, { by: '2' }, { offset: 1, by: 2 }, null])
    await assert.rejects(resetOffsets(group, { brokers, topic, to: to as 'latest' }), {
      code: 'ST_KAFKA_SETTINGS',
    });
});

test('an empty list of partitions to reset is refused: it may have come about by mistake', async () => {
  await assert.rejects(resetOffsets('group', { brokers, topic: 'topic', partitions: [], to: 'latest' }), {
    code: 'ST_OPTION_INVALID',
    message: /left out, all are set/,
  });
});

test('a group with members keeps its offsets, shows who reads, and is waited for', async (t) => {
  const topic = await filled(t, 10);
  const group = groupOf(t);
  const kafka = new Kafka({ brokers, clientId: 'reader', logLevel: logLevel.NOTHING });
  const consumer = kafka.consumer({ groupId: group, maxWaitTimeInMs: 50 });
  await consumer.connect();
  try {
    await consumer.subscribe({ topic, fromBeginning: true });
    await assert.rejects(waitForLag(group, { brokers, topics: [topic], timeout: 200 }), {
      code: 'ST_KAFKA_TIMEOUT',
      message: /its lag is 20/,
    });
    const caughtUp = waitForLag(group, { brokers, topics: [topic], timeout: 20_000 });
    await consumer.run({ autoCommitThreshold: 1, eachMessage: () => Promise.resolve() });
    const { totalLag, state, partitions, members } = await caughtUp;
    assert.equal(totalLag, 0);
    assert.equal(state, 'Stable');
    assert.equal(members.length, 1);
    assert.ok(
      partitions.every(
        ({ clientId, consumerId }) => clientId === 'reader' && consumerId?.startsWith('reader-'),
      ),
    );
    await assert.rejects(resetOffsets(group, { brokers, topic, to: 'earliest' }), {
      code: 'ST_KAFKA_GROUP',
      message: /1 member\(s\)/,
    });
    await assert.rejects(deleteGroup(group, { brokers }), {
      code: 'ST_KAFKA_GROUP',
      message: /still has members/,
    });
  } finally {
    await consumer.disconnect();
  }
  assert.equal(await deleteGroup(group, { brokers }), true);
  assert.equal(await deleteGroup(group, { brokers }), false);
  await assert.rejects(describeGroup(group, { brokers }), {
    code: 'ST_KAFKA_GROUP',
    message: /no such group/,
  });
});

test('a group is not taken for caught up while it is rearranged, when what a member left and nobody committed is nobody’s', async (t) => {
  const topic = await filled(t, 10);
  const group = groupOf(t);
  await resetOffsets(group, { brokers, topic, partitions: [0], to: { offset: 5 } });
  const how = { topics: topic, groupId: group, brokers, commit: 'off', streamTimeout: -1 } as const;
  const member = (groupInstanceId: string) =>
    fromKafkaGroup({ ...how, groupInstanceId, configuration: ['auto.offset.reset=earliest'] });
  await using stays = member('a');
  await using leaves = member('b');
  const rows = stays[Symbol.asyncIterator]();
  const second = leaves[Symbol.asyncIterator]().next();
  do await rows.next();
  while (stays.assignment()[topic]?.join() !== '0');
  await second;
  await leaves.close();
  // Who stays takes no other row, and so does not join again.
  assert.equal((await describeGroup(group, { brokers })).totalLag, 5);
  await assert.rejects(waitForLag(group, { brokers, max: 5, timeout: 100 }), {
    code: 'ST_KAFKA_TIMEOUT',
    message: /its state PreparingRebalance/,
  });
});

test('a commit beyond the end of the log leaves all of it to be read', async (t) => {
  const topic = await filled(t, 3);
  const group = groupOf(t);
  await using client = await openKafka({ brokers });
  const beyond = new Map([[topic, new Map([0, 1].map((partition) => [partition, 3 + 7 * partition]))]]);
  await client.groups.setOffsets(group, beyond);
  const { partitions, totalLag } = await describeGroup(group, { brokers });
  assert.deepEqual(
    partitions.map(({ currentOffset, lag }) => [currentOffset, lag]),
    [
      [3, 0],
      [10, 3],
    ],
  );
  assert.equal(totalLag, 3);
  await assert.rejects(waitForLag(group, { brokers, timeout: 200 }), { message: /its lag is 3/ });
  await assert.rejects(waitForLag(group, { brokers, timeout: NaN }), { code: 'ST_OPTION_INVALID' });
});

test('drops old records; lag counts only what is left', async (t) => {
  const topic = await filled(t, 10);
  const group = groupOf(t);
  await resetOffsets(group, { brokers, topic, to: 'earliest' });
  assert.deepEqual(await deleteRecords(topic, { brokers, before: { 0: 6 } }), { 0: 6, 1: 0 });
  assert.equal((await describeGroup(group, { brokers })).totalLag, 4 + 10);
  for (const partition of [-1, 0.5, 2])
    await assert.rejects(deleteRecords(topic, { brokers, before: { [partition]: 1 } }), {
      code: 'ST_KAFKA_UNKNOWN_PARTITION',
    });
  await assert.rejects(deleteRecords(topic, { brokers, before: { 0: 99 } }), {
    code: 'ST_KAFKA_PROTOCOL',
    type: 'OFFSET_OUT_OF_RANGE',
  });
  assert.deepEqual(await deleteRecords(topic, { brokers }), { 0: 10, 1: 10 });
  assert.equal((await describeGroup(group, { brokers })).totalLag, 0);
});

test('waiting ends at a signal', async (t) => {
  const topic = await filled(t, 1);
  const signal = AbortSignal.timeout(100);
  await assert.rejects(waitForLag(groupOf(t), { brokers, topics: [topic], signal }), {
    name: 'TimeoutError',
  });
});

test('members of another kind of group, such as workers of Kafka Connect, are described without partitions', async (t) => {
  const group = randomName('connect');
  const [broker = ''] = brokers;
  const worker = brokerMaker({
    ...{
      clientId: 'worker',
      connectionTimeout: 5000,
      requestTimeout: 30_000,
      ssl: undefined,
      sasl: undefined,
    },
    socketFactory: ({ host, port, onConnect }) => connect({ host, port }, onConnect),
  })(addressOf(broker), null);
  await worker.connect();
  t.after(() => worker.cut());
  const join = (memberId: string) =>
    worker.send({
      ...{ key: 11, name: 'JoinGroup', version: 2, throttles: true },
      write: (body) => {
        body.string(group).int32(10_000).int32(10_000).string(memberId).string('connect');
        body.list(['default'], (name) =>
          body.string(name).bytes(Buffer.from('what workers say of themselves')),
        );
      },
      read: (bytes) => ({
        ...{ errorCode: bytes.int16(), generation: bytes.int32(), protocol: bytes.string() },
        ...{ leader: bytes.string(), memberId: bytes.string() ?? '' },
      }),
    });
  const named = await join('');
  const { memberId, generation } = named.errorCode === 0 ? named : await join(named.memberId);
  await worker.send({
    ...{ key: 14, name: 'SyncGroup', version: 1, throttles: true },
    write: (body) => {
      body.string(group).int32(generation).string(memberId);
      body.list([memberId], (member) => body.string(member).bytes(Buffer.from('connectors and their tasks')));
    },
    read: (bytes) => assert.equal(bytes.int16(), 0),
  });
  const { state, members, partitions } = await describeGroup(group, { brokers });
  assert.deepEqual([state, members.map((one) => one.assignment), partitions], ['Stable', [{}], []]);
});
