/** Texts as rows of numbers without a vocabulary (the hashing trick), and the weights of a model over them as words. */
import {
  InvalidOptionError,
  checkInteger,
  checkNumber,
  checkSeed,
  refuseUnknownOptions,
  type OptionNames,
} from '../options.ts';
import { tweetTokens } from './text-tokens.ts';

/** Options of {@link hashingVectorizer}. */
export interface HashingOptions {
  /** Width of a row (default 16,384). More: fewer terms share a place. */
  features?: number;
  /** Terms are up to so many tokens in a row: 1 (default) single ones, 2 pairs of neighbours, too. */
  ngrams?: number;
  /** Chooses the places: an integer from 0 to 2^32 - 1 (default 0). */
  seed?: number;
  /** Cuts a text into tokens (default {@link tweetTokens}). */
  tokens?: (text: string) => string[];
}

const hashingOptions: OptionNames<HashingOptions> = {
  features: true,
  ngrams: true,
  seed: true,
  tokens: true,
};

/** Where a term is counted. */
export interface HashedPlace {
  readonly index: number;
  /** Whether it is added or taken away there. */
  readonly sign: 1 | -1;
}

/** Made by {@link hashingVectorizer}. It has no state: the same text always gives the same row. */
export interface HashingVectorizer {
  readonly features: number;
  /** The terms of a text in their order, repeated ones too. */
  terms(text: string): string[];
  /** Where a term is counted. */
  placeOf(term: string): HashedPlace;
  /** The row of a text, `[features]`, of length 1 (Euclidean); all 0 for a text without terms. */
  transform(text: string): Float32Array;
  /** Writes the row into `xs` from `at` on. */
  transformInto(text: string, xs: Float32Array, at: number): void;
}

/**
 * A row of `features` numbers for any text: each term is hashed to a place and a sign, the signed counts are added up, and
 * the row is brought to length 1. Nothing is learnt and nothing has to be kept, so that on a stream new words are no
 * problem; the price is that terms can share a place, and that words cannot be read back from a row. Equal to scikit-learn's
 * `HashingVectorizer` with the same tokens, for seed 0.
 *
 * K. Weinberger et al.: "Feature Hashing for Large Scale Multitask Learning", ICML 2009.
 *
 * @throws `InvalidOptionError` (`ST_OPTION_INVALID`) for options out of their range
 * @example
 * ```ts run
 * const vectorizer = hashingVectorizer({ features: 16, tokens: (text) => text.split(' ') });
 * const { index } = vectorizer.placeOf('good');
 * console.log(index, vectorizer.transform('good friends good day')[index]); // 1 0.8164966106414795
 * ```
 */
export function hashingVectorizer(options: HashingOptions = {}): HashingVectorizer {
  refuseUnknownOptions('hashingVectorizer', options, hashingOptions);
  const { features = 16_384, ngrams = 1, seed = 0, tokens = tweetTokens } = options;
  checkInteger('features', features, { least: 1, most: 2 ** 31 });
  checkInteger('ngrams', ngrams, { least: 1, most: 5 });
  checkSeed('seed', seed);

  const placeOf = (term: string): HashedPlace => {
    const hash = murmur3(term, seed);
    return { index: Math.abs(hash) % features, sign: hash >= 0 ? 1 : -1 };
  };
  const terms = (text: string) => ngramsOf(tokens(text), ngrams);
  const transformInto = (text: string, xs: Float32Array, at: number) => {
    if (at < 0 || at + features > xs.length) {
      const expected = `room for ${features} values in the ${xs.length}`;
      throw new InvalidOptionError({ option: 'at', value: at, expected });
    }
    xs.fill(0, at, at + features);
    const used = new Set<number>();
    for (const term of terms(text)) {
      const { index, sign } = placeOf(term);
      xs[at + index]! += sign;
      used.add(at + index);
    }
    let squares = 0;
    for (const index of used) squares += xs[index]! ** 2;
    if (squares > 0) for (const index of used) xs[index]! /= Math.sqrt(squares);
  };
  return {
    features,
    terms,
    placeOf,
    transformInto,
    transform(text) {
      const xs = new Float32Array(features);
      transformInto(text, xs, 0);
      return xs;
    },
  };
}

/** Single tokens first, then pairs, and so on. */
function ngramsOf(tokens: readonly string[], longest: number): string[] {
  const terms = [...tokens];
  for (let length = 2; length <= longest; length++)
    for (let from = 0; from + length <= tokens.length; from++)
      terms.push(tokens.slice(from, from + length).join(' '));
  return terms;
}

/** A term and what a linear model makes of it. */
export interface WeighedTerm {
  readonly term: string;
  /** Texts that have it. */
  readonly texts: number;
  /** The model's weight at the term's place, with the term's sign: above 0 makes class 1 likelier. */
  readonly weight: number;
}

/** Options of {@link weighTerms}. */
export interface WeighTermsOptions {
  /** Only terms of at least so many texts (default 5). */
  minTexts?: number;
}

const weighTermsOptions: OptionNames<WeighTermsOptions> = { minTexts: true };

/**
 * The terms of some texts with the weight each has in a linear model over hashed rows, the greatest weight first (of equal
 * ones the more frequent term). Terms that share a place share a weight, of which either of them may be the cause; rare
 * ones are best left out.
 *
 * @param weights `[features]`, those of a `LogisticRegression`
 * @throws `InvalidOptionError` (`ST_OPTION_INVALID`) when there are not as many weights as features, one of them
 *   is not finite, or `minTexts` is no number >= 0
 * @example
 * ```ts
 * const vectorizer = hashingVectorizer({ features: 1024 });
 * const model = new LogisticRegression({ features: 1024 });
 * const terms = weighTerms(vectorizer, model.weights, texts);
 * console.log(terms[0]?.term, terms.at(-1)?.term); // the most and the least positive
 * ```
 */
export function weighTerms(
  vectorizer: HashingVectorizer,
  weights: ArrayLike<number>,
  texts: Iterable<string>,
  options: WeighTermsOptions = {},
): WeighedTerm[] {
  refuseUnknownOptions('weighTerms', options, weighTermsOptions);
  const minTexts = checkNumber('minTexts', options.minTexts ?? 5, { least: 0, most: Infinity });
  if (weights.length !== vectorizer.features) {
    const found = `of ${weights.length} values`;
    throw new InvalidOptionError({ option: 'weights', found, expected: `${vectorizer.features} of them` });
  }
  for (let place = 0; place < weights.length; place++) checkNumber(`weights[${place}]`, weights[place]);
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

const encoder = new TextEncoder();

/**
 * MurmurHash3 for 32 bits (Austin Appleby, 2011, public domain) of a text's UTF-8 bytes; the same number as
 * scikit-learn's `murmurhash3_32`. Spreads well and is quick; not for secrets.
 *
 * @param seed an integer from 0 to 2^32 - 1
 * @returns a signed 32-bit integer
 * @example
 * ```ts run
 * murmur3('good friends', 0); // -934508984
 * ```
 */
export function murmur3(text: string, seed: number): number {
  const bytes = encoder.encode(text);
  const whole = bytes.length & ~3;
  let hash = seed | 0;
  for (let at = 0; at < whole; at += 4) {
    const block = bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    hash ^= scrambled(block);
    hash = (Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe6546b64) | 0;
  }
  let rest = 0;
  for (let at = bytes.length - 1; at >= whole; at--) rest = (rest << 8) | bytes[at]!;
  hash ^= scrambled(rest) ^ bytes.length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

function scrambled(block: number): number {
  const mixed = Math.imul(block, 0xcc9e2d51);
  return Math.imul((mixed << 15) | (mixed >>> 17), 0x1b873593);
}
