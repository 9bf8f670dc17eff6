/** One JupyterLab for a whole test file, and one headless Chromium for a whole process; nothing of both is left when they end. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { after } from 'node:test';
import type { Browser } from 'playwright-core';
import { formatNotebook } from '../../src/course/index.ts';
import type { Notebook } from '../../src/course/index.ts';
import { projectAt } from '../../src/install/index.ts';
import { startJupyter } from '../../src/jupyter/index.ts';
import type { JupyterServer } from '../../src/jupyter/index.ts';
import { findChromium, startChromium } from './chromium.ts';
import { JupyterLabPage } from './jupyterlab-page.ts';

/** Why a browser test did not run. */
export const NO_CHROMIUM =
  'not run: no Chromium on this machine (put one on PATH, or name it in STREAMTRAIN_CHROMIUM)';

/** What {@link openSession} takes. */
export interface SessionOptions {
  /** Names the workspace and the pictures: `kernel` gives `kernel-<title>.png`. */
  readonly name: string;
  /** The folder whose notebooks are served; default: the project. */
  readonly folder?: string;
  /** Kafka brokers for the notebooks. */
  readonly brokers?: readonly string[];
}

/** A running JupyterLab, and a browser to look at it. */
export interface Session {
  /**
   * Opens a notebook on the kernel it names, lets `work` use it, closes it, and shuts its kernel down. JupyterLab stays in its
   * page for the next one, unless something failed, or the debugger was used.
   *
   * @param notebook relative to the folder that is served
   * @param change what JupyterLab reads instead of the file as it is
   */
  readonly withNotebook: (
    notebook: string,
    work: (lab: JupyterLabPage) => Promise<void>,
    change?: (notebook: Notebook) => Notebook,
  ) => Promise<void>;
  /** Where the picture `title` goes; git ignores the folder. */
  readonly picture: (title: string) => string;
  readonly close: () => Promise<void>;
}

/** The browser of this process, which every session takes; a page is a user of its own. */
let running: Promise<Browser> | undefined;

after(async () => (await started())?.close());

async function browserOf(program: string): Promise<Browser> {
  const found = running;
  const browser = await started();
  if (browser?.isConnected()) return browser;
  // Of two that ask at the same moment, the second finds what the first has started.
  if (running === found) running = startChromium(program);
  return running!;
}

/** The session that asked for one that could not be started has its error. */
function started(): Promise<Browser | undefined> {
  return running?.catch(() => undefined) ?? Promise.resolve(undefined);
}

const PAGE = { viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce' } as const;

/** Starts a JupyterLab, and the browser where it does not run yet; `undefined` when this machine has no Chromium. */
export async function openSession(options: SessionOptions): Promise<Session | undefined> {
  const program = findChromium();
  if (program === undefined) return undefined;
  const project = projectAt();
  const artifacts = path.join(project.stateFolder, 'artifacts');
  mkdirSync(artifacts, { recursive: true });
  const { name, folder = project.folder, brokers = [] } = options;
  // Port 0: any free one, so that two test files that start at once do not choose the same.
  const jupyter = await startJupyter({ project: { ...project, folder }, brokers, port: 0 });
  const browser = await browserOf(program).catch(async (error: unknown) => {
    await jupyter.stop();
    throw error;
  });
  /** The page that the notebook before has left as it was. */
  let kept: JupyterLabPage | undefined;
  return {
    withNotebook: async (notebook, work, change) => {
      const page = kept?.page ?? (await browser.newPage(PAGE));
      const before = kept;
      kept = undefined;
      try {
        const { address, token } = jupyter;
        const url = `${address}lab/tree/${notebook}?token=${token}`;
        const open = () => JupyterLabPage.open(page, url, `streamtrain-${name}`, change);
        const lab = before ?? (await open());
        await before?.openNext(notebook, change);
        await work(lab);
        if (await lab.closeNotebook()) kept = lab;
      } finally {
        if (kept === undefined) await page.close();
        await shutDownKernels(jupyter);
      }
    },
    picture: (title) => path.join(artifacts, `${name}-${title}.png`),
    close: async () => {
      await kept?.page.close();
      await jupyter.stop();
    },
  };
}

async function shutDownKernels({ address, token }: JupyterServer): Promise<void> {
  const headers = { authorization: `token ${token}` };
  const answer = await fetch(`${address}api/sessions`, { headers });
  for (const { id } of (await answer.json()) as { id: string }[])
    await fetch(`${address}api/sessions/${id}`, { method: 'DELETE', headers });
}

/** A notebook of these code cells, for our kernel. */
export function notebookOf(sources: readonly string[]): string {
  const cells = sources.map((source, at) => ({
    ...{ cell_type: 'code' as const, execution_count: null, id: `cell-${at}`, metadata: {}, outputs: [] },
    source,
  }));
  const kernelspec = {
    name: 'streamtrain',
    display_name: 'TypeScript (streamtrain)',
    language: 'typescript',
  };
  return formatNotebook({ cells, metadata: { kernelspec }, nbformat: 4, nbformat_minor: 5 });
}
