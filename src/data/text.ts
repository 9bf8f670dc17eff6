/** Turns texts into rows of numbers of a fixed width without a vocabulary: the hashing trick. */
import { refuseUnknownOptions, type OptionNames } from '../options.ts';
import { DataOptionError } from './errors.ts';
import { murmur3 } from './murmur3.ts';
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

const optionNames: OptionNames<HashingOptions> = { features: true, ngrams: true, seed: true, tokens: true };

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
 * problem; the price is that terms can share a place, and that a row does not tell its words. Equal to scikit-learn's
 * `HashingVectorizer` with the same tokens, for seed 0.
 *
 * K. Weinberger et al.: "Feature Hashing for Large Scale Multitask Learning", ICML 2009.
 *
 * @throws {@link DataOptionError} (`ST_DATA_OPTION`) for options out of their range
 * @example
 * ```ts
 * const vectorizer = hashingVectorizer({ features: 16, tokens: (text) => text.split(' ') });
 * const { index } = vectorizer.placeOf('good'); // 1
 * console.log(vectorizer.transform('good friends good day')[index]); // 0.8164966106414795
 * ```
 */
export function hashingVectorizer(options: HashingOptions = {}): HashingVectorizer {
  refuseUnknownOptions('hashingVectorizer', options, optionNames);
  const { features = 16_384, ngrams = 1, seed = 0, tokens = tweetTokens } = options;
  checkWhole('features', features, 1, 2 ** 31);
  checkWhole('ngrams', ngrams, 1, 5);
  checkWhole('seed', seed, 0, 2 ** 32 - 1);

  const placeOf = (term: string): HashedPlace => {
    const hash = murmur3(term, seed);
    return { index: Math.abs(hash) % features, sign: hash >= 0 ? 1 : -1 };
  };
  const terms = (text: string) => ngramsOf(tokens(text), ngrams);
  const transformInto = (text: string, xs: Float32Array, at: number) => {
    if (at < 0 || at + features > xs.length)
      throw new DataOptionError('at', at, `room for ${features} values in the ${xs.length}`);
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

function checkWhole(option: string, value: number, least: number, most: number): void {
  if (!Number.isInteger(value) || value < least || value > most)
    throw new DataOptionError(option, value, `an integer from ${least} to ${most}`);
}
