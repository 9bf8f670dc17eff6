/** Tells whether a learner's answer to an exercise is right, and gives a hint where it is not. */
import { inspect } from 'node:util';
import { refuseUnknownOptions, type OptionNames } from '../options.ts';
import { LanguageError, UnknownExerciseError } from './errors.ts';
import { exercises } from './exercises/index.ts';
import { formSentence, remarkOn, verdictLine, type Language, type Remark } from './wording.ts';

/** What an exercise says, in one language. */
export interface ExerciseWords {
  /** What is right about the right answer; shown after it. */
  readonly because: string;
  /** Shown after a wrong answer. */
  readonly hint: string;
  /** What an answer looks like, such as `'a number of rows'`. */
  readonly form: string;
  /** What is said in addition about a mistake that {@link Exercise.judge} knows by name. */
  readonly mistakes?: Readonly<Record<string, string>>;
}

/** What was found about an answer: right, wrong, of another form, or a mistake with a name. */
export type Judgement = boolean | string;

/** One exercise with its check; the words are English, those in Chinese are beside them where there are any. */
export interface Exercise extends ExerciseWords {
  /** Chapter and number, such as `'1.2'`. */
  readonly id: string;
  readonly zh?: ExerciseWords;
  /** The property with the learner's part, where a check is given what the answer was computed from as well. */
  readonly part?: string;
  /**
   * True for a right answer; `'form'` for one that is not what {@link ExerciseWords.form} says; false, or the name of
   * one of {@link ExerciseWords.mistakes}, for a wrong one. A throw counts as `'form'`.
   */
  judge(answer: unknown): Judgement | Promise<Judgement>;
}

/** How to check. */
export interface CheckOptions {
  /** The language of the verdict, the hint and the reason. Default: English. */
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
 * @throws {@link LanguageError} (`ST_COURSE_LANGUAGE`) when the exercise does not speak that language
 * @example
 * ```ts
 * await checkExercise('1.1', 0);
 * // '✓ Exercise 1.1: right. The group has committed every offset, and goes on behind the last one.'
 * await checkExercise('1.1', undefined, { language: 'zh' }); // '· 练习 1.1：尚未作答。答案是记录数。'
 * ```
 */
export async function checkExercise(
  id: string,
  answer: unknown,
  options: CheckOptions = {},
): Promise<string> {
  refuseUnknownOptions('checkExercise', options, checkOptions);
  const { language = 'en' } = options;
  const name = typeof id === 'string' ? id : inspect(id);
  const exercise = exercises.find((each) => each.id === name);
  if (!exercise)
    throw new UnknownExerciseError(
      name,
      exercises.map((each) => each.id),
    );
  const words = wordsOf(exercise, language);
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

function wordsOf(exercise: Exercise, language: Language): ExerciseWords {
  const { id, zh } = exercise;
  const spoken = new Map<Language, ExerciseWords>([['en', exercise]]);
  if (zh) spoken.set('zh', zh);
  const words = spoken.get(language);
  if (!words) throw new LanguageError(id, language, [...spoken.keys()]);
  return words;
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
