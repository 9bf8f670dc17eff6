/** Rows that a model has judged, as a check is given them to compute the truth itself. */
import { listOf } from './answer-forms.ts';

/** The truths, 0 or 1, and the probabilities of class 1, as `evaluateClassifier` gives them. */
export interface JudgedRows {
  readonly labels: readonly number[];
  readonly scores: readonly number[];
}

/**
 * Reads them from what a check was given.
 *
 * @returns `undefined` when they are no such rows, or none at all
 */
export function judgedRowsOf(value: unknown): JudgedRows | undefined {
  const given = (value ?? {}) as { labels?: unknown; scores?: unknown };
  const [labels, scores] = [listOf(given.labels), listOf(given.scores)];
  if (!labels || !scores || labels.length === 0 || labels.length !== scores.length) return undefined;
  const isFine =
    labels.every((label) => label === 0 || label === 1) && scores.every((score) => score >= 0 && score <= 1);
  return isFine ? { labels, scores } : undefined;
}

/** How often each class was taken for each at a threshold: `[actual][predicted]`. */
export function confusionAt({ labels, scores }: JudgedRows, threshold: number): number[][] {
  const matrix = [
    [0, 0],
    [0, 0],
  ];
  for (const [row, label] of labels.entries()) matrix[label]![scores[row]! > threshold ? 1 : 0]!++;
  return matrix;
}

/** The share of the rows of class 1 that is found at a threshold; `NaN` where there are none. */
export function recallAt(rows: JudgedRows, threshold: number): number {
  const [, [missed = 0, found = 0] = []] = confusionAt(rows, threshold);
  return found / (missed + found);
}

/**
 * The share of texts with an id above `above` whose class a model had right, of rows `{ id, ys, probability }` as chapter 9
 * collects them.
 *
 * @returns `undefined` when they are no such rows, or none has such an id
 */
export function shareRightOf(value: unknown, above: number): number | undefined {
  if (!Array.isArray(value)) return undefined;
  const rows = value as { id?: unknown; ys?: unknown; probability?: unknown }[];
  const asked = rows.filter((row) => typeof row?.id === 'number' && row.id > above);
  const isRight = (row: (typeof rows)[number]) => Number(row.probability) > 0.5 === (row.ys === 1);
  return asked.length === 0 ? undefined : asked.filter(isRight).length / asked.length;
}
