/** Options of figures: what is not known, or of another kind, is refused. */
import { invalidOption, refuseUnknownOptions } from '../options.ts';
import type { FigureLanguageOption } from './figure.ts';

/** What each option of a figure is: all that its type has, by the help of the compiler. */
type FigureOptionKinds<Options> = {
  readonly [Name in keyof Required<Options>]: 'text' | 'number' | 'boolean' | 'list';
};

/** What every figure takes. */
export const languageOption: FigureOptionKinds<FigureLanguageOption> = { language: 'text' };

/**
 * Refuses options that a figure does not know, or that are of another kind: they would be passed over, or drawn as they are.
 *
 * @returns the options
 * @throws UnknownOptionError (`ST_OPTION_UNKNOWN`), OptionsNotObjectError (`ST_OPTIONS_NOT_OBJECT`), InvalidOptionError
 *   (`ST_OPTION_INVALID`)
 */
export function figureOptions<Options extends object>(
  figure: string,
  options: Options,
  kinds: FigureOptionKinds<Options>,
): Options {
  const names = Object.entries<'text' | 'number' | 'boolean' | 'list'>(kinds);
  refuseUnknownOptions(figure, options, Object.fromEntries(names.map(([name]) => [name, true as const])));
  const given = options as Readonly<Record<string, unknown>>;
  for (const [name, kind] of names)
    if (given[name] !== undefined && !isOfKind(given[name], kind))
      throw invalidOption(name, given[name], kind === 'boolean' ? 'true or false' : `a ${kind}`);
  return options;
}

function isOfKind(value: unknown, kind: 'text' | 'number' | 'boolean' | 'list'): boolean {
  if (kind === 'list') return Array.isArray(value);
  return typeof value === (kind === 'text' ? 'string' : kind);
}
