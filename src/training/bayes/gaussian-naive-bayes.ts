/** Naive Bayes: how likely a row is in each class, as if its features were independent and normally distributed there. */
import { invalidOption, refuseUnknownOptions, type OptionNames } from '../../options.ts';
import type { State } from '../../state.ts';
import { RowClassifier, type RowClassifierOptions } from '../learners/row-classifier.ts';
import { MOST_VALUES } from '../learners/row-model.ts';
import { restoredMemory, savedMemory } from '../learners/row-memory.ts';

const optionNames: OptionNames<RowClassifierOptions> = { features: true, classes: true };

/** What River adds to each density, so that one impossible value does not rule a class out: its `10e-10`. */
const FLOOR = 1e-9;

/**
 * Gaussian naive Bayes over a stream: of each class how frequent it is, and of each of its features the mean and variance,
 * kept up row by row (Welford). It needs no scaler, no learning rate and no second pass; `classes x (2 features + 1)`
 * numbers are all it remembers, so old rows never fade: a drift needs `reactToDrift`. Features that hang together count
 * twice.
 *
 * Equal to River 0.23's `naive_bayes.GaussianNB`, row by row in float64: a class has probability 0 until it was seen;
 * before the first row all have the same. A row of weight 2 counts as two rows.
 *
 * @example
 * ```ts run
 * const model = new GaussianNaiveBayes({ features: 1 });
 * for (const [x, y] of [[-1, 0], [-2, 0], [-3, 0], [1, 1], [2, 1], [3, 1]] as const) model.learnRow([x], y);
 * model.predictRow([-0.5]); // 0.1192...
 * model.predictRow([2]); // 0.9996...
 * ```
 */
export class GaussianNaiveBayes extends RowClassifier {
  readonly kind = 'gaussianNaiveBayes';
  /** Rows of each class, by weight. */
  #counts: Float64Array;
  /** `classes x features` means. */
  #means: Float64Array;
  /** `classes x features` sums of squared distances from the mean. */
  #squares: Float64Array;

  /** @throws InvalidOptionError (`ST_OPTION_INVALID`), UnknownOptionError (`ST_OPTION_UNKNOWN`) */
  constructor(options: RowClassifierOptions) {
    const name = 'gaussianNaiveBayes';
    refuseUnknownOptions(name, options, optionNames);
    super(name, options);
    const { classes, features } = this;
    if (classes * features > MOST_VALUES)
      throw invalidOption(`${name}.classes`, classes, `classes x features <= ${MOST_VALUES}`);
    this.#counts = new Float64Array(classes);
    this.#means = new Float64Array(classes * features);
    this.#squares = new Float64Array(classes * features);
  }

  /** Bytes of what it remembers; they do not grow. */
  get bytes(): number {
    return this.#counts.byteLength + this.#means.byteLength + this.#squares.byteLength;
  }

  save(): State {
    return savedMemory(this.#options, this.#memory);
  }

  restore(state: State): void {
    const memory = restoredMemory(this.kind, this.#options, this.#memory, state, ({ counts, squares }) =>
      counts.every((count) => count >= 0) && squares.every((sum) => sum >= 0)
        ? undefined
        : 'a count or a sum of squares is below 0',
    );
    this.step = memory.step;
    this.#counts = memory.counts;
    this.#means = memory.means;
    this.#squares = memory.squares;
  }

  protected probabilitiesOf(xs: Float64Array, into: Float64Array): void {
    const [counts, means, squares] = [this.#counts, this.#means, this.#squares];
    let total = 0;
    for (let label = 0; label < counts.length; label++) total += counts[label]!;
    if (total === 0) {
      into.fill(1 / counts.length);
      return;
    }
    let greatest = -Infinity;
    for (let label = 0, at = 0; label < counts.length; label++, at += xs.length) {
      const count = counts[label]!;
      into[label] = -Infinity;
      if (count === 0) continue;
      let likelihood = 0;
      for (let i = 0; i < xs.length; i++) {
        const variance = count > 1 ? squares[at + i]! / (count - 1) : 0;
        likelihood += Math.log(FLOOR + density(xs[i]! - means[at + i]!, variance));
      }
      into[label] = Math.log(count / total) + likelihood;
      if (into[label]! > greatest) greatest = into[label]!;
    }
    let sum = 0;
    for (let label = 0; label < counts.length; label++)
      sum += into[label] = Math.exp(into[label]! - greatest);
    for (let label = 0; label < counts.length; label++) into[label]! /= sum;
  }

  protected take(xs: Float64Array, y: number, weight: number): void {
    const [means, squares] = [this.#means, this.#squares];
    const count = this.#counts[y]! + weight;
    const from = y * xs.length;
    this.#counts[y] = count;
    for (let i = 0, at = from; i < xs.length; i++, at++) {
      const x = xs[i]!;
      const before = means[at]!;
      const mean = before + (weight / count) * (x - before);
      means[at] = mean;
      squares[at]! += weight * (x - before) * (x - mean);
    }
  }

  get #options() {
    return { features: this.features, classes: this.classes };
  }

  get #memory() {
    return { step: this.step, counts: this.#counts, means: this.#means, squares: this.#squares };
  }
}

/** The density of the normal distribution at such a distance from its mean; River's 0 where it has no width. */
function density(distance: number, variance: number): number {
  if (!(variance > 0)) return 0;
  return Math.exp((distance * distance) / (-2 * variance)) / Math.sqrt(2 * Math.PI * variance);
}
