/** Which process is which. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, livenessOf, ownIdentity } from '../../src/process/index.ts';

test('this process is alive; one that has ended is dead; a reused process id is another process', async () => {
  const own = ownIdentity();
  assert.equal(own.pid, process.pid);
  assert.equal(livenessOf(own), 'alive');
  const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60000)'], { stdio: 'ignore' });
  await once(child, 'spawn');
  assert.equal(livenessOf({ ...own, pid: child.pid!, processStart: '' }), 'alive');
  // Linux tells when a process started.
  if (own.processStart !== '') assert.equal(livenessOf({ ...own, pid: child.pid! }), 'dead');
  child.kill('SIGKILL');
  await once(child, 'close');
  assert.equal(livenessOf({ ...own, pid: child.pid!, processStart: '' }), 'dead');
});

test('a zombie is dead, whether its start is known or not', async (t) => {
  if (process.platform !== 'linux') return;
  // The shell becomes a program that never asks how its child ended.
  const parent = spawn('sh', ['-c', 'sleep 0.01 & echo $!; exec sleep 60'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => parent.kill('SIGKILL'));
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  const pid = Number(line.toString());
  const stateOf = () => fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.[0];
  for (const started = performance.now(); stateOf() !== 'Z' && performance.now() - started < 10_000;)
    await sleep(5);
  assert.equal(stateOf(), 'Z');
  process.kill(pid, 0); // the id is still taken
  const start = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')[19]!;
  const own = ownIdentity();
  assert.equal(isAlive(pid), false);
  assert.equal(livenessOf({ ...own, pid, processStart: start }), 'dead');
  assert.equal(livenessOf({ ...own, pid, processStart: '' }), 'dead');
  assert.equal(isAlive(parent.pid!), true);
});

test('what is in another container or machine, or is no process id, is not known to be dead', async () => {
  const own = ownIdentity();
  const elsewhere = own.bootId === '' ? { host: 'elsewhere' } : { pidNamespace: 'pid:[1]' };
  assert.equal(livenessOf({ ...own, ...elsewhere }), 'unknown');
  assert.equal(livenessOf({ ...own, bootId: '', host: 'elsewhere' }), 'unknown');
  // A container may have a clock of its own, by which processes started at another time.
  assert.equal(
    livenessOf({ ...own, timeNamespace: 'time:[1]', processStart: '1' }),
    own.bootId === '' ? 'dead' : 'unknown',
  );
  const { timeNamespace: _, ...earlier } = own;
  assert.equal(livenessOf(earlier), 'alive');
  // Signal 0 to process 0 or -1 would ask for whole groups of processes.
  for (const pid of [0, -1, 1.5, NaN]) assert.equal(livenessOf({ ...own, pid }), 'unknown');
});

test('a process that cannot be looked at is not taken for dead', async () => {
  if (process.platform !== 'linux') return;
  const own = ownIdentity();
  const identityFile = new URL('../../src/process/index.ts', import.meta.url).href;
  // No file can be opened any more, so nothing of /proc can be read.
  const script = `
    import fs from 'node:fs';
    import { livenessOf, ownIdentity } from ${JSON.stringify(identityFile)};
    const self = ownIdentity();
    const other = ${JSON.stringify(own)};
    const byHost = { ...other, bootId: '' };
    try { for (;;) fs.openSync('/dev/null'); } catch (error) { if (error.code !== 'EMFILE') throw error; }
    const said = [];
    for (const one of [other, byHost, { ...self, bootId: '' }, { ...byHost, pid: 2 ** 22 + 1 }]) said.push(livenessOf(one));
    fs.writeSync(1, said.join(' '));`;
  const limited = `ulimit -n 128; exec "$0" --import tsx --input-type=module -e "$1"`;
  const said = execFileSync('sh', ['-c', limited, process.execPath, script], { encoding: 'utf8' });
  assert.equal(said, 'unknown unknown unknown dead');
});
