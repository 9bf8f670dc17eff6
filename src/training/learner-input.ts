/** Values and options that learners, detectors and streams refuse. */
import { LearnerInputError } from './errors.ts';

/** The error of `learner` for a value of `what`. */
export function learnerInput(
  learner: string,
  what: string,
  value: unknown,
  expected: string,
): LearnerInputError {
  return new LearnerInputError({ learner, what, value, expected });
}

/** Refuses an option that is no number from `low` to `high`. */
export function checkLearnerRange(
  learner: string,
  option: string,
  value: number,
  low: number,
  high: number,
): void {
  if (!(value >= low && value <= high))
    throw learnerInput(learner, `the option ${option}`, value, `a number from ${low} to ${high}`);
}

/** Refuses an option that is no finite number of at least `least`. */
export function checkLearnerFinite(learner: string, option: string, value: number, least: number): void {
  if (!(value >= least && Number.isFinite(value)))
    throw learnerInput(learner, `the option ${option}`, value, `a finite number >= ${least}`);
}

/** Refuses an option that is no whole number of at least `least`. */
export function checkLearnerInteger(learner: string, option: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least)
    throw learnerInput(learner, `the option ${option}`, value, `a whole number >= ${least}`);
}

/** Refuses an option that is not one of these. */
export function checkLearnerChoice<Value>(
  learner: string,
  option: string,
  value: Value,
  known: readonly Value[],
): void {
  if (!known.includes(value))
    throw learnerInput(learner, `the option ${option}`, value, `one of ${known.join(', ')}`);
}
