/** A chapter in JupyterLab on our kernel, as a learner runs it: figures move, then are interactive. One browser serves a whole process. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { after, type TestContext } from 'node:test';
import { complaints, readNotebook, type Notebook } from '../../src/course/index.ts';
import { projectAt } from '../../src/install/index.ts';
import { cellAt, countImages, promptOf, watch } from './jupyterlab-cells.ts';
import type { JupyterLabPage } from './jupyterlab-page.ts';
import { openSession, type Session } from './jupyterlab-session.ts';

/** What is looked at in JupyterLab, beside the outputs. Cells are named by their id. */
export interface InJupyterLab {
  /** Cells that end in a figure; each is drawn. */
  readonly figures: readonly string[];
  /** The one of them whose figure moves while its cell runs. */
  readonly live?: string;
  /** What a learner does while the chapter runs. */
  readonly meanwhile?: (chapter: OpenChapter) => Promise<void>;
  /** What a learner does when all cells have run. */
  readonly afterwards?: (chapter: OpenChapter) => Promise<void>;
}

/** A chapter that runs in JupyterLab. */
export interface OpenChapter {
  readonly lab: JupyterLabPage;
  /** Where the cell of this id is, counted from 0. */
  readonly indexOf: (id: string) => number;
  /** Where the picture of this title goes. */
  readonly picture: (title: string) => string;
}

const PLOTLY = 'application/vnd.plotly.v1+json';

let opened: Promise<Session | undefined> | undefined;

after(async () => (await opened)?.close());

/** What to run, and how. */
export interface ChapterRun {
  /** Path of the notebook, relative to the project. */
  readonly file: string;
  readonly brokers: readonly string[];
  /** Makes of the stored notebook the one that is run; it keeps the places of its cells. */
  readonly change: (notebook: Notebook) => Notebook;
  readonly looks: InJupyterLab;
}

/**
 * Runs all cells of a chapter in JupyterLab and looks at its figures; the page makes no error and asks for nothing from
 * outside, and the file stays as it was.
 *
 * @returns the notebook with its outputs
 */
export async function runInJupyterLab(t: TestContext, run: ChapterRun): Promise<Notebook> {
  const file = path.join(projectAt().folder, run.file);
  const stored = readNotebook(file);
  const onDisk = await readFile(file, 'utf8');
  opened ??= openSession({ name: 'chapter', brokers: run.brokers });
  const session = await opened;
  assert.ok(session, 'a browser was found before');
  const chapter = path.basename(file, '.ipynb').slice(0, 2);
  let executed: Notebook | undefined;
  await session.withNotebook(
    run.file,
    async (lab) => {
      executed = await runAndLook(t, run.looks, {
        lab,
        indexOf: (id) => stored.cells.findIndex((cell) => cell.id === id),
        picture: (title) => session.picture(`${chapter}-${title}`),
      });
      assert.deepEqual(lab.pageErrors, []);
      assert.deepEqual(lab.foreignRequests, [], 'the page asks for nothing outside this machine');
    },
    run.change,
  );
  assert.equal(await readFile(file, 'utf8'), onDisk, 'the file is as it was');
  assert.ok(executed);
  return executed;
}

async function runAndLook(t: TestContext, looks: InJupyterLab, chapter: OpenChapter): Promise<Notebook> {
  const { lab, indexOf, picture } = chapter;
  const images = looks.live === undefined ? undefined : await countImages(lab.page, indexOf(looks.live));
  await lab.runAll();
  await looks.meanwhile?.(chapter);
  if (looks.live !== undefined) await seeItMove(t, chapter, looks.live);
  if (images) assert.ok((await images()) >= 2, `the live figure changes: ${await images()} states`);
  const executed = await lab.untilAllHaveRun(600_000);
  assert.deepEqual(complaints(executed), [], 'before a figure is missed, what failed is said');
  for (const id of looks.figures) {
    const { width, height, traces } = await lab.drawnFigure(indexOf(id));
    await lab.page.screenshot({ path: picture(id) });
    assert.ok(width > 300 && height > 200 && traces > 0, `${id}: ${width} x ${height}, ${traces} traces`);
    const forms = (executed.cells[indexOf(id)]?.outputs ?? []).map(({ data }) => data?.[PLOTLY]);
    assert.equal(forms.filter(Boolean).length, 1, `${id}: the final figure is shown once`);
  }
  await looks.afterwards?.(chapter);
  assert.deepEqual(complaints(await lab.content()), [], 'nor was anything said after the cells had ended');
  return executed;
}

/** Watches the figure of a running cell to the cell's end, and keeps pictures of it. */
async function seeItMove(t: TestContext, { lab, indexOf, picture }: OpenChapter, id: string): Promise<void> {
  const index = indexOf(id);
  const image = cellAt(lab.page, index).locator('.jp-OutputArea-output img').first();
  const frames = await watch(image, async () => /^\[\d+\]:$/.test(await promptOf(lab.page, index)));
  for (const [at, frame] of frames.slice(0, 2).entries())
    await writeFile(picture(`live-${at + 1}`), frame.picture);
  t.diagnostic(`${frames.length} states of the live figure photographed`);
  assert.ok(frames.length >= 1, 'the live figure is there');
}
