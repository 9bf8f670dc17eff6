/** Scores of rows, and the one that stands for a row. */

/** Scores of rows, as a model gave them. */
export interface Scored {
  readonly scores: Float32Array;
  readonly outputs: number;
  /** One class a row; none where the model does not classify. */
  readonly classes: Uint16Array | undefined;
  readonly version: string | null;
}

/** The one score of a row: the only one, or that of its class. */
export function scoreOf({ scores, outputs, classes }: Scored, row: number): number {
  return scores[outputs === 1 ? row : row * outputs + (classes?.[row] ?? 0)]!;
}
