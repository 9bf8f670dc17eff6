/** Checks of exercises tell right from wrong, with a hint, whatever the learner hands in. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkExercise, exercises, VERDICT_LINE } from '../../src/course/index.ts';
import { answers } from './answers.ts';

const verdictOf = (line: string) => [...line.matchAll(VERDICT_LINE)][0]?.groups?.['verdict'];

test('every exercise has sample answers, right and wrong', () => {
  assert.deepEqual(Object.keys(answers).sort(), exercises.map(({ id }) => id).sort());
});

for (const { id, hint, because, form } of exercises) {
  test(`exercise ${id} accepts right answers and refuses wrong ones`, async () => {
    const { right, wrong } = answers[id] ?? { right: [], wrong: [] };
    assert.ok(right.length > 0 && wrong.length > 0);
    for (const answer of right)
      assert.equal(await checkExercise(id, answer), `✓ Exercise ${id}: right. ${because}`);
    const nonsense = [null, '', 'x', {}, [], -1, Number.NaN, () => 1, [[]], Symbol('s')];
    for (const answer of [...wrong, ...nonsense])
      assert.equal(await checkExercise(id, answer), `✗ Exercise ${id}: not yet. ${hint}`);
    const unanswered = await checkExercise(id, undefined);
    assert.equal(verdictOf(unanswered), 'not answered');
    assert.ok(unanswered.includes(form));
  });
}

test('an exercise that is not there is refused with the list of those that are', async () => {
  await assert.rejects(checkExercise('99.1', 1), { code: 'ST_COURSE_EXERCISE', message: /1\.1, 1\.2/ });
});
