/** Tells whether a learner's answer to an exercise is right, and gives a hint where it is not. */
import { UnknownExerciseError } from './errors.ts';
import { exercises } from './exercises/index.ts';

/** What the check of an exercise says. */
export type Verdict = 'right' | 'not yet' | 'not answered';

/** One exercise with its check. */
export interface Exercise {
  /** Chapter and number, such as `'1.2'`. */
  readonly id: string;
  /** What is right about the right answer; shown after it. */
  readonly because: string;
  /** Shown after a wrong answer. */
  readonly hint: string;
  /** What an answer looks like, such as `'a number of rows'`. */
  readonly form: string;
  /** True for a right answer. A throw counts as a wrong one. */
  isRight(answer: unknown): boolean | Promise<boolean>;
}

/** The line that a check cell prints; `streamtrain course check` reads it again. */
export const VERDICT_LINE = /^. Exercise (?<id>\d+\.\d+): (?<verdict>right|not yet|not answered)\b/gmu;

/**
 * Checks an answer. Nothing is printed: show what comes back.
 *
 * @param id chapter and number, such as `'1.1'`
 * @param answer the learner's; `undefined` counts as not answered
 * @returns one line: the verdict, then why it is right, or a hint
 * @throws {@link UnknownExerciseError} (`ST_COURSE_EXERCISE`)
 * @example
 * ```ts
 * await checkExercise('1.1', 0);
 * // '✓ Exercise 1.1: right. The group has committed every offset, and goes on behind the last one.'
 * ```
 */
export async function checkExercise(id: string, answer: unknown): Promise<string> {
  const exercise = exercises.find((each) => each.id === id);
  if (!exercise)
    throw new UnknownExerciseError(
      id,
      exercises.map((each) => each.id),
    );
  if (answer === undefined) return `· Exercise ${id}: not answered. The answer is ${exercise.form}.`;
  return (await holds(exercise, answer))
    ? `✓ Exercise ${id}: right. ${exercise.because}`
    : `✗ Exercise ${id}: not yet. ${exercise.hint}`;
}

async function holds(exercise: Exercise, answer: unknown): Promise<boolean> {
  try {
    return await exercise.isRight(answer);
  } catch {
    return false;
  }
}
