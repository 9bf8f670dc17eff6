/** A program that is killed with -9 before any one of its requests leaves all of its transaction, or nothing. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { fromKafka, openKafka, openTransactions } from '../../../src/kafka/index.ts';
import { testBrokers } from '../../helpers/broker.ts';
import { typescriptProgram } from '../../helpers/typescript.ts';
import { offsetsAreStable, randomName, randomTopic } from '../../helpers/topics.ts';

const childFile = fileURLToPath(new URL('transaction-child.ts', import.meta.url));

test('killed between every two requests: rows and offsets are there together or not at all', async (t) => {
  const brokers = (await testBrokers()).join();
  const client = await openKafka({ brokers });
  t.after(() => client.close());
  const topic = await randomTopic(t, { brokers: brokers.split(','), partitions: 2 });

  /** Runs it up to its death, lets another owner take the id, and says what became of the transaction. */
  async function life(fatal: number): Promise<{ sent: string[]; rows: number; offset: number | undefined }> {
    const [transactionalId, group] = [randomName('killed'), randomName('group')];
    const told = [brokers, topic, group, transactionalId, String(fatal)];
    const child = spawn(process.execPath, [...typescriptProgram(childFile), ...told], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let sent = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (sent += text));
    const [exitCode, signal] = (await once(child, 'close')) as [number | null, string | null];
    assert.deepEqual([exitCode, signal], fatal === 0 ? [0, null] : [null, 'SIGKILL']);
    await using next = await openTransactions({ client, transactionalId });
    await (await next.begin()).commit();
    let rows = 0;
    for await (const { value } of fromKafka(topic, { client })) if (String(value) === transactionalId) rows++;
    await offsetsAreStable(client, group, topic);
    const offset = (await client.groups.offsets(group)).get(topic)?.get(0);
    return { sent: sent.split('\n').filter((line) => line !== ''), rows, offset };
  }

  // The first one on a new broker asks more often: Kafka's own topics are made for it.
  await life(0);
  const { sent, rows, offset } = await life(0);
  assert.deepEqual({ rows, offset }, { rows: 2, offset: 7 });
  t.diagnostic(sent.join(' '));
  assert.ok(sent.includes('Produce') && sent.includes('TxnOffsetCommit') && sent.at(-1) === 'EndTxn');
  const fatals = Array.from({ length: sent.length }, (_, i) => i + 1);
  for (let at = 0; at < fatals.length; at += 3)
    for (const one of await Promise.all(fatals.slice(at, at + 3).map(life)))
      assert.deepEqual({ rows: one.rows, offset: one.offset }, { rows: 0, offset: undefined });
});
