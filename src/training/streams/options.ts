/** Checks of the generators' options. */
import { LearnerInputError } from '../errors.ts';

/** Refuses an option that is not one of these. */
export function checkOneOf(stream: string, option: string, value: number, known: readonly number[]): void {
  if (!known.includes(value))
    throw new LearnerInputError(stream, `the option ${option}`, value, `one of ${known.join(', ')}`);
}

/** Refuses an option that is not a share from 0 to 1. */
export function checkShare(stream: string, option: string, value: number): void {
  if (!(value >= 0 && value <= 1))
    throw new LearnerInputError(stream, `the option ${option}`, value, 'a number from 0 to 1');
}

/** Refuses a seed here rather than at the first row. */
export function checkSeed(stream: string, seed: number): void {
  if (!Number.isSafeInteger(seed) || seed < 0)
    throw new LearnerInputError(stream, 'the option seed', seed, 'a whole number from 0 to 2^53 - 1');
}
