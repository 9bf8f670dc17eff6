/** Exercises can be answered after the clean-up: their topics and groups are made again, as the chapter left them. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, describe, test } from 'node:test';
import { exerciseTopics } from '../../src/course/index.ts';
import {
  createTopic,
  deleteTopic,
  fromKafka,
  fromKafkaGroup,
  openKafka,
  writeToKafka,
} from '../../src/kafka/index.ts';
import { testBrokers } from '../helpers/broker.ts';

const brokers = await testBrokers();
const client = await openKafka({ brokers });
const topic = `exercise-topics-${randomUUID().slice(0, 8)}`;
const groups = { [`${topic}-done`]: 'latest', [`${topic}-new`]: 'earliest' } as const;
const [done, fresh] = Object.keys(groups) as [string, string];
const items = Array.from({ length: 20 }, (_, row) => ({ key: `k${row % 7}`, value: `row ${row}` }));

/** Counts how often the broker was asked to be there. */
const broker = { opened: 0, open: () => Promise.resolve(void broker.opened++) };
const ready = exerciseTopics({ broker, client }, [{ topic, partitions: 2, items, groups }]);

const readAll = async () =>
  (await fromKafka(topic, { client }).toArray()).map(
    ({ partition, offset, value }) => `${partition}/${offset} ${String(value)}`,
  );
const readBy = async (groupId: string) =>
  (await fromKafkaGroup({ topics: topic, groupId, streamTimeout: 1_000, commit: 'auto', brokers }).toArray())
    .length;

describe('topics of exercises', () => {
  after(async () => {
    await client.open();
    await deleteTopic(topic, { client });
    for (const group of Object.keys(groups)) await client.groups.delete(group);
    await client.close();
  });

  test('topics, rows and the places of groups are there again, before and after the clean-up, as often as one asks', async (t) => {
    const said = t.mock.method(console, 'log', () => undefined).mock;
    await ready();
    assert.equal(said.callCount(), 1);
    const rows = await readAll();
    assert.equal(rows.length, 20);
    assert.deepEqual([await readBy(done), await readBy(fresh)], [0, 20]);

    await ready();
    assert.equal(said.callCount(), 1, 'what is there stays as it is');
    assert.equal(await readBy(fresh), 20, 'an answer can be given twice');

    await deleteTopic(topic, { client });
    await client.close();
    await ready();
    assert.deepEqual(await readAll(), rows, 'the same rows at the same places');
    assert.deepEqual([await readBy(done), await readBy(fresh)], [0, 20]);
    assert.match(String(said.calls.at(-1)?.arguments[0]), /is there again, with 20 rows/);
    assert.equal(broker.opened, 3);
  });

  test('a topic with other rows, or too few, is made again', async (t) => {
    t.mock.method(console, 'log', () => undefined);
    await ready();
    const rows = await readAll();
    await writeToKafka(topic, [{ key: 'x', value: 'one more' }], { client, log: false });
    await ready();
    assert.deepEqual(await readAll(), rows);
    await deleteTopic(topic, { client });
    await createTopic(topic, { partitions: 1, client });
    await ready();
    assert.deepEqual(await readAll(), rows);
  });
});
