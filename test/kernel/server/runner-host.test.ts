/** The process that cells run in: what it does not get, and that no cell is lost. */
import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunnerEvent } from '../../../src/kernel/runner/protocol.ts';
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

/** What a cell is sent as. */
function cellOf(run: number, code: string) {
  const cell = { number: run, fileName: `In [${run}]`, code, sourceMap: '{}', diagnostics: [] };
  return { type: 'execute', run, cell, silent: false, allowStdin: false, expressions: {} } as const;
}

test('an interrupt ends a cell whose beginning it cut off, and the next one runs', async (t) => {
  const seen: { run: number; event: RunnerEvent }[] = [];
  const event = (run: number, happened: RunnerEvent) => void seen.push({ run, event: happened });
  // Of the built kernel, as Jupyter starts it: the threads of its cells' process load no TypeScript.
  const built = import.meta.resolve('../../../dist/kernel/server/runner-host.js');
  const kernel = (await import(built)) as { RunnerHost: typeof RunnerHost };
  const host = new kernel.RunnerHost({ output: () => {}, event, replaced: () => {} });
  t.after(() => host.close(5_000));
  const until = async (what: string, isThere: (run: number, event: RunnerEvent) => boolean) => {
    for (let waits = 0; waits < 1_500; waits++) {
      const found = seen.find((each) => isThere(each.run, each.event));
      if (found) return found.event;
      await sleep(10);
    }
    throw new Error(`${what}; there was: ${JSON.stringify(seen)}`);
  };
  const done = async (run: number) => {
    const end = await until(`cell ${run} never ended`, (of, { type }) => of === run && type === 'done');
    return end.type === 'done' ? end.error?.ename : undefined;
  };
  await until('never ready', (_, { type }) => type === 'ready');
  // So much to read that the interrupt breaks in before the cell's first line.
  const much = Object.fromEntries(
    Array.from({ length: 100_000 }, (_, at) => [`name${at}`, { ename: 'none' }]),
  );
  const error = { ename: '', evalue: '', traceback: [] };
  host.send({ ...cellOf(1, 'while (true);'), expressions: { ...(much as object), error } });
  host.send({ type: 'interrupt' });
  assert.equal(await done(1), 'KeyboardInterrupt');
  host.send(cellOf(2, '0'));
  assert.equal(await done(2), undefined);
});
