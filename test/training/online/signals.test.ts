/** A training that is told to stop by a signal ends in order, and the process by itself. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { before, test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { describeGroup } from '../../../src/kafka/index.ts';
import { sharedBench, type Bench } from '../../kafka/dataset-helpers.ts';
import { temporaryFolder } from '../checkpoint/helpers.ts';
import { writeRows } from './helpers.ts';
import type { SignalChild } from './signal-child.ts';
import { typescriptProgram } from '../../helpers/typescript.ts';

const childFile = fileURLToPath(new URL('signal-child.ts', import.meta.url));
let bench: Bench;
before(async () => (bench = await sharedBench()));

async function stoppedBy(
  t: TestContext,
  listener: SignalChild['listener'],
  signals: readonly NodeJS.Signals[],
) {
  const [topic, groupId] = [await bench.topic(), bench.group()];
  await writeRows(bench, topic, 6400);
  const folder = await temporaryFolder(t);
  const told: SignalChild = { brokers: bench.brokers, topic, groupId, folder, listener };
  const child = spawn(process.execPath, [...typescriptProgram(childFile), JSON.stringify(told)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => child.kill('SIGKILL'));
  let said = '';
  child.stdout.on('data', (data: Buffer) => {
    if (said === '') for (const signal of signals) child.kill(signal);
    said += String(data);
  });
  const [status, killedBy] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  const last = said.trim().split('\n').at(-1)!;
  const result = (last.startsWith('{') ? JSON.parse(last) : {}) as { ended?: string; rows?: number };
  const { totalLag, members } = await describeGroup(groupId, { brokers: bench.brokers });
  return { status, killedBy, ...result, totalLag, members: members.length };
}

test('any way to listen for a signal stops training in order: mini dataset, checkpoint, commit, exit 0', async (t) => {
  // One Ctrl-C may be delivered twice, by the terminal and by npm.
  const ways = [
    ['stopOnSignals', ['SIGTERM']],
    ['stopOnSignals', ['SIGINT', 'SIGINT']],
    ['on', ['SIGTERM']],
    ['once', ['SIGINT']],
    ['onceBefore', ['SIGTERM']],
  ] as const;
  const stopped = ways.map(async ([listener, signals]) => {
    const found = await stoppedBy(t, listener, signals);
    const of = `${listener} ${signals.join(' ')}: ${JSON.stringify(found)}`;
    assert.deepEqual([found.status, found.killedBy, found.ended], [0, null, 'stopped'], of);
    // Whole mini datasets, and what was learnt is committed.
    assert.ok(found.rows! > 0 && found.rows! % 320 === 0, of);
    assert.deepEqual([found.totalLag, found.members], [6400 - found.rows!, 0], of);
  });
  await Promise.all(stopped);
});
