/** Our kernel in JupyterLab, as its users' hands know it: Run All, stop, restart, Tab, Shift-Tab, a live display. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { cellAt, changes, clickTool, outputText, promptOf } from '../helpers/jupyterlab-cells.ts';
import { runCell, typeInto, until, watch } from '../helpers/jupyterlab-cells.ts';
import type { Frame } from '../helpers/jupyterlab-cells.ts';
import { NO_CHROMIUM, notebookOf, openSession } from '../helpers/jupyterlab-session.ts';
import type { Session } from '../helpers/jupyterlab-session.ts';

const LIMIT = { timeout: 180_000 };

const ENDLESS = [
  `let counted = 1;
const station = 'Anemoi';`,
  `counted += 10;
console.log(counted);
for (;;) {}`,
  `console.log('kept', counted, station);`,
];

/** The first cell ends in the process id, so that a new kernel is told from the old one. */
const LIVE = [
  `class Progress {
  constructor(readonly step: number) {}
  [Symbol.for('Jupyter.display')]() {
    return { 'text/plain': 'step ' + this.step.toFixed(2) + ' of 20' };
  }
}
process.pid`,
  `const { existsSync } = await import('node:fs');
const bar = display(new Progress(0), { id: 'bar' });
for (let step = 1; step < 20; step += existsSync('seen') ? 1 : 0.05) {
  await new Promise((resolve) => setTimeout(resolve, 150));
  if (Math.floor(step * 20) % 2) bar.update(new Progress(step));
  else display(new Progress(step), { id: 'bar', update: true });
}
bar.update(new Progress(20));`,
  `'end'`,
];

const ASSIST = [
  `const station = {
  heights: [2, 10],
  /** The mean wind at a height. */
  meanAt(height: number): string {
    return height + ' m';
  },
};`,
  '',
];

let folder: string;
let session: Session | undefined;

before(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'streamtrain-lab-'));
  await writeFile(path.join(folder, 'endless.ipynb'), notebookOf(ENDLESS));
  await writeFile(path.join(folder, 'live.ipynb'), notebookOf(LIVE));
  await writeFile(path.join(folder, 'assist.ipynb'), notebookOf(ASSIST));
  session = await openSession({ name: 'kernel', folder });
});

after(async () => {
  await session?.close();
  await rm(folder, { recursive: true, force: true });
});

test('the stop button ends an endless cell, and what was there is still there', LIMIT, async (t) => {
  if (!session) return t.skip(NO_CHROMIUM);
  const { picture, withNotebook } = session;
  await withNotebook('endless.ipynb', async (lab) => {
    const { page } = lab;
    await lab.runAll();
    await until('the cell before has run', async () => (await promptOf(page, 0)) === '[1]:');
    await until('the endless cell runs', async () => (await promptOf(page, 1)) === '[*]:');
    await until('it counted', async () => /^11/.test(await outputText(page, 1)));
    await page.screenshot({ path: picture('endless') });
    await clickTool(page, 'interrupt');
    await until('the stopped cell says so', async () => /nterrupt/.test(await outputText(page, 1)), 15_000);
    assert.equal(await outputText(page, 2), '', 'the cells behind it do not run');
    await runCell(page, 2);
    await until('the next cell has run', async () => (await outputText(page, 2)) !== '', 15_000);
    assert.equal((await outputText(page, 2)).trim(), 'kept 11 Anemoi');
    await page.screenshot({ path: picture('stopped') });
    assert.deepEqual(lab.pageErrors, []);
  });
});

test('a display changes while its cell runs; restart and run all begins again', LIMIT, async (t) => {
  if (!session) return t.skip(NO_CHROMIUM);
  const { picture, withNotebook } = session;
  await withNotebook('live.ipynb', async (lab) => {
    const { page } = lab;
    const hasRun = (index: number) => async () => /^\[\d+\]:$/.test(await promptOf(page, index));
    await lab.runAll();
    const bar = cellAt(page, 1).locator('.jp-OutputArea-output').first();
    // The cell goes slowly until it was seen changing, however busy the machine is.
    const enough = async (frames: readonly Frame[]) => {
      if (frames.length === 4) await writeFile(path.join(folder, 'seen'), '');
    };
    const frames = await watch(bar, hasRun(2), enough);
    for (const [at, { picture: png }] of frames.slice(0, 3).entries())
      await writeFile(picture(`live-${at + 1}`), png);
    assert.ok(changes(frames) >= 2, frames.map(({ content }) => content).join(' | '));
    assert.equal(await outputText(page, 1), 'step 20.00 of 20', 'one output, the last state');

    const born = await outputText(page, 0);
    await clickTool(page, 'restart-and-run');
    await page.locator('.jp-Dialog .jp-mod-accept').click();
    await until('a new process runs the cells', async () => {
      const text = await outputText(page, 0);
      return /^\d+$/.test(text) && text !== born;
    });
    await until('all cells have run', hasRun(2));
    assert.deepEqual([await promptOf(page, 0), await promptOf(page, 2)], ['[1]:', '[3]:']);
    await page.screenshot({ path: picture('restarted') });
    assert.deepEqual(lab.pageErrors, []);
  });
});

test('Tab lists what a value has, Shift-Tab tells its type', LIMIT, async (t) => {
  if (!session) return t.skip(NO_CHROMIUM);
  const { picture, withNotebook } = session;
  await withNotebook('assist.ipynb', async (lab) => {
    const { page } = lab;
    await runCell(page, 0);
    await until('the cell has run', async () => (await promptOf(page, 0)) === '[1]:');
    await typeInto(page, 1, 'station.');
    const entries = page.locator('.jp-Completer-item');
    const isListed = async () => (await entries.count()) > 0;
    // JupyterLab waits for an answer for a second, on a machine that may be busy with other tests, and shows nothing then:
    // the user presses Tab again.
    let presses = 0;
    const press = async () => {
      if (await isListed()) return true; // It came late: another Tab would take its first entry.
      presses += 1;
      await page.keyboard.press('Tab');
      return until('it comes', isListed, 3_000).catch(() => false);
    };
    await until('the list is there', press, 15_000, () => `no list after ${presses} times Tab`);
    t.diagnostic(`listed at Tab ${presses}`);
    assert.deepEqual(await page.locator('.jp-Completer-match').allInnerTexts(), ['heights', 'meanAt']);
    await page.screenshot({ path: picture('completion') });
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await until('it is taken', async () => /station\.meanAt/.test(await cellAt(page, 1).innerText()));
    await page.keyboard.press('Shift+Tab');
    const tooltip = page.locator('.jp-Tooltip');
    const text = async () => ((await tooltip.count()) > 0 ? await tooltip.innerText() : '');
    await until('the tooltip has text', async () => (await text()).trim() !== '', 15_000);
    await page.screenshot({ path: picture('tooltip') });
    assert.match(await text(), /meanAt\(height: number\): string[^]*mean wind at a height/);
    assert.deepEqual(lab.pageErrors, []);
  });
});
