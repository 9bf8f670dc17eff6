/** Known data: rows that come with the package, tweets with their ratings, and what VADER makes of them. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { readCsv } from './csv.ts';
import type { DataFrame } from './danfo.ts';
import { TweetLineError, TweetsReadError } from './errors.ts';

/** The nine features, each graded 1 (most normal) to 10, in UCI's order. */
export const breastCancerFeatures: readonly string[] = [
  'Clump_Thickness',
  'Uniformity_of_Cell_Size',
  'Uniformity_of_Cell_Shape',
  'Marginal_Adhesion',
  'Single_Epithelial_Cell_Size',
  'Bare_Nuclei',
  'Bland_Chromatin',
  'Normal_Nucleoli',
  'Mitoses',
];

/** All eleven columns: the sample's id, the nine features, and `Class` (2 benign, 4 malignant). */
export const breastCancerColumns: readonly string[] = [
  'Sample_code_number',
  ...breastCancerFeatures,
  'Class',
];

/** The packaged file; beside `src` and `dist` alike. */
export const breastCancerPath = fileURLToPath(
  new URL('../../data/breast-cancer-wisconsin.csv', import.meta.url),
);

/**
 * Reads the dataset: 699 rows, 458 benign and 241 malignant, 16 values missing (NaN) in `Bare_Nuclei`.
 *
 * Source: W. Wolberg, UCI Machine Learning Repository, doi 10.24432/C5HP4Z, CC BY 4.0; see data/README.md.
 *
 * @param path another copy with the same header; default the packaged one
 * @returns a frame `[699, 11]` as in the file: id and class coding untouched
 * @throws the errors of {@link readCsv}
 * @example
 * ```ts run
 * const frame = await readBreastCancer();
 * console.log(frame.shape); // [699, 11]
 * ```
 */
export function readBreastCancer(path: string = breastCancerPath): Promise<DataFrame> {
  return readCsv(path, { columns: breastCancerColumns });
}

/** The nine features of a web page in {@link readPhishing}: each is 0, 0.5 or 1. */
export const phishingFeatures: readonly string[] = [
  'empty_server_form_handler',
  'popup_window',
  'https',
  'request_from_other_domain',
  'anchor_from_other_domain',
  'is_popular',
  'long_url',
  'age_of_domain',
  'ip_in_url',
];

/** The packaged file of {@link readPhishing}. */
export const phishingPath = fileURLToPath(new URL('../../data/phishing.csv', import.meta.url));

/**
 * Reads Phishing, as the Python package River carries it, in its order: 1,250 web pages, nine features and `is_phishing`,
 * 548 times 1 and 702 times 0.
 *
 * The column has River's name. UCI's page counts 702 phishing and 548 legitimate pages, which would make 1 the legitimate
 * ones; do not read the meaning of the classes, or of single features, out of their names.
 *
 * Source: N. Abdelhamid, "Website Phishing", UCI Machine Learning Repository, doi 10.24432/C5B301, CC BY 4.0; see
 * data/README.md.
 *
 * @param path another copy with the same header; default the packaged one
 * @returns a frame `[1250, 10]`, the class last
 * @throws the errors of {@link readCsv}
 * @example
 * ```ts run
 * const { features, labels } = splitLabels(await readPhishing(), 'is_phishing');
 * console.log(features.shape, labels.slice(0, 5)); // [ 1250, 9 ] [ 1, 1, 1, 1, 0 ]
 * ```
 */
export function readPhishing(path: string = phishingPath): Promise<DataFrame> {
  return readCsv(path, { columns: [...phishingFeatures, 'is_phishing'] });
}

/** The packaged file of {@link readBananas}. */
export const bananasPath = fileURLToPath(new URL('../../data/bananas.csv', import.meta.url));

/**
 * Reads Bananas, as the Python package River carries it, in its order: 5,300 points of two curved clouds that overlap,
 * features `x1` and `x2`, and `class`, 2,376 times 1 and 2,924 times 0 (-1 in the original).
 *
 * Source: an artificial dataset, OpenML 1460, marked there as public; see data/README.md.
 *
 * @param path another copy with the same header; default the packaged one
 * @returns a frame `[5300, 3]`, the class last
 * @throws the errors of {@link readCsv}
 * @example
 * ```ts run
 * const { features, labels } = splitLabels(await readBananas(), 'class');
 * console.log(features.shape, labels.slice(0, 5)); // [ 5300, 2 ] [ 0, 0, 0, 1, 0 ]
 * ```
 */
export function readBananas(path: string = bananasPath): Promise<DataFrame> {
  return readCsv(path, { columns: ['x1', 'x2', 'class'] });
}

/** A short text and how people rated it. */
export interface Tweet {
  /** Its number in the file, from 1. */
  readonly id: number;
  /** Mean rating of at least 20 people, -4 (extremely negative) to 4 (extremely positive). */
  readonly valence: number;
  /** As in the file: names are `@anonymous`, links `http://url_removed`, and some have HTML's `&amp;`, `&lt;`, `&gt;`. */
  readonly text: string;
}

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
 * console.log(first?.id, first?.valence.toFixed(2)); // 1 2.73
 * ```
 */
export async function readTweets(path: string): Promise<Tweet[]> {
  const content = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new TweetsReadError({ file: path, cause: error });
  });
  const lines = content.replace(/^\uFEFF/, '').split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  return lines.map((line, at) => tweetOf(line, path, at + 1));
}

function tweetOf(row: string, file: string, line: number): Tweet {
  const wrong = (value: string, problem: string) => new TweetLineError({ file, line, value, problem });
  const [id, valence, text, ...more] = row.split('\t');
  if (text === undefined || more.length > 0) throw wrong(row, 'has not three tab-separated fields');
  if (!/^\d+$/.test(id!)) throw wrong(id!, 'has an id that is no whole number');
  if (!/^-?\d+(\.\d+)?$/.test(valence!) || Math.abs(Number(valence)) > 4)
    throw wrong(valence!, 'has a mean rating that is no number from -4 to 4');
  return { id: Number(id), valence: Number(valence), text };
}

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
 * ```ts run
 * const { binary } = await readVaderBaseline();
 * console.log(binary.accuracyZeroIsNegative); // 0.940181
 * ```
 */
export async function readVaderBaseline(): Promise<VaderBaseline> {
  const file = new URL('../../data/vader-baseline.json', import.meta.url);
  return JSON.parse(await readFile(file, 'utf8')) as VaderBaseline;
}
