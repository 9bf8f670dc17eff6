/** Which process is which. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { livenessOf, ownIdentity } from '../../src/process/index.ts';

test('this process is alive; one that has ended is dead; a reused process id is another process', async () => {
  const own = await ownIdentity();
  assert.equal(own.pid, process.pid);
  assert.equal(await livenessOf(own), 'alive');
  const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)'], { stdio: 'ignore' });
  await once(child, 'spawn');
  assert.equal(await livenessOf({ ...own, pid: child.pid!, processStart: '' }), 'alive');
  // Linux tells when a process started.
  if (own.processStart !== '') assert.equal(await livenessOf({ ...own, pid: child.pid! }), 'dead');
  child.kill('SIGKILL');
  await once(child, 'close');
  assert.equal(await livenessOf({ ...own, pid: child.pid!, processStart: '' }), 'dead');
});

test('what is in another container or machine, or is no process id, is not known to be dead', async () => {
  const own = await ownIdentity();
  const elsewhere = own.bootId === '' ? { host: 'elsewhere' } : { pidNamespace: 'pid:[1]' };
  assert.equal(await livenessOf({ ...own, ...elsewhere }), 'unknown');
  assert.equal(await livenessOf({ ...own, bootId: '', host: 'elsewhere' }), 'unknown');
  // Signal 0 to process 0 or -1 would ask for whole groups of processes.
  for (const pid of [0, -1, 1.5, NaN]) assert.equal(await livenessOf({ ...own, pid }), 'unknown');
});
