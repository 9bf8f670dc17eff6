/** JupyterLab's debugger, handled as a user does: a breakpoint in the gutter, what the panel shows, and on. */
import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import type { OpenChapter } from './chapter-in-jupyterlab.ts';
import type { JupyterLabPage } from './jupyterlab-page.ts';
import { cellAt, promptOf, runCell, until } from './jupyterlab-cells.ts';

/** So long JupyterLab may take to begin a session: it asks for variables and modules before it shows the gutter. */
const BEGIN_MS = 30_000;

/**
 * Clicks into the gutter beside line `line` of cell `index` (both counted from 0) until JupyterLab lists the breakpoint, and
 * the bug before that until there is a gutter.
 * JupyterLab asks a new kernel several times whether it has a debugger: a click on the bug that comes between is left out, or
 * undone, or shows the gutter without a session behind it; then the bug is switched off and on again. The column of the gutter
 * moves while panels open.
 *
 * @throws Error with what was there instead: the bug, the gutter, the list, what JupyterLab complained of, and what it last
 *   asked the kernel and was answered
 */
export async function breakAt(lab: JupyterLabPage, index: number, line: number): Promise<void> {
  const { page } = lab;
  const lines = cellAt(page, index).locator('.cm-line');
  const gutter = cellAt(page, index).locator('.cm-breakpoint-gutter .cm-gutterElement:visible');
  const bug = page.locator('.jp-DebuggerBugButton').first();
  const listed = page.locator('.jp-DebuggerBreakpoint');
  const isThere = async () => (await gutter.count()) >= (await lines.count());
  let found = '';
  const look = async () => {
    const state = `the bug pressed: ${await bug.getAttribute('aria-pressed')}, a gutter for ${await gutter.count()} of ${await lines.count()} lines, ${await listed.count()} breakpoints listed`;
    const said = lab.consoleErrors.slice(-3).map((each) => each.slice(0, 500));
    found = [state, ...said, `the debugger's last messages:\n${lab.debugMessages.text}`].join('\n');
  };
  await until(
    'the breakpoint is listed',
    async () => {
      if (!(await isThere())) {
        await bug.click();
        await look();
        await until('the gutter is there', isThere, BEGIN_MS);
        await look();
      }
      await lines.nth(line).scrollIntoViewIfNeeded();
      const { y = 0, height = 0 } = (await lines.nth(line).boundingBox()) ?? {};
      const { x = 0, width = 0 } = (await gutter.last().boundingBox()) ?? {};
      await page.mouse.click(x + width / 2, y + height / 2);
      try {
        await until('it is there', async () => (await listed.count()) > 0, 10_000);
        return true;
      } catch {
        await look();
        await bug.click();
        await until('the gutter is gone', async () => !(await isThere()), 5_000);
        return false;
      }
    },
    120_000,
    () => found,
  );
}

/** What the panel of variables shows, in one line. */
export async function variablesOf(page: Page): Promise<string> {
  const panel = page.locator('.jp-DebuggerVariables').first();
  return (await panel.innerText()).replaceAll(/\s+/g, ' ');
}

/** Where a cell is to be stopped, and what is to be seen there. */
export interface Stop {
  /** The cell's id. */
  readonly cell: string;
  /** What the line begins with. */
  readonly line: string;
  /** Names with their values, as the panel of variables shows them: `row 949`. */
  readonly shows: readonly string[];
}

/**
 * Stops a cell of a chapter that has run at a line, by mouse, looks at its variables, takes a picture, and switches the
 * debugger off; the cell then runs to its end.
 */
export async function stopAndLook({ lab, indexOf, picture }: OpenChapter, stop: Stop): Promise<void> {
  const { page } = lab;
  const index = indexOf(stop.cell);
  await lab.broughtIntoView(index, cellAt(page, index).locator('.cm-content'));
  const texts = await cellAt(page, index).locator('.cm-line').allInnerTexts();
  const line = texts.findIndex((text) => text.trim().startsWith(stop.line));
  assert.ok(line >= 0, `a line begins with ${stop.line}`);
  await breakAt(lab, index, line);
  await runCell(page, index);
  await until('the cell stands', async () => {
    const variables = await variablesOf(page);
    return stop.shows.every((one) => variables.includes(one));
  });
  assert.equal(await promptOf(page, index), '[*]:');
  await page.screenshot({ path: picture(`stopped-${stop.cell}`) });
  await page.locator('.jp-DebuggerBugButton').first().click();
  await until('the cell has run', async () => /^\[\d+\]:$/.test(await promptOf(page, index)));
}
