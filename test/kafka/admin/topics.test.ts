import assert from 'node:assert/strict';
import test from 'node:test';
import { openKafka } from '../../../src/kafka/client/open.ts';
import {
  addPartitions,
  createTopic,
  deleteTopic,
  describeTopic,
  listTopics,
} from '../../../src/kafka/admin/topics.ts';
import { InvalidTopicError } from '../../../src/kafka/errors.ts';
import { writeToKafka } from '../../../src/kafka/writer/run.ts';
import { testBrokers } from '../../helpers/broker.ts';
import { randomName, randomTopic } from '../../helpers/topics.ts';

const brokers = await testBrokers();

test('a new topic can be written to at once, again and again', async (t) => {
  await using client = await openKafka({ brokers });
  for (let round = 0; round < 5; round++) {
    const topic = randomName();
    t.after(() => deleteTopic(topic, { brokers }));
    assert.deepEqual(await createTopic(topic, { client, partitions: 3 }), {
      topic,
      partitions: 3,
      created: true,
    });
    await writeToKafka(topic, [{ value: 'x', partition: 2 }], { client, log: false });
    assert.equal((await describeTopic(topic, { client })).records, 1);
  }
});

test('creating an existing topic is fine, unless another number of partitions is asked for', async (t) => {
  const topic = await randomTopic(t, { partitions: 2 });
  assert.deepEqual(await createTopic(topic, { brokers, partitions: 2 }), {
    topic,
    partitions: 2,
    created: false,
  });
  assert.deepEqual(await createTopic(topic, { brokers }), { topic, partitions: 2, created: false });
  await assert.rejects(createTopic(topic, { brokers, partitions: 3 }), {
    code: 'ST_KAFKA_PARTITION_MISMATCH',
    wanted: 3,
    found: 2,
    message: /already exists with 2 partition\(s\), but 3 were asked for/,
  });
});

test('two programs creating the same topic at once both get it', async (t) => {
  const topic = randomName();
  t.after(() => deleteTopic(topic, { brokers }));
  const outcomes = await Promise.all([1, 2, 3].map(() => createTopic(topic, { brokers, partitions: 2 })));
  assert.equal(outcomes.filter(({ created }) => created).length, 1);
});

test('refuses names and settings the broker would not take, and says why', async () => {
  for (const name of ['', 'a b', '..', 'x'.repeat(250)]) {
    await assert.rejects(createTopic(name, { brokers }), { code: 'ST_KAFKA_INVALID_TOPIC' });
  }
  await assert.rejects(createTopic(randomName(), { brokers, partitions: 0 }), {
    code: 'ST_KAFKA_INVALID_TOPIC',
  });
  await assert.rejects(createTopic(randomName(), { brokers, config: { 'no.such.setting': 1 } }), {
    code: 'ST_KAFKA_INVALID_TOPIC',
    message: /settings.*INVALID_CONFIG/,
  });
  await assert.rejects(createTopic(randomName(), { brokers, replication: 9 }), {
    code: 'ST_KAFKA_INVALID_TOPIC',
    message: /fewer brokers/,
  });
});

test('names the topic that a new one collides with', async (t) => {
  const topic = await randomTopic(t);
  const alike = topic.replace('-', '.');
  await createTopic(`${alike}_a`, { brokers });
  t.after(() => deleteTopic(`${alike}_a`, { brokers }));
  await assert.rejects(createTopic(`${alike.replace('.', '_')}_a`, { brokers }), (error: unknown) => {
    assert.ok(error instanceof InvalidTopicError);
    assert.match(error.message, /collides with topic ".*_a", since dots and underscores are the same/);
    return true;
  });
});

test('describes settings and records, lists, deletes', async (t) => {
  const topic = await randomTopic(t, {
    partitions: 2,
    config: { 'cleanup.policy': 'compact', 'segment.bytes': 1_048_576 },
  });
  await writeToKafka(topic, [{ key: 'a', value: '1' }], { brokers, log: false });
  const { config, records, partitions } = await describeTopic(topic, { brokers });
  assert.equal(config['cleanup.policy'], 'compact');
  assert.equal(config['segment.bytes'], '1048576');
  assert.equal(records, 1);
  assert.deepEqual(
    partitions.map(({ partition, inSync }) => [partition, inSync.length]),
    [
      [0, 1],
      [1, 1],
    ],
  );
  const names = await listTopics({ brokers });
  assert.ok(names.includes(topic));
  assert.ok(!names.some((name) => name.startsWith('__')), "Kafka's own topics are left out");
  assert.equal(await deleteTopic(topic, { brokers }), true);
  assert.equal(await deleteTopic(topic, { brokers }), false);
  await assert.rejects(describeTopic(topic, { brokers }), { code: 'ST_KAFKA_UNKNOWN_TOPIC', topic });
});

test('adds partitions, and never pretends to take some away', async (t) => {
  const topic = await randomTopic(t);
  await addPartitions(topic, 3, { brokers });
  await writeToKafka(topic, [{ value: 'x', partition: 2 }], { brokers, log: false });
  await assert.rejects(addPartitions(topic, 2, { brokers }), {
    code: 'ST_KAFKA_INVALID_TOPIC',
    message: /larger/,
  });
});

test('says quickly that nobody is there', async () => {
  const started = Date.now();
  await assert.rejects(listTopics({ brokers: '127.0.0.1:1', connectTimeout: 400 }), {
    code: 'ST_KAFKA_CONNECTION',
    message: /127\.0\.0\.1:1.*ECONNREFUSED.*STREAMTRAIN_BROKERS/,
  });
  assert.ok(Date.now() - started < 3_000);
});

test('finds the cluster although the first broker of the list is down', async () => {
  assert.ok(Array.isArray(await listTopics({ brokers: ['127.0.0.1:1', ...brokers] })));
});
