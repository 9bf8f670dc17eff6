/** Options as callers give them: a name that is not known is refused, so that a misspelt option is never dropped. */
import { inspect } from 'node:util';

import { failure } from './errors.ts';

/** An option was given that the function or class does not have. */
export class UnknownOptionError extends failure({
  code: 'ST_OPTION_UNKNOWN',
  says: ({ of, option }: { of: string; option: string; known: readonly string[] }) =>
    `${of} has no option ${JSON.stringify(option)}.`,
  cure: ({ known }) => (known.length === 0 ? 'It has no options.' : `Known options: ${known.join(', ')}.`),
}) {}

/** An option has a value that it cannot have. Nothing was done. */
export class InvalidOptionError extends failure({
  code: 'ST_OPTION_INVALID',
  says: ({ option, value, expected, found }: InvalidOption) =>
    `The option ${option} is ${found ?? describe(value)}; expected ${expected}.`,
  cure: '',
}) {}

/** The facts of an {@link InvalidOptionError}. */
interface InvalidOption {
  readonly option: string;
  readonly value?: unknown;
  readonly expected: string;
  /** What the value is, in words: where that says more, or the value is a secret. */
  readonly found?: string;
}

/** The error for an option of such a value. */
export const invalidOption = (option: string, value: unknown, expected: string): InvalidOptionError =>
  new InvalidOptionError({ option, value, expected });

/** Something else was given where an object of options belongs. */
export class OptionsNotObjectError extends failure({
  code: 'ST_OPTIONS_NOT_OBJECT',
  says: ({ of, value }: { of: string; value: unknown }) =>
    `${of} takes its options as an object, such as { name: value }; it was given ${describe(value)}.`,
  cure: '',
}) {}

/** The names of all options of a type; the compiler refuses a list that lacks one or has one too many. */
export type OptionNames<Options extends object> = { readonly [Name in keyof Required<Options>]: true };

/**
 * Refuses options that are not known, at the edge, before anything is done with the others. Costs one look a given option.
 *
 * @param of who takes them, for the message
 * @param known every name there is, made with the type's help: `const known: OptionNames<MyOptions> = { seed: true }`
 * @throws UnknownOptionError (`ST_OPTION_UNKNOWN`), OptionsNotObjectError (`ST_OPTIONS_NOT_OBJECT`)
 * @example
 * ```ts run
 * const splitOptions: OptionNames<TrainTestSplitOptions> = { testSize: true, seed: true, groupBy: true };
 * refuseUnknownOptions('trainTestSplit', { testsize: 0.3 }, splitOptions); // throws: has no option "testsize"
 * ```
 */
export function refuseUnknownOptions(
  of: string,
  options: object,
  known: { readonly [name: string]: true },
): void {
  if (!isByName(options)) throw new OptionsNotObjectError({ of, value: options });
  for (const option of Object.keys(options)) {
    if (!Object.hasOwn(known, option))
      throw new UnknownOptionError({ of, option, known: Object.keys(known) });
  }
}

/** Whether an object has its entries as properties: those of what can be iterated, such as a list or a Map, would be passed over. */
export function isByName(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !(Symbol.iterator in value);
}

/** Bounds of a number. Without them any finite number will do; `most: Infinity` lets infinity through, too. */
export interface NumberRange {
  /** At least this. */
  readonly least?: number;
  /** Greater than this. */
  readonly above?: number;
  /** At most this. */
  readonly most?: number;
  /** Less than this. */
  readonly below?: number;
}

/**
 * Refuses what is no number within bounds.
 *
 * @returns the value
 * @throws InvalidOptionError (`ST_OPTION_INVALID`), also for NaN
 * @example
 * ```ts
 * checkNumber('learningRate', 0.1, { above: 0 });
 * checkNumber('momentum', 1, { least: 0, below: 1 }); // throws: expected a number >= 0 and < 1
 * ```
 */
export function checkNumber(option: string, value: unknown, range: NumberRange = {}): number {
  if (typeof value === 'number' && isWithin(value, range)) return value;
  const bounds = boundsOf(range);
  throw new InvalidOptionError({
    option,
    value,
    expected: `a ${bounds === '' ? 'finite ' : ''}number${bounds}`,
  });
}

/** The longest time one timer of Node can take, ms (24.8 days); a longer one would be over after 1 ms. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Refuses what is no duration in ms: a number from `least` (0) to the longest that a timer takes, 24.8 days. Where waiting may
 * have no end, `most` is `Infinity`.
 *
 * @returns the value
 * @throws InvalidOptionError (`ST_OPTION_INVALID`), also for NaN
 */
export function checkMs(option: string, value: unknown, range: NumberRange = {}): number {
  const least = range.above === undefined ? { least: 0 } : {};
  return checkNumber(option, value, { ...least, most: LONGEST_TIMER_MS, ...range });
}

/**
 * Refuses what is no whole number from `least` to `most`; by default from 0 to 2^53 - 1.
 *
 * @returns the value
 * @throws InvalidOptionError (`ST_OPTION_INVALID`)
 * @example
 * ```ts
 * checkInteger('batchSize', 32, { least: 1 });
 * checkInteger('folds', 1.5, { least: 2, most: 10 }); // throws: expected a whole number >= 2 and <= 10
 * ```
 */
export function checkInteger(
  option: string,
  value: unknown,
  { least = 0, most }: Pick<NumberRange, 'least' | 'most'> = {},
): number {
  if (Number.isSafeInteger(value) && isWithin(value as number, { least, most })) return value as number;
  throw new InvalidOptionError({ option, value, expected: `a whole number${boundsOf({ least, most })}` });
}

/**
 * Refuses what is no seed of a random generator: a whole number from 0 to 2^32 - 1.
 *
 * @returns the seed
 * @throws InvalidOptionError (`ST_OPTION_INVALID`)
 */
export function checkSeed(option: string, value: unknown): number {
  return checkInteger(option, value, { most: 0xffff_ffff });
}

/**
 * Refuses what is none of some values.
 *
 * @returns the value
 * @throws InvalidOptionError (`ST_OPTION_INVALID`)
 * @example
 * ```ts
 * checkOneOf('order', 'random', ['shuffled', 'file']); // throws: expected "shuffled" or "file"
 * ```
 */
export function checkOneOf<const Choice>(option: string, value: unknown, choices: readonly Choice[]): Choice {
  if ((choices as readonly unknown[]).includes(value)) return value as Choice;
  const all = choices.map(describe);
  const expected = [all.slice(0, -1).join(', '), all.at(-1)].filter((part) => part !== '').join(' or ');
  throw new InvalidOptionError({ option, value, expected });
}

function isWithin(value: number, { least, above, most, below }: NumberRange): boolean {
  return (
    value >= (least ?? -Number.MAX_VALUE) &&
    value <= (most ?? Number.MAX_VALUE) &&
    (above === undefined || value > above) &&
    (below === undefined || value < below)
  );
}

function boundsOf({ least, above, most, below }: NumberRange): string {
  const bounds = Object.entries({ '>=': least, '>': above, '<=': most, '<': below });
  const said = bounds.filter(([, bound]) => bound !== undefined && bound !== Infinity);
  return said.length === 0 ? '' : ` ${said.map(([sign, bound]) => `${sign} ${bound}`).join(' and ')}`;
}

/** A value as it may stand in a sentence: short, on one line, whatever it is. */
function describe(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 200));
  return inspect(value, { depth: 1, breakLength: Infinity, maxStringLength: 100 });
}
