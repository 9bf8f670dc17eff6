/** Single cells of a notebook open in JupyterLab, handled as a user does: run, stop, read, type, watch. */
import type { Locator, Page } from 'playwright-core';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Cell `index` of the notebook, counted from 0. `light`: without it each look at a cell asks every element of JupyterLab
 * whether it has a shadow tree.
 */
export function cellAt(page: Page, index: number): Locator {
  return page.locator(`css:light=.jp-Notebook .jp-Cell[data-windowed-list-index="${index}"]`);
}

/** What is printed and shown under a cell, as text. */
export async function outputText(page: Page, index: number): Promise<string> {
  return (await cellAt(page, index).locator('.jp-OutputArea-output').allInnerTexts()).join('\n');
}

/** The cell's prompt: `[3]:` when it has run, `[*]:` while it runs or waits. */
export async function promptOf(page: Page, index: number): Promise<string> {
  return (await cellAt(page, index).locator('.jp-InputPrompt').innerText()).trim();
}

/** Selects a cell and runs it by Shift+Enter. */
export async function runCell(page: Page, index: number): Promise<void> {
  await cellAt(page, index).locator('.cm-content').click();
  await page.keyboard.press('Shift+Enter');
}

/** Puts the cursor into a cell and types `text` in place of what is there. */
export async function typeInto(page: Page, index: number, text: string): Promise<void> {
  await cellAt(page, index).locator('.cm-content').click();
  await page.keyboard.press('Control+a');
  await page.keyboard.type(text);
}

/** Clicks a button of the notebook's toolbar, such as `interrupt` or `restart-and-run`. */
export async function clickTool(page: Page, name: string): Promise<void> {
  await page.locator(`.jp-NotebookPanel-toolbar [data-jp-item-name="${name}"]`).click();
}

/** What comes at once is looked for often, what takes longer seldom: each look costs the browser milliseconds. */
const [OFTEN_MS, SELDOM_MS, AT_ONCE_MS] = [50, 250, 1_000];

/**
 * Waits until `look` gives something true; after `timeoutMs` throws with `what`, with what it `found` in its place, and with
 * the error of the last look.
 */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined>,
  timeoutMs = 60_000,
  found: () => string = () => '',
): Promise<T> {
  const begin = performance.now();
  for (;;) {
    let failure = '';
    const seen = await look().catch((error: unknown) => void (failure = `the last look: ${String(error)}`));
    if (seen) return seen;
    const waitedMs = performance.now() - begin;
    if (waitedMs > timeoutMs) {
      const instead = [found(), failure].filter(Boolean).join('; ') || 'nothing';
      throw new Error(`After ${timeoutMs / 1000} s it was not seen: ${what}. Found: ${instead}`);
    }
    await sleep(waitedMs < AT_ONCE_MS ? OFTEN_MS : SELDOM_MS);
  }
}

const LONGEST_WATCH_MS = 120_000;

/** One state of an output that changes: what the page holds, and a picture of what the user sees. */
export interface Frame {
  /** The output's text, or the address of its picture. */
  readonly content: string;
  /** A PNG of the output alone. */
  readonly picture: Buffer;
}

/** So many states are photographed; a picture costs the browser more than the cell that draws. */
const ENOUGH_FRAMES = 4;

/**
 * Watches an output under a running cell and takes a picture of each state that stands long enough for one, of the
 * first {@link ENOUGH_FRAMES}; then it waits for the end.
 *
 * @param output where it is, once it is there
 * @param ended whether it will not change any more
 * @param onFrame told of each new state, with all so far
 */
export async function watch(
  output: Locator,
  ended: () => Promise<boolean>,
  onFrame?: (frames: readonly Frame[]) => Promise<void>,
): Promise<Frame[]> {
  const frames: Frame[] = [];
  const end = performance.now() + LONGEST_WATCH_MS;
  while (!(await ended())) {
    if (performance.now() > end)
      throw new Error(`The output still changes after ${LONGEST_WATCH_MS / 1000} s`);
    if (frames.length >= ENOUGH_FRAMES) {
      await sleep(200);
      continue;
    }
    const frame = await newFrameOf(output, frames.at(-1)).catch(() => undefined); // replaced meanwhile: look again
    if (frame) {
      frames.push(frame);
      await onFrame?.(frames);
    }
    await sleep(50);
  }
  return frames;
}

/**
 * Counts, in the page itself, the images that a cell shows one after the other: a cell may be quicker than pictures can be
 * taken from outside.
 *
 * @returns how many there were so far
 */
export async function countImages(page: Page, index: number): Promise<() => Promise<number>> {
  const counter = await page.evaluateHandle((cell) => {
    const seen = { count: 0, last: '' };
    const notebook = document.querySelector('.jp-Notebook');
    if (!notebook) throw new Error('no notebook to watch');
    const image = `.jp-Cell[data-windowed-list-index="${cell}"] .jp-OutputArea-output img`;
    // It goes with the notebook's element.
    new MutationObserver(() => {
      const now = notebook.querySelector(image)?.getAttribute('src') ?? '';
      if (now !== '' && now !== seen.last) seen.count++;
      seen.last = now || seen.last;
    }).observe(notebook, { childList: true, subtree: true, attributeFilter: ['src'] });
    return seen;
  }, index);
  return () => counter.evaluate(({ count }) => count);
}

/** How many of the pictures differ from the one before. */
export function changes(frames: readonly Frame[]): number {
  return frames.filter(({ picture }, at) => at > 0 && !picture.equals(frames[at - 1]!.picture)).length;
}

/** The state the output is in, when it is another one than `last` and stood while its picture was taken. */
async function newFrameOf(output: Locator, last: Frame | undefined): Promise<Frame | undefined> {
  const before = await lookAt(output);
  if (!before || before.content === '' || before.content === last?.content) return undefined;
  // Not the locator's own screenshot: that waits until the element is at rest, and a live one never is.
  const { content, ...clip } = before;
  const picture = await output.page().screenshot({ clip });
  const after = await lookAt(output);
  return JSON.stringify(after) === JSON.stringify(before) ? { content, picture } : undefined;
}

/** What the output holds and where on the screen it stands; brings it into view first. */
async function lookAt(output: Locator) {
  if ((await output.count()) === 0) return undefined;
  return output.evaluate(
    (element) => {
      const seen = element.getBoundingClientRect();
      const statusBar = 40;
      if (seen.top < 100 || seen.bottom > innerHeight - statusBar)
        element.scrollIntoView({ block: 'center' });
      const { x, y, width, height } = element.getBoundingClientRect();
      return { content: element.getAttribute('src') ?? element.textContent, x, y, width, height };
    },
    undefined,
    { timeout: 1_000 },
  );
}
