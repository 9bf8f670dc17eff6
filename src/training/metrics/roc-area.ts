/** The area under the ROC curve of scores in order. */

/** A score, and the weight of the rows of class 0 and of class 1 that have it. */
export type ScoreWeights = readonly [score: number, negative: number, positive: number];

/**
 * How likely a row of class 1 has a higher score than one of class 0, ties counting half: scikit-learn's `roc_auc_score`.
 *
 * J. A. Hanley, B. J. McNeil: "The meaning and use of the area under a receiver operating characteristic (ROC) curve",
 * Radiology 143, 1982.
 *
 * @param sorted by score; a score may come more than once
 * @returns NaN unless both classes have weight
 */
export function rocArea(sorted: readonly ScoreWeights[]): number {
  let [negatives, positives, pairs] = [0, 0, 0];
  for (let i = 0; i < sorted.length;) {
    const [score] = sorted[i]!;
    let [tiedNegatives, tiedPositives] = [0, 0];
    for (; i < sorted.length && sorted[i]![0] === score; i++) {
      tiedNegatives += sorted[i]![1];
      tiedPositives += sorted[i]![2];
    }
    pairs += tiedPositives * (negatives + tiedNegatives / 2);
    negatives += tiedNegatives;
    positives += tiedPositives;
  }
  return pairs / (negatives * positives);
}
