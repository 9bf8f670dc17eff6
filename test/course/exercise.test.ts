/** Checks of exercises tell right from wrong, with a hint, whatever the learner hands in. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkExercise, exercises, verdictsIn } from '../../src/course/index.ts';
import { answers } from './answers.ts';

const verdictOf = (line: string) => verdictsIn(line)[0]?.verdict;

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

const chinese = exercises.filter(({ zh }) => zh !== undefined);

test('the chapters that have a Chinese notebook judge in Chinese', () => {
  assert.deepEqual(
    chinese.map(({ id }) => id),
    ['1.1', '1.2', '1.3'],
  );
});

for (const { id, zh } of chinese)
  test(`exercise ${id} gives the same verdicts in Chinese, and they can be read again`, async () => {
    const { right, wrong } = answers[id] ?? { right: [], wrong: [] };
    for (const [verdict, says, given] of [
      ['right', zh?.because, right],
      ['not yet', zh?.hint, wrong],
      ['not answered', `答案应为${zh?.form}。`, [undefined]],
    ] as const)
      for (const answer of given) {
        const line = await checkExercise(id, answer, { language: 'zh' });
        assert.doesNotMatch(line, /right|not yet|not answered/);
        assert.deepEqual(verdictsIn(line), [{ exercise: id, verdict, says }]);
      }
  });

test('a language that an exercise does not speak is refused, not replaced by English', async () => {
  const asked = [
    checkExercise('2.1', 1, { language: 'zh' }),
    checkExercise('1.1', 0, { language: 'fr' as 'en' }),
    checkExercise('1.1', 0, { language: 'toString' as 'en' }),
  ];
  for (const each of asked) await assert.rejects(each, { code: 'ST_COURSE_LANGUAGE' });
  await assert.rejects(checkExercise('1.1', 0, { lang: 'zh' } as object), { code: 'ST_OPTION_UNKNOWN' });
});
