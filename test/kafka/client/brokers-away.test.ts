/** What a program is told, and how soon, while its brokers are away, hang, or give an address that leads nowhere. */
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { after, before, beforeEach, describe, test } from 'node:test';
import {
  AdvertisedAddressError,
  DeadLetterError,
  KafkaConnectionError,
  KafkaWriter,
  WriteError,
  createTopic,
  csvCodec,
  deadLetters,
  describeTopic,
  fromKafka,
  listTopics,
  openKafka,
  waitForLag,
  writeToKafka,
} from '../../../src/kafka/index.ts';
import { badRecord } from '../../../src/kafka/codec/errors.ts';
import { startProxiedBroker } from '../../helpers/proxy.ts';
import type { ProxiedBroker } from '../../helpers/proxy.ts';
import { randomName, readOutside } from '../../helpers/topics.ts';

let kafka: ProxiedBroker;
let topic: string;

before(async () => {
  kafka = await startProxiedBroker();
});
after(() => kafka?.close());
beforeEach(async () => {
  kafka.proxy.resume();
  topic = randomName();
  await createTopic(topic, { brokers: kafka.broker.brokers });
});

/** ms that `work` takes, whatever it comes to. */
async function timeOf(work: Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work.catch(() => undefined);
  return performance.now() - started;
}

const within = (ms: number, limit: number): void => assert.ok(ms < limit, `it took ${ms} ms`);

/** Ways for a broker to be away: connections refused, or open and silent. */
const faults = { gone: () => kafka.proxy.cut(), silent: () => kafka.proxy.freeze() };

for (const [how, fault] of Object.entries(faults))
  describe(`while the broker is ${how}, stopping ends in 5 s:`, () => {
    test('a writer closes, and says which rows did not arrive', async () => {
      const writer = await KafkaWriter.open(topic, { brokers: kafka.brokers });
      await writer.write({ value: '0' });
      await writer.flush();
      fault();
      for (let row = 1; row < 10; row++) await writer.write({ value: String(row) });
      const closing = writer.close();
      within(await timeOf(closing), 5_000);
      await assert.rejects(closing, (error: unknown) => {
        assert.ok(error instanceof WriteError);
        assert.deepEqual([error.written, error.failed], [1, 9]);
        assert.match(error.message, /closed while no broker answered.*flush before closing/);
        return true;
      });
    });

    test('a writing that is told to stop stops, also while it waits for room', async () => {
      const stop = new AbortController();
      async function* rows() {
        for (let row = 0; ; row++) {
          if (row === 200) {
            fault();
            setTimeout(() => stop.abort(new Error('stopped')), 300);
          }
          yield { value: 'x'.repeat(1_000) };
          if (row % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
        }
      }
      const writing = writeToKafka(topic, rows(), {
        ...{ brokers: kafka.brokers, bufferBytes: 400_000, signal: stop.signal, log: false },
      });
      within(await timeOf(writing), 6_500);
      await assert.rejects(writing, WriteError);
    });

    test('dead letters close, and say how many wait', async () => {
      const letters = deadLetters(`${topic}.dead`, { brokers: kafka.brokers });
      const record = {
        topic,
        partition: 0,
        offset: 0,
        timestamp: 1,
        key: null,
        value: Buffer.from('x'),
        headers: {},
      };
      const bad = badRecord(record, 'not-a-number', 'x');
      letters.handle(record, bad);
      await letters.settle();
      fault();
      letters.handle({ ...record, offset: 1 }, bad);
      const closing = letters.close();
      within(await timeOf(closing), 5_000);
      await assert.rejects(
        closing,
        (error: unknown) => error instanceof DeadLetterError && error.records === 1,
      );
      kafka.proxy.resume();
      const values = (await readOutside(`${topic}.dead`, kafka.broker.brokers)).map(
        ({ headers }) => headers['dead-letter.offset'],
      );
      assert.ok(values.includes('0'));
    });

    test('a client closes, and a wait for a group ends at its signal', async () => {
      const client = await openKafka({ brokers: kafka.brokers });
      fault();
      const waiting = waitForLag('nobody', { client, topics: [topic], signal: AbortSignal.timeout(200) });
      within(await timeOf(waiting), 2_000);
      const asking = client.topics.list();
      const failing = assert.rejects(asking);
      within(await timeOf(client.close()), 1_000);
      await failing;
    });

    test('a question to the broker fails in time and names its address; nothing there is not what it says', async () => {
      const client = await openKafka({ brokers: kafka.brokers, connectTimeout: 500, requestTimeout: 1_500 });
      fault();
      for (const ask of [
        listTopics({ client }),
        describeTopic(topic, { client }),
        client.groups.offsets('g'),
      ]) {
        await assert.rejects(ask, (error: unknown) => {
          assert.ok(error instanceof KafkaConnectionError, String(error));
          assert.ok(error.message.includes(kafka.proxy.address), error.message);
          return true;
        });
      }
      await client.close();
    });
  });

/** Something that takes connections and never answers. */
async function silentServer(): Promise<{ server: Server; address: string }> {
  const server = createServer((socket) => socket.on('data', () => undefined)).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  server.unref();
  return { server, address: `127.0.0.1:${(server.address() as AddressInfo).port}` };
}

test('an address that never answers is passed by: the next one is tried, wherever it stands in the list', async () => {
  const hung = await Promise.all([silentServer(), silentServer()]);
  const addresses = hung.map(({ address }) => address);
  const [good = ''] = kafka.broker.brokers;
  for (const brokers of [
    [...addresses, good],
    [good, ...addresses],
  ]) {
    const opening = openKafka({ brokers, connectTimeout: 3_000 });
    within(await timeOf(opening), 4_000);
    const client = await opening;
    assert.ok((await client.topics.list()).includes(topic));
    await client.close();
  }
  const alone = openKafka({ brokers: addresses, connectTimeout: 700 });
  within(await timeOf(alone), 1_700);
  await assert.rejects(alone, (error: unknown) => {
    assert.ok(error instanceof KafkaConnectionError);
    for (const address of addresses) assert.ok(error.message.includes(address), error.message);
    assert.match(error.message, /no answer within 700 ms/);
    return true;
  });
});

test('connections broken in the first moments of a client are tried again, and not taken for TLS', async () => {
  for (const tls of [undefined, { rejectUnauthorized: false }]) {
    kafka.proxy.cut();
    const opening = openKafka({ brokers: kafka.brokers, connectTimeout: 5_000, ...(tls && { tls }) });
    const healing = new Promise((resolve) => setTimeout(resolve, 400)).then(() => kafka.proxy.resume());
    if (tls === undefined) {
      const client = await opening;
      assert.ok((await client.topics.list()).includes(topic));
      await client.close();
    } else {
      // Only once the port can answer is it told that it does not speak TLS.
      await assert.rejects(opening, { code: 'ST_KAFKA_TLS', reason: 'not-tls' });
    }
    await healing;
  }
  kafka.proxy.cut();
  await assert.rejects(openKafka({ brokers: kafka.brokers, connectTimeout: 700 }), KafkaConnectionError);
});

test('an advertised address that cannot be reached is named, with what to do, when reading and when writing', async () => {
  // The listener behind the proxy names the proxy, which refuses everything: as a container does that names itself.
  const { host, port } = kafka.proxy.target!;
  kafka.proxy.cut();
  const at = { brokers: `${host}:${port}`, connectTimeout: 700 };
  const named = (error: unknown): boolean => {
    assert.match(String(error), new RegExp(`advertises ${kafka.proxy.address} for its broker`));
    assert.match(String(error), /Set the broker's advertised.listeners/);
    return true;
  };
  const asking = describeTopic(topic, at);
  within(await timeOf(asking), 3_000);
  await assert.rejects(asking, (error: unknown) => error instanceof AdvertisedAddressError && named(error));
  await assert.rejects(fromKafka(topic, { ...at, retryForMs: 500 }).toArray(), named);
  const writing = writeToKafka(topic, [{ value: '1' }], { ...at, deliveryTimeout: 800, log: false });
  await assert.rejects(writing, named);
  // With more time for delivery, too, once the address has failed for four times connectTimeout.
  const patient = writeToKafka(topic, [{ value: '1' }], { ...at, log: false });
  within(await timeOf(patient), 8_000);
  await assert.rejects(patient, named);
});

test('a stream with bad records, stopped while the dead letters cannot be delivered, ends', async () => {
  await writeToKafka(
    topic,
    [
      { key: '1', value: 'bad' },
      { key: '1', value: '2' },
    ],
    { brokers: kafka.broker.brokers, log: false },
  );
  const letters = deadLetters(`${topic}.dead`, { brokers: kafka.brokers, connectTimeout: 1_000 });
  kafka.proxy.cut();
  const reading = (async () => {
    const rows = fromKafka(topic, { brokers: kafka.broker.brokers }).decodeBatch(
      csvCodec({ columns: 1 }),
      1,
      { onBad: letters },
    );
    for await (const { xs, ys } of rows) {
      xs.dispose();
      ys.dispose();
      break;
    }
  })();
  within(await timeOf(reading), 8_000);
  await assert.rejects(reading, DeadLetterError);
});
