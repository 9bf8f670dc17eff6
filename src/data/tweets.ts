/** Reads the human-rated tweets of the VADER paper. */
import { readFile } from 'node:fs/promises';
import { TweetLineError, TweetsReadError } from './tweets-errors.ts';

/** A short text and how people rated it. */
export interface Tweet {
  /** Its number in the file, from 1. */
  readonly id: number;
  /** Mean rating of at least 20 people, -4 (extremely negative) to 4 (extremely positive). */
  readonly valence: number;
  /** As in the file: names are `@anonymous`, links `http://url_removed`, and some have HTML's `&amp;`, `&lt;`, `&gt;`. */
  readonly text: string;
}

const decimal = /^-?\d+(\.\d+)?$/;

/**
 * Reads `tweets_GroundTruth.txt`: 4,200 short texts, tab-separated id, mean rating and text on each line. Texts 1 to 4,000
 * are after tweets of Twitter's public timeline; 200 more were made up by the authors to try grammatical conventions.
 * (`wc -l` counts 4,199 since the last line has no end.) 2,897 means are above 0, 1,299 below, 4 exactly 0.
 *
 * Source: C. J. Hutto, E. Gilbert: "VADER: A Parsimonious Rule-based Model for Sentiment Analysis of Social Media Text",
 * ICWSM 2014, MIT licence; see data/README.md.
 *
 * @param path the file; `ratedTweets` of the sources room fetches it first
 * @throws {@link TweetsReadError} (`ST_DATA_TWEETS_READ`) when there is no such file, {@link TweetLineError}
 *   (`ST_DATA_TWEET_LINE`) with the number of the first line that is no such row
 * @example
 * ```ts
 * const [first] = await readTweets('tweets_GroundTruth.txt');
 * console.log(first.id, first.valence.toFixed(2)); // 1 2.73
 * ```
 */
export async function readTweets(path: string): Promise<Tweet[]> {
  const content = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new TweetsReadError(path, error);
  });
  const lines = content.replace(/^\uFEFF/, '').split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  return lines.map((line, at) => tweetOf(line, path, at + 1));
}

function tweetOf(line: string, file: string, number: number): Tweet {
  const [id, valence, text, ...more] = line.split('\t');
  if (text === undefined || more.length > 0)
    throw new TweetLineError(file, number, line, 'has not three tab-separated fields');
  if (!/^\d+$/.test(id!)) throw new TweetLineError(file, number, id!, 'has an id that is no whole number');
  if (!decimal.test(valence!) || Math.abs(Number(valence)) > 4)
    throw new TweetLineError(file, number, valence!, 'has a mean rating that is no number from -4 to 4');
  return { id: Number(id), valence: Number(valence), text };
}
