/** Reads the weights of a linear model back as words. */
import { refuseUnknownOptions, type OptionNames } from '../options.ts';
import { DataOptionError } from './errors.ts';
import type { HashingVectorizer } from './text.ts';

/** A term and what a linear model makes of it. */
export interface WeighedTerm {
  readonly term: string;
  /** Texts that have it. */
  readonly texts: number;
  /** The model's weight at the term's place, with the term's sign: above 0 speaks for class 1. */
  readonly weight: number;
}

/** Options of {@link weighTerms}. */
export interface WeighTermsOptions {
  /** Only terms of at least so many texts (default 5). */
  minTexts?: number;
}

const optionNames: OptionNames<WeighTermsOptions> = { minTexts: true };

/**
 * The terms of some texts with the weight each has in a linear model over hashed rows, the greatest weight first (of equal
 * ones the more frequent term). Terms that share a place share a weight, of which either of them may be the cause; rare
 * ones are best left out.
 *
 * @param weights `[features]`, those of a `LogisticRegression`
 * @throws {@link DataOptionError} (`ST_DATA_OPTION`) when there are not as many weights as features, one of them
 *   is not finite, or `minTexts` is no number >= 0
 * @example
 * ```ts
 * const terms = weighTerms(vectorizer, model.weights, texts);
 * console.log(terms[0].term, terms.at(-1).term); // the most and the least positive
 * ```
 */
export function weighTerms(
  vectorizer: HashingVectorizer,
  weights: ArrayLike<number>,
  texts: Iterable<string>,
  options: WeighTermsOptions = {},
): WeighedTerm[] {
  refuseUnknownOptions('weighTerms', options, optionNames);
  const { minTexts = 5 } = options;
  if (!(minTexts >= 0)) throw new DataOptionError('minTexts', minTexts, 'a number >= 0');
  if (weights.length !== vectorizer.features)
    throw new DataOptionError('weights', `of ${weights.length} values`, `${vectorizer.features} of them`);
  for (let place = 0; place < weights.length; place++) {
    if (!Number.isFinite(weights[place]!))
      throw new DataOptionError(`weights[${place}]`, weights[place], 'a finite number');
  }
  const counts = new Map<string, number>();
  for (const text of texts)
    for (const term of new Set(vectorizer.terms(text))) counts.set(term, (counts.get(term) ?? 0) + 1);
  return [...counts]
    .filter(([, count]) => count >= minTexts)
    .map(([term, count]) => {
      const { index, sign } = vectorizer.placeOf(term);
      return { term, texts: count, weight: sign * weights[index]! };
    })
    .sort((one, other) => other.weight - one.weight || other.texts - one.texts);
}
