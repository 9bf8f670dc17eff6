import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';
import { inspect } from 'node:util';
import { Kafka, logLevel } from 'kafkajs';
import { startBroker } from '../../src/broker/index.ts';
import type { Broker } from '../../src/broker/index.ts';
import { fromKafka, fromKafkaBatches, fromKafkaGroup, openKafka } from '../../src/kafka/index.ts';
import { listTopics, createTopic, describeTopic } from '../../src/kafka/admin/topics.ts';
import type { KafkaOptions } from '../../src/kafka/settings/settings.ts';
import { writeToKafka } from '../../src/kafka/writer/run.ts';
import { makeCertificates } from '../helpers/certificates.ts';
import type { TestCertificates } from '../helpers/certificates.ts';
import { randomName } from '../helpers/topics.ts';

let certificates: TestCertificates;
/** TLS, then SCRAM-SHA-256 or PLAIN. */
let broker: Broker;
/** An expired certificate, asks for one of the client, then SCRAM-SHA-512. */
let strict: Broker;

const PLAIN = 'org.apache.kafka.common.security.plain.PlainLoginModule required user_ada="hunter2";';

before(async () => {
  certificates = await makeCertificates();
  const { server, expired, ca } = certificates;
  const users = { ada: 'hunter2' };
  [broker, strict] = await Promise.all([
    startBroker({
      temporary: true,
      security: { tls: server, sasl: 'SCRAM-SHA-256', users },
      config: {
        'listener.name.secure.sasl.enabled.mechanisms': 'SCRAM-SHA-256,PLAIN',
        'listener.name.secure.plain.sasl.jaas.config': PLAIN,
      },
    }),
    startBroker({
      temporary: true,
      security: { tls: { ...expired, clientCa: ca }, sasl: 'SCRAM-SHA-512', users },
    }),
  ]);
});
after(() => Promise.all([broker?.stop(), strict?.stop()]));

function access(changes: KafkaOptions = {}): KafkaOptions {
  return {
    brokers: broker.secureBrokers,
    tls: { ca: certificates.ca },
    sasl: { mechanism: 'SCRAM-SHA-256', username: 'ada', password: 'hunter2' },
    ...changes,
  };
}

/** The failure of connecting, which must come within two seconds and show no password. */
async function failure(options: KafkaOptions): Promise<{ code: string; message: string; reason?: string }> {
  const started = Date.now();
  const error = await listTopics(options).then(
    () => assert.fail('it connected'),
    (thrown: unknown) => thrown as { code: string; message: string; reason?: string },
  );
  assert.ok(Date.now() - started < 2_000, `the failure took ${Date.now() - started} ms`);
  for (let one: unknown = error; one instanceof Error; one = one.cause) {
    assert.ok(!one.message.includes('hunter') && !String(one.stack).includes('hunter'));
  }
  return error;
}

test('creates, writes and describes over TLS with SCRAM-SHA-256', async () => {
  const topic = randomName();
  await createTopic(topic, { ...access(), partitions: 2 });
  await writeToKafka(topic, [{ key: 'a', value: '1' }], { ...access(), log: false });
  assert.equal((await describeTopic(topic, access())).records, 1);
});

test('takes TLS and the login over from a Kafka of kafkajs', async () => {
  const topic = randomName();
  const client = new Kafka({
    brokers: broker.secureBrokers,
    connectionTimeout: 5_000,
    ssl: { ca: [certificates.ca] },
    sasl: { mechanism: 'scram-sha-256', username: 'ada', password: 'hunter2' },
    logLevel: logLevel.NOTHING,
  });
  await createTopic(topic, { client, partitions: 1 });
  await writeToKafka(topic, [{ key: 'a', value: '1' }], { client, log: false });
  assert.equal((await fromKafka(topic, { client }).toArray()).length, 1);
});

test('logs in with PLAIN, and with settings in librdkafka names', async () => {
  await listTopics(access({ sasl: { mechanism: 'PLAIN', username: 'ada', password: 'hunter2' } }));
  await listTopics({
    brokers: broker.secureBrokers,
    configuration: {
      'security.protocol': 'SASL_SSL',
      'sasl.mechanisms': 'PLAIN',
      'sasl.username': 'ada',
      'sasl.password': 'hunter2',
      'ssl.ca.pem': certificates.ca,
    },
  });
});

test('says at once that the password or the user is wrong', async () => {
  for (const mechanism of ['SCRAM-SHA-256', 'PLAIN'] as const) {
    const { code, message } = await failure(
      access({ sasl: { mechanism, username: 'ada', password: 'hunter3' } }),
    );
    assert.equal(code, 'ST_KAFKA_AUTHENTICATION');
    assert.match(message, new RegExp(`refused user "ada" with ${mechanism}`));
  }
  const unknown = await failure(
    access({ sasl: { mechanism: 'SCRAM-SHA-256', username: 'bob', password: 'hunter2' } }),
  );
  assert.match(unknown.message, /user "bob"/);
});

test('says at once that the broker has no such mechanism', async () => {
  const error = await failure(
    access({ sasl: { mechanism: 'SCRAM-SHA-512', username: 'ada', password: 'hunter2' } }),
  );
  assert.equal(error.code, 'ST_KAFKA_AUTHENTICATION');
  assert.match(error.message, /SCRAM-SHA-512.*(mechanism|supported)/i);
});

test('says at once that the authority is the wrong one', async () => {
  for (const tls of [{ ca: certificates.otherCa }, true]) {
    const error = await failure(access({ tls }));
    assert.deepEqual([error.code, error.reason], ['ST_KAFKA_TLS', 'untrusted-certificate']);
    assert.match(error.message, /tls\.ca/);
  }
});

test('says at once that the certificate names another host', async () => {
  const error = await failure(access({ tls: { ca: certificates.ca, servername: 'kafka.example' } }));
  assert.deepEqual([error.code, error.reason], ['ST_KAFKA_TLS', 'wrong-host-name']);
});

test('says at once that the certificate has expired', async () => {
  const error = await failure(access({ brokers: strict.secureBrokers }));
  assert.deepEqual([error.code, error.reason], ['ST_KAFKA_TLS', 'expired-certificate']);
});

test('shows a client certificate where one is asked for, and says so when it is missing or not trusted', async () => {
  const { ca, client } = certificates;
  const sasl = { mechanism: 'SCRAM-SHA-512', username: 'ada', password: 'hunter2' } as const;
  const open = { brokers: strict.secureBrokers, sasl };
  await listTopics({ ...open, tls: { ca, ...client, rejectUnauthorized: false } });
  const missing = await failure({ ...open, tls: { ca, rejectUnauthorized: false } });
  assert.deepEqual([missing.code, missing.reason], ['ST_KAFKA_TLS', 'client-certificate']);
});

test('says at once that one side speaks TLS and the other does not', async () => {
  const plain = await failure({ brokers: broker.secureBrokers });
  assert.deepEqual([plain.code, plain.reason], ['ST_KAFKA_TLS', 'tls-required']);
  const encrypted = await failure(access({ brokers: broker.brokers }));
  assert.deepEqual([encrypted.code, encrypted.reason], ['ST_KAFKA_TLS', 'not-tls']);
});

test('says at once that a login is missing', async () => {
  const { code, message } = await failure(access({ sasl: undefined }));
  assert.equal(code, 'ST_KAFKA_AUTHENTICATION');
  assert.match(message, /wants a login.*sasl\.username/);
});

test('every dataset reads over TLS with SCRAM-SHA-256, with options, librdkafka names or an open client', async () => {
  const topic = randomName();
  await createTopic(topic, { ...access(), partitions: 1 });
  const items = Array.from({ length: 20 }, (_, row) => ({ key: '1', value: `${row}` }));
  await writeToKafka(topic, items, { ...access(), log: false });
  const named: KafkaOptions = {
    brokers: broker.secureBrokers,
    configuration: {
      'security.protocol': 'SASL_SSL',
      'sasl.mechanisms': 'PLAIN',
      'sasl.username': 'ada',
      'sasl.password': 'hunter2',
      'ssl.ca.pem': certificates.ca,
      'auto.offset.reset': 'earliest',
    },
  };
  assert.equal((await fromKafka(topic, access()).toArray()).length, 20);
  assert.equal((await fromKafka(topic, named).toArray()).length, 20);
  const group = fromKafkaGroup({ ...named, topics: topic, groupId: randomName(), stop: 'end' });
  assert.equal((await group.toArray()).length, 20);
  const client = await openKafka(access());
  const beside = { client, configuration: ['auto.offset.reset=earliest'] };
  const sizes: number[] = [];
  const minis = { ...beside, topics: topic, groupId: randomName(), stop: 'end', maxRecords: 8 } as const;
  for await (const mini of fromKafkaBatches(minis)) sizes.push(mini.size);
  assert.deepEqual(sizes, [8, 8, 4]);
  await client.close();
});

test('every dataset says at once that the password is wrong or the authority unknown, and shows no password', async () => {
  const sasl = { mechanism: 'SCRAM-SHA-256', username: 'ada', password: 'hunter3' } as const;
  const faults: [KafkaOptions, string][] = [
    [access({ sasl }), 'ST_KAFKA_AUTHENTICATION'],
    [access({ tls: { ca: certificates.otherCa } }), 'ST_KAFKA_TLS'],
    [access({ brokers: strict.secureBrokers }), 'ST_KAFKA_TLS'],
  ];
  for (const [options, code] of faults) {
    const group = { ...options, topics: 'any', groupId: 'any' };
    for (const read of [
      () => fromKafka('any', options).toArray(),
      () => fromKafkaGroup(group).toArray(),
      () => fromKafkaBatches(group)[Symbol.asyncIterator]().next(),
    ])
      await assert.rejects(read, (error: Error & { code?: string }) => {
        assert.equal(error.code, code, error.message);
        assert.ok(!inspect(error, { depth: 9 }).includes('hunter'));
        return true;
      });
  }
});
