/** Brings a notebook into the form it is stored in: no outputs, no counts, the course's kernel, one layout. */
import { textOf, type Notebook, type NotebookCell } from './notebook-file.ts';

/** Metadata of a cell that may stay; what editors leave there goes. */
const KEPT = ['tags', 'jupyter', 'streamtrain'];

const KERNEL = {
  kernelspec: { display_name: 'TypeScript (streamtrain)', language: 'typescript', name: 'streamtrain' },
  language_info: { file_extension: '.ts', mimetype: 'text/typescript', name: 'typescript' },
};

/**
 * The stored form of a notebook. Outputs go, except of cells tagged `keep-output`, whose picture a reader on GitHub needs.
 *
 * @example
 * ```ts
 * writeFileSync(file, formatNotebook(strippedNotebook(readNotebook(file))));
 * ```
 */
export function strippedNotebook(notebook: Notebook): Notebook {
  return {
    cells: notebook.cells.map(strippedCell),
    metadata: KERNEL,
    nbformat: 4,
    nbformat_minor: 5,
  };
}

function strippedCell(cell: NotebookCell): NotebookCell {
  const metadata = Object.fromEntries(Object.entries(cell.metadata).filter(([name]) => KEPT.includes(name)));
  const lines = textOf(cell.source)
    .split('\n')
    .map((line) => (cell.cell_type === 'code' ? line.trimEnd() : line));
  const source = lines.join('\n').trimEnd();
  // Jupyter writes keys in the order of the alphabet and sources as lists of lines: saving there changes nothing.
  const stored = { id: cell.id, metadata, source: source.split(/(?<=\n)/) };
  if (cell.cell_type !== 'code') {
    // Pictures that were pasted into a text are its attachments.
    const pictures = Object.keys(cell.attachments ?? {}).length > 0 ? { attachments: cell.attachments } : {};
    return { ...pictures, cell_type: cell.cell_type, ...stored };
  }
  const { id, source: code } = stored;
  const outputs = keepsOutput(cell) ? (cell.outputs ?? []) : [];
  return { cell_type: 'code', execution_count: null, id, metadata, outputs, source: code };
}

/** Whether a cell's output is stored, too: it carries the tag `keep-output`. */
export function keepsOutput({ metadata }: NotebookCell): boolean {
  const tags = metadata['tags'];
  return Array.isArray(tags) && tags.includes('keep-output');
}

/** The text of a notebook file: indented by one space as Jupyter does, keys in this project's order. */
export function formatNotebook(notebook: Notebook): string {
  return `${JSON.stringify(notebook, undefined, 1)}\n`;
}
