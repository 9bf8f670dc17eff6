/** The process that cells run in: what it is not told. */
import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { RunnerHost } from '../../../src/kernel/server/runner-host.ts';
import { descendants } from '../../../src/process/index.ts';

test("the token of a Jupyter server is not in the cells' environment", async (t) => {
  if (process.platform !== 'linux') return; // elsewhere nothing shows another process's environment
  process.env['JUPYTER_TOKEN'] = 'opens-the-whole-server';
  t.after(() => delete process.env['JUPYTER_TOKEN']);
  const before = new Set(descendants().map(({ pid }) => pid));
  const host = new RunnerHost({ output: () => {}, event: () => {}, replaced: () => {} });
  t.after(() => host.close(5_000));
  let environment = '';
  for (let waits = 0; !environment.includes('STREAMTRAIN_RUNNER_SECRET') && waits < 400; waits++) {
    await sleep(50);
    for (const { pid } of descendants().filter((one) => !before.has(one.pid)))
      environment += await fs.readFile(`/proc/${pid}/environ`, 'utf8').catch(() => '');
  }
  assert.match(environment, /PATH=/);
  assert.match(environment, /STREAMTRAIN_RUNNER_SECRET=/);
  assert.doesNotMatch(environment, /JUPYTER_TOKEN=/);
});
