/** Which processes an interrupt reaches. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';
import { endProcess } from '../../../src/process/children.ts';
import { stillWaitedFor } from '../../../src/kernel/runner/child-processes.ts';

test('an interrupt reaches what still runs, not what got the number of a process that has ended', async (t) => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  t.after(() => endProcess(child, 'SIGKILL'));
  // Node 24 and later name their processes anew once they run.
  const ofChild = (...args: Parameters<typeof stillWaitedFor>) =>
    stillWaitedFor(...args)
      .filter(({ pid }) => pid === child.pid)
      .map((one) => ({ ...one, command: 'node' }));
  const [seen] = ofChild([], []);
  assert.equal(seen?.parent, process.pid);
  assert.deepEqual(ofChild([], [seen]), [seen], 'once');
  // As what a shell left behind: it is not looked for below this process, but was found there before.
  const beside = [seen.pid];
  assert.deepEqual(ofChild(beside, []), []);
  assert.deepEqual(ofChild(beside, [seen]), [seen]);
  assert.deepEqual(ofChild(beside, [{ ...seen, start: `${seen.start}0` }]), []);
  await endProcess(child, 'SIGKILL');
  assert.deepEqual(ofChild([], [seen]), []);
});
