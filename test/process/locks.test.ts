import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { LockError, withLock } from '../../src/process/index.ts';
import { ended, runModule, tempFolder, untilPrinted } from '../install/helpers.ts';

/** A program that takes the lock, appends `in` and `out` to a log with a pause between. */
const WORKER = `
import fs from 'node:fs/promises';
import { withLock } from './src/process/index.ts';
const { LOCK, LOG, PAUSE } = process.env;
await withLock(LOCK, async () => {
  await fs.appendFile(LOG, 'in ' + process.pid + '\\n');
  console.log('locked');
  await new Promise((resolve) => setTimeout(resolve, Number(PAUSE)));
  await fs.appendFile(LOG, 'out ' + process.pid + '\\n');
}, { pollMs: 5, onWait: ({ pid }) => console.log('waiting for ' + pid) });
`;

test('three processes at once: each has the lock alone, and none is forgotten', async (t) => {
  const folder = await tempFolder(t);
  const env = { LOCK: path.join(folder, 'a.lock'), LOG: path.join(folder, 'log'), PAUSE: '60' };
  const workers = [1, 2, 3].map(() => runModule(t, WORKER, env));
  assert.deepEqual(await Promise.all(workers.map(ended)), [0, 0, 0]);
  const lines = (await fs.readFile(env.LOG, 'utf8')).trim().split('\n');
  assert.equal(lines.length, 6);
  for (let i = 0; i < 6; i += 2) {
    assert.match(lines[i] ?? '', /^in /);
    assert.equal(lines[i + 1], lines[i]?.replace('in', 'out'), 'nobody came in between');
  }
  assert.deepEqual(await fs.readdir(folder), ['log'], 'no lock file stays behind');
});

test('the owner was killed: the next one takes over at once', async (t) => {
  const folder = await tempFolder(t);
  const lock = path.join(folder, 'a.lock');
  const worker = runModule(t, WORKER, { LOCK: lock, LOG: path.join(folder, 'log'), PAUSE: '60000' });
  await untilPrinted(worker, /locked/);
  worker.kill('SIGKILL');
  await ended(worker);
  const started = Date.now();
  assert.equal(await withLock(lock, async () => 'mine', { timeoutMs: 1_000 }), 'mine');
  assert(Date.now() - started < 1_000);
});

test('the owner lives: says who is waited for, then gives up with an error that names the process', async (t) => {
  const folder = await tempFolder(t);
  const lock = path.join(folder, 'a.lock');
  const worker = runModule(t, WORKER, { LOCK: lock, LOG: path.join(folder, 'log'), PAUSE: '60000' });
  await untilPrinted(worker, /locked/);
  const waits: number[] = [];
  const attempt = withLock(lock, async () => 'mine', {
    timeoutMs: 100,
    pollMs: 10,
    onWait: ({ pid }) => waits.push(pid),
  });
  await assert.rejects(
    attempt,
    (error) => error instanceof LockError && error.message.includes(`${worker.pid}`),
  );
  assert.deepEqual(waits, [worker.pid], 'told once');
});

test('a process id that now belongs to another process does not hold the lock', async (t) => {
  const lock = path.join(await tempFolder(t), 'a.lock');
  const owner = { id: 'old', pid: process.ppid, host: os.hostname(), processStart: '1' };
  await fs.writeFile(lock, JSON.stringify(owner));
  assert.equal(await withLock(lock, async () => 'mine', { timeoutMs: 500 }), 'mine');
});

test('an owner on another machine holds the lock while it shows signs of life, and loses it after', async (t) => {
  const lock = path.join(await tempFolder(t), 'a.lock');
  const owner = { id: 'x', pid: 1, host: 'elsewhere', processStart: '', leaseMs: 60_000, heartbeatMs: 100 };
  await fs.writeFile(lock, JSON.stringify(owner));
  await assert.rejects(
    withLock(lock, async () => 'mine', { timeoutMs: 30, pollMs: 10 }),
    LockError,
  );
  const longAgo = new Date(Date.now() - 120_000);
  await fs.utimes(lock, longAgo, longAgo);
  assert.equal(await withLock(lock, async () => 'mine', { timeoutMs: 500 }), 'mine');
});

test('the lock is free again when the work failed', async (t) => {
  const lock = path.join(await tempFolder(t), 'a.lock');
  await assert.rejects(
    withLock(lock, async () => {
      throw new Error('broken work');
    }),
    /broken work/,
  );
  assert.equal(await withLock(lock, async () => 'mine', { timeoutMs: 200 }), 'mine');
});

test('on a disk without hard links the lock holds, too', async (t) => {
  // As exFAT answers.
  t.mock.method(fs, 'link', () => Promise.reject(Object.assign(new Error('no links'), { code: 'EPERM' })));
  const lock = path.join(await tempFolder(t), 'a.lock');
  await withLock(lock, async () => {
    await assert.rejects(
      withLock(lock, async () => 'mine', { timeoutMs: 30, pollMs: 10 }),
      LockError,
    );
    const reason = new Error('not any more');
    await assert.rejects(
      withLock(lock, async () => 'mine', { signal: AbortSignal.abort(reason) }),
      reason,
    );
  });
  assert.equal(await withLock(lock, async () => 'mine', { timeoutMs: 200 }), 'mine');
});
