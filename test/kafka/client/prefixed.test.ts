/** Programs with different prefixes on one broker never meet, and each sees its own names as it wrote them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Kafka, logLevel } from 'kafkajs';
import {
  clusterName,
  createTopic,
  csvCodec,
  deadLetters,
  deleteTopic,
  describeGroup,
  describeTopic,
  fromKafka,
  fromKafkaGroup,
  kafkaSettings,
  listGroups,
  listTopics,
  openKafka,
  openTransactions,
  readDeadLetters,
  resetOffsets,
  writeToKafka,
  type KafkaClient,
} from '../../../src/kafka/index.ts';
import { kafkaCheckpoints, LogisticRegression, trainOnline } from '../../../src/training/index.ts';
import { testBrokers } from '../../helpers/broker.ts';
import { randomName, readOutside } from '../../helpers/topics.ts';

/** A client under a prefix that no other test has; its topics and groups are gone afterwards. */
async function learner(t: test.TestContext, prefix = randomName('ada')): Promise<KafkaClient> {
  const client = await openKafka({ brokers: await testBrokers(), prefix });
  t.after(async () => {
    for (const topic of await listTopics({ client })) await deleteTopic(topic, { client });
    for (const group of await listGroups({ client })) await client.groups.delete(group);
    await client.close();
  });
  return client;
}

const rowsOf = (who: string, count: number) =>
  Array.from({ length: count }, (_, row) => ({ key: String(row % 2), value: `${who}-${row}` }));

test('two learners write and read the same topic by name, and neither sees a row of the other', async (t) => {
  const [ada, ben] = [await learner(t), await learner(t)];
  const both = [
    [ada, 'ada'],
    [ben, 'ben'],
  ] as const;
  const seen = await Promise.all(
    both.map(async ([client, who]) => {
      await createTopic('samples', { partitions: 2, client });
      const { messages } = await writeToKafka('samples', rowsOf(who, 40), { client, log: false });
      assert.equal(messages, 40);
      const group = { topics: 'samples', groupId: 'readers', stop: 'end', commit: 'auto', client } as const;
      return {
        whole: await fromKafka('samples', { client }).toArray(),
        group: await fromKafkaGroup(group).toArray(),
      };
    }),
  );
  for (const [at, [client, who]] of both.entries()) {
    const { whole, group } = seen[at]!;
    for (const records of [whole, group]) {
      assert.equal(records.length, 40);
      assert.ok(records.every(({ topic, value }) => topic === 'samples' && String(value).startsWith(who)));
    }
    assert.deepEqual(
      [await listTopics({ client }), await listGroups({ client })],
      [['samples'], ['readers']],
    );
    const { partitions, totalLag } = await describeGroup('readers', { client });
    assert.deepEqual(
      [partitions.map(({ topic, group }) => [topic, group]), totalLag],
      [
        [
          ['samples', 'readers'],
          ['samples', 'readers'],
        ],
        0,
      ],
    );
  }
  await resetOffsets('readers', { topic: 'samples', to: 'earliest', client: ada });
  assert.equal((await describeGroup('readers', { client: ada })).totalLag, 40);
  assert.equal((await describeGroup('readers', { client: ben })).totalLag, 0);
  assert.equal(await deleteTopic('samples', { client: ada }), true);
  assert.equal((await describeTopic('samples', { client: ben })).records, 40);
});

test('on the cluster the names carry prefix and dot, as kafkajs and rights see them', async (t) => {
  const ada = await learner(t);
  await createTopic('samples', { partitions: 1, client: ada });
  await writeToKafka('samples', rowsOf('ada', 3), { client: ada, log: false });
  const name = clusterName('samples', ada.settings);
  assert.equal(name, `${ada.settings.prefix}.samples`);
  assert.deepEqual(
    (await readOutside(name)).map(({ value }) => value),
    ['ada-0', 'ada-1', 'ada-2'],
  );
  await using plain = await openKafka({ brokers: await testBrokers(), prefix: '' });
  assert.ok((await listTopics({ client: plain })).includes(name));
  assert.equal(
    (await fromKafka(name, { client: plain }).toArray()).length,
    3,
    'a teacher reads it all the same',
  );
});

for (const groupProtocol of ['classic', 'consumer'] as const)
  test(`members of a group share partitions under a prefix, by the ${groupProtocol} protocol`, async (t) => {
    const ada = await learner(t);
    await createTopic('shared', { partitions: 2, client: ada });
    await writeToKafka('shared', rowsOf('ada', 400), { client: ada, log: false });
    const assigned: string[][] = [];
    const stream = fromKafkaGroup({
      ...{ topics: 'shared', groupId: 'team', commit: 'auto', client: ada, maxRecords: 400 },
      consumer: { groupProtocol },
      onAssigned: (now) => assigned.push(Object.keys(now)),
    });
    let members: readonly string[] = [];
    let rows = 0;
    for await (const { topic } of stream) {
      assert.equal(topic, 'shared');
      if (++rows === 1) {
        const info = await ada.groups.describe('team');
        members = info.members.flatMap(({ assignment }) => Object.keys(assignment));
        await using plain = await openKafka({ brokers: await testBrokers(), prefix: '' });
        const outside = await plain.groups.describe(clusterName('team', ada.settings));
        const names = outside.members.flatMap(({ assignment }) => Object.keys(assignment));
        assert.deepEqual(names, [clusterName('shared', ada.settings)], 'other tools see the whole name');
      }
    }
    assert.equal(rows, 400);
    assert.deepEqual(members, ['shared']);
    assert.ok(assigned.flat().length > 0 && assigned.flat().every((topic) => topic === 'shared'));
  });

test('transactions of two learners with one transactional id do not fence each other', async (t) => {
  const clients = [await learner(t), await learner(t)];
  const open = await Promise.all(
    clients.map((client) => openTransactions({ transactionalId: 'writer', client })),
  );
  for (const [at, client] of clients.entries()) {
    await createTopic('windows', { partitions: 1, client });
    const transaction = await open[at]!.begin();
    await transaction.send('windows', [{ key: null, value: `of ${at}` }]);
    await transaction.sendOffsets({ windows: { 0: 7 } }, 'windowing');
    await transaction.commit();
  }
  for (const [at, client] of clients.entries()) {
    const [record, ...more] = await fromKafka('windows', { client }).toArray();
    assert.deepEqual([String(record?.value), more.length], [`of ${at}`, 0]);
    const committed = await client.groups.offsets('windowing');
    assert.deepEqual(
      [...committed].map(([topic, by]) => [topic, by.get(0)]),
      [['windows', 7]],
    );
    await open[at]!.close();
  }
});

test('training, its checkpoints in Kafka and its dead letters keep to the prefix', async (t) => {
  const [ada, ben] = [await learner(t), await learner(t)];
  await createTopic('samples', { partitions: 1, client: ada });
  const rows = ['1,2', '3,4', 'banana', '5,6', '7,8'].map((value) => ({ key: '1', value }));
  await writeToKafka('samples', rows, { client: ada, log: false });
  const train = (maxRows: number) =>
    trainOnline({
      model: new LogisticRegression({ features: 2 }),
      decode: csvCodec({ columns: 2 }),
      onBad: deadLetters('aside', { client: ada }),
      checkpoint: kafkaCheckpoints({ topic: 'model', client: ada }),
      source: { topics: 'samples', groupId: 'training', maxRecords: 2, stop: 'end', client: ada },
      maxRows,
    });
  const first = await train(2);
  const second = await train(1_000);
  assert.deepEqual([first.rows, second.rows, second.resumedFrom], [2, 2, first.checkpoint]);
  assert.deepEqual(second.position, { samples: { 0: 5 } });
  const [letter, ...more] = await readDeadLetters('aside', { client: ada }).toArray();
  assert.deepEqual([letter?.source.topic, String(letter?.value), more.length], ['samples', 'banana', 0]);
  assert.deepEqual(await listTopics({ client: ada }), ['aside', 'model', 'samples']);
  assert.deepEqual([await listTopics({ client: ben }), await listGroups({ client: ben })], [[], []]);
});

test('an error names the topic as the learner wrote it', async (t) => {
  const ada = await learner(t);
  await assert.rejects(ada.topics.watermarks('nowhere'), (error: Error & { code: string; topic: string }) => {
    assert.deepEqual([error.code, error.topic], ['ST_KAFKA_UNKNOWN_TOPIC', 'nowhere']);
    assert.match(error.message, /^Topic "nowhere" does not exist\. Create it with createTopic\('nowhere'/);
    assert.match(error.stack ?? '', /Topic "nowhere"/);
    return true;
  });
  await assert.rejects(createTopic('', { client: ada }), { code: 'ST_KAFKA_INVALID_TOPIC' });
  await assert.rejects(createTopic('a'.repeat(249), { client: ada }), { code: 'ST_KAFKA_INVALID_TOPIC' });
});

test('the prefix comes from the environment, and an option wins over it, an empty one too', () => {
  const environment = { STREAMTRAIN_PREFIX: 'ada' };
  assert.equal(kafkaSettings({}, environment).prefix, 'ada');
  assert.equal(kafkaSettings({ prefix: 'ben' }, environment).prefix, 'ben');
  assert.equal(kafkaSettings({ prefix: '' }, environment).prefix, '');
  assert.equal(kafkaSettings({}, { STREAMTRAIN_PREFIX: '' }).prefix, '');
  assert.match(String(kafkaSettings({}, environment)), /names under "ada\."/);
});

test('a group that reads a topic outside the prefix is refused, as it has no name for this program', async (t) => {
  const ada = await learner(t);
  const outside = { brokers: await testBrokers(), prefix: '' };
  await using plain = await openKafka(outside);
  const foreign = randomName('foreign');
  await createTopic(foreign, { partitions: 1, client: plain });
  t.after(() => deleteTopic(foreign, outside));
  const group = clusterName('team', ada.settings);
  await plain.groups.setOffsets(group, new Map([[foreign, new Map([[0, 0]])]]));
  const refused = { code: 'ST_KAFKA_GROUP', group: 'team', message: new RegExp(`"${foreign}".*prefix`) };
  await assert.rejects(ada.groups.offsets('team'), refused);
  await assert.rejects(describeGroup('team', { client: ada }), refused);
});

test('a Kafka of kafkajs as client has the prefix of the environment, or of the option', async (t) => {
  const kafka = new Kafka({ brokers: await testBrokers(), logLevel: logLevel.NOTHING });
  const [ada, ben] = [await learner(t), await learner(t)];
  const before = process.env['STREAMTRAIN_PREFIX'];
  t.after(() => {
    if (before === undefined) delete process.env['STREAMTRAIN_PREFIX'];
    else process.env['STREAMTRAIN_PREFIX'] = before;
  });
  process.env['STREAMTRAIN_PREFIX'] = ada.settings.prefix;
  const asAda = { client: kafka };
  await createTopic('samples', { partitions: 1, ...asAda });
  await writeToKafka('samples', rowsOf('ada', 20), { ...asAda, log: false });
  const later = fromKafka('samples', asAda);
  const asBen = { client: kafka, prefix: ben.settings.prefix };
  assert.deepEqual(await listTopics(asBen), []);
  await createTopic('samples', { partitions: 1, ...asBen });
  await writeToKafka('samples', rowsOf('ben', 10), { ...asBen, log: false });
  process.env['STREAMTRAIN_PREFIX'] = ben.settings.prefix;
  assert.equal((await later.toArray()).length, 20, 'a dataset keeps the prefix it was made with');
  assert.equal((await fromKafka('samples', { client: kafka }).toArray()).length, 10);
  const group = { topics: 'samples', groupId: 'readers', stop: 'end', commit: 'auto' } as const;
  for (const [{ settings }, count] of [
    [ada, 20],
    [ben, 10],
  ] as const) {
    const { prefix } = settings;
    assert.equal((await fromKafkaGroup({ ...group, client: kafka, prefix }).toArray()).length, count);
    assert.deepEqual(await listGroups({ client: kafka, prefix }), ['readers']);
    assert.ok((await listTopics({ client: kafka, prefix: '' })).includes(clusterName('samples', settings)));
  }
  process.env['STREAMTRAIN_PREFIX'] = 'ada.';
  const wrong = { code: 'ST_KAFKA_SETTINGS', message: /STREAMTRAIN_PREFIX: must be/ };
  assert.throws(() => fromKafka('samples', { client: kafka }), wrong);
  await assert.rejects(listTopics({ client: kafka }), wrong);
  await assert.rejects(openKafka({ client: kafka }), wrong);
  await assert.rejects(openKafka({ client: kafka, prefix: 'b.' }), { message: /: prefix: |prefix: must/ });
});

test('what is no prefix is refused before anything is connected, and the place is named', () => {
  for (const wrong of ['ada.', 'a b', '-ada', 'ada_l', 'ä', 'ada/..', 'a'.repeat(65), '.', 'ada@example.org'])
    assert.throws(() => kafkaSettings({}, { STREAMTRAIN_PREFIX: wrong }), {
      code: 'ST_KAFKA_SETTINGS',
      message: /STREAMTRAIN_PREFIX: must be 1 to 64 letters, digits and hyphens/,
    });
  for (const fine of ['ada', 'A-1', '7', 'a'.repeat(64)])
    assert.equal(kafkaSettings({ prefix: fine }, {}).prefix, fine);
});

test('a prefix beside a client that has its own is refused', async (t) => {
  const ada = await learner(t);
  await assert.rejects(listTopics({ client: ada, prefix: 'ben' }), {
    code: 'ST_KAFKA_SETTINGS',
    message: /prefix/,
  });
});
