/** The rules every notebook of the course keeps, as one function that lists what breaks them. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { exerciseProblems } from './notebook-exercises.ts';
import { languageOfNotebook, languageProblems, SECTIONS } from './notebook-language.ts';
import { formatNotebook, keepsOutput, textOf, type Notebook, type NotebookCell } from './notebook-file.ts';

/** A notebook with the place it stands in, so that its links can be followed. */
export interface LintInput {
  readonly notebook: Notebook;
  /** The file's text, to compare with the normal form. */
  readonly text: string;
  /** The folder the notebook is in. */
  readonly folder: string;
}

const SHORTEST = 2;
const LONGEST = 8;
const WIDEST = 105;
const ABSOLUTE_PATH = /(?:^|[\s'"`(=])(?:\/(?:home|root|work|tmp|Users|usr|mnt|opt|var|srv)\/|[A-Za-z]:\\)/;
/** A decimal without its 0, such as `.95`. */
const NO_ZERO = /(?<![\w.])\.\d\d+/;
/** What waits for somebody to type: a run without a person would never end. */
const ASKS =
  /\b(?:prompt|confirm|alert|requestInput)\(|\breadline\b|\bprocess\.stdin\b|\.question\(|\.clicked\(/;
const COMMENT = /\/\*[^]*?\*\/|(?<!:)\/\/.*$/gm;
const CLOSES = /\.(?:stop|close|disconnect)\(|stopBroker\(/;

/**
 * Lists what breaks the rules, each with the cell's id; empty when all is well.
 *
 * @example
 * ```ts
 * lintNotebook({ notebook, text, folder }); // ['loss: has 9 lines, not 2 to 8']
 * ```
 */
export function lintNotebook({ notebook, text, folder }: LintInput): string[] {
  const code = notebook.cells.filter((cell) => cell.cell_type === 'code');
  const prose = notebook.cells.filter((cell) => cell.cell_type === 'markdown');
  return [
    ...formatProblems(notebook, text),
    ...structureProblems(notebook),
    ...code.flatMap(codeCellProblems),
    ...prose.flatMap((cell) => proseProblems(cell, folder)),
    ...exerciseProblems(notebook),
    ...(CLOSES.test(textOf(code.at(-1)?.source)) ? [] : ['the last code cell closes nothing']),
  ];
}

/** The packages that the course is about. */
const PACKAGES = ['tfjs-node', 'kafkajs', 'danfojs-node', 'plotly.js', 'tslab'] as const;

/**
 * Lists what breaks the rules that the notebooks of the course keep together: each of the packages it is about is named in
 * some code cell, so that a learner meets it and not only our helpers. A comment is not enough, except for plotly.js, which
 * takes plain data and is never imported.
 *
 * @example
 * ```ts run
 * lintCourse([readNotebook('notebooks/03-the-data.ipynb')]).at(-1); // 'no code cell names plotly.js'
 * ```
 */
export function lintCourse(notebooks: readonly Notebook[]): string[] {
  const code = notebooks
    .flatMap(({ cells }) => cells)
    .filter((cell) => cell.cell_type === 'code')
    .map((cell) => textOf(cell.source));
  const withoutComments = code.map((text) => text.replace(COMMENT, ''));
  const named = (name: string) =>
    (name === 'plotly.js' ? code : withoutComments).some((text) => text.includes(name));
  return PACKAGES.filter((name) => !named(name)).map((name) => `no code cell names ${name}`);
}

function formatProblems(notebook: Notebook, text: string): string[] {
  const problems: string[] = [];
  const { kernelspec } = notebook.metadata;
  if (notebook.nbformat !== 4 || notebook.nbformat_minor < 5) problems.push('is not nbformat 4.5');
  if (kernelspec?.name !== 'streamtrain')
    problems.push(`names the kernel "${kernelspec?.name}", not "streamtrain"`);
  if (text !== formatNotebook(notebook)) problems.push('is not indented by one space');
  const ids = notebook.cells.map((cell) => cell.id);
  for (const [index, id] of ids.entries()) {
    if (!/^[a-zA-Z0-9-_]{1,64}$/.test(id ?? '')) problems.push(`cell ${index + 1} has no valid id`);
    else if (ids.indexOf(id) !== index) problems.push(`${id}: the id is used twice`);
  }
  return problems;
}

/** One H1, first; overview before code; every import in one Setup section that prints versions; summary, exercises. */
function structureProblems(notebook: Notebook): string[] {
  const { cells } = notebook;
  const sections = SECTIONS[languageOfNotebook(notebook)];
  const problems: string[] = [];
  const headings = cells.flatMap((cell) => headingsOf(cell));
  const topLevel = headings.filter((heading) => heading.startsWith('# ')).length;
  if (topLevel !== 1) problems.push(`has ${topLevel} headings of level 1`);
  const first = cells[0];
  if (first?.cell_type !== 'markdown' || !textOf(first.source).startsWith('# '))
    problems.push('does not start with its title');
  for (const title of sections.all) {
    const count = headings.filter((heading) => heading === `## ${title}`).length;
    if (count !== 1) problems.push(`has ${count} sections "${title}"`);
  }
  let section = '';
  const setup: NotebookCell[] = [];
  for (const cell of cells) {
    section = headingsOf(cell).findLast((heading) => heading.startsWith('## ')) ?? section;
    if (cell.cell_type !== 'code') continue;
    if (section === `## ${sections.setup}`) setup.push(cell);
    else if (/^import\s/m.test(textOf(cell.source))) problems.push(`${cell.id}: imports outside Setup`);
    if (section === '') problems.push(`${cell.id}: code before the first section`);
  }
  const printed = setup.map(({ source }) => textOf(source)).join('\n');
  if (!/console\.log\([\s\S]*version/i.test(printed)) problems.push('Setup prints no versions');
  const ids = setup.map(({ id }) => id);
  return [...problems, ...languageProblems(notebook, ids)];
}

function codeCellProblems(cell: NotebookCell): string[] {
  const lines = textOf(cell.source).split('\n');
  const problems: string[] = [];
  if (lines.length < SHORTEST || lines.length > LONGEST)
    problems.push(`has ${lines.length} lines, not ${SHORTEST} to ${LONGEST}`);
  if (lines.some((line) => line.length > WIDEST))
    problems.push(`has a line of more than ${WIDEST} characters`);
  if (lines.some((line) => line.trimEnd() !== line) || lines.at(-1) === '')
    problems.push('has white space at a line or at the end');
  if (ABSOLUTE_PATH.test(textOf(cell.source))) problems.push('holds an absolute path');
  if (ASKS.test(textOf(cell.source)))
    problems.push('asks for input, which nobody gives in a run without a person');
  if ((cell.outputs ?? []).length > 0 && !keepsOutput(cell)) problems.push('is stored with outputs');
  if (cell.execution_count !== null) problems.push('is stored with an execution count');
  return problems.map((problem) => `${cell.id}: ${problem}`);
}

function proseProblems(cell: NotebookCell, folder: string): string[] {
  const source = textOf(cell.source);
  const problems: string[] = [];
  if (/!\[\s*\]\(/.test(source) || /<img(?![^>]*\balt=)/.test(source))
    problems.push('has a picture without alt text');
  if (ABSOLUTE_PATH.test(source)) problems.push('holds an absolute path');
  problems.push(...figureProblems(source));
  for (const [, target] of source.matchAll(/\]\(([^)\s]+)\)/g)) {
    if (target === undefined || /^(https?:|#|mailto:|attachment:)/.test(target)) continue;
    const file = target.split('#')[0] ?? '';
    if (!existsSync(path.resolve(folder, file))) problems.push(`links to "${target}", which is not there`);
  }
  return problems.map((problem) => `${cell.id}: ${problem}`);
}

/** Figures have one spelling: `0.95`, and `95 %`; in Chinese, where no blank stands before the sign, `95%`. */
function figureProblems(source: string): string[] {
  const prose = source.replace(/```[\s\S]*?```|`[^`]*`|\]\([^)]*\)/g, '');
  const percent = /\p{Script=Han}/u.test(prose) ? /\d\s+%/ : /\d%/;
  return [NO_ZERO, percent].flatMap((wrong) => {
    const found = wrong.exec(prose)?.[0];
    return found === undefined ? [] : [`writes a figure as "${found}", not as "0.95" or "95 %"`];
  });
}

function headingsOf(cell: NotebookCell): string[] {
  if (cell.cell_type !== 'markdown') return [];
  const withoutCode = textOf(cell.source).replace(/^```[\s\S]*?^```/gm, '');
  return withoutCode.match(/^#{1,6} .*$/gm) ?? [];
}
