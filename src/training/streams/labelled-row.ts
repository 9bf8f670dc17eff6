/** A row with its label, as codecs decode records and generators make them. */
import { LearnerInputError } from '../errors.ts';

/** Features and label; what a codec decodes is such a row. */
export interface LabelledRow {
  /** The features. */
  readonly xs: ArrayLike<number>;
  /** The class (0, 1, ...), or the value of a regression. */
  readonly ys: number;
  /** When it happened, in ms since 1970; needed only for a delay in ms. */
  readonly timestamp?: number;
}

/** A row of a generator: float64 features of its own memory. */
export interface GeneratedRow extends LabelledRow {
  readonly xs: Float64Array;
}

/** Rows without end, from the first one again in each loop: `take` some, or `break` out. */
export type RowStream = Iterable<GeneratedRow>;

/** The next class and features, out of a generator's own randomness. */
export function streamOf(start: () => () => GeneratedRow): RowStream {
  return {
    *[Symbol.iterator]() {
      const next = start();
      for (;;) yield next();
    },
  };
}

/**
 * The first `count` rows of a stream; fewer where it ends before.
 *
 * @throws LearnerInputError (`ST_TRAINING_LEARNER_INPUT`) for a count that is no whole number >= 0
 * @example
 * ```ts
 * const rows = takeRows(seaStream({ seed: 1 }), 1000);
 * ```
 */
export function takeRows<Row>(stream: Iterable<Row>, count: number): Row[] {
  if (!Number.isSafeInteger(count) || count < 0)
    throw new LearnerInputError('takeRows', 'the count', count, 'a whole number >= 0');
  const rows: Row[] = [];
  if (count === 0) return rows;
  for (const row of stream) {
    rows.push(row);
    if (rows.length >= count) break;
  }
  return rows;
}
