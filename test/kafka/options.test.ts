/** Options that a function of the Kafka room does not have are refused before anything is connected. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeBatches, decodeRecords } from '../../src/kafka/codec/batches.ts';
import * as kafka from '../../src/kafka/index.ts';

/** Nobody listens there: what connects before it looks at its options fails otherwise. */
const nobody = { brokers: '127.0.0.1:9', connectTimeout: 100 };
const codec = kafka.csvCodec({ columns: 2 });

/** Calls with one option too many. The object is typed loosely, as JavaScript callers' are. */
function calls(wrong: object): Record<string, () => unknown> {
  const given = { ...nobody, ...wrong };
  const group = { topics: 't', groupId: 'g', ...given };
  const dataset = kafka.fromKafka('t', nobody);
  return {
    fromKafka: () => kafka.fromKafka('t', given),
    fromKafkaGroup: () => kafka.fromKafkaGroup(group),
    fromKafkaBatches: () => kafka.fromKafkaBatches(group),
    writeToKafka: () => kafka.writeToKafka('t', [], given),
    'KafkaWriter.open': () => kafka.KafkaWriter.open('t', given),
    createTopic: () => kafka.createTopic('t', given),
    deleteTopic: () => kafka.deleteTopic('t', given),
    describeTopic: () => kafka.describeTopic('t', given),
    addPartitions: () => kafka.addPartitions('t', 2, given),
    listTopics: () => kafka.listTopics(given),
    listGroups: () => kafka.listGroups(given),
    deleteGroup: () => kafka.deleteGroup('g', given),
    deleteRecords: () => kafka.deleteRecords('t', given),
    describeGroup: () => kafka.describeGroup('g', given),
    waitForLag: () => kafka.waitForLag('g', given),
    resetOffsets: () => kafka.resetOffsets('g', { topic: 't', to: 'earliest', ...given }),
    deadLetters: () => kafka.deadLetters('t', given),
    fromKafkaOfDeadLetters: () => kafka.readDeadLetters('t', given),
    replayed: () => kafka.replayed([], { by: 'timestamp', ...wrong }),
    shuffle: () => dataset.shuffle(2, 1, wrong),
    mapAsync: () => dataset.mapAsync((record) => Promise.resolve(record), wrong),
    batch: () => dataset.batch(2, wrong),
    decodeBatch: () => dataset.decodeBatch(codec, 2, wrong),
    decodeBatches: () => decodeBatches([], codec, { size: 2, ...wrong }).next(),
    decodeRecords: () => decodeRecords([], codec, wrong).next(),
  };
}

describe('an option that is misspelt', () => {
  for (const [name, call] of Object.entries(calls({ streemTimeout: 1 }))) {
    it(`is refused by ${name}, with the options there are`, async () => {
      await assert.rejects(async () => call(), { code: 'ST_OPTION_UNKNOWN', option: 'streemTimeout' });
    });
  }

  it('is refused inside consumer, producer, tls and sasl, too', () => {
    for (const part of ['consumer', 'producer', 'tls', 'sasl'])
      assert.throws(() => kafka.fromKafka('t', { ...nobody, [part]: { wrongName: 1 } }), {
        code: 'ST_KAFKA_SETTINGS',
      });
  });

  it('that is known is taken: the call gets as far as the brokers', async () => {
    const known = calls({ requestTimeout: 200 });
    for (const name of ['listTopics', 'deleteTopic', 'describeGroup', 'KafkaWriter.open'])
      await assert.rejects(async () => known[name]?.(), { code: 'ST_KAFKA_CONNECTION' });
  });
});

describe('a value that would be read as another one', () => {
  const refused: readonly [string, object][] = [
    ['no partition at all', { partition: [] }],
    ['a partition twice: its rows would come twice', { partition: [1, 0, 1] }],
    ['null for a moment, which is no 1970', { offset: { timestamp: null } }],
    ['text for a moment', { stop: { timestamp: '1700000000000' } }],
    ['null for a start', { offset: null }],
    ['a start of two kinds', { offset: { timestamp: 5, beforeEnd: 2 } }],
    ['null for a stop', { stop: null }],
    ['a part of a record', { maxRecords: 2.5 }],
    ['a list for a position', { position: [] }],
    ['a Map for a position', { position: new Map([['t', { 0: 5 }]]) }],
    ['a Map for the offsets of a topic', { position: { t: new Map([[0, 5]]) } }],
    ['a Map for ids', { topicIds: new Map([['t', 'id']]) }],
  ];
  for (const [what, options] of refused)
    it(`is refused by fromKafka: ${what}`, () => {
      assert.throws(() => kafka.fromKafka('t', { ...nobody, ...options }), { code: 'ST_OPTION_INVALID' });
    });

  it('is refused by the others, before anything is changed', async () => {
    for (const maxRecords of [2.5, NaN]) {
      const options = { ...nobody, topics: 't', groupId: 'g', maxRecords };
      assert.throws(() => kafka.fromKafkaGroup(options), { code: 'ST_OPTION_INVALID' });
      assert.throws(() => kafka.fromKafkaBatches(options), { code: 'ST_OPTION_INVALID' });
    }
    for (const wrong of [{ commit: 'never' as never }, { commit: false as never }, { groupId: 5 as never }]) {
      const options = { ...nobody, topics: 't', groupId: 'g', ...wrong };
      assert.throws(() => kafka.fromKafkaGroup(options), { code: 'ST_OPTION_INVALID' });
    }
    for (const offset of [NaN, -1, 1.5, '3' as never])
      await assert.rejects(kafka.deleteRecords('t', { ...nobody, before: { 0: offset } }), {
        code: 'ST_OPTION_INVALID',
      });
    const map = new Map() as never;
    await assert.rejects(kafka.deleteRecords('t', { ...nobody, before: map }), { code: 'ST_OPTION_INVALID' });
    await assert.rejects(kafka.createTopic('t', { ...nobody, config: map }), { code: 'ST_OPTION_INVALID' });
    await assert.rejects(kafka.createTopic('t', map), { code: 'ST_OPTIONS_NOT_OBJECT' });
    for (const wrong of [{ replication: 1.5 }, { replication: 0 }, { partitions: 3e9 }])
      await assert.rejects(kafka.createTopic('t', { ...nobody, ...wrong }), {
        code: 'ST_KAFKA_INVALID_TOPIC',
      });
    for (const to of [{ offset: 1.5 }, { by: 0.5 }])
      await assert.rejects(kafka.resetOffsets('g', { ...nobody, topic: 't', to }), {
        code: 'ST_KAFKA_SETTINGS',
      });
    const replayed = kafka.replayed([{ timestamp: null as never }], { by: 'timestamp' });
    await assert.rejects(async () => replayed[Symbol.asyncIterator]().next(), {
      code: 'ST_KAFKA_INVALID_ITEM',
    });
  });
});
