/** Options as callers give them: a name that is not known is refused, so that a misspelt option is never dropped. */
import { StreamTrainError } from './errors.ts';

/** An option was given that the function or class does not have. */
export class UnknownOptionError extends StreamTrainError {
  readonly code = 'ST_OPTION_UNKNOWN';
  /** Who was given it, such as `streamMetric`. */
  readonly of: string;
  readonly option: string;
  /** The options there are. */
  readonly known: readonly string[];

  constructor(of: string, option: string, known: readonly string[]) {
    const those = known.length === 0 ? 'It has no options' : `Known options: ${known.join(', ')}`;
    super(`${of} has no option ${JSON.stringify(option)}. ${those}.`);
    this.of = of;
    this.option = option;
    this.known = known;
  }
}

/** Something else was given where an object of options belongs. */
export class OptionsNotObjectError extends StreamTrainError {
  readonly code = 'ST_OPTIONS_NOT_OBJECT';
  readonly of: string;
  readonly value: unknown;

  constructor(of: string, value: unknown) {
    super(`${of} takes its options as an object, such as { name: value }; it was given ${describe(value)}.`);
    this.of = of;
    this.value = value;
  }
}

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
    throw new OptionsNotObjectError(of, options);
  for (const option of Object.keys(options)) {
    if (!Object.hasOwn(known, option)) throw new UnknownOptionError(of, option, Object.keys(known));
  }
}

function describe(value: unknown): string {
  return Array.isArray(value) ? `a list of ${value.length}` : (JSON.stringify(value) ?? typeof value);
}
