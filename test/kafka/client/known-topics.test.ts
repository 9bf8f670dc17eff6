/** A topic that one broker of a cluster does not know yet is not taken for one that is not there. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Cluster } from '../../../src/broker/index.ts';
import { knownTopics } from '../../../src/kafka/client/known-topics.ts';
import { KafkaLink } from '../../../src/kafka/client/connections.ts';
import { createTopic, describeTopic, fromKafka, openKafka, writeToKafka } from '../../../src/kafka/index.ts';
import type { KafkaClient } from '../../../src/kafka/index.ts';
import { sharedCluster } from '../../cluster/shared-cluster.ts';
import { randomName } from '../../helpers/topics.ts';

let cluster: Cluster;
let clients: KafkaClient[];

before(async () => {
  cluster = await sharedCluster();
  clients = await Promise.all(cluster.brokers.map((broker) => openKafka({ brokers: [broker] })));
});
after(async () => {
  for (const client of clients ?? []) await client.close();
});

test('a topic can be used through any broker as soon as one knows it, and so can its new partitions', async () => {
  const [first, ...others] = clients;
  for (let round = 0; round < 5; round++) {
    const topic = randomName();
    await first!.topics.create({ topic, partitions: 1, replication: 1, config: {} });
    const [lows, info, rows] = await Promise.all([
      others[0]!.topics.watermarks(topic),
      describeTopic(topic, { client: others[1]! }),
      fromKafka(topic, { client: others[1]! }).toArray(),
    ]);
    assert.deepEqual([lows.length, info.partitions.length, rows], [1, 1, []]);
    await first!.topics.addPartitions(topic, 2);
    const ends = await Promise.all(others.map(({ topics }) => topics.watermarks(topic, { partitions: [1] })));
    assert.deepEqual(ends, [[{ partition: 1, low: 0, high: 0 }], [{ partition: 1, low: 0, high: 0 }]]);
    const { messages: written } = await writeToKafka(topic, [{ value: '1' }], {
      client: others[0]!,
      log: false,
    });
    assert.equal(written, 1);
  }
});

test('the answer of a broker that knows nothing yet, or only the old partitions, does not stand against the others', async (t) => {
  const topic = randomName();
  await createTopic(topic, { client: clients[0]!, partitions: 3 });
  const link = new KafkaLink(clients[0]!.settings);
  t.after(() => link.close());
  const real = await link.metadata([topic]);
  for (const behind of [
    { ...real.topics[0]!, errorCode: 3, partitions: [] },
    { ...real.topics[0]!, partitions: real.topics[0]!.partitions.slice(0, 1) },
  ]) {
    // Only the first answer is that of a broker behind the others; these are asked for real.
    t.mock.method(link, 'metadata', () => Promise.resolve({ ...real, topics: [behind] }));
    const { topics } = await knownTopics(link, [topic], { partitions: [2] });
    assert.deepEqual(topics, real.topics);
    // Who wants all there are need not know how many.
    assert.deepEqual((await knownTopics(link, [topic], { everywhere: true })).topics, real.topics);
  }
  // One that heard of a later election is not talked down by the others.
  const [first, ...others] = real.topics[0]!.partitions;
  const ahead = { ...real.topics[0]!, partitions: [{ ...first!, leaderEpoch: 7, leader: 99 }, ...others] };
  t.mock.method(link, 'metadata', () => Promise.resolve({ ...real, topics: [ahead] }));
  assert.deepEqual((await knownTopics(link, [topic], { everywhere: true })).topics, [ahead]);
  t.mock.method(link, 'metadata', () => Promise.resolve({ ...real, topics: [] }));
  await assert.rejects(knownTopics(link, [topic]), { code: 'ST_KAFKA_PROTOCOL', type: 'NO_ANSWER' });
});

test('a topic that is not there is told soon, also while a broker is away', async () => {
  const asked = async () => {
    const started = performance.now();
    await assert.rejects(fromKafka(randomName(), { client: clients[0]! }).toArray(), {
      code: 'ST_KAFKA_UNKNOWN_TOPIC',
    });
    return performance.now() - started;
  };
  for (let times = 0; times < 2; times++) {
    const took = await asked();
    assert.ok(took < 5_000, `${took} ms`);
    if (times === 0) await cluster.nodes[2]!.pause();
  }
  await cluster.nodes[2]!.resume();
});
