/** The Chinese chapter 1 stays in step with the English one: the same cells, the same code, other words. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { readNotebook, textOf } from '../../src/course/index.ts';
import { projectAt } from '../../src/install/index.ts';
import { NOTEBOOK_01 } from '../helpers/notebook-01.ts';

const { folder } = projectAt();
const english = readNotebook(path.join(folder, NOTEBOOK_01));
const chinese = readNotebook(path.join(folder, NOTEBOOK_01.replace('.ipynb', '.zh.ipynb')));

test('both languages have the same cells in the same order', () => {
  const ids = (cells: typeof english.cells) => cells.map(({ id, cell_type }) => `${cell_type} ${id}`);
  assert.deepEqual(ids(chinese.cells), ids(english.cells));
});

for (const [index, cell] of english.cells.entries()) {
  if (cell.cell_type !== 'code') continue;
  test(`the code of cell ${cell.id} is the same`, () =>
    assert.equal(textOf(chinese.cells[index]?.source), textOf(cell.source)));
}

test('every other cell is translated, and links and code in it are the same', () => {
  const marks = (text: string) => ({
    links: [...text.matchAll(/\]\(([^)]+)\)/g)].map(([, target]) => target).sort(),
    code: [...text.matchAll(/^```[\s\S]*?^```/gm)].map(([block]) => block),
    level: /^#+/.exec(text)?.[0],
  });
  for (const [index, cell] of english.cells.entries()) {
    if (cell.cell_type !== 'markdown') continue;
    const translated = textOf(chinese.cells[index]?.source);
    assert.deepEqual(marks(translated), marks(textOf(cell.source)), cell.id);
    assert.match(translated, /\p{Script=Han}/u, `${cell.id} is not translated`);
  }
});
