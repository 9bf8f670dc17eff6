/** The preset for Azure Event Hubs against a broker with that service's limits: login, size of requests, idle connections. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import test, { after, before } from 'node:test';
import { startBroker } from '../../src/broker/index.ts';
import type { Broker } from '../../src/broker/index.ts';
import { createTopic, KafkaWriter, openKafka, writeToKafka } from '../../src/kafka/index.ts';
import { azureEventHubs, fromKafka, fromKafkaBatches, fromKafkaGroup } from '../../src/kafka/index.ts';
import type { KafkaClient, KafkaOptions } from '../../src/kafka/index.ts';
import { makeCertificates } from '../helpers/certificates.ts';
import { randomName } from '../helpers/topics.ts';

const connectionString =
  'Endpoint=sb://farm.servicebus.windows.net/;SharedAccessKeyName=All;SharedAccessKey=c2VjcmV0c2VjcmV0';
/** The service closes connections that are idle for 240 s; this broker those that are idle for 4 s. */
const IDLE_MS = 4_000;
const quiet = { log: false, progress: false } as const;

let broker: Broker;
let client: KafkaClient;
let settings: KafkaOptions;

before(async () => {
  const { server, ca } = await makeCertificates();
  const users = { $ConnectionString: connectionString };
  broker = await startBroker({
    temporary: true,
    security: { tls: server, sasl: 'PLAIN', users },
    config: { 'socket.request.max.bytes': 1_046_528, 'connections.max.idle.ms': IDLE_MS },
  });
  settings = { ...azureEventHubs({ connectionString }), brokers: broker.secureBrokers, tls: { ca } };
  client = await openKafka(settings);
});
after(async () => {
  await client?.close();
  await broker?.stop();
});

const rows = (count: number, size: number) =>
  Array.from({ length: count }, (_, row) => ({ key: `${row}`, value: `${row}:`.padEnd(size, 'x') }));

test('rows far beyond a request, on one partition and on 32, arrive in requests that the service takes', async () => {
  const [one, many] = [randomName(), randomName()];
  await createTopic(one, { client, partitions: 1 });
  await createTopic(many, { client, partitions: 32 });
  // A batch may be as large as the request that carries it.
  const large = { ...settings, producer: { ...settings.producer, batchBytes: 2 ** 21, linger: 100 } };
  const wrote = await writeToKafka(one, rows(8_000, 200), { ...large, ...quiet });
  assert.deepEqual(wrote.partitions, { 0: 8_000 });
  assert.equal((await writeToKafka(many, rows(12_000, 200), { client, ...quiet })).messages, 12_000);
  const read = await fromKafka(one, { client }).toArray();
  assert.ok(read.every(({ value }, row) => String(value).startsWith(`${row}:`)) && read.length === 8_000);
});

test('gzip is written and read back; another compression is refused before a row is sent', async () => {
  const topic = randomName();
  await createTopic(topic, { client, partitions: 1 });
  await writeToKafka(topic, rows(500, 2_000), { client, compression: 'gzip', ...quiet });
  const read = await fromKafka(topic, { client }).toArray();
  assert.deepEqual(
    read.map(({ value }) => String(value)),
    rows(500, 2_000).map(({ value }) => value),
  );
  const refused = writeToKafka(topic, rows(1, 10), { client, compression: 'lz4', ...quiet });
  await assert.rejects(refused, {
    code: 'ST_KAFKA_SETTINGS',
    message: /does not take lz4; use gzip or none/,
  });
});

test('a row of more than a request is told before anything is sent; the rows around it are written', async () => {
  const topic = randomName();
  await createTopic(topic, { client, partitions: 1 });
  for (const size of [1_000_000, 1_100_000]) {
    const writer = await KafkaWriter.open(topic, { client });
    const told = { code: 'ST_KAFKA_RECORD_TOO_LARGE', maxRequestBytes: 1_000_000 };
    await assert.rejects(writer.write({ value: 'x'.repeat(size) }), told);
    // The connection stays: what would have closed it was never sent.
    await writer.write({ value: 'after' });
    await writer.close();
  }
  const largest = await writeToKafka(topic, [{ value: 'y'.repeat(999_800) }], { client, ...quiet });
  assert.equal(largest.messages, 1);
  const sizes = (await fromKafka(topic, { client }).toArray()).map(({ value }) => String(value).length);
  assert.deepEqual(sizes, [5, 5, 999_800]);
});

test('idle connections that the service closes are made again: writer, reader and group go on', async () => {
  const topic = randomName();
  await createTopic(topic, { client, partitions: 2 });
  const groupId = randomName();
  await using writer = await KafkaWriter.open(topic, { client });
  for (const row of rows(40, 20)) await writer.write(row);
  await writer.flush();
  const seen: string[] = [];
  const source = { client, topics: topic, groupId, stop: 'end', maxRecords: 25 } as const;
  for await (const mini of fromKafkaBatches(source)) {
    // The learner takes its time: longer than a connection may be idle. Heartbeats keep the group's.
    if (seen.length === 0) await idle();
    seen.push(...(await mini.toArray()).map(({ value }) => String(value)));
    await mini.commit();
  }
  assert.equal(new Set(seen).size, 40);
  await idle();
  await writer.write({ key: 'late', value: 'late' });
  await writer.flush();
  const group = fromKafkaGroup({ client, topics: topic, groupId, stop: 'end' });
  const late = (await group.toArray()).map(({ value }) => String(value));
  assert.deepEqual(late, ['late'], 'the group goes on behind its commits');
});

test('the whole string is the password: another key is refused at once, and never shown', async () => {
  const other = connectionString.replace('c2Vj', 'b3Ro');
  const { brokers, tls } = settings;
  const asked = openKafka({ ...azureEventHubs({ connectionString: other }), brokers, tls });
  await assert.rejects(asked, (error: Error & { code?: string }) => {
    assert.equal(error.code, 'ST_KAFKA_AUTHENTICATION');
    assert.ok(error.message.includes('"$ConnectionString"') && !String(error.stack).includes('b3Ro'));
    return true;
  });
});

/** Until the broker has closed a connection of ours that says nothing, and so what was idle before it. */
async function idle(): Promise<void> {
  const [host, port] = broker.secureBrokers[0]!.split(':');
  const silent = connect(Number(port), host);
  await once(silent, 'close');
}
