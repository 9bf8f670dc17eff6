/** A source for every day: rated tweets from the cache, as if they came just now. */
import { checkOneOf, checkSeed, refuseUnknownOptions, type OptionNames } from '../options.ts';
import { readTweets, type Tweet } from '../data/datasets.ts';
import { fetchTweets, type FetchTweetsOptions } from '../install/tweets.ts';
import { mulberry32, permutation } from '../random.ts';

/** Options of {@link ratedTweets}. */
export interface RatedTweetsOptions extends FetchTweetsOptions {
  /**
   * `'shuffled'` (default): in an order drawn from `seed`. `'file'`: as in the file, whose first 700 texts are much harder
   * than all others (VADER is right in 74 % of them, in 98 % from the 1,000th on), so that whatever is scored along the way
   * seems to learn.
   */
  order?: 'shuffled' | 'file';
  /** Fixes the order: 0 to 2^32 - 1 (default 3). */
  seed?: number;
}

const optionNames: OptionNames<RatedTweetsOptions> = {
  order: true,
  seed: true,
  cache: true,
  python: true,
  log: true,
};

/**
 * The 4,200 rated texts of the VADER paper; fetched with pip on first use, later from the user's cache folder. `id` is a
 * text's number in the file, whatever the order.
 *
 * C. J. Hutto, E. Gilbert: "VADER: A Parsimonious Rule-based Model for Sentiment Analysis of Social Media Text", ICWSM
 * 2014, MIT licence.
 *
 * @throws InvalidOptionError (`ST_OPTION_INVALID`); the errors of `fetchTweets` (no network on first use:
 *   `ST_INSTALL_COMMAND`) and of `readTweets`
 * @example
 * ```ts
 * const tweets = await ratedTweets({ log: console.log });
 * console.log(tweets.length); // 4200
 * ```
 */
export async function ratedTweets(options: RatedTweetsOptions = {}): Promise<Tweet[]> {
  refuseUnknownOptions('ratedTweets', options, optionNames);
  const { order = 'shuffled', seed = 3, ...fetching } = options;
  checkOneOf('order', order, ['shuffled', 'file']);
  checkSeed('seed', seed);
  const tweets = await readTweets(await fetchTweets(fetching));
  if (order === 'file') return tweets;
  return permutation(tweets.length, mulberry32(seed)).map((place) => tweets[place]!);
}
