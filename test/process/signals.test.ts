import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { descendants, endLeftovers, isRunning } from '../../src/process/index.ts';
import { ended, runModule, untilPrinted } from '../install/helpers.ts';

test('descendants are found through several generations and ended, also those that ignore SIGTERM', async (t) => {
  const child = spawn(
    'sh',
    ['-c', 'trap "" TERM; sh -c "trap \'\' TERM; sleep 61 & wait" & sleep 62 & echo up; wait'],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  t.after(() => child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  await sleep(100);
  const seen = descendants().filter(({ command }) => ['sh', 'sleep'].includes(command));
  assert(seen.length >= 4, `sh, sh, sleep, sleep; seen: ${JSON.stringify(seen)}`);
  await endLeftovers(seen, 200);
  assert.deepEqual(seen.filter(isRunning), []);
});

/** A program with two things to stop and a child of its own that nobody stops. */
const SESSION = `
import { spawn } from 'node:child_process';
import { stopOnSignals } from './src/process/index.ts';
const shutdown = stopOnSignals();
const stop = (title, ms) => ({ title, stop: () => new Promise((resolve) => setTimeout(resolve, ms)) });
shutdown.add(stop('Kafka', 20));
shutdown.add(stop('JupyterLab', Number(process.env.SLOW)));
const left = spawn('sleep', ['63'], { detached: true });
left.once('spawn', () => console.log('ready'));
await shutdown.requested;
process.exitCode = (await shutdown.stopAll()) ? 0 : 1;
`;

test('Ctrl-C stops what was started last first, and leaves nothing running', async (t) => {
  const child = runModule(t, SESSION, { SLOW: '20' });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  await untilPrinted(child, /ready/);
  const left = descendants(child.pid).filter(({ command }) => command === 'sleep');
  assert.equal(left.length, 1);
  child.kill('SIGINT');
  child.kill('SIGINT'); // npm passes the terminal's Ctrl-C on a second time
  assert.equal(await ended(child), 0);
  assert.match(
    text,
    /JupyterLab stopped[^]*Kafka stopped[^]*ended sleep \(process \d+\), which was left over/,
  );
  assert.deepEqual(left.filter(isRunning), []);
});

test('a second Ctrl-C ends everything at once', async (t) => {
  const child = runModule(t, SESSION, { SLOW: '60000' });
  await untilPrinted(child, /ready/);
  const left = descendants(child.pid).filter(({ command }) => command === 'sleep');
  assert.equal(left.length, 1);
  child.kill('SIGINT');
  await sleep(900);
  child.kill('SIGINT');
  assert.equal(await ended(child), 130);
  // It was killed, which on a busy machine takes a moment.
  for (let looks = 0; looks < 200 && left.some(isRunning); looks++) await sleep(50);
  assert.deepEqual(left.filter(isRunning), []);
});
