/** Tells whether a learner's answer to an exercise is right, and gives a hint where it is not. */
import { refuseUnknownOptions, type OptionNames } from '../options.ts';
import { LanguageError, UnknownExerciseError } from './errors.ts';
import { exercises } from './exercises/index.ts';

/** What the check of an exercise says. */
export type Verdict = 'right' | 'not yet' | 'not answered';

/** The languages of the course: English throughout, Chinese for the chapters that have a Chinese notebook. */
export type Language = 'en' | 'zh';

/** What an exercise says, in one language. */
export interface ExerciseWords {
  /** What is right about the right answer; shown after it. */
  readonly because: string;
  /** Shown after a wrong answer. */
  readonly hint: string;
  /** What an answer looks like, such as `'a number of rows'`. */
  readonly form: string;
}

/** One exercise with its check. */
export interface Exercise extends ExerciseWords {
  /** Chapter and number, such as `'1.2'`. */
  readonly id: string;
  /** The same words in Chinese. */
  readonly zh?: ExerciseWords;
  /** True for a right answer. A throw counts as a wrong one. */
  isRight(answer: unknown): boolean | Promise<boolean>;
}

/** Options of {@link checkExercise}. */
export interface CheckOptions {
  /** The language of the verdict. Default `en`. */
  language?: Language;
}

const optionNames: OptionNames<CheckOptions> = { language: true };

/** How a verdict is said, and what stands between the parts of its line. */
const lines: Readonly<
  Record<Language, { exercise: string; colon: string; stop: string } & Record<Verdict, string>>
> = {
  en: { exercise: 'Exercise', colon: ': ', stop: '. ', right: 'right', 'not yet': 'not yet', 'not answered': 'not answered' }, // prettier-ignore
  zh: {
    exercise: '练习',
    colon: '：',
    stop: '。',
    right: '正确',
    'not yet': '还不对',
    'not answered': '尚未作答',
  },
};

/**
 * Checks an answer. Nothing is printed: show what comes back.
 *
 * @param id chapter and number, such as `'1.1'`
 * @param answer the learner's; `undefined` counts as not answered
 * @returns one line: the verdict, then why it is right, or a hint
 * @throws {@link UnknownExerciseError} (`ST_COURSE_EXERCISE`); {@link LanguageError} (`ST_COURSE_LANGUAGE`) for an
 *   exercise that does not speak that language; UnknownOptionError (`ST_OPTION_UNKNOWN`)
 * @example
 * ```ts
 * await checkExercise('1.1', 0);
 * // '✓ Exercise 1.1: right. The group has committed every offset, and goes on behind the last one.'
 * await checkExercise('1.1', 0, { language: 'zh' });
 * // '✓ 练习 1.1：正确。...'
 * ```
 */
export async function checkExercise(
  id: string,
  answer: unknown,
  options: CheckOptions = {},
): Promise<string> {
  refuseUnknownOptions('checkExercise', options, optionNames);
  const { language = 'en' } = options;
  const exercise = exercises.find((each) => each.id === id);
  if (!exercise)
    throw new UnknownExerciseError(
      id,
      exercises.map((each) => each.id),
    );
  const words = language === 'en' ? exercise : language === 'zh' ? exercise.zh : undefined;
  if (!words) throw new LanguageError(id, language, exercise.zh ? ['en', 'zh'] : ['en']);
  const line = (mark: string, verdict: Verdict, says: string) => {
    const said = lines[language];
    return `${mark} ${said.exercise} ${id}${said.colon}${said[verdict]}${said.stop}${says}`;
  };
  if (answer === undefined)
    return line(
      '·',
      'not answered',
      language === 'zh' ? `答案应为${words.form}。` : `The answer is ${words.form}.`,
    );
  return (await holds(exercise, answer))
    ? line('✓', 'right', words.because)
    : line('✗', 'not yet', words.hint);
}

async function holds(exercise: Exercise, answer: unknown): Promise<boolean> {
  try {
    return await exercise.isRight(answer);
  } catch {
    return false;
  }
}

/** A verdict as a check cell printed it. */
export interface PrintedVerdict {
  readonly exercise: string;
  readonly verdict: Verdict;
  /** The rest of the line: a hint, or why it is right. */
  readonly says: string;
}

/**
 * Reads the lines of {@link checkExercise} out of what cells printed, in any language of the course.
 *
 * @example
 * ```ts
 * verdictsIn('✗ 练习 1.1：还不对。...'); // [{ exercise: '1.1', verdict: 'not yet', says: '...' }]
 * ```
 */
export function verdictsIn(printed: string): PrintedVerdict[] {
  return printed.split('\n').flatMap((text): PrintedVerdict[] => {
    for (const { exercise: word, colon, stop, ...verdicts } of Object.values(lines)) {
      const begin = new RegExp(`^. ${word} (\\d+\\.\\d+)${colon}`, 'u').exec(text);
      const rest = begin ? text.slice(begin[0].length) : '';
      for (const [verdict, said] of Object.entries(verdicts) as [Verdict, string][])
        if (begin && rest.startsWith(said + stop.trimEnd()))
          return [{ exercise: begin[1]!, verdict, says: rest.slice(said.length + stop.length) }];
    }
    return [];
  });
}
