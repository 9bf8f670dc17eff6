/** The lock of a checkpoint folder across containers and suspended processes. */
import assert from 'node:assert/strict';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs/promises';
import path from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { localCheckpoints } from '../../../src/training/index.ts';
import { temporaryFolder } from './helpers.ts';
import { trainSlowly, type LockChild } from './lock-child.ts';
import { typescriptProgram } from '../../helpers/typescript.ts';

const childFile = fileURLToPath(new URL('lock-child.ts', import.meta.url));
const leaseMs = 1000;

/** Starts a trainer and waits until it learns; what it says is gathered. */
async function startTrainer(t: TestContext, told: LockChild, within: readonly string[] = []) {
  const command = [...within, process.execPath, ...typescriptProgram(childFile), JSON.stringify(told)];
  const child = spawn(command[0]!, command.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  const said: string[] = [];
  child.stdout.on('data', (data: Buffer) => said.push(...String(data).trim().split('\n')));
  await once(child.stdout, 'data');
  return { child: child as ChildProcess, said, closed: once(child, 'close') };
}

/** Waits for the first checkpoint: a mini dataset is told as learnt before it is kept. */
async function untilKept(folder: string): Promise<void> {
  while ((await localCheckpoints(folder).list()).length === 0) await sleep(5);
}

/** Makes the owner of a lock one that cannot be seen from here, as in another container. */
async function moveElsewhere(folder: string): Promise<void> {
  const [file, draft] = ['lock.json', 'moved'].map((name) => path.join(folder, name)) as [string, string];
  const owner = JSON.parse(await fs.readFile(file, 'utf8')) as object;
  await fs.writeFile(draft, JSON.stringify({ ...owner, pidNamespace: 'pid:[1]', bootId: 'another' }));
  await fs.rename(draft, file);
}

test('a trainer that was suspended until another took over learns nothing more, and says why', async (t) => {
  const folder = await temporaryFolder(t);
  const told = { folder, leaseMs, rows: 4000, pauseMs: 5 };
  const { child, said, closed } = await startTrainer(t, told);
  await untilKept(folder);
  await moveElsewhere(folder);
  await assert.rejects(localCheckpoints(folder).lock(), { code: 'ST_TRAINING_CHECKPOINT_LOCKED' });
  child.kill('SIGSTOP');
  await sleep(leaseMs + 300);
  const learnt = said.length;
  // The one that takes over goes on from the last checkpoint, to the end.
  const { rows, faults, resumedFrom } = await trainSlowly({ ...told, pauseMs: 0 });
  assert.ok(resumedFrom !== undefined && rows < told.rows, `${rows} of ${told.rows}`);
  assert.deepEqual(faults, []);
  const checkpoints = await localCheckpoints(folder).list();
  child.kill('SIGCONT');
  await closed;
  assert.deepEqual(said.slice(learnt), ['ST_TRAINING_CHECKPOINT_LOCK_LOST']);
  assert.deepEqual(await localCheckpoints(folder).list(), checkpoints);
  assert.deepEqual((await fs.readdir(folder)).sort(), [...checkpoints].sort(), 'nothing is left behind');
});

test('a suspended trainer that can be seen to live keeps its checkpoints, and goes on', async (t) => {
  const folder = await temporaryFolder(t);
  const told = { folder, leaseMs, rows: 300, pauseMs: 20 };
  const { child, said, closed } = await startTrainer(t, told);
  child.kill('SIGSTOP');
  await sleep(leaseMs + 300);
  await assert.rejects(localCheckpoints(folder, { leaseMs }).lock(), {
    code: 'ST_TRAINING_CHECKPOINT_LOCKED',
    pid: child.pid,
  });
  child.kill('SIGCONT');
  await closed;
  assert.equal(said.at(-1), 'ended 300');
});

test('two containers have process 1 each: the living one keeps the lock, a dead one loses it after its lease', async (t) => {
  const container = ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc'];
  try {
    execFileSync(container[0]!, [...container.slice(1), 'true'], { stdio: 'ignore' });
  } catch {
    t.diagnostic('not tried: no PID namespaces may be made here');
    return;
  }
  const folder = await temporaryFolder(t);
  const told = { folder, leaseMs, rows: 100_000, pauseMs: 20 };
  const first = await startTrainer(t, told, container);
  const [, pid] = /"pid":(\d+)/.exec(await fs.readFile(path.join(folder, 'lock.json'), 'utf8'))!;
  assert.equal(pid, '1');
  // In its own container, the second is process 1 of the same host name, too.
  const second = spawn(
    container[0]!,
    [...container.slice(1), process.execPath, ...typescriptProgram(childFile), JSON.stringify(told)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  let said = '';
  second.stdout.on('data', (data: Buffer) => (said += String(data)));
  await once(second, 'close');
  assert.equal(said, 'ST_TRAINING_CHECKPOINT_LOCKED\n');
  await assert.rejects(localCheckpoints(folder).lock(), { code: 'ST_TRAINING_CHECKPOINT_LOCKED', pid: 1 });
  first.child.kill('SIGKILL');
  await first.closed;
  for (const since = performance.now(); ; await sleep(100)) {
    const lock = await localCheckpoints(folder)
      .lock()
      .catch((error: { code: string }) => error);
    if ('release' in lock) return lock.release();
    assert.equal(lock.code, 'ST_TRAINING_CHECKPOINT_LOCKED');
    assert.ok(performance.now() - since < 15_000, 'the dead one still has it');
  }
});

test('a lock that cannot be read is not taken for none', async (t) => {
  const folder = await temporaryFolder(t);
  await fs.mkdir(path.join(folder, 'lock.json'));
  await assert.rejects(localCheckpoints(folder).lock(), { code: 'ST_TRAINING_CHECKPOINT_SAVE' });
});

test('an owner whose lock was deleted or replaced writes no checkpoint', async (t) => {
  const folder = await temporaryFolder(t);
  const store = localCheckpoints(folder);
  const lock = await store.lock();
  const content = { topics: ['t'], position: { t: { 0: 1 } }, parts: {} };
  assert.equal(await store.save(content), 'checkpoint-000000000001');
  await fs.rm(path.join(folder, 'lock.json'));
  const other = localCheckpoints(folder);
  const theirs = await other.lock();
  await assert.rejects(store.save(content), {
    code: 'ST_TRAINING_CHECKPOINT_LOCK_LOST',
    message: new RegExp(`process ${process.pid} on .* has taken them over`),
  });
  await lock.release();
  assert.equal(await other.save(content), 'checkpoint-000000000002');
  await theirs.release();
  assert.deepEqual(await fs.readdir(folder), ['checkpoint-000000000001', 'checkpoint-000000000002']);
});
