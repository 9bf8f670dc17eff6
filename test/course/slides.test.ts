/** Which cell begins a slide follows from the cells alone. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import {
  asSlides,
  readNotebook,
  strippedNotebook,
  type Notebook,
  type NotebookCell,
} from '../../src/course/index.ts';
import { projectAt } from '../../src/install/index.ts';

const cell = (cell_type: 'code' | 'markdown', source: string, at: number): NotebookCell => ({
  ...{ id: `c${at}`, cell_type, source, metadata: {} },
});

function typesOf(...cells: [type: 'code' | 'markdown', source: string][]): string[] {
  const made = cells.map(([type, source], at) => cell(type, source, at));
  return asSlides({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells: made }).cells.map(typeOf);
}

const typeOf = ({ metadata }: NotebookCell): string =>
  (metadata['slideshow'] as { slide_type: string }).slide_type;

test('sections begin slides, code comes as a fragment, what does not fit goes below, solutions are notes', () => {
  assert.deepEqual(
    typesOf(
      ['markdown', '# Title'],
      ['markdown', 'A word more.'],
      ['markdown', '## Data'],
      ['code', 'read();'],
      ['code', 'look();'],
      ['markdown', 'What you see.'],
      ['markdown', '### Detail'],
      ['markdown', 'x'.repeat(1_000)],
      ['markdown', '<details><summary>Solutions</summary>\n\n## not a section\n</details>'],
      ['markdown', '```\n## no heading\n```'],
    ),
    ['slide', '-', 'slide', 'fragment', 'subslide', 'subslide', 'subslide', 'subslide', 'notes', 'subslide'],
  );
});

test('every chapter begins with a slide, and nothing of it changes but the places of its cells', () => {
  const folder = path.join(projectAt().folder, 'notebooks');
  for (const name of readdirSync(folder).filter((each) => each.endsWith('.ipynb'))) {
    const notebook: Notebook = readNotebook(path.join(folder, name));
    const slides = asSlides(notebook);
    assert.equal(typeOf(slides.cells[0]!), 'slide', name);
    assert.ok(slides.cells.filter((each) => typeOf(each) === 'slide').length >= 5, name);
    assert.deepEqual(strippedNotebook(slides), strippedNotebook(notebook));
  }
});
