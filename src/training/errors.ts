/** What can go wrong when a model is trained or judged. */
import { StreamTrainError } from '../errors.ts';

/** Labels and scores do not belong together, or are no labels and scores. */
export class MetricInputError extends StreamTrainError {
  readonly code = 'ST_TRAINING_METRIC_INPUT';

  constructor(problem: string) {
    super(`The metric cannot be computed: ${problem}.`);
  }
}

/** A model, detector or stream was made with or given a value that it cannot take; nothing was learnt from it. */
export class LearnerInputError extends StreamTrainError {
  readonly code = 'ST_TRAINING_LEARNER_INPUT';
  /** Who refused it, such as `logisticRegression`. */
  readonly learner: string;
  /** What it was, such as `feature 3` or the option `delta`. */
  readonly what: string;
  readonly value: unknown;

  constructor(learner: string, what: string, value: unknown, expected: string) {
    super(`${learner}: ${what} is ${String(value)}; expected ${expected}.`);
    this.learner = learner;
    this.what = what;
    this.value = value;
  }
}

/** A state is not of this kind of thing, or of one made with other options. What refused it is unchanged. */
export class StateMismatchError extends StreamTrainError {
  readonly code = 'ST_TRAINING_STATE_MISMATCH';
  /** What was to be restored, such as `adwin`. */
  readonly kind: string;

  constructor(kind: string, problem: string) {
    super(`The state does not fit this ${kind}: ${problem}. Restore into one made with the same options.`);
    this.kind = kind;
  }
}
