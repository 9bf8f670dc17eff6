/** Servers killed with SIGKILL, and brokers that go away: every row still has exactly one prediction. */
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startBroker } from '../../src/broker/index.ts';
import { createTopic, openKafka, type KafkaClient } from '../../src/kafka/index.ts';
import { mulberry32 } from '../../src/random.ts';
import { testBrokers } from '../helpers/broker.ts';
import {
  assertOnePerRow,
  endsOf,
  eventually,
  predictionsIn,
  serveRows,
  startChild,
  topicsOf,
  writeRows,
} from './helpers.ts';

const long = process.env['STREAMTRAIN_LONG'] === '1';
const kills = long ? 30 : 5;
/** Rows that are written before each life. */
const ROWS = 400;

let brokers: string[];
let client: KafkaClient;
before(async () => {
  brokers = await testBrokers();
  client = await openKafka({ brokers });
});
after(() => client?.close());

/** Resolves when a child has committed so many rows. */
async function committed(child: ChildProcess, least: number): Promise<void> {
  for (let rows = 0; rows < least;) {
    const [message] = (await Promise.race([
      once(child, 'message'),
      once(child, 'close').then(() => assert.fail('the server ended by itself')),
    ])) as [{ rows: number }];
    ({ rows } = message);
  }
}

async function killed(child: ChildProcess): Promise<void> {
  const closed = once(child, 'close');
  child.kill('SIGKILL');
  await closed;
}

test(`killed ${kills} times at random moments, and started again under its name: one prediction a row`, async (t) => {
  const topics = await topicsOf(t, client, 2);
  const seed = Number(process.env['STREAMTRAIN_FAULT_SEED'] ?? Date.now() % 2 ** 32);
  t.diagnostic(`moments drawn from seed ${seed}`);
  const random = mulberry32(seed);
  for (let kill = 0; kill < kills; kill++) {
    await writeRows(topics.rows, client, kill * ROWS, (kill + 1) * ROWS);
    const child = startChild(t, { brokers, topics, instance: 'one' });
    // Sometimes before it has done anything, mostly in the midst of its work.
    await committed(child, kill % 5 === 4 ? 0 : 1 + Math.floor(random() * ROWS * 0.5));
    if (kill % 5 === 4) await sleep(random() * 600);
    const until = performance.now() + random() * 15;
    while (performance.now() < until);
    await killed(child);
  }
  const server = await serveRows(client, topics, { instance: 'one' });
  const { rows } = await server.done;
  t.diagnostic(`${rows} of ${kills * ROWS} rows were left to the last one`);
  assertOnePerRow(await predictionsIn(topics.to, client), await endsOf(topics.rows, client));
});

test('servers share the partitions; one that is killed under load is taken over', async (t) => {
  const topics = await topicsOf(t, client, 4);
  const given = { brokers, topics, sessionTimeout: 6_000 };
  await writeRows(topics.rows, client, 0, ROWS);
  const first = startChild(t, given);
  await committed(first, 1);
  const second = startChild(t, given);
  let rows = ROWS;
  const writeMore = async () => writeRows(topics.rows, client, rows, (rows += ROWS));
  // Both are at work.
  const both = Promise.all([committed(first, ROWS / 2), committed(second, ROWS / 2)]);
  let isOver = false;
  void both.finally(() => (isOver = true)).catch(() => {});
  while (!isOver) {
    await writeMore();
    await sleep(100);
  }
  await both;
  await writeMore();
  await killed(first);
  await writeMore();
  second.send('stop');
  await once(second, 'close');
  const rest = await serveRows(client, topics);
  await rest.done;
  assertOnePerRow(await predictionsIn(topics.to, client), await endsOf(topics.rows, client));
});

test('a broker that is away for seconds is waited for: one prediction a row', async (t) => {
  const broker = await startBroker({ temporary: true });
  t.after(() => broker.stop());
  await using own = await openKafka({ brokers: broker.brokers });
  const topics = { rows: 'rows', to: 'predictions', groupId: 'servers' };
  await createTopic(topics.rows, { client: own, partitions: 2 });
  await writeRows(topics.rows, own, 0, ROWS);
  const remarks: string[] = [];
  const server = await serveRows(own, topics, {
    source: { topics: topics.rows, groupId: topics.groupId, client: own, stop: 'never' },
    ...{ batchRows: 20, transactionTimeout: 3_000, onRemark: (text) => remarks.push(text) },
  });
  await eventually(() => server.progress.rows >= 100, server);
  await broker.kill();
  await sleep(long ? 30_000 : 12_000);
  await broker.restart();
  await writeRows(topics.rows, own, ROWS, 2 * ROWS);
  await eventually(() => server.progress.rows >= 2 * ROWS, server);
  const { restarts } = await server.stop();
  t.diagnostic(`${restarts} restarts: ${remarks.join(' | ')}`);
  assertOnePerRow(await predictionsIn(topics.to, own), await endsOf(topics.rows, own));
  // Patience is one: that of reading, of writing, and of lives that follow each other.
  await using patient = await serveRows(own, topics, {
    source: { topics: topics.rows, groupId: topics.groupId, client: own, stop: 'never' },
    retryForMs: 4_000,
  });
  await writeRows(topics.rows, own, 0, 1);
  await eventually(() => patient.progress.rows >= 1, patient);
  const since = performance.now();
  await broker.kill();
  await assert.rejects(patient.done, { code: 'ST_KAFKA_READ_FAILED' });
  const ms = performance.now() - since;
  t.diagnostic(`it gave up after ${Math.round(ms)} ms`);
  assert.ok(ms > 3_000, `${ms} ms`);
});
