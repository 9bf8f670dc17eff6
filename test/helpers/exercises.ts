/** What an executed notebook says about its exercises. */
import assert from 'node:assert/strict';
import {
  answerCells,
  exerciseVerdicts,
  textOf,
  withSolutions,
  type Notebook,
  type NotebookCell,
} from '../../src/course/index.ts';

/** Every exercise's check ran and said `right`. */
export function assertSolved(notebook: Notebook): void {
  const verdicts = exerciseVerdicts(notebook);
  assert.ok(verdicts.length >= 3);
  assert.deepEqual(
    verdicts.map(({ exercise }) => exercise),
    answerCells(notebook).map(({ exercise }) => exercise),
  );
  assert.deepEqual(
    verdicts.filter(({ verdict }) => verdict !== 'right'),
    [],
  );
}

/**
 * The notebook as it is stored, and behind its last cell what a learner runs after "Run All": each answer and its check,
 * and, where answers put topics back, the clean-up once more; no cell that makes ready for them.
 */
export function solvedAfterRunAll(notebook: Notebook): Notebook {
  const answers = new Set(answerCells(notebook).map(({ cell }) => cell.id));
  const solved = withSolutions(notebook).cells;
  const putBack = solved.some(({ id, source }) => answers.has(id) && textOf(source).includes('ready()'));
  const isRunAgain = ({ id, cell_type, source }: NotebookCell) =>
    cell_type === 'code' &&
    (answers.has(id) || (putBack && id.startsWith('cleanup-')) || textOf(source).includes("checkExercise('"));
  const again = solved.filter(isRunAgain);
  return {
    ...notebook,
    cells: [...notebook.cells, ...again.map((cell) => ({ ...cell, id: `again-${cell.id}` }))],
  };
}

/** Nothing was answered in the stored cells, and everything right in those behind the last one. */
export function assertSolvedAfterRunAll(notebook: Notebook): void {
  const verdicts = exerciseVerdicts(notebook).map(({ exercise, verdict }) => `${exercise} ${verdict}`);
  const exercises = [...new Set(answerCells(notebook).map(({ exercise }) => exercise))];
  assert.ok(exercises.length >= 3);
  assert.deepEqual(verdicts, [
    ...exercises.map((exercise) => `${exercise} not answered`),
    ...exercises.map((exercise) => `${exercise} right`),
  ]);
}
