/** A notebook open in JupyterLab, driven as a user does: Run All, look at the outputs, scroll, take pictures. */
import type { Locator, Page } from 'playwright-core';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Notebook } from '../../src/course/index.ts';
import { cellAt, until } from './jupyterlab-cells.ts';
import { LastMessages } from './jupyterlab-frames.ts';

/** What JupyterLab asks its server to save. */
interface SaveRequest {
  readonly type?: string;
  readonly content?: Notebook;
}

/**
 * JupyterLab in a page, with one notebook open at a time. None is ever written to disk: what JupyterLab would save stays
 * here.
 */
export class JupyterLabPage {
  readonly page: Page;
  /** Errors of the page itself. */
  readonly pageErrors: string[] = [];
  /** What JupyterLab itself says of errors that it caught, such as those of its panels. */
  readonly consoleErrors: string[] = [];
  /** What was last asked of the debugger and answered. */
  readonly debugMessages: LastMessages;
  /** Every address the page asked for that is not the server's own. */
  readonly foreignRequests: string[] = [];
  #saved: Notebook | undefined;
  #change: Change;

  private constructor(page: Page, change: Change) {
    this.page = page;
    this.#change = change;
    this.debugMessages = new LastMessages(page, /^debug_/);
    page.on('console', (said) => said.type() === 'error' && this.consoleErrors.push(said.text()));
  }

  /**
   * Opens the notebook of `url` (token included) and waits until its kernel has answered.
   *
   * @param url what `npm start` prints; or its address with another notebook
   * @param workspace JupyterLab's workspace for the test: two tests at the same time take two
   * @param change what JupyterLab reads instead of the file as it is
   */
  static async open(
    page: Page,
    url: string,
    workspace: string,
    change: Change = unchanged,
  ): Promise<JupyterLabPage> {
    const lab = new JupyterLabPage(page, change);
    const { host } = new URL(url);
    page.on('pageerror', (error) => lab.pageErrors.push(String(error)));
    page.on('request', (request) => {
      const { host: asked, protocol } = new URL(request.url());
      if (protocol.startsWith('http') && asked !== host) lab.foreignRequests.push(request.url());
    });
    await page.route('**/api/contents/**/*.ipynb*', async (route) => {
      const isOpened = new URL(route.request().url()).searchParams.get('content') === '1';
      if (route.request().method() === 'GET' && isOpened) {
        const response = await route.fetch();
        const read = (await response.json()) as { readonly content: Notebook };
        return route.fulfill({ response, json: { ...read, content: lab.#change(read.content) } });
      }
      if (route.request().method() !== 'PUT') return route.continue();
      const { content } = route.request().postDataJSON() as SaveRequest;
      const current = await page.request.get(`${route.request().url().split('?')[0]}?content=0`);
      const asOnDisk: unknown = await current.json();
      await route.fulfill({ json: asOnDisk });
      // Last, for the page may be closed as soon as this is known.
      lab.#saved = content;
    });
    await page.goto(inOwnWorkspace(url, workspace));
    await lab.#untilOpen();
    return lab;
  }

  /**
   * File -> Open from Path, and waits until the kernel has answered: a page that is loaded again costs five times as much.
   *
   * @param notebook relative to the folder that is served
   * @param change what JupyterLab reads instead of the file as it is
   */
  async openNext(notebook: string, change: Change = unchanged): Promise<void> {
    this.#change = change;
    this.pageErrors.length = 0;
    this.foreignRequests.length = 0;
    await this.#choose('File', 'filebrowser:open-path');
    await this.page.locator('.jp-Dialog input').fill(notebook);
    await this.page.locator('.jp-Dialog .jp-mod-accept').click();
    await this.#untilOpen();
  }

  /**
   * Closes the notebook without saving it. Its kernel goes on.
   *
   * @returns whether JupyterLab is as it was before: the debugger leaves its panel open
   */
  async closeNotebook(): Promise<boolean> {
    const { page } = this;
    const [tab, discard] = [
      '#jp-main-dock-panel .jp-mod-current .lm-TabBar-tabCloseIcon',
      '.jp-Dialog .jp-mod-warn',
    ];
    await page.locator(tab).first().click();
    await until('the notebook is closed', async () => {
      if ((await page.locator(discard).count()) > 0) await page.locator(discard).first().click();
      return (await page.locator('.jp-Notebook').count()) === 0;
    });
    return !(await page.locator('#jp-right-stack').isVisible());
  }

  /** Until there are cells and a kernel: before it is there, "Run All" would ask which kernel to use. */
  async #untilOpen(): Promise<void> {
    await this.page.locator('.jp-Notebook .jp-Cell').first().waitFor({ timeout: 60_000 });
    await this.page.getByText(/^TypeScript.*\| Idle$/).waitFor({ timeout: 60_000 });
  }

  /** A command of a menu. */
  async #choose(menu: string, command: string): Promise<void> {
    await this.page.getByRole('menuitem', { name: menu, exact: true }).click();
    await this.page.locator(`.lm-Menu [data-command="${command}"]`).click();
  }

  /** Run -> Run All Cells. */
  async runAll(): Promise<void> {
    await this.#choose('Run', 'runmenu:run-all');
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
    const isBusy = () =>
      this.page.evaluate(
        () => document.querySelector('.jp-Notebook-ExecutionIndicator[data-status="busy"]') !== null,
      );
    for (;;) {
      // The whole notebook is asked for only when no cell runs: it may have megabytes of figures.
      while ((await isBusy()) && Date.now() <= until) await sleep(250);
      const notebook = await this.content();
      const code = notebook.cells.filter((cell) => cell.cell_type === 'code');
      const waiting = code.filter((cell) => typeof cell.execution_count !== 'number');
      if (waiting.length === 0 && !(await isBusy())) return notebook;
      if (Date.now() > until) {
        const ids = waiting.map((cell) => cell.id).join(', ');
        throw new Error(`After ${timeoutMs / 1000} s these cells have not run: ${ids}`);
      }
      await sleep(1000);
    }
  }

  /**
   * Scrolls to the plotly figure in the outputs of cell `index` (counted from 0) and waits until it is drawn and stands.
   *
   * @returns its size in pixels and how many traces are drawn
   */
  async drawnFigure(index: number): Promise<{ width: number; height: number; traces: number }> {
    const plot = cellAt(this.page, index).locator('.js-plotly-plot').first();
    const { width, height } = await this.broughtIntoView(index, plot, plot.locator('.main-svg').first());
    return { width, height, traces: await plot.locator('.scatterlayer .trace').count() };
  }

  /**
   * Scrolls to a part of cell `index` (counted from 0) and waits until it is drawn and stands.
   *
   * @param sign what is there once the part is drawn; default: the part itself
   * @returns where it stands on the screen
   */
  async broughtIntoView(index: number, part: Locator, sign = part) {
    const cell = cellAt(this.page, index);
    let [stands, since, found] = ['', 0, ''];
    const look = async () => {
      if ((await cell.count()) === 0) {
        found = 'JupyterLab does not hold the cell';
        return void (await this.#scrollTowards(index));
      }
      const isDrawn = (await sign.count()) > 0;
      // Cells that come into view take their real height and push it away: look again until it stays. What is in view is
      // not scrolled: each scrolling makes JupyterLab reckon heights again, which may move it again, for ever.
      await (isDrawn ? part : cell).evaluate(intoView);
      const box = isDrawn ? await part.boundingBox() : undefined;
      if (JSON.stringify(box) !== stands) [stands, since] = [JSON.stringify(box), performance.now()];
      found = isDrawn
        ? `it moved to ${stands}`
        : `an output without it: ${(await cell.innerText()).slice(-500)}`;
      return box && performance.now() - since > 500 ? box : undefined;
    };
    return until(`what is looked at in cell ${index} is drawn and stands`, look, 60_000, () =>
      [found, ...this.pageErrors].join('; '),
    );
  }

  /**
   * Drags the slider of cell `index` (counted from 0) by so many pixels, and holds it until `seen` has something: what is
   * below follows while the mouse is down.
   */
  async dragSlider<T>(index: number, pixels: number, seen: () => Promise<T | undefined>): Promise<T> {
    const handle = cellAt(this.page, index).locator('.noUi-handle').first();
    const { x, y, width, height } = await this.broughtIntoView(index, handle);
    const [from, at] = [x + width / 2, y + height / 2];
    await this.page.mouse.move(from, at);
    await this.page.mouse.down();
    for (let step = 1; step <= 20; step += 1) await this.page.mouse.move(from + (pixels * step) / 20, at);
    const found = await until('what is below follows while the mouse is down', seen);
    await this.page.mouse.up();
    return found;
  }

  /** Scrolls by most of a screen to where cell `index` must be: JupyterLab holds only the cells near what is seen. */
  async #scrollTowards(index: number): Promise<void> {
    await this.page.evaluate((wanted) => {
      const scroller =
        document.querySelector('.jp-WindowedPanel-outer') ?? document.querySelector('.jp-Notebook');
      if (!scroller) throw new Error('no notebook to scroll');
      const { top, bottom, height } = scroller.getBoundingClientRect();
      const seen = [...scroller.querySelectorAll('.jp-Cell[data-windowed-list-index]')]
        .filter((cell) => {
          const place = cell.getBoundingClientRect();
          return place.bottom > top && place.top < bottom;
        })
        .map((cell) => Number(cell.getAttribute('data-windowed-list-index')));
      if (seen.length > 0) scroller.scrollTop += 0.8 * height * (Math.max(...seen) < wanted ? 1 : -1);
    }, index);
  }
}

/** In the page: scrolls an element to the middle of the screen unless it is in view whole, or fills the screen. */
function intoView(element: Element): void {
  const scroller = element.closest('.jp-WindowedPanel-outer') ?? document.documentElement;
  const [seen, own] = [scroller.getBoundingClientRect(), element.getBoundingClientRect()];
  const isWhole = own.top >= seen.top && own.bottom <= seen.bottom;
  const fills = own.top <= seen.top && own.bottom >= seen.bottom;
  if (own.height === 0 || !(isWhole || fills)) element.scrollIntoView({ block: 'center' });
}

/** Makes of the stored notebook the one that JupyterLab reads. */
type Change = (notebook: Notebook) => Notebook;

function unchanged(notebook: Notebook): Notebook {
  return notebook;
}

/** The same address in a workspace of the tests, emptied first: the user's open tabs are neither seen nor closed. */
function inOwnWorkspace(url: string, workspace: string): string {
  return `${url.replace('/lab/tree/', `/lab/workspaces/${workspace}/tree/`)}&reset`;
}
