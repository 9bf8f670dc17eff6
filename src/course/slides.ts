/** Chapters as slides: which cell begins a slide, by a rule, so that no notebook has to be marked by hand. */
import { textOf, type Notebook, type NotebookCell } from './notebook-file.ts';

/** What nbconvert calls the places of a cell; `-` goes on where the cell before it stands. */
export type SlideType = 'slide' | 'subslide' | 'fragment' | 'notes' | '-';

/** Characters of text beside which nothing more fits on a slide. */
const FULL = 900;

/**
 * The notebook with a place for each cell:
 *
 * - the title and each section (`#`, `##`) begin a slide, smaller headings one below it;
 * - code comes as a fragment, at the speaker's click; a second code cell begins a slide below, so does text behind code;
 * - text goes on where it fits, else it begins a slide below;
 * - folded text (solutions) becomes the speaker's notes.
 *
 * @returns a copy; nothing else in the cells changes
 * @example
 * ```ts
 * const slides = asSlides(readNotebook('notebooks/03-the-data.ipynb'));
 * ```
 */
export function asSlides(notebook: Notebook): Notebook {
  const on = { code: 0, characters: 0 };
  const cells = notebook.cells.map((cell) => {
    const type = typeOf(cell, on);
    if (type === 'slide' || type === 'subslide') [on.code, on.characters] = [0, 0];
    if (cell.cell_type === 'code') on.code += 1;
    else if (type !== 'notes') on.characters += textOf(cell.source).length;
    return { ...cell, metadata: { ...cell.metadata, slideshow: { slide_type: type } } };
  });
  return { ...notebook, cells };
}

function typeOf(cell: NotebookCell, on: { readonly code: number; readonly characters: number }): SlideType {
  const text = textOf(cell.source);
  if (cell.cell_type === 'code') return on.code > 0 || on.characters > FULL ? 'subslide' : 'fragment';
  if (text.includes('<details>')) return 'notes';
  if (/^##? /m.test(text.replace(/^```[\s\S]*?^```/gm, ''))) return 'slide';
  if (/^###/.test(text) || on.code > 0) return 'subslide';
  return on.characters + text.length > FULL ? 'subslide' : '-';
}
