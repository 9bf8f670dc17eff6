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
