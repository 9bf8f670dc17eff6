/** The debugger in JupyterLab, by mouse: a breakpoint in the gutter, a variable in the panel, a step, and on. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { formatNotebook } from '../../src/course/index.ts';
import { cellAt, outputText, promptOf, runCell, until } from '../helpers/jupyterlab-cells.ts';
import { breakAt, variablesOf } from '../helpers/jupyterlab-debugger.ts';
import { NO_CHROMIUM, openSession } from '../helpers/jupyterlab-session.ts';
import type { Session } from '../helpers/jupyterlab-session.ts';

const CELL = `function total(winds: readonly number[]): number {
  let sum = 0;
  for (const wind of winds) {
    sum += wind;
  }
  return sum;
}
const winds = [3, 4];
console.log('mean', total(winds) / await Promise.resolve(2));`;

let folder: string;
let session: Session | undefined;

before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'streamtrain-debugger-'));
  const cell = { cell_type: 'code' as const, execution_count: null, id: 'cell-0', metadata: {}, outputs: [] };
  const kernelspec = {
    name: 'streamtrain',
    display_name: 'TypeScript (streamtrain)',
    language: 'typescript',
  };
  const cells = [{ ...cell, source: CELL }];
  const text = formatNotebook({ cells, metadata: { kernelspec }, nbformat: 4, nbformat_minor: 5 });
  await writeFile(path.join(folder, 'stop.ipynb'), text);
  session = await openSession({ name: 'debugger', folder });
});

after(async () => {
  await session?.close();
  await rm(folder, { recursive: true, force: true });
});

test(
  'a click beside a line stops the cell there; its variables are read, a step goes on by a line',
  { timeout: 240_000 },
  async (t) => {
    if (!session) return t.skip(NO_CHROMIUM);
    const { picture, withNotebook } = session;
    await withNotebook('stop.ipynb', async (lab) => {
      const { page } = lab;
      await breakAt(lab, 0, 3);
      await runCell(page, 0);
      const variables = () => variablesOf(page);
      await until('the cell stands', async () => /sum 0/.test(await variables()));
      await page.screenshot({ path: picture('stopped') });
      assert.match(await variables(), /wind 3/);
      assert.equal(await promptOf(page, 0), '[*]:');
      assert.match(await page.locator('.jp-DebuggerCallstack').innerText(), /total/);
      assert.equal(
        await cellAt(page, 0).locator('.jp-DebuggerEditor-highlight').innerText(),
        '    sum += wind;',
      );
      await page.locator('[data-command="debugger:next"]').first().click();
      await until('it went on by a line', async () => /sum 3/.test(await variables()));
      await page.screenshot({ path: picture('stepped') });
      await page.locator('[data-command="debugger:continue"]').first().click();
      await until('it came round to the breakpoint', async () => /wind 4/.test(await variables()));
      await page.locator('[data-command="debugger:continue"]').first().click();
      await until('the cell has run', async () => (await outputText(page, 0)) !== '');
      assert.equal((await outputText(page, 0)).trim(), 'mean 3.5');
      await page.screenshot({ path: picture('ended') });
      assert.deepEqual(lab.pageErrors, []);
    });
  },
);
