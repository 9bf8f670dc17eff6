/** Tells whether a learner's answer to an exercise is right, and gives a hint where it is not. */
import { inspect } from 'node:util';
import { languageOr, type Language } from '../language.ts';
import { refuseUnknownOptions, type OptionNames } from '../options.ts';
import { UnknownExerciseError } from './errors.ts';
import {
  formSentence,
  remarkOn,
  verdictLine,
  type Exercise,
  type ExerciseWords,
  type Judgement,
  type Remark,
} from './exercise.ts';
import { chapter01, chapter02, chapter03 } from './exercises/chapters-01-to-03.ts';
import { chapter04, chapter05, chapter06, chapter07 } from './exercises/chapters-04-to-07.ts';
import { chapter08, chapter09, chapter10 } from './exercises/chapters-08-to-10.ts';
import { chapter11 } from './exercises/chapter-11.ts';
import { chapter12 } from './exercises/chapter-12.ts';
import { chapter13 } from './exercises/chapter-13.ts';
import { chapter14, chapter15 } from './exercises/chapters-14-and-15.ts';
import { chapter16 } from './exercises/chapter-16.ts';
import { chapter17 } from './exercises/chapter-17.ts';
import { wordsZh02to08 } from './exercises/words-zh-02-to-08.ts';
import { wordsZh09to17 } from './exercises/words-zh-09-to-17.ts';

const inOrder: readonly Exercise[] = [
  ...chapter01,
  ...chapter02,
  ...chapter03,
  ...chapter04,
  ...chapter05,
  ...chapter06,
  ...chapter07,
  ...chapter08,
  ...chapter09,
  ...chapter10,
  ...chapter11,
  ...chapter12,
  ...chapter13,
  ...chapter14,
  ...chapter15,
  ...chapter16,
  ...chapter17,
];

const chinese: Readonly<Record<string, ExerciseWords>> = { ...wordsZh02to08, ...wordsZh09to17 };

/** An exercise with its words in both languages of the course. */
export interface TranslatedExercise extends Exercise {
  readonly zh: ExerciseWords;
}

/** Every exercise, in the order of the course. */
export const exercises: readonly TranslatedExercise[] = inOrder.map((exercise) => {
  const zh = exercise.zh ?? chinese[exercise.id];
  if (zh === undefined) throw new Error(`exercise ${exercise.id} has no words in Chinese`);
  return { ...exercise, zh };
});

/** How to check. */
export interface CheckOptions {
  /** The language of the verdict, the hint and the reason. Default: that of `useLanguage`, else English. */
  language?: Language;
}

const checkOptions: OptionNames<CheckOptions> = { language: true };

/**
 * Checks an answer. Nothing is printed: show what comes back.
 *
 * @param id chapter and number, such as `'1.1'`
 * @param answer the learner's; `undefined` counts as not answered. Numbers may be texts (`'0'`), shares percent
 *   (`'92.7 %'`), lists typed arrays, tensors or Series
 * @returns one line: the verdict, then why it is right, or a hint
 * @throws {@link UnknownExerciseError} (`ST_COURSE_EXERCISE`)
 * @throws `InvalidOptionError` (`ST_OPTION_INVALID`) for a language that there is not
 * @example
 * ```ts run
 * await checkExercise('1.1', 0);
 * // '✓ Exercise 1.1: right. The group has committed every offset, and goes on behind the last one.'
 * await checkExercise('1.1', undefined, { language: 'zh' }); // '· 练习 1.1：尚未作答。答案应为记录的条数（一个数）。'
 * ```
 */
export async function checkExercise(
  id: string,
  answer: unknown,
  options: CheckOptions = {},
): Promise<string> {
  refuseUnknownOptions('checkExercise', options, checkOptions);
  const language = languageOr(options.language);
  const name = typeof id === 'string' ? id : inspect(id);
  const exercise = exercises.find((each) => each.id === name);
  if (!exercise) throw new UnknownExerciseError({ exercise: name, known: exercises.map((each) => each.id) });
  const words = language === 'zh' ? exercise.zh : exercise;
  const own = readSafely(() => partOf(exercise, answer), answer);
  if (own === undefined)
    return verdictLine(language, name, 'not answered', formSentence(language, words.form));
  const judgement = await judged(exercise, answer);
  if (judgement === true) return verdictLine(language, name, 'right', words.because);
  const remark =
    readSafely(() => remarkAbout(own), undefined) ?? (judgement === 'form' ? formRemark(own) : undefined);
  const first = remark ? remarkOn(language, remark, words.form) : (words.mistakes?.[String(judgement)] ?? '');
  const gap = first === '' || language === 'zh' ? '' : ' ';
  return verdictLine(language, name, 'not yet', `${first}${gap}${words.hint}`);
}

/** The learner's part of what a check cell hands over. */
function partOf({ part }: Exercise, answer: unknown): unknown {
  if (part === undefined || typeof answer !== 'object' || answer === null) return answer;
  return Object.hasOwn(answer, part) ? (answer as Record<string, unknown>)[part] : answer;
}

async function judged(exercise: Exercise, answer: unknown): Promise<Judgement> {
  try {
    return await exercise.judge(answer);
  } catch {
    return 'form';
  }
}

/** What `read` gives; `otherwise` where a getter or a proxy of the learner's throws. */
function readSafely<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}

/** A text that begins with a number, such as `'72 GB'` or `'80,5 %'`, gets a remark on how a number is written. */
function formRemark(answer: unknown): Remark {
  return typeof answer === 'string' && /^\s*[+-]?\d/.test(answer) ? 'bare number' : 'form';
}

/** What is plainly no answer, whatever was asked for. */
function remarkAbout(answer: unknown): Remark | undefined {
  if (answer === null) return 'missing';
  if (typeof answer === 'function') return 'function';
  if (typeof answer === 'number' && Number.isNaN(answer)) return 'nan';
  if (typeof answer === 'string') return answer.trim() === '' ? 'empty' : undefined;
  if (typeof answer !== 'object') return undefined;
  if (typeof (answer as { then?: unknown }).then === 'function') return 'promise';
  if (Array.isArray(answer)) return answer.length === 0 ? 'empty' : undefined;
  const isPlain = Object.getPrototypeOf(answer) === Object.prototype;
  return isPlain && Object.keys(answer).length === 0 ? 'empty' : undefined;
}
