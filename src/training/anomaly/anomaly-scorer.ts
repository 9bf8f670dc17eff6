/** What finds rows that are unlike the others of a stream, without any label. */
import type { RowValues } from '../../finite.ts';
import type { Stateful } from '../../state.ts';

/**
 * Says of each row how unusual it is, and learns what is usual from the rows themselves. It is no classifier: it knows no labels,
 * and a score is no probability. `anomalyModel` makes it stand where a model stands (evaluation, training, serving).
 */
export interface AnomalyScorer extends Stateful {
  /** Values in a row. */
  readonly features: number;
  /** Rows learnt so far. */
  readonly rows: number;
  /** Bytes of what it remembers. */
  readonly bytes: number;
  /**
   * From 0 (as usual as can be) to 1 (unlike anything). What it has learnt stays as it is.
   *
   * @throws LearnerInputError (`ST_TRAINING_LEARNER_INPUT`) for a row that is too short or not finite
   */
  scoreRow(xs: ArrayLike<number>): number;
  /** Learns one row. Refuses as `scoreRow`, and is then unchanged. */
  learnRow(xs: ArrayLike<number>): void;
  /** The scores of several rows, row-major in `xs`; owned by the caller. */
  score(xs: RowValues, rows: number): Float64Array;
  /** Learns several rows, one after the other; none of them if one is refused. */
  learn(xs: RowValues, rows: number): void;
}
