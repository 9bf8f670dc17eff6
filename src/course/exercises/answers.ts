/** Small questions that the checks of exercises ask of an answer. */

/** True for `size` rows of `size` whole numbers. */
export function isMatrix(answer: unknown, size: number): answer is number[][] {
  return (
    Array.isArray(answer) &&
    answer.length === size &&
    answer.every((row: unknown) => Array.isArray(row) && row.length === size && row.every(Number.isInteger))
  );
}

/** True for a number no farther than `tolerance` from `expected`. */
export function isNear(answer: unknown, expected: number, tolerance: number): boolean {
  return typeof answer === 'number' && Math.abs(answer - expected) <= tolerance;
}

/** Rows as `evaluateClassifier` judged them: the truths, 0 or 1, and the probabilities of class 1. */
export interface Judged {
  readonly labels: readonly number[];
  readonly scores: readonly number[];
}

/** How often each class was taken for each at a threshold: `[actual][predicted]`. */
export function confusionAt({ labels, scores }: Judged, threshold: number): number[][] {
  const matrix = [
    [0, 0],
    [0, 0],
  ];
  for (const [row, label] of labels.entries()) matrix[label]![scores[row]! > threshold ? 1 : 0]!++;
  return matrix;
}
