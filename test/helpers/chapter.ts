/** Executes a chapter of the course with its solutions filled in, and looks at what every chapter must keep. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { complaints, printedBy, withSolutions, type Notebook } from '../../src/course/index.ts';
import { projectAt } from '../../src/install/index.ts';
import { withLock } from '../../src/process/index.ts';
import { runNotebook } from '../../src/jupyter/index.ts';
import { listGroups, listTopics } from '../../src/kafka/index.ts';
import { testBrokers } from './broker.ts';
import { runInJupyterLab, type InJupyterLab } from './chapter-in-jupyterlab.ts';
import { findChromium } from './chromium.ts';
import { assertSolved, assertSolvedAfterRunAll, solvedAfterRunAll } from './exercises.ts';
import { NO_CHROMIUM } from './jupyterlab-session.ts';
import { whileBusy } from './load.ts';
import { isLong } from './schedules.ts';

/** What is special about a chapter's run. */
export interface ChapterOptions {
  /** The lock's name, where two notebooks use the same topics. Default: the notebook's name. */
  readonly lock?: string;
  /** What is done to the cluster before the chapter runs, such as leaving topics of a run that was broken off. */
  readonly before?: (brokers: string[]) => Promise<void>;
  /** What is looked at in JupyterLab, where there is a browser: then the chapter runs there instead of headless. */
  readonly inJupyterLab?: InJupyterLab;
  /** Why it cannot run here; then its tests are named as not run. */
  readonly skip?: string | false;
}

/** How a chapter is run: on which kernel, by which client, and beside what. */
interface Circumstances {
  readonly kernel: string;
  readonly busy: boolean;
  /** In JupyterLab, by a browser. */
  readonly lab?: InJupyterLab;
  /** Whether exercises are answered after "Run All", whose last cells clean up, or on the way. */
  readonly exercisesLast: boolean;
}

/**
 * On our kernel every chapter runs once: in JupyterLab where that is looked at and a browser is there, else headless.
 * On stock tslab, chapters 1, 2 and 5 run always, the others and the Chinese one in the long runs; so do all on a busy
 * machine, and headless those that have run in JupyterLab.
 */
function circumstancesOf(name: string, lab: InJupyterLab | undefined): Circumstances[] {
  const ours = { kernel: 'streamtrain', busy: false, exercisesLast: true };
  const seen = lab && findChromium() !== undefined ? [{ ...ours, lab }] : [];
  const onTslab = { kernel: 'tslab', busy: false, exercisesLast: false };
  const onBusyMachine = { kernel: 'streamtrain', busy: true, exercisesLast: false };
  return [
    ...seen,
    ...(isLong || seen.length === 0 ? [ours] : []),
    ...(isLong || /^0[125]-[^.]*$/.test(name) ? [onTslab] : []),
    ...(isLong ? [onBusyMachine] : []),
  ];
}

/**
 * Registers a test for each kernel: all cells run without a complaint, every solution is right (on our kernel
 * after "Run All", in the same session), nothing is left in Kafka whose name starts with `prefix`, and `facts` holds.
 *
 * @param name the notebook's file name without `.ipynb`
 */
export function testChapter(
  name: string,
  prefix: string,
  facts: (notebook: Notebook) => void,
  {
    lock = `${name}.lock`,
    before = () => Promise.resolve(),
    inJupyterLab,
    skip = false,
  }: ChapterOptions = {},
): void {
  for (const { kernel, busy, exercisesLast, lab } of circumstancesOf(name, inJupyterLab)) {
    const where = lab ? ' in JupyterLab, and its figures are drawn' : busy ? ' while every core is busy' : '';
    const title = `chapter ${name} runs on ${kernel}${where}`;
    test(title, { timeout: 1_200_000, skip }, async (t) => {
      const brokers = await testBrokers();
      await withLock(path.join(projectAt().stateFolder, lock), async () => {
        await before(brokers);
        const change = exercisesLast ? solvedAfterRunAll : withSolutions;
        const file = `notebooks/${name}.ipynb`;
        if (inJupyterLab && findChromium() === undefined) t.diagnostic(`JupyterLab: ${NO_CHROMIUM}`);
        const headless = async () => {
          const run = await runNotebook(file, { brokers, kernel, change, cellTimeout: busy ? 600 : 180 });
          assert.equal(run.code, 0, run.stderr);
          return run.notebook;
        };
        const began = performance.now();
        const notebook = lab
          ? await runInJupyterLab(t, { file, brokers, change, looks: lab })
          : await (busy ? whileBusy(headless) : headless());
        assert.deepEqual(complaints(notebook), []);
        (exercisesLast ? assertSolvedAfterRunAll : assertSolved)(notebook);
        facts(notebook);
        assert.match(printedBy(notebook, 'cleanup-close'), /closed|已关闭/);
        t.diagnostic(`${((performance.now() - began) / 1000).toFixed(1)} s`);
        const left = [...(await listTopics({ brokers })), ...(await listGroups({ brokers }))];
        assert.deepEqual(
          left.filter((each) => each.startsWith(prefix)),
          [],
        );
      });
    });
  }
}
