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
