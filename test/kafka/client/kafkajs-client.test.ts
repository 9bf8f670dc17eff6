/** A `Kafka` of kafkajs as `client`: its connection is taken over, wherever a client may be given; anything else is refused. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Kafka, logLevel, type KafkaConfig } from 'kafkajs';
import {
  createTopic,
  csvCodec,
  deadLetters,
  deleteTopic,
  describeGroup,
  describeTopic,
  fromKafka,
  fromKafkaBatches,
  fromKafkaGroup,
  KafkaWriter,
  listTopics,
  openKafka,
  writeToKafka,
  type KafkaJs,
} from '../../../src/kafka/index.ts';
import { settingsOfKafkaJs } from '../../../src/kafka/client/given-client.ts';
import { trainOnline } from '../../../src/training/index.ts';
import { testBrokers } from '../../helpers/broker.ts';
import { randomName, randomTopic } from '../../helpers/topics.ts';
import { PlainRegression } from '../../training/online/helpers.ts';

/** The test's broker, with a time for connecting that does not depend on how busy the machine is. */
async function kafkaJs(config: Partial<KafkaConfig> = {}): Promise<Kafka> {
  const brokers = await testBrokers();
  return new Kafka({ brokers, connectionTimeout: 10_000, logLevel: logLevel.NOTHING, ...config });
}

const rows = Array.from({ length: 30 }, (_, row) => ({ key: `${row % 2}`, value: `${row}`, partition: 0 }));

test('topics, writers, datasets, groups and training take it', async (t) => {
  const client = await kafkaJs({ clientId: 'from-kafkajs' });
  const topic = await randomTopic(t, { client, partitions: 1 });
  await writeToKafka(topic, rows.slice(0, 20), { client, log: false });
  const writer = await KafkaWriter.open(topic, { client, linger: 0 });
  for (const row of rows.slice(20)) await writer.write(row);
  await writer.close();
  assert.equal((await describeTopic(topic, { client })).records, 30);
  assert.ok((await listTopics({ client })).includes(topic));

  const all = fromKafka(topic, { client });
  for (let epoch = 0; epoch < 2; epoch++)
    assert.deepEqual(
      (await all.toArray()).map(({ value }) => String(value)),
      rows.map(({ value }) => value),
    );

  const groupId = randomName();
  const group = { topics: topic, groupId, client, stop: 'end' } as const;
  await using stream = fromKafkaGroup({ ...group, maxRecords: 10, commit: 'auto' });
  const ids = new Set<string>();
  let taken = 0;
  for await (const record of stream) {
    taken += record.partition === 0 ? 1 : 0;
    if (ids.size === 0)
      for (const member of (await describeGroup(groupId, { client })).members) ids.add(member.clientId);
  }
  assert.deepEqual([taken, [...ids]], [10, ['from-kafkajs']]);
  const sizes: number[] = [];
  for await (const mini of fromKafkaBatches({ ...group, maxRecords: 15 })) sizes.push(mini.size);
  assert.deepEqual(sizes, [15, 5]);

  const trained = await trainOnline({
    source: { topics: topic, groupId: randomName(), client, stop: 'end', maxRecords: 10 },
    model: new PlainRegression(2),
    decode: ({ offset }) => ({ xs: Float32Array.of(offset % 7, offset % 3), ys: offset % 2 }),
  });
  assert.equal(trained.rows, 30);
});

test('an open client and dead letters come from it, and give back what they opened', async (t) => {
  const kafka = await kafkaJs();
  const client = await openKafka({ client: kafka, consumer: { autoOffsetReset: 'latest' } });
  assert.equal(client.settings.consumer.autoOffsetReset, 'latest');
  const topic = await randomTopic(t, { client: kafka, partitions: 1 });
  assert.ok((await client.topics.list()).includes(topic));
  await client.close();
  await writeToKafka(topic, [{ key: '1', value: 'no number' }], { client: kafka, log: false });
  const letters = deadLetters(`${topic}.dead`, { client: kafka });
  t.after(() => deleteTopic(`${topic}.dead`, { client: kafka }));
  const read = fromKafka(topic, { client: kafka }).decodeBatch(csvCodec({ columns: 1 }), 8, {
    onBad: letters,
  });
  assert.deepEqual(await read.toArray(), []);
  await letters.close();
  assert.equal(letters.delivered, 1);
  // The object itself still works, and is the user's to connect and to close.
  const admin = kafka.admin();
  await admin.connect();
  assert.ok((await admin.listTopics()).includes(topic));
  await admin.disconnect();
});

test('a function of brokers is called when the first connection is made, and again where it failed', async (t) => {
  const [address = ''] = await testBrokers();
  let calls = 0;
  let isUp = true;
  const client = await kafkaJs({
    brokers: async () => {
      calls++;
      if (!isUp) throw new Error('the directory is away');
      return [address];
    },
  });
  const topic = randomName();
  const read = fromKafka(topic, { client });
  assert.equal(calls, 0);
  isUp = false;
  await assert.rejects(read.toArray(), {
    code: 'ST_KAFKA_SETTINGS',
    message: /client: brokers.*directory is away/,
  });
  await assert.rejects(createTopic(topic, { client }), /directory is away/);
  isUp = true;
  await createTopic(topic, { client, partitions: 1 });
  t.after(() => deleteTopic(topic, { client }));
  await writeToKafka(topic, rows, { client, log: false });
  assert.equal((await read.toArray()).length, 30);
  const before = calls;
  assert.equal((await read.toArray()).length, 30);
  assert.equal(calls, before, 'a dataset knows them from its first pass');
});

test('every address, the times, TLS and the login are taken over', async () => {
  const pem = (name: string) => `-----BEGIN ${name}-----\nAAAA\n-----END ${name}-----`;
  const kafka = new Kafka({
    brokers: ['a:1', 'a:1', 'b:2', 'c:3', 'b:2'],
    clientId: 'me',
    connectionTimeout: 6789,
    requestTimeout: 5678,
    ssl: {
      ca: [pem('ONE'), Buffer.from(pem('TWO'))],
      cert: pem('CERTIFICATE'),
      key: Buffer.from(pem('KEY')),
      servername: 'kafka.example',
      rejectUnauthorized: false,
    },
    sasl: { mechanism: 'scram-sha-512', username: 'ada', password: 'hunter2' },
  });
  const settings = await settingsOfKafkaJs(kafka, { configuration: ['auto.offset.reset=latest'] });
  const short = await settingsOfKafkaJs(new Kafka({ brokers: ['a:1'] }));
  assert.equal(short.connectTimeout, 5_000, "kafkajs' second is for a connection alone");
  const { brokers, clientId, connectTimeout, requestTimeout, tls, sasl } = settings;
  assert.deepEqual([...brokers].sort(), ['a:1', 'b:2', 'c:3']);
  assert.deepEqual([clientId, connectTimeout, requestTimeout], ['me', 6789, 5678]);
  assert.deepEqual([tls?.servername, tls?.rejectUnauthorized], ['kafka.example', false]);
  assert.deepEqual([tls?.ca, tls?.cert], [`${pem('ONE')}\n${pem('TWO')}`, pem('CERTIFICATE')]);
  assert.equal(tls?.key?.reveal(), pem('KEY'));
  assert.deepEqual([sasl?.mechanism, sasl?.username], ['SCRAM-SHA-512', 'ada']);
  assert.equal(sasl?.password.reveal(), 'hunter2');
  assert.equal(settings.consumer.autoOffsetReset, 'latest');
  const plain = await settingsOfKafkaJs(new Kafka({ brokers: ['a:1'] }));
  assert.deepEqual([plain.tls, plain.sasl, plain.clientId], [undefined, undefined, 'kafkajs']);
  assert.deepEqual((await settingsOfKafkaJs(new Kafka({ brokers: ['a:1'], ssl: true }))).tls, {
    rejectUnauthorized: true,
  });
});

test('what cannot be taken over is refused by its name', async () => {
  const brokers = ['127.0.0.1:9'];
  const cases: [KafkaConfig, RegExp][] = [
    [{ brokers, ssl: { minVersion: 'TLSv1.3' } }, /client: ssl\.minVersion/],
    [
      { brokers, sasl: { mechanism: 'oauthbearer', oauthBearerProvider: () => assert.fail('asked') } },
      /sasl/,
    ],
    [{ brokers, socketFactory: () => assert.fail('connected') }, /client: socketFactory/],
    [{ brokers: ['nowhere'] }, /brokers\.0: must read host:port/],
    [{ brokers: [] }, /client: brokers.*empty/],
  ];
  for (const [config, message] of cases) {
    const client = new Kafka(config);
    await assert.rejects(listTopics({ client }), { code: 'ST_KAFKA_SETTINGS', message });
    await assert.rejects(fromKafka('t', { client }).toArray(), { code: 'ST_KAFKA_SETTINGS', message });
  }
});

test('another object is refused as client, and so are brokers beside one', async () => {
  const group = { topics: 't', groupId: 'g' };
  const refused = { code: 'ST_OPTION_INVALID', option: 'client', message: /new Kafka\(\{ brokers \}\)/ };
  for (const wrong of [null, {}, 'localhost:9092', new Map(), (await kafkaJs()).admin(), Kafka]) {
    const client = wrong as KafkaJs;
    assert.throws(() => fromKafka('t', { client }), refused);
    assert.throws(() => fromKafkaGroup({ ...group, client }), refused);
    assert.throws(() => fromKafkaBatches({ ...group, client }), refused);
    await assert.rejects(listTopics({ client }), refused);
    await assert.rejects(createTopic('t', { client }), refused);
    await assert.rejects(KafkaWriter.open('t', { client }), refused);
    await assert.rejects(openKafka({ client }), refused);
  }
  const brokers = await testBrokers();
  await using opened = await openKafka({ brokers });
  await assert.rejects(openKafka({ client: opened as unknown as KafkaJs }), {
    ...refused,
    name: 'InvalidOptionError',
  });
  const twice = { code: 'ST_KAFKA_SETTINGS', message: /brokers: .*client/ };
  for (const client of [await kafkaJs(), opened]) {
    assert.throws(() => fromKafka('t', { client, brokers }), twice);
    await assert.rejects(listTopics({ client, brokers }), twice);
    await assert.rejects(writeToKafka('t', rows, { client, brokers, log: false }), twice);
  }
  await assert.rejects(
    listTopics({ client: await kafkaJs(), configuration: ['client.id=other'] }),
    /clientId/,
  );
});
