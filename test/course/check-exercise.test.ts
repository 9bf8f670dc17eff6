/** Checks of exercises tell right from wrong, with a hint, whatever the learner hands in. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { checkExercise, exercises, verdictsIn } from '../../src/course/index.ts';
import { answers } from './answers.ts';

const verdictOf = (line: string) => verdictsIn(line)[0]?.verdict;

test('every exercise has sample answers, right and wrong', () => {
  assert.deepEqual(Object.keys(answers).sort(), exercises.map(({ id }) => id).sort());
});

function throwing(name: string): object {
  const get = () => {
    throw new Error(`${name} is not to be read`);
  };
  return Object.defineProperty({}, name, { get, enumerable: true });
}

function revoked(target: object): object {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
}

/** No answer to any exercise. */
const nonsense = [
  ...[null, '', '  ', 'x', {}, [], -1, 1e9, Number.NaN, [Number.NaN], -Infinity, true, () => 1, [[]], [null]],
  ...[Symbol('s'), new Date(0), /x/, new Map([[0, 0]]), new Float32Array(0), Promise.resolve(0)],
  // Holes are no numbers, and what throws when it is read is no answer.
  ...[new Array(1), new Array(2), new Array(3), throwing('then'), throwing('matrix'), throwing('share')],
  ...[throwing('shape'), revoked({}), revoked([]), new Array(2 ** 32 - 1)],
];

for (const { id, hint, because, form, mistakes = {} } of exercises) {
  test(`exercise ${id} accepts right answers in every form, and refuses wrong ones with a hint`, async () => {
    const { right, wrong } = answers[id] ?? { right: [], wrong: [] };
    assert.ok(right.length >= 4, `${right.length} right answers are tried, in several forms`);
    assert.ok(wrong.length >= 5, `${wrong.length} wrong answers are tried`);
    for (const answer of right)
      assert.equal(await checkExercise(id, answer), `✓ Exercise ${id}: right. ${because}`, inspect(answer));
    for (const answer of [...wrong, ...nonsense]) {
      const line = await checkExercise(id, answer);
      assert.equal(verdictOf(line), 'not yet', inspect(answer));
      assert.ok(line.endsWith(hint), line);
      assert.doesNotMatch(line, /undefined|\n/);
    }
    const unanswered = await checkExercise(id, undefined);
    assert.equal(verdictOf(unanswered), 'not answered');
    assert.ok(unanswered.includes(form));
    const said = await Promise.all(wrong.map((answer) => checkExercise(id, answer)));
    for (const [name, words] of Object.entries(mistakes))
      assert.ok(
        said.some((line) => line.includes(words)),
        `the mistake "${name}" is among the wrong answers that are tried`,
      );
  });
}

test('a learner who has not filled in the part that counts has not answered', async () => {
  for (const [id, part] of [
    ['1.2', 'matrix'],
    ['6.1', 'cost'],
    ['6.2', 'recall'],
  ] as const)
    assert.equal(verdictOf(await checkExercise(id, { [part]: undefined, judged: {} })), 'not answered');
});

test('offsets of several partitions are called so, and four of one partition are not', async () => {
  const several = /several partitions/;
  for (const offsets of [
    [5, 11, 11],
    [3, 4, 5, 9, 10, 11, 9, 10, 11],
    [7, 7, 8],
  ])
    assert.match(await checkExercise('2.2', offsets), several);
  assert.doesNotMatch(await checkExercise('2.2', [8, 9, 10, 11]), several);
});

test('what is plainly no answer is called by its name', async () => {
  const said = async (answer: unknown) => checkExercise('1.1', answer);
  assert.match(await said(Promise.resolve(0)), /is a promise: put await in front/);
  assert.match(await said(() => 0), /is a function: call it/);
  assert.match(await said(Number.NaN), /is NaN/);
  assert.match(await said(null), /is null, and should be a number of records/);
  assert.match(await said(' '), /is empty, and should be a number of records/);
  assert.match(await said('none'), /should be a number of records\./);
  for (const written of ['0 records', '2.7x', '72 GB', '80,5 %'])
    assert.match(await said(written), /a number of records, without a unit and with a decimal point\./);
});

test('an exercise that is not there is refused with the list of those that are', async () => {
  await assert.rejects(checkExercise('99.1', 1), { code: 'ST_COURSE_EXERCISE', message: /1\.1, 1\.2/ });
  for (const id of [Symbol('1.1'), Object.create(null), undefined, null, 99])
    await assert.rejects(checkExercise(id as string, 1), { code: 'ST_COURSE_EXERCISE' });
  assert.equal(
    verdictOf(await checkExercise(1.1 as unknown as string, 0)),
    'right',
    'a number names it, too',
  );
});

/** What is written in Latin letters outside of code: names and words, each run of them as one. */
function latinIn(line: string): string[] {
  const code = /'[^']*'|\{[^{}]*\}|[\w.]+\([^()]*\)|[\w.]+\.\w+/g;
  return (
    line
      .replace(code, '')
      .replace(code, '')
      .match(/[A-Za-z][A-Za-z ]+[A-Za-z]/g) ?? []
  );
}

for (const { id, zh, mistakes } of exercises)
  test(`exercise ${id} gives the same verdicts in Chinese, and they can be read again`, async () => {
    const { right, wrong } = answers[id] ?? { right: [], wrong: [] };
    assert.deepEqual(Object.keys(zh.mistakes ?? {}), Object.keys(mistakes ?? {}));
    for (const [verdict, says, given] of [
      ['right', zh.because, right],
      ['not yet', zh.hint, [...wrong, ...nonsense]],
      ['not answered', `答案应为${zh.form}。`, [undefined]],
    ] as const)
      for (const answer of given) {
        const line = await checkExercise(id, answer, { language: 'zh' });
        const [read, ...more] = verdictsIn(line);
        assert.deepEqual([read?.exercise, read?.verdict, more], [id, verdict, []], line);
        assert.ok(read?.says.endsWith(says), line);
        // Names of the notebook stay as they are; no sentence is left in English.
        assert.doesNotMatch(line, /\b(?:the|is|of|right|answer|should)\b/i);
        assert.deepEqual(
          latinIn(line).filter((words) => / [a-z]/.test(words)),
          [],
          line,
        );
      }
  });

test('a language that there is not is refused, not replaced by English', async () => {
  const asked = [
    checkExercise('1.1', 0, { language: 'fr' as 'en' }),
    checkExercise('1.1', 0, { language: 'toString' as 'en' }),
  ];
  for (const each of asked)
    await assert.rejects(each, {
      code: 'ST_OPTION_INVALID',
      message: /^The option language is "\w+"; expected "en" or "zh"\./,
    });
  await assert.rejects(checkExercise('1.1', 0, { lang: 'zh' } as object), { code: 'ST_OPTION_UNKNOWN' });
});
