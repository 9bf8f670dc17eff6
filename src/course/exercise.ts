/** What an exercise is, and what its check says in each language of the course. */
import type { Language } from '../language.ts';

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

/** What the check of an exercise says. */
export type Verdict = 'right' | 'not yet' | 'not answered';

/** A verdict as a check cell printed it. */
export interface PrintedVerdict {
  readonly exercise: string;
  readonly verdict: Verdict;
  /** The rest of the line: a hint, or why it is right. */
  readonly says: string;
}

/** What can be said of an answer before anybody looks at the exercise. */
export type Remark = 'promise' | 'function' | 'missing' | 'nan' | 'empty' | 'form' | 'bare number';

interface Wording {
  readonly exercise: string;
  readonly colon: string;
  readonly stop: string;
  readonly verdicts: Readonly<Record<Verdict, string>>;
  readonly remarks: Readonly<Record<Remark, (form: string) => string>>;
  readonly form: (form: string) => string;
}

const WORDING: Readonly<Record<Language, Wording>> = {
  en: {
    ...{ exercise: 'Exercise ', colon: ': ', stop: '. ' },
    verdicts: { right: 'right', 'not yet': 'not yet', 'not answered': 'not answered' },
    remarks: {
      promise: () => 'The answer is a promise: put await in front of it.',
      function: () => 'The answer is a function: call it.',
      missing: (form) => `The answer is null, and should be ${form}.`,
      nan: () => 'The answer is NaN: a number is missing somewhere in the computation.',
      empty: (form) => `The answer is empty, and should be ${form}.`,
      form: (form) => `The answer should be ${form}.`,
      'bare number': (form) => `The answer should be ${form}, without a unit and with a decimal point.`,
    },
    form: (form) => `The answer is ${form}.`,
  },
  zh: {
    ...{ exercise: '练习 ', colon: '：', stop: '。' },
    verdicts: { right: '正确', 'not yet': '还不对', 'not answered': '尚未作答' },
    remarks: {
      promise: () => '答案是一个 Promise：请在前面加上 await。',
      function: () => '答案是一个函数：请调用它。',
      missing: (form) => `答案是 null，应为${form}。`,
      nan: () => '答案是 NaN：计算过程中缺了某个数。',
      empty: (form) => `答案是空的，应为${form}。`,
      form: (form) => `答案应为${form}。`,
      'bare number': (form) => `答案应为${form}，不带单位，并使用小数点。`,
    },
    form: (form) => `答案应为${form}。`,
  },
};

const MARKS: Readonly<Record<Verdict, string>> = { right: '✓', 'not yet': '✗', 'not answered': '·' };

/** The line that a check prints: mark, exercise, verdict, and what follows it. */
export function verdictLine(language: Language, id: string, verdict: Verdict, says: string): string {
  const { exercise, colon, verdicts, stop } = WORDING[language];
  return `${MARKS[verdict]} ${exercise}${id}${colon}${verdicts[verdict]}${stop}${says}`.trimEnd();
}

/** What is remarked about an answer that cannot be one. */
export function remarkOn(language: Language, remark: Remark, form: string): string {
  return WORDING[language].remarks[remark](form);
}

/** What an answer looks like, as a sentence. */
export function formSentence(language: Language, form: string): string {
  return WORDING[language].form(form);
}

/**
 * Reads the lines of `checkExercise` out of what cells printed, in any language of the course.
 *
 * @example
 * ```ts run
 * verdictsIn('✗ 练习 1.1：还不对。请再数一数。'); // [{ exercise: '1.1', verdict: 'not yet', says: '请再数一数。' }]
 * ```
 */
export function verdictsIn(printed: string): PrintedVerdict[] {
  return printed.split('\n').flatMap((line): PrintedVerdict[] => {
    for (const { exercise, colon, stop, verdicts } of Object.values(WORDING)) {
      const begin = new RegExp(`^[✓✗·] ${exercise}(\\d+\\.\\d+)${colon}`, 'u').exec(line);
      const rest = begin ? line.slice(begin[0].length) : '';
      for (const [verdict, said] of Object.entries(verdicts) as [Verdict, string][])
        if (begin && rest.startsWith(said + stop.trimEnd()))
          return [{ exercise: begin[1] ?? '', verdict, says: rest.slice(said.length + stop.length) }];
    }
    return [];
  });
}
