/** Finds the exercises in a notebook, and fills in their folded solutions, so that these are executed too. */
import { SolutionError } from './errors.ts';
import { textOf, type Notebook, type NotebookCell } from './notebook-file.ts';

const FIRST_LINE = /^\/\/ (?:Exercise|练习) (\d+\.\d+)(?!\d)/;
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
      throw new SolutionError(exercise, 'there is a solution, but no cell to answer in');
  const cells = notebook.cells.map((cell) => {
    const exercise = cell.cell_type === 'code' ? FIRST_LINE.exec(textOf(cell.source))?.[1] : undefined;
    if (exercise === undefined) return cell;
    const source = solutions.get(exercise);
    if (source === undefined) throw new SolutionError(exercise, 'there is no folded solution');
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
