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
