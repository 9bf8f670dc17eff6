/** Slides open without a network, with their figures in them. */
import assert from 'node:assert/strict';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { NotebookCell } from '../../src/course/index.ts';
import { projectAt } from '../../src/install/index.ts';
import { writeSlides } from '../../src/jupyter/index.ts';
import { findChromium, startChromium } from '../helpers/chromium.ts';

const SVG =
  '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="60"><title>a figure</title><circle r="9"/></svg>';

const cells: NotebookCell[] = [
  { id: 'title', cell_type: 'markdown', source: '# A chapter', metadata: {} },
  { id: 'section', cell_type: 'markdown', source: '## A section', metadata: {} },
  {
    ...{ id: 'figure', cell_type: 'code', source: 'showFigure(figure);', metadata: {}, execution_count: 1 },
    outputs: [
      {
        output_type: 'display_data',
        metadata: {},
        data: {
          'application/vnd.plotly.v1+json': { data: [] },
          'image/svg+xml': SVG,
          'text/html': '<b>no</b>',
        },
      } as never,
    ],
  },
  { id: 'folded', cell_type: 'markdown', source: '<details>the solution</details>', metadata: {} },
];
const notebook = { cells, metadata: {}, nbformat: 4, nbformat_minor: 5 };

test(
  'slides of a notebook load nothing from elsewhere, and show its figure',
  { timeout: 300_000 },
  async (t) => {
    const folder = await mkdtemp(path.join(os.tmpdir(), 'slides-'));
    t.after(() => rm(folder, { recursive: true, force: true }));
    // Variables and patterns, as some programs read paths.
    const odd = path.join(folder, 'of $HOME [a] #1 %20');
    const templates = path.join('scripts', 'python', 'templates');
    await cp(path.join(projectAt().folder, templates), path.join(odd, templates), { recursive: true });
    const file = await writeSlides(notebook, folder, 'a [b] chapter', { folder: odd });
    assert.equal(file, path.join(folder, 'a [b] chapter.slides.html'));
    const program = findChromium();
    if (program === undefined) return t.diagnostic('no Chromium: the page was written, and not opened');
    const browser = await startChromium(program);
    t.after(() => browser.close());
    const context = await browser.newContext({ offline: true });
    const page = await context.newPage();
    const asked: string[] = [];
    const wrong: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    page.on('requestfailed', (request) => wrong.push(request.url()));
    page.on('pageerror', (error) => wrong.push(error.message));
    await page.goto(pathToFileURL(file).href);
    await page.waitForFunction('window.Reveal?.isReady()');
    assert.deepEqual([wrong, asked.filter((url) => !/^(?:file|data):/.test(url))], [[], []]);
    assert.equal(await page.evaluate('Reveal.getTotalSlides()'), 2);
    await page.keyboard.press('ArrowRight');
    assert.match((await page.locator('section.present h2').first().textContent()) ?? '', /^A section/);
    assert.equal(await page.locator('.fragment.visible').count(), 0, 'code waits for a click');
    await page.keyboard.press('ArrowRight');
    await page.locator('.fragment.visible img[src^="data:image/svg"]').first().waitFor();
    assert.equal(
      await page.locator('section.present b').count(),
      0,
      'a picture goes before what needs a program',
    );
    assert.equal(await page.locator('aside.notes').count(), 1);
  },
);

test('a picture that only the network has is refused, and named', { timeout: 300_000 }, async (t) => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'slides-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await writeFile(path.join(folder, 'note'), '');
  const far = {
    id: 'far',
    cell_type: 'markdown',
    metadata: {},
    source: '# T\n\n<img alt="x" src="https://example.org/x.png">',
  } as const;
  await assert.rejects(writeSlides({ ...notebook, cells: [far] }, folder, '-far'), {
    code: 'ST_JUPYTER_SLIDES',
    message: /example\.org/,
  });
});
