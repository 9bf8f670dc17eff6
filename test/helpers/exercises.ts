/** What an executed notebook says about its exercises. */
import assert from 'node:assert/strict';
import { answerCells, exerciseVerdicts, type Notebook } from '../../src/course/index.ts';

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
