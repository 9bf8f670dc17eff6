/** The language of figures and verdicts: a notebook says it once, and an option of a single call goes before it. */
import { checkOneOf } from './options.ts';

/** The languages that figures and verdicts speak. */
export type Language = 'en' | 'zh';

/** All of them. */
export const languages: readonly Language[] = ['en', 'zh'];

let inUse: Language | undefined;

/**
 * Says the language of all that follows in this process: titles, axes, legends, hover and alt texts of figures, and the
 * verdicts of `checkExercise`. A notebook calls it in its Setup. An option `language` of a single call goes before it; where
 * nothing was said, the environment's `STREAMTRAIN_LANGUAGE` counts, else it is English.
 *
 * @throws InvalidOptionError (`ST_OPTION_INVALID`) for a language that there is not; the one before stays
 * @example
 * ```ts
 * useLanguage('zh');
 * console.log(classBalanceFigure({ 良性: 458, 恶性: 241 }).alt); // 共 699 行：良性 458 行（65.5%），恶性 241 行（34.5%）。
 * ```
 */
export function useLanguage(language: Language): void {
  inUse = checkOneOf('language', language, languages);
}

/**
 * The language to speak: the one given, else that of {@link useLanguage}, of `STREAMTRAIN_LANGUAGE`, or English.
 *
 * @throws InvalidOptionError (`ST_OPTION_INVALID`) for one that there is not
 */
export function languageOr(given: Language | undefined): Language {
  if (given !== undefined) return checkOneOf('language', given, languages);
  if (inUse !== undefined) return inUse;
  const { STREAMTRAIN_LANGUAGE: set = '' } = process.env;
  return set === '' ? 'en' : checkOneOf('STREAMTRAIN_LANGUAGE (environment)', set as Language, languages);
}

/** The same words in each language; one that lacks a word, or has one too many, does not compile. */
type InEachLanguage<Words> = { readonly en: Words } & {
  readonly [Other in Exclude<Language, 'en'>]: NoInfer<Words>;
};

/**
 * Keeps words in every language.
 *
 * @returns what gives them in a language; without one, in that of {@link languageOr}
 */
export function translated<Words>(words: InEachLanguage<Words>): (language?: Language) => Words {
  return (language) => words[languageOr(language)];
}
