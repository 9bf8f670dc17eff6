/** A notebook says its language once, a class by its environment; an option of a single call goes before both. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkExercise, useLanguage as fromCourse } from '../src/course/index.ts';
import { languageOr, translated, useLanguage } from '../src/language.ts';
import { classBalanceFigure, useLanguage as fromPlots } from '../src/plots/index.ts';

const title = () => (classBalanceFigure({ 0: 1 }).layout['title'] as { text: string }).text;
const verdict = async () => (await checkExercise('1.1', undefined)).slice(0, 8);

test('both rooms offer the one function', () => {
  assert.equal(fromCourse, useLanguage);
  assert.equal(fromPlots, useLanguage);
});

test('option before notebook before class before English', async (t) => {
  const before = process.env['STREAMTRAIN_LANGUAGE'];
  t.after(() => {
    useLanguage('en');
    if (before === undefined) delete process.env['STREAMTRAIN_LANGUAGE'];
    else process.env['STREAMTRAIN_LANGUAGE'] = before;
  });
  delete process.env['STREAMTRAIN_LANGUAGE'];
  assert.deepEqual([title(), await verdict()], ['Rows of each class', '· Exerci']);
  process.env['STREAMTRAIN_LANGUAGE'] = '';
  assert.equal(languageOr(undefined), 'en');

  process.env['STREAMTRAIN_LANGUAGE'] = 'zh';
  assert.deepEqual([title(), await verdict()], ['各类别的行数', '· 练习 1.1']);
  assert.equal(languageOr('en'), 'en');

  for (const unknown of ['fr', 'zh-CN', 'ZH', 'toString']) {
    process.env['STREAMTRAIN_LANGUAGE'] = unknown;
    const refused = {
      code: 'ST_OPTION_INVALID',
      message: /STREAMTRAIN_LANGUAGE \(environment\) is "[\w-]+"; expected "en" or "zh"/,
    };
    assert.throws(title, refused);
    await assert.rejects(verdict(), refused);
  }

  useLanguage('zh');
  assert.deepEqual(
    [title(), await verdict()],
    ['各类别的行数', '· 练习 1.1'],
    'what a notebook says needs no environment',
  );
  for (const unknown of ['fr', '', undefined, null, 1])
    assert.throws(() => useLanguage(unknown as 'en'), { code: 'ST_OPTION_INVALID' });
  assert.equal(title(), '各类别的行数', 'a refused one changes nothing');
  assert.match(await checkExercise('1.1', undefined, { language: 'en' }), /^· Exercise/);
  process.env['STREAMTRAIN_LANGUAGE'] = 'zh';
  useLanguage('en');
  assert.deepEqual([title(), await verdict()], ['Rows of each class', '· Exerci']);
});

test('words that lack a language, or have another one too many, do not compile', () => {
  // @ts-expect-error -- there is no Chinese
  translated({ en: { a: 'a' } });
  // @ts-expect-error -- a word is missing
  translated({ en: { a: 'a', b: 'b' }, zh: { a: '一' } });
  // @ts-expect-error -- a word too many
  translated({ en: { a: 'a' }, zh: { a: '一', b: '二' } });
  assert.deepEqual(translated({ en: { a: 'a' }, zh: { a: '一' } })('zh'), { a: '一' });
});
