/** Notebooks as files: their types, short ways to their cells and outputs, and the form in which they are stored. */
import { readFileSync } from 'node:fs';
import { messageOf } from '../errors.ts';
import { NotebookFileError } from './errors.ts';

/** A text or list of lines, as nbformat allows both. */
export type MultilineText = string | readonly string[];

/** One output of a code cell. */
export interface NotebookOutput {
  readonly output_type: 'stream' | 'display_data' | 'execute_result' | 'error';
  readonly name?: 'stdout' | 'stderr';
  readonly text?: MultilineText;
  /** Of an error: its class and its message. */
  readonly ename?: string;
  readonly evalue?: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

/** One cell. */
export interface NotebookCell {
  readonly id: string;
  readonly cell_type: 'code' | 'markdown' | 'raw';
  readonly source: MultilineText;
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Of a text: what was pasted into it, such as pictures, by file name. */
  readonly attachments?: Readonly<Record<string, unknown>>;
  readonly outputs?: readonly NotebookOutput[];
  readonly execution_count?: number | null;
}

/** A notebook in the form of nbformat 4.5. */
export interface Notebook {
  readonly nbformat: number;
  readonly nbformat_minor: number;
  readonly metadata: {
    readonly kernelspec?: { readonly name?: string; readonly language?: string };
    /** What this course says of a notebook: the language of its text; default English. */
    readonly streamtrain?: { readonly language?: string };
  };
  readonly cells: readonly NotebookCell[];
}

/**
 * Reads a notebook from disk. One of nbformat 4.0 to 4.4, as Colab and others write them, gets ids for the
 * cells that have none.
 *
 * @throws {@link NotebookFileError} (`ST_COURSE_NOTEBOOK`) when it is not there, or no notebook of nbformat 4
 */
export function readNotebook(file: string): Notebook {
  let notebook: Partial<Notebook> | null;
  try {
    // Editors on Windows may put a byte order mark before it.
    notebook = JSON.parse(readFileSync(file, 'utf8').replace(/^\uFEFF/, '')) as Partial<Notebook> | null;
  } catch (cause) {
    throw new NotebookFileError({ file, problem: messageOf(cause), cause });
  }
  if (typeof notebook !== 'object' || notebook === null || !('nbformat' in notebook))
    throw new NotebookFileError({ file, problem: 'it is JSON, but no notebook' });
  const { nbformat, nbformat_minor: minor = 0 } = notebook;
  if (nbformat !== 4 || !Number.isInteger(minor))
    throw new NotebookFileError({ file, problem: `it says format ${nbformat}.${minor}` });
  if (!Array.isArray(notebook.cells))
    throw new NotebookFileError({ file, problem: 'it has no list of cells' });
  const broken = notebook.cells.findIndex((cell: unknown) => !isCell(cell));
  if (broken >= 0)
    throw new NotebookFileError({
      file,
      problem: `its cell ${broken + 1} lacks its type, its source or its metadata`,
    });
  const cells = minor >= 5 ? notebook.cells : withIds(notebook.cells);
  return {
    ...notebook,
    metadata: notebook.metadata ?? {},
    cells,
    nbformat_minor: Math.max(5, minor),
  } as Notebook;
}

/** Ids for cells of a format that has none: their own all the same, those that Colab keeps in the metadata, or their places. */
function withIds(cells: readonly NotebookCell[]): NotebookCell[] {
  const taken = new Set<unknown>();
  return cells.map((cell, at) => {
    const wanted: unknown[] = [cell.id, cell.metadata['id'], `cell-${at + 1}`];
    const isFree = (id: unknown): id is string =>
      typeof id === 'string' && /^[\w-]{1,64}$/.test(id) && !taken.has(id);
    const id = wanted.find(isFree) ?? `cell-${at + 1}-of-${cells.length}`;
    taken.add(id);
    return { ...cell, id };
  });
}

function isCell(cell: unknown): cell is NotebookCell {
  const { cell_type, source, metadata } = (cell ?? {}) as Partial<Record<keyof NotebookCell, unknown>>;
  return (
    (cell_type === 'code' || cell_type === 'markdown' || cell_type === 'raw') &&
    (typeof source === 'string' || Array.isArray(source)) &&
    typeof metadata === 'object' &&
    metadata !== null
  );
}

/** The text of a source or a stream, in one piece. */
export function textOf(text: MultilineText | undefined): string {
  return typeof text === 'string' ? text : (text ?? []).join('');
}

/**
 * The cell with this id.
 *
 * @throws when there is none, naming the ids there are
 */
export function cellOf(notebook: Notebook, id: string): NotebookCell {
  const cell = notebook.cells.find((candidate) => candidate.id === id);
  if (!cell)
    throw new Error(`No cell "${id}"; there are ${notebook.cells.map((each) => each.id).join(', ')}`);
  return cell;
}

/** What the cell with this id printed to stdout. */
export function printedBy(notebook: Notebook, id: string): string {
  const outputs = cellOf(notebook, id).outputs ?? [];
  return outputs
    .filter((output) => output.output_type === 'stream' && output.name === 'stdout')
    .map((output) => textOf(output.text))
    .join('');
}

/** The last displayed value of media type `type` in the cell with this id; `undefined` when there is none. */
export function displayedBy(notebook: Notebook, id: string, type: string): unknown {
  const bundles = (cellOf(notebook, id).outputs ?? []).map((output) => output.data?.[type]);
  return bundles.findLast((value) => value !== undefined);
}

/** Every stderr text and error of the whole notebook, each with its cell's id. */
export function complaints(notebook: Notebook): string[] {
  return notebook.cells.flatMap((cell) =>
    (cell.outputs ?? [])
      .filter((output) => output.output_type === 'error' || output.name === 'stderr')
      .map((output) => `${cell.id}: ${textOf(output.text) || JSON.stringify(output)}`),
  );
}

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
  const { streamtrain } = notebook.metadata;
  const said = streamtrain === undefined ? {} : { streamtrain };
  return {
    cells: notebook.cells.map(strippedCell),
    metadata: { ...KERNEL, ...said },
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
