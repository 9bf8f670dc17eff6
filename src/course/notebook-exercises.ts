/** The exercises in a notebook: their answers, their folded solutions, and the verdicts after a run. */
import { exercises } from './check-exercise.ts';
import { SolutionError } from './errors.ts';
import { verdictsIn, type PrintedVerdict, type Verdict } from './exercise.ts';
import { textOf, type Notebook, type NotebookCell } from './notebook-file.ts';

const FIRST_LINE = /^\/\/ (?:Exercise|练习) (\d+\.\d+)(?!\d)/;
const FIRST_LINES = new RegExp(FIRST_LINE, 'gm');
const DECLARED = /\b(?:const|let|var|function)\s+answer(\d+)\b/g;
const FENCE = /^```ts\n([\s\S]*?)^```$/gm;

/** The cell in which a learner answers an exercise: its first line is `// Exercise 1.2: ...` or `// 练习 1.2：...`. */
export interface AnswerCell {
  readonly exercise: string;
  readonly cell: NotebookCell;
}

/** The answer cells of a notebook, in order. */
export function answerCells({ cells }: Notebook): AnswerCell[] {
  return cells.flatMap((cell) => {
    const exercise = cell.cell_type === 'code' ? FIRST_LINE.exec(textOf(cell.source))?.[1] : undefined;
    return exercise === undefined ? [] : [{ exercise, cell }];
  });
}

/** Whether a cell has an exercise's answer in it: its first line in any place, or what declares it (`const answer12`). */
export function holdsAnswer({ cell_type, source }: NotebookCell, exercise: string): boolean {
  if (cell_type !== 'code') return false;
  const text = textOf(source);
  const has = (pattern: RegExp, id: string) => [...text.matchAll(pattern)].some(([, found]) => found === id);
  return has(FIRST_LINES, exercise) || has(DECLARED, exercise.replace('.', ''));
}

/** The folded solutions, by exercise: `ts` fences inside `<details>` that begin with the exercise's first line. */
export function solutionsOf({ cells }: Notebook): Map<string, string> {
  const found = new Map<string, string>();
  for (const cell of cells) {
    const source = textOf(cell.source);
    if (cell.cell_type !== 'markdown' || !source.includes('<details>')) continue;
    for (const [, code = ''] of source.matchAll(FENCE)) {
      const exercise = FIRST_LINE.exec(code)?.[1];
      if (exercise !== undefined) found.set(exercise, code.trimEnd());
    }
  }
  return found;
}

/**
 * The same notebook with each answer replaced by its solution; it prints `right` under each check.
 *
 * @throws {@link SolutionError} (`ST_COURSE_SOLUTION`) for an exercise without a solution, or the other way round
 * @example
 * ```ts
 * const solved = withSolutions(readNotebook('notebooks/01-training-models-on-streaming-data.ipynb'));
 * ```
 */
export function withSolutions(notebook: Notebook): Notebook {
  const solutions = solutionsOf(notebook);
  const answered = new Set(answerCells(notebook).map(({ exercise }) => exercise));
  for (const exercise of solutions.keys())
    if (!answered.has(exercise))
      throw new SolutionError({ exercise, problem: 'there is a solution, but no cell to answer in' });
  const cells = notebook.cells.map((cell) => {
    const exercise = cell.cell_type === 'code' ? FIRST_LINE.exec(textOf(cell.source))?.[1] : undefined;
    if (exercise === undefined) return cell;
    const source = solutions.get(exercise);
    if (source === undefined) throw new SolutionError({ exercise, problem: 'there is no folded solution' });
    return { ...cell, source };
  });
  return { ...notebook, cells };
}

/** What keeps a notebook's exercises from being checkable, each as a sentence; empty when all is well. */
export function exerciseProblems(notebook: Notebook): string[] {
  const solutions = solutionsOf(notebook);
  const code = notebook.cells.filter((cell) => cell.cell_type === 'code').map((cell) => textOf(cell.source));
  const answers = answerCells(notebook).map(({ exercise }) => exercise);
  return [
    ...(answers.length < 3 || answers.length > 5 ? [`has ${answers.length} exercises, not 3 to 5`] : []),
    ...answers.filter((id) => !solutions.has(id)).map((id) => `exercise ${id} has no folded solution`),
    ...answers
      .filter((id) => !code.some((text) => text.includes(`checkExercise('${id}'`)))
      .map((id) => `exercise ${id} has no check cell`),
    ...[...solutions.keys()]
      .filter((id) => !answers.includes(id))
      .map((id) => `solution ${id} has no exercise`),
  ];
}

/** One exercise of an executed notebook. */
export interface ExerciseVerdict extends Omit<PrintedVerdict, 'verdict'> {
  /**
   * What its check said; `failed` when the answer's cell or the check ended in an error or took too long, `not run` when
   * the check printed nothing, `missing` when the notebook has no check for it.
   */
  readonly verdict: Verdict | 'failed' | 'not run' | 'missing';
}

const CHECKED = /checkExercise\(\s*['"`](\d+\.\d+)['"`]/;

/** The exercise that a cell checks. */
export function checkedIn({ cell_type, source }: NotebookCell): string | undefined {
  return cell_type === 'code' ? CHECKED.exec(textOf(source))?.[1] : undefined;
}

/**
 * What became of every exercise of the chapters that a notebook is about, in the order of its check cells; those that are
 * missing come last.
 *
 * @returns none for a notebook without exercises
 * @example
 * ```ts
 * exerciseVerdicts(executed); // [{ exercise: '1.1', verdict: 'right', says: 'The group has ...' }]
 * ```
 */
export function exerciseVerdicts(notebook: Notebook): ExerciseVerdict[] {
  const answers = new Map(answerCells(notebook).map(({ exercise, cell }) => [exercise, cell]));
  const checked = notebook.cells.flatMap((cell): ExerciseVerdict[] => {
    const exercise = checkedIn(cell);
    return exercise === undefined ? [] : [verdictAfter(exercise, cell, answers.get(exercise))];
  });
  const there = new Set(checked.map(({ exercise }) => exercise));
  const known = [...new Set([...there, ...answers.keys()])];
  const chapters = new Set(known.map((exercise) => exercise.split('.')[0]));
  const lost = [...new Set([...exercises.map(({ id }) => id), ...known])]
    .filter((id) => chapters.has(id.split('.')[0]) && !there.has(id))
    .map((exercise): ExerciseVerdict => {
      const says = answers.has(exercise) ? 'its check cell is not there' : 'its cells are not there';
      return { exercise, verdict: 'missing', says: `${says}; copy them from the chapter` };
    });
  return [...checked, ...lost];
}

/** What became of one exercise, by the outputs of its check's and its answer's cell. */
export function verdictAfter(exercise: string, check: NotebookCell, answer?: NotebookCell): ExerciseVerdict {
  const printed = (check.outputs ?? [])
    .filter(({ name }) => name === 'stdout')
    .map((output) => textOf(output.text))
    .join('');
  // An answer that has failed half-way may have left a value of before: its check does not count.
  const failure = failureIn(answer);
  if (failure !== undefined) return { exercise, verdict: 'failed', says: `its answer: ${failure}` };
  const found = verdictsIn(printed).find((each) => each.exercise === exercise);
  if (found) return found;
  const problem = failureIn(check);
  if (problem !== undefined) return { exercise, verdict: 'failed', says: `its check: ${problem}` };
  return { exercise, verdict: 'not run', says: 'its check cell printed no verdict' };
}

/** How an error begins: `TypeError: ...`, `DOMException [AbortError]: ...`, or the compiler's `2:7 - ...`, after a file's name where it is in one. */
const ERROR_LINE = /^\s*(?:Uncaught )?[\w$.]*(?:Error|Exception)(?: \[[^\]]*\])?(?::|$)|^(?:\S+ )?\d+:\d+ - /;
const STACK_LINE = /^\s+at \S.*:\d+:\d+\)?$/;

/**
 * The first line of what went wrong in a cell. Stock tslab says it on stderr only, where warnings go as well: there, only
 * what looks like an error counts.
 */
function failureIn(cell: NotebookCell | undefined): string | undefined {
  for (const { output_type, ename = '', evalue = '', name, text } of cell?.outputs ?? []) {
    if (output_type === 'error') return firstLineOf([ename, evalue].filter((part) => part !== '').join(': '));
    if (name !== 'stderr') continue;
    const lines = plainLines(textOf(text));
    const first = lines.find((line) => ERROR_LINE.test(line));
    if (first !== undefined) return first.trim();
    if (lines.some((line) => STACK_LINE.test(line))) return firstLineOf(textOf(text));
  }
  return undefined;
}

function firstLineOf(text: string): string {
  return (
    plainLines(text)
      .find((line) => line.trim() !== '')
      ?.trim() ?? 'an error without words'
  );
}

/** The lines of what a terminal shows, without its colours. */
function plainLines(text: string): string[] {
  // eslint-disable-next-line no-control-regex -- the colours of a terminal
  return text.replace(/\u001b\[[0-9;]*m/g, '').split(/\r?\n/);
}
