/** Chapters 1, 4, 5 and 7 in JupyterLab on our kernel, as a learner runs them: figures move, training pauses, then figures are interactive. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { complaints, exerciseVerdicts, printedBy, readNotebook } from '../../src/course/index.ts';
import { projectAt } from '../../src/install/index.ts';
import { withLock } from '../../src/process/index.ts';
import { testBrokers } from '../helpers/broker.ts';
import { cellAt, changes, promptOf, until, watch } from '../helpers/jupyterlab-cells.ts';
import type { JupyterLabPage } from '../helpers/jupyterlab-page.ts';
import { FIGURES, NOTEBOOK_01, NOTEBOOK_01_LOCK, assertNotebook01 } from '../helpers/notebook-01.ts';
import { NO_CHROMIUM, openSession } from '../helpers/jupyterlab-session.ts';
import type { Session } from '../helpers/jupyterlab-session.ts';

const project = projectAt();

/** The chapters with a live figure, each with the cell that draws it. */
const CHAPTERS = [
  { name: '04-batch-training', live: 'curve-run' },
  { name: '05-online-training', live: 'online-run' },
  { name: '07-drift', live: 'live-run' },
];

const PLOTLY = 'application/vnd.plotly.v1+json';

let session: Session | undefined;

before(async () => {
  session = await openSession({ name: 'chapter', brokers: await testBrokers() });
});

after(() => session?.close());

test('chapter 1 runs in JupyterLab and draws its figures', { timeout: 600_000 }, async (t) => {
  if (!session) return t.skip(NO_CHROMIUM);
  const { picture } = session;
  await withLock(path.join(project.stateFolder, NOTEBOOK_01_LOCK), () =>
    inJupyterLab(NOTEBOOK_01, async (lab) => {
      await lab.runAll();
      const executed = await lab.untilAllHaveRun(300_000);
      assertNotebook01(executed);
      for (const id of FIGURES) {
        const figure = await lab.drawnFigure(executed.cells.findIndex((cell) => cell.id === id));
        await lab.page.screenshot({ path: picture(`01-${id}`) });
        assert.ok(figure.width > 300 && figure.height > 200 && figure.traces > 0, JSON.stringify(figure));
      }
    }),
  );
});

for (const { name, live } of CHAPTERS) {
  const file = `notebooks/${name}.ipynb`;
  test(`chapter ${name} runs in JupyterLab and its figure moves`, { timeout: 600_000 }, async (t) => {
    if (!session) return t.skip(NO_CHROMIUM);
    const { picture } = session;
    await withLock(path.join(project.stateFolder, `${name}.lock`), () =>
      inJupyterLab(file, async (lab) => {
        const { page } = lab;
        const index = indexOf(file, live);
        await lab.runAll();
        const image = cellAt(page, index).locator('.jp-OutputArea-output img').first();
        if (name === '05-online-training') await pauseAndGoOn(lab, indexOf(file, 'online-controls'), index);
        const frames = await watch(image, async () => /^\[\d+\]:$/.test(await promptOf(page, index)));
        for (const [at, frame] of frames.entries())
          if (at < 2) await writeFile(picture(`${name}-live-${at + 1}`), frame.picture);
        t.diagnostic(`${frames.length} states of the live figure photographed`);
        assert.ok(changes(frames) >= 1, `the live figure changes: ${frames.length} states seen`);

        const executed = await lab.untilAllHaveRun(240_000);
        assert.deepEqual(complaints(executed), []);
        assert.match(printedBy(executed, 'cleanup-close'), /closed/);
        const { width, height, traces } = await lab.drawnFigure(index);
        await page.screenshot({ path: picture(`${name}-final`) });
        assert.ok(width > 300 && height > 200 && traces > 0, `${width} x ${height}, ${traces} traces`);
        const forms = (executed.cells[index]?.outputs ?? []).map(({ data }) => data?.[PLOTLY]);
        assert.equal(forms.filter(Boolean).length, 1, 'the final figure is shown once');
        const verdicts = exerciseVerdicts(executed).map(({ verdict }) => verdict);
        t.diagnostic(`exercises: ${verdicts.join(', ')}`);
        assert.ok(verdicts.length > 0 && verdicts.every((verdict) => verdict !== 'not run'));
      }),
    );
  });
}

/** Pauses the training under way by its button, sees its figure stand, and lets it go on, by the other button. */
async function pauseAndGoOn({ page }: JupyterLabPage, controls: number, live: number): Promise<void> {
  const button = (label: string) => cellAt(page, controls).getByRole('button', { name: label, exact: true });
  const figure = cellAt(page, live).locator('.jp-OutputArea-output img').first();
  await until('the controls are there', async () => (await button('pause').count()) > 0, 120_000);
  await button('pause').click();
  await until('the figure is there', async () => (await figure.count()) > 0);
  const standsMs = 1_500;
  let [shown, since] = ['', Date.now()];
  // A training that does not pause shows its last state so long, too, but nothing after it: see what follows.
  await until('the figure stands', async () => {
    const now = (await figure.getAttribute('src')) ?? '';
    if (now !== shown) [shown, since] = [now, Date.now()];
    return Date.now() - since > standsMs;
  });
  assert.equal(await promptOf(page, live), '[*]:', 'the training waits');
  await page.screenshot({ path: session!.picture('05-paused') });
  await button('go on').click();
}

function indexOf(file: string, id: string): number {
  return readNotebook(path.join(project.folder, file)).cells.findIndex((cell) => cell.id === id);
}

/** Opens the notebook; the page makes no error and asks for nothing from outside, and the file stays as it was. */
async function inJupyterLab(notebook: string, work: (lab: JupyterLabPage) => Promise<void>): Promise<void> {
  const file = path.join(project.folder, notebook);
  const onDisk = await readFile(file, 'utf8');
  await session?.withNotebook(notebook, async (lab) => {
    await work(lab);
    assert.deepEqual(lab.pageErrors, []);
    assert.deepEqual(lab.foreignRequests, [], 'the page asks for nothing outside this machine');
  });
  assert.equal(await readFile(file, 'utf8'), onDisk, 'the file is as it was');
}
