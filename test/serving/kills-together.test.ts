/** Trainer and server killed together with SIGKILL: each row is learnt once, and has one prediction. */
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { openKafka, type KafkaClient } from '../../src/kafka/index.ts';
import { mulberry32 } from '../../src/random.ts';
import { kafkaCheckpoints } from '../../src/training/index.ts';
import { testBrokers } from '../helpers/broker.ts';
import { randomName } from '../helpers/topics.ts';
import {
  assertOnePerRow,
  endsOf,
  predictionsIn,
  serveRows,
  startChild,
  topicsOf,
  writeRows,
} from './helpers.ts';
import type { TrainChild } from './train-child.ts';

const kills = process.env['STREAMTRAIN_LONG'] === '1' ? 30 : 2;
/** Rows that are written before each life. */
const ROWS = 400;

let brokers: string[];
let client: KafkaClient;
before(async () => {
  brokers = await testBrokers();
  client = await openKafka({ brokers });
});
after(() => client?.close());

/** Resolves when a child has reported so many rows. */
function reached(child: ChildProcess, least: number): Promise<void> {
  return new Promise((resolve) => {
    child.on('message', ({ rows = 0 }: { rows?: number }) => {
      if (rows >= least) resolve();
    });
  });
}

test(`trainer and server killed together ${kills} times: each row learnt once, one prediction a row`, async (t) => {
  const topics = await topicsOf(t, client, 2);
  const versions = randomName('versions');
  t.after(() => client.topics.delete(versions));
  const seed = Number(process.env['STREAMTRAIN_FAULT_SEED'] ?? Date.now() % 2 ** 32);
  t.diagnostic(`moments drawn from seed ${seed}`);
  const random = mulberry32(seed);
  const training: TrainChild = {
    ...{ brokers, rows: topics.rows, versions },
    groupId: randomName('trainers'),
  };
  for (let kill = 0; kill < kills; kill++) {
    await writeRows(topics.rows, client, kill * ROWS, (kill + 1) * ROWS);
    const trainer = startChild(t, training);
    const server = startChild(t, { brokers, topics, instance: 'one', versions });
    const closed = [trainer, server].map((child) => once(child, 'close'));
    const early = Promise.race(closed).then(() => assert.fail('a child ended by itself'));
    // In the midst of the work of one of them, by turns.
    const [busy, least] = kill % 2 === 0 ? [server, 1 + random() * ROWS * 0.7] : [trainer, kill * ROWS + 1];
    await Promise.race([reached(busy, least), early]);
    const until = performance.now() + random() * 30;
    while (performance.now() < until);
    for (const child of [trainer, server]) child.kill('SIGKILL');
    await Promise.all(closed);
  }
  const last = startChild(t, { ...training, toEnd: true });
  let learnt = -1;
  last.on('message', ({ totalRows = -1 }: { totalRows?: number }) => (learnt = Math.max(learnt, totalRows)));
  await once(last, 'close');
  assert.equal(learnt, kills * ROWS);
  const store = kafkaCheckpoints({ topic: versions, client });
  const server = await serveRows(client, topics, { instance: 'one', models: store });
  const { rows, version } = await server.done;
  assert.equal(version, (await store.list())[0]);
  t.diagnostic(`${rows} of ${kills * ROWS} rows were left to the last server`);
  const predictions = await predictionsIn(topics.to, client);
  assertOnePerRow(predictions, await endsOf(topics.rows, client));
  t.diagnostic(`${new Set(predictions.map((one) => one.version)).size} versions made them`);
});
