/** Topics whose names every JavaScript object knows already behave as any other. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startBroker } from '../../../src/broker/index.ts';
import { decodeBatches } from '../../../src/kafka/codec/batches.ts';
import type { Position } from '../../../src/kafka/index.ts';
import type { Broker } from '../../../src/broker/index.ts';
import {
  createTopic,
  csvCodec,
  describeGroup,
  fromKafka,
  fromKafkaGroup,
  listTopics,
  resetOffsets,
  writeToKafka,
} from '../../../src/kafka/index.ts';
import { readCheckpoint, writeCheckpoint } from '../../../src/training/checkpoint/manifest.ts';

const names = ['constructor', '__proto__', 'toString', 'hasOwnProperty'];
let broker: Broker;

before(async () => {
  broker = await startBroker({ temporary: true });
});
after(() => broker?.stop());

for (const topic of names)
  test(`a topic called ${topic} is written, read, decoded, committed and kept in a checkpoint as any other`, async () => {
    const at = { brokers: broker.brokers };
    await createTopic(topic, { ...at, partitions: 2 });
    const rows = [0, 1, 0].map((partition, row) => ({ key: '1', value: `${row}`, partition }));
    await writeToKafka(topic, rows, { ...at, log: false });
    assert.ok((await listTopics(at)).includes(topic));

    const dataset = fromKafka(topic, at);
    assert.equal((await dataset.toArray()).length, 3);
    const position = JSON.stringify(dataset.position());
    assert.equal(position, `{"${topic}":{"0":2,"1":1}}`);

    const later = fromKafka(topic, { ...at, position: JSON.parse(position) as Position, stop: 'end' });
    assert.equal((await later.toArray()).length, 0, 'read on from a position that went through JSON');
    for await (const batch of decodeBatches(fromKafka(topic, at), csvCodec({ columns: 1 }), { size: 3 }))
      assert.equal(JSON.stringify(batch.position), position);

    const groupId = `g-${topic}`;
    const group = fromKafkaGroup({ ...at, topics: topic, groupId, stop: 'end', commit: 'auto' });
    assert.equal((await group.toArray()).length, 3);
    const { partitions, totalLag } = await describeGroup(groupId, at);
    assert.deepEqual([partitions.map(({ currentOffset }) => currentOffset), totalLag], [[2, 1], 0]);
    await resetOffsets(groupId, { ...at, topic, to: 'earliest' });
    assert.equal((await describeGroup(groupId, at)).totalLag, 3);

    const kept = writeCheckpoint({ topics: [topic], position: dataset.position(), parts: {} });
    assert.equal(JSON.stringify(readCheckpoint('p', 'c', kept).position), position);
    assert.deepEqual(Object.keys(Object.prototype), [], 'every object of this process would have it');
  });
