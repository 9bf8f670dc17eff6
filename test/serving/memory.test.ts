/** Memory in serving stays flat, however many rows pass through. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { KafkaWriter, openKafka, type KafkaClient } from '../../src/kafka/index.ts';
import { testBrokers } from '../helpers/broker.ts';
import { eventually, rowOf, serveRows, topicsOf } from './helpers.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

const ROWS = process.env['STREAMTRAIN_LONG'] === '1' ? 5_000_000 : 20_000;
/** It is measured so many times. */
const LOOKS = 10;
const MiB = 1024 * 1024;

let client: KafkaClient;
before(async () => (client = await openKafka({ brokers: (await testBrokers()).join() })));
after(() => client?.close());

test(`${ROWS} rows through one server: memory stays flat`, async (t) => {
  const topics = await topicsOf(t, client, 2);
  const server = await serveRows(client, topics, {
    source: { topics: topics.rows, groupId: topics.groupId, client, stop: 'never' },
  });
  t.after(() => server.stop());
  const writer = await KafkaWriter.open(topics.rows, { client });
  const used: number[] = [];
  const resident: number[] = [];
  for (let written = 0; written < ROWS;) {
    const until = written + ROWS / LOOKS;
    while (written < until) {
      const some = Math.min(until, written + 2_000);
      const writing = [];
      for (; written < some; written++) writing.push(writer.write(rowOf(written)));
      await Promise.all(writing);
      await eventually(() => server.progress.rows >= written - 50_000, server);
    }
    await writer.flush();
    await eventually(() => server.progress.rows >= written, server);
    collectGarbage();
    const { heapUsed, arrayBuffers, rss } = process.memoryUsage();
    used.push((heapUsed + arrayBuffers) / MiB);
    resident.push(rss / MiB);
  }
  await writer.close();
  t.diagnostic(
    `MiB in use: ${used.map(Math.round).join(' ')}; resident: ${resident.map(Math.round).join(' ')}`,
  );
  const [early, late] = [Math.max(...used.slice(1, 4)), Math.min(...used.slice(-3))];
  assert.ok(late < early + 16, `${late} MiB late, ${early} early`);
});
