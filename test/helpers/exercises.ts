/** What an executed notebook says about its exercises. */
import assert from 'node:assert/strict';
import {
  answerCells,
  exerciseVerdicts,
  textOf,
  withSolutions,
  type Notebook,
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
 * The notebook as it is stored, and behind its last cell what a learner runs after "Run All": the exercises, answered, with
 * their checks, and the clean-up once more.
 */
export function solvedAfterRunAll(notebook: Notebook): Notebook {
  const { cells } = withSolutions(notebook);
  const exercises = cells.findIndex(({ source }) => /^## (Exercises|练习)/.test(textOf(source)));
  const again = cells.slice(exercises).filter((cell) => cell.cell_type === 'code');
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
