/** A notebook open in JupyterLab, driven as a user does: Run All, look at the outputs, scroll, take pictures. */
import type { Page } from 'playwright-core';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Notebook } from '../../src/course/index.ts';

/** What JupyterLab asks its server to save. */
interface SaveRequest {
  readonly type?: string;
  readonly content?: Notebook;
}

/** One open notebook. It is never written to disk: what JupyterLab would save stays here, in `saved`. */
export class JupyterLabPage {
  readonly page: Page;
  /** Errors of the page itself. */
  readonly pageErrors: string[] = [];
  /** Every address the page asked for that is not the server's own. */
  readonly foreignRequests: string[] = [];
  #saved: Notebook | undefined;

  private constructor(page: Page) {
    this.page = page;
  }

  /**
   * Opens the notebook of `url` (token included) and waits until its kernel has answered.
   *
   * @param url what `npm start` prints; or its address with another notebook
   * @param workspace JupyterLab's workspace for the test: two tests at the same time take two
   */
  static async open(page: Page, url: string, workspace: string): Promise<JupyterLabPage> {
    const lab = new JupyterLabPage(page);
    const { host } = new URL(url);
    page.on('pageerror', (error) => lab.pageErrors.push(String(error)));
    page.on('request', (request) => {
      const { host: asked, protocol } = new URL(request.url());
      if (protocol.startsWith('http') && asked !== host) lab.foreignRequests.push(request.url());
    });
    await page.route('**/api/contents/**/*.ipynb*', async (route) => {
      if (route.request().method() !== 'PUT') return route.continue();
      const { content } = route.request().postDataJSON() as SaveRequest;
      lab.#saved = content;
      const current = await page.request.get(`${route.request().url().split('?')[0]}?content=0`);
      const unchanged: unknown = await current.json();
      await route.fulfill({ json: unchanged });
    });
    await page.goto(inOwnWorkspace(url, workspace));
    await page.locator('.jp-Notebook .jp-Cell').first().waitFor({ timeout: 60_000 });
    // Before the kernel is there, "Run All" would ask which kernel to use.
    await page.getByText(/^TypeScript.*\| Idle$/).waitFor({ timeout: 60_000 });
    return lab;
  }

  /** Run -> Run All Cells. */
  async runAll(): Promise<void> {
    await this.page.getByRole('menuitem', { name: 'Run', exact: true }).click();
    await this.page.locator('[data-command="runmenu:run-all"]').click();
  }

  /** The notebook with its outputs, as JupyterLab would save it now. */
  async content(): Promise<Notebook> {
    this.#saved = undefined;
    await this.page.keyboard.press('Control+s');
    const until = Date.now() + 15_000;
    while (Date.now() < until) {
      if (this.#saved) return this.#saved;
      await sleep(100);
    }
    throw new Error('JupyterLab did not save the notebook within 15 s of Ctrl+S');
  }

  /** Waits until each code cell has run, or until one has failed. */
  async untilAllHaveRun(timeoutMs: number): Promise<Notebook> {
    const until = Date.now() + timeoutMs;
    const busy = this.page.locator('.jp-Notebook-ExecutionIndicator[data-status="busy"]');
    for (;;) {
      // The whole notebook is asked for only when no cell runs: it may have megabytes of figures.
      while ((await busy.count()) > 0 && Date.now() <= until) await sleep(250);
      const notebook = await this.content();
      const code = notebook.cells.filter((cell) => cell.cell_type === 'code');
      const waiting = code.filter((cell) => typeof cell.execution_count !== 'number');
      if (waiting.length === 0 && (await busy.count()) === 0) return notebook;
      if (Date.now() > until) {
        const ids = waiting.map((cell) => cell.id).join(', ');
        throw new Error(`After ${timeoutMs / 1000} s these cells have not run: ${ids}`);
      }
      await sleep(1000);
    }
  }

  /** Scrolls the notebook to `top` pixels; says whether there is more below. */
  async scrollTo(top: number): Promise<boolean> {
    return this.page.evaluate(async (wanted) => {
      const scroller =
        document.querySelector('.jp-WindowedPanel-outer') ?? document.querySelector('.jp-Notebook');
      if (!scroller) throw new Error('no notebook to scroll');
      scroller.scrollTop = wanted;
      await new Promise((resolve) => setTimeout(resolve, 600));
      return scroller.scrollTop + scroller.clientHeight < scroller.scrollHeight - 4;
    }, top);
  }

  /** Scrolls page by page from the top until `seen` finds what it looks for. */
  async scrollUntil(seen: () => Promise<boolean>): Promise<boolean> {
    for (let top = 0; ; top += 400) {
      const more = await this.scrollTo(top);
      if (await seen()) return true;
      if (!more) return false;
    }
  }

  /**
   * Scrolls to the plotly figure in the outputs of cell `index` (counted from 0) and waits until it is drawn.
   *
   * @returns its size in pixels and how many traces are drawn; zeros when there is no such figure
   */
  async drawnFigure(index: number): Promise<{ width: number; height: number; traces: number }> {
    const plot = this.page.locator(`.jp-Cell[data-windowed-list-index="${index}"] .js-plotly-plot`).first();
    const isDrawn = async () => (await plot.locator('.main-svg').count()) > 0;
    if (!(await isDrawn()) && !(await this.scrollUntil(isDrawn))) return { width: 0, height: 0, traces: 0 };
    // Cells that come into view take their real height and push the figure away: look again until it stays.
    for (let look = 0; look < 3; look++) {
      await plot.evaluate((element) => element.scrollIntoView({ block: 'center' }));
      await sleep(700);
    }
    const { width = 0, height = 0 } = (await plot.boundingBox()) ?? {};
    const traces = await plot.locator('.scatterlayer .trace').count();
    return { width, height, traces };
  }
}

/** The same address in a workspace of the tests, emptied first: the user's open tabs are neither seen nor closed. */
function inOwnWorkspace(url: string, workspace: string): string {
  return `${url.replace('/lab/tree/', `/lab/workspaces/${workspace}/tree/`)}&reset`;
}
