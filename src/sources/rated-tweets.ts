/** A source for every day: rated tweets from the cache, as if they came just now. */
import { readTweets, type Tweet } from '../data/tweets.ts';
import { fetchTweets, type FetchTweetsOptions } from '../install/tweets.ts';

/**
 * The 4,200 rated texts of the VADER paper; fetched with pip on first use, later from the user's cache folder.
 *
 * C. J. Hutto, E. Gilbert: "VADER: A Parsimonious Rule-based Model for Sentiment Analysis of Social Media Text", ICWSM
 * 2014, MIT licence.
 *
 * @throws the errors of `fetchTweets` (no network on first use: `ST_INSTALL_COMMAND`) and of `readTweets`
 * @example
 * ```ts
 * const tweets = await ratedTweets({ log: console.log });
 * console.log(tweets.length); // 4200
 * ```
 */
export async function ratedTweets(options: FetchTweetsOptions = {}): Promise<Tweet[]> {
  return readTweets(await fetchTweets(options));
}
