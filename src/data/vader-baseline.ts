/** What VADER itself makes of the rated tweets: the figures a learnt model stands beside. */
import { readFile } from 'node:fs/promises';

/** VADER's figures for positive or negative, by the sign of its score; texts rated exactly 0 are left out. */
export interface VaderBinary {
  readonly rows: number;
  /** Of them, rated above 0. */
  readonly positive: number;
  /** Of them, scored exactly 0: VADER found no word it knows. */
  readonly scoredZero: number;
  /** With a score of 0 taken for negative. */
  readonly accuracyZeroIsNegative: number;
  /** With a score of 0 taken for positive, the commoner class. */
  readonly accuracyZeroIsPositive: number;
}

/** The packaged figures. */
export interface VaderBaseline {
  /** What was run. */
  readonly package: string;
  /** The digest of the tweets it was run on. */
  readonly tweetsSha256: string;
  /** The script that wrote the figures. */
  readonly madeBy: string;
  readonly texts: number;
  /** Pearson's, between its scores and the mean ratings. */
  readonly correlation: number;
  readonly binary: VaderBinary;
  /** Of the 200 texts that the authors made up. */
  readonly binaryMadeUpTexts: VaderBinary;
  /** With the paper's thresholds of 0.05 on a scale from -1 to 1, for ratings and scores. */
  readonly threeClasses: {
    readonly rows: number;
    readonly threshold: number;
    readonly negative: number;
    readonly neutral: number;
    readonly positive: number;
    readonly accuracy: number;
    readonly macroF1: number;
  };
  /** The sign of the score of each text in the file's order: `+`, `-` or `0`. */
  readonly scores: string;
}

/**
 * Reads the figures that `scripts/make-vader-baseline.py` wrote with VADER's own package, vaderSentiment 3.3.2, run over the
 * texts of `readTweets`. VADER learns nothing from them, but its authors knew such texts when they made its lexicon and rules.
 *
 * C. J. Hutto, E. Gilbert: "VADER: A Parsimonious Rule-based Model for Sentiment Analysis of Social Media Text", ICWSM 2014.
 *
 * @example
 * ```ts
 * const { binary } = await readVaderBaseline();
 * console.log(binary.accuracyZeroIsNegative); // 0.940181
 * ```
 */
export async function readVaderBaseline(): Promise<VaderBaseline> {
  const file = new URL('../../data/vader-baseline.json', import.meta.url);
  return JSON.parse(await readFile(file, 'utf8')) as VaderBaseline;
}
