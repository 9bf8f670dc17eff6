/** Notebook 01 in JupyterLab, as `npm start` opens it: Run All in headless Chromium ends well and draws its figures. */
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { projectAt, withLock } from '../../src/install/index.ts';
import { startJupyter } from '../../src/jupyter/index.ts';
import { testBrokers } from '../helpers/broker.ts';
import { findChromium, startChromium } from '../helpers/chromium.ts';
import { JupyterLabPage } from '../helpers/jupyterlab-page.ts';
import { FIGURES, NOTEBOOK_01, NOTEBOOK_01_LOCK, assertNotebook01 } from '../helpers/notebook-01.ts';

const project = projectAt();
const artifacts = path.join(project.stateFolder, 'artifacts');

test(
  'Run All of notebook 01 in JupyterLab ends without an error and draws its figures',
  { timeout: 600_000 },
  async (t) => {
    const program = findChromium();
    if (program === undefined) {
      t.skip('not run: no Chromium on this machine (put one on PATH, or name it in STREAMTRAIN_CHROMIUM)');
      return;
    }
    const brokers = await testBrokers();
    mkdirSync(artifacts, { recursive: true });
    await withLock(path.join(project.stateFolder, NOTEBOOK_01_LOCK), async () => {
      const before = await readFile(path.join(project.folder, NOTEBOOK_01), 'utf8');
      const jupyter = await startJupyter({ brokers, notebook: NOTEBOOK_01 });
      const browser = await startChromium(program);
      try {
        const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
        const lab = await JupyterLabPage.open(page, jupyter.url);
        await lab.runAll();
        const executed = await lab.untilAllHaveRun(300_000);
        assertNotebook01(executed);
        for (const id of FIGURES) {
          const { width, height, traces } = await lab.drawnFigure(
            executed.cells.findIndex((cell) => cell.id === id),
          );
          assert.ok(
            width > 300 && height > 200 && traces > 0,
            `${id}: ${width} x ${height}, ${traces} traces`,
          );
          await page.screenshot({ path: path.join(artifacts, `notebook-01-${id}.png`) });
        }
        assert.deepEqual(lab.pageErrors, []);
        assert.deepEqual(lab.foreignRequests, [], 'the page asks for nothing outside this machine');
      } finally {
        await browser.close();
        await jupyter.stop();
      }
      const after = await readFile(path.join(project.folder, NOTEBOOK_01), 'utf8');
      assert.equal(after, before, 'the notebook on disk is as it was');
    });
  },
);
