/** The memory of the language grows by what is declared, and by no more, however many cells run or fail. */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { makeProject } from '../modules/project.ts';
import { typescriptFlags } from '../../helpers/typescript.ts';

const count = process.env['STREAMTRAIN_LONG'] === '1' ? 2000 : 250;

/** Cells by their number, and how many MiB may stay of each. */
const kinds: readonly (readonly [what: string, stays: number, cell: (n: number) => string])[] = [
  [
    'that declare new names',
    25 / 1024,
    (n) => `const x${n}: number = ${n}; function f${n}(a: number) { return a + x${n} }`,
  ],
  ['that declare the same names again', 0, (n) => `const x: number = ${n}; class Point { y = x + ${n} }`],
  ['with type errors', 0, (n) => `const x${n}: number = 'text ${n}'`],
];

for (const [what, stays, cell] of kinds) {
  test(`${count} cells ${what} leave no garbage in the heap`, async (t) => {
    const child = fork(fileURLToPath(new URL('./memory-child.ts', import.meta.url)), {
      cwd: makeProject(t, {}),
      // Young objects have as much room as in the kernel.
      execArgv: [...typescriptFlags(), '--max-semi-space-size=8'],
    });
    t.after(() => child.kill('SIGKILL'));
    const run = async (from: number, to: number) => {
      let heap = 0;
      for (let n = from; n < to; n += 1) {
        child.send([cell(n)]);
        [{ heap }] = (await once(child, 'message')) as [{ heap: number }];
      }
      return heap;
    };
    await run(0, 1);
    await sleep(3000); // What the first cell leaves behind is put in order after two seconds.
    const before = await run(1, 20);
    const after = await run(20, count);
    // The heap of the language is half of what the kernel takes.
    const most = before * 1.4 + count * stays;
    const said = `${before.toFixed()} MiB, then ${after.toFixed()} MiB; at most ${most.toFixed()} MiB`;
    t.diagnostic(said);
    assert.ok(after <= most, said);
  });
}
