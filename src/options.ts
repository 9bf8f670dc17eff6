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
  says: ({ option, value, expected }: { option: string; value: unknown; expected: string }) =>
    `The option ${option} is ${describe(value)}; expected ${expected}.`,
  cure: '',
}) {}

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
 * ```ts
 * const splitOptions: OptionNames<TrainTestSplitOptions> = { testSize: true, seed: true, groupBy: true };
 * refuseUnknownOptions('trainTestSplit', { testsize: 0.3 }, splitOptions); // throws: has no option "testsize"
 * ```
 */
export function refuseUnknownOptions(
  of: string,
  options: object,
  known: { readonly [name: string]: true },
): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw new OptionsNotObjectError({ of, value: options });
  for (const option of Object.keys(options)) {
    if (!Object.hasOwn(known, option))
      throw new UnknownOptionError({ of, option, known: Object.keys(known) });
  }
}

/** A value as it may stand in a sentence: short, on one line, whatever it is. */
function describe(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 200));
  return inspect(value, { depth: 1, breakLength: Infinity, maxStringLength: 100 });
}
