/** Scalers that learn what they need from the rows they are given, batch after batch. */
import type { RowValues } from '../finite.ts';
import type { State } from '../state.ts';
import {
  arraysOf,
  checkFeatures,
  checkFinite,
  checkRestored,
  checkRows,
  tooLarge,
  newValues,
  shiftAndScale,
  type OnlineTransformer,
  type Scaling,
} from './online-transformer.ts';

/** A deviation of so many units in the last place of the mean is what rounding makes of equal values. */
const ROUNDING = 10 * Number.EPSILON;

/**
 * Scales each feature as (value - mean) / deviation, with the mean and (population) deviation of all rows seen so far.
 * A feature that was constant so far gives 0, as in River, whatever its value. Missing values (NaN) and infinite ones are
 * refused: put an `OnlineMedianImputer` before it.
 *
 * Numerically stable, in float64 whatever the size of the values: each mini-batch's moments are taken around its own
 * mean (found as a distance from its first value) and merged in (Chan, Golub, LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances",
 * 1979; for one row it is Welford's update, as in River).
 *
 * @example
 * ```ts run
 * const scaler = new OnlineStandardScaler(2);
 * scaler.learn(Float32Array.of(1, 10, 3, 30), 2);
 * scaler.transform(Float32Array.of(3, 20), 1); // Float32Array(2) [ 1, 0 ]
 * ```
 */
export class OnlineStandardScaler implements OnlineTransformer {
  readonly kind = 'standardScaler';
  readonly features: number;
  #counts: Float64Array;
  #means: Float64Array;
  /** Sums of squared distances from the mean. */
  #squares: Float64Array;
  readonly #factors: Float64Array;
  #stale = true;
  /** Counts, means and squares before the rows that were learnt last. */
  readonly #before: Float64Array;

  /** @throws ScalerInputError (`ST_TRAINING_SCALER_INPUT`) when `features` is no whole number >= 1 */
  constructor(features: number) {
    checkFeatures(this.kind, features);
    this.features = features;
    this.#counts = new Float64Array(features);
    this.#means = new Float64Array(features);
    this.#squares = new Float64Array(features);
    this.#factors = new Float64Array(features);
    this.#before = new Float64Array(3 * features);
  }

  /** The mean of each feature so far; 0 before the first value. A copy. */
  get means(): Float64Array {
    return this.#means.slice();
  }

  /** The standard deviation (over n) of each feature so far; 0 before the second value. A copy. */
  get deviations(): Float64Array {
    return this.#squares.map((square, feature) => Math.sqrt(square / (this.#counts[feature] || 1)));
  }

  learn(xs: RowValues, rows: number): void {
    const { features } = this;
    checkRows(this.kind, features, rows, xs);
    checkFinite(this.kind, features, rows, xs);
    this.#keep();
    this.#stale = true;
    if (rows === 1) {
      for (let feature = 0; feature < features; feature++) this.#merge(feature, 1, xs[feature]!, 0);
      return;
    }
    if (rows === 0) return;
    const end = rows * features;
    for (let feature = 0; feature < features; feature++) {
      // Distances from the first value: of equal values they are exactly 0, of large ones they keep their digits.
      const first = xs[feature]!;
      let sum = 0;
      for (let at = feature; at < end; at += features) sum += xs[at]! - first;
      const apart = sum / rows;
      let squares = 0;
      for (let at = feature; at < end; at += features) {
        const distance = xs[at]! - first - apart;
        squares += distance * distance;
      }
      this.#merge(feature, rows, first + apart, squares);
    }
  }

  transform<Out extends RowValues = Float32Array>(
    xs: RowValues,
    rows: number,
    out: Out = newValues(rows, this.features),
  ): Out {
    const { features } = this;
    checkRows(this.kind, features, rows, xs, out);
    checkFinite(this.kind, features, rows, xs);
    const scaling = { kind: 'scale', shifts: this.#means, factors: this.#currentFactors() } as const;
    shiftAndScale(this.kind, xs, rows, out, scaling);
    return out;
  }

  get transformation(): Scaling {
    return { kind: 'scale', shifts: this.means, factors: this.#currentFactors().slice() };
  }

  save(): State {
    return {
      counts: this.#counts.slice(),
      means: this.#means.slice(),
      squares: this.#squares.slice(),
    };
  }

  restore(state: State): void {
    const arrays = arraysOf(this.kind, this.features, state, ['counts', 'means', 'squares']);
    const isCount = (count: number) => Number.isSafeInteger(count) && count >= 0;
    checkRestored(this.kind, arrays.counts.every(isCount), 'it counts what are no rows');
    checkRestored(this.kind, arrays.means.every(Number.isFinite), 'a mean is not finite');
    const isSum = (sum: number) => sum >= 0 && sum < Infinity;
    checkRestored(this.kind, arrays.squares.every(isSum), 'a sum of squares is no finite number >= 0');
    this.#counts = arrays.counts;
    this.#means = arrays.means;
    this.#squares = arrays.squares;
    this.#stale = true;
    this.#keep();
  }

  undoLearn(): void {
    this.#stale = true;
    const { features } = this;
    for (let i = 0; i < features; i++) {
      this.#counts[i] = this.#before[i]!;
      this.#means[i] = this.#before[features + i]!;
      this.#squares[i] = this.#before[2 * features + i]!;
    }
  }

  /** For `undoLearn`. */
  #keep(): void {
    const { features } = this;
    for (let i = 0; i < features; i++) {
      this.#before[i] = this.#counts[i]!;
      this.#before[features + i] = this.#means[i]!;
      this.#before[2 * features + i] = this.#squares[i]!;
    }
  }

  /** What distances from the mean are multiplied by; 0 for a feature that was constant so far. */
  #currentFactors(): Float64Array {
    const factors = this.#factors;
    if (this.#stale) {
      for (let feature = 0; feature < factors.length; feature++) {
        const deviation = Math.sqrt(this.#squares[feature]! / (this.#counts[feature]! || 1));
        const isConstant = !(deviation > ROUNDING * Math.abs(this.#means[feature]!));
        factors[feature] = isConstant ? 0 : 1 / deviation;
      }
      this.#stale = false;
    }
    return factors;
  }

  #merge(feature: number, count: number, mean: number, squares: number): void {
    const before = this.#counts[feature]!;
    const total = before + count;
    const distance = mean - this.#means[feature]!;
    this.#counts[feature] = total;
    // The first mean as it is: it would not come through the product unchanged.
    const isFirst = before === 0;
    this.#means[feature] = isFirst ? mean : this.#means[feature]! + (distance * count) / total;
    this.#squares[feature]! += isFirst ? squares : squares + (distance * distance * before * count) / total;
    if (this.#squares[feature]! < Infinity) return;
    this.undoLearn();
    throw tooLarge(this.kind, feature);
  }
}

/**
 * Scales each feature as (value - least) / (greatest - least), over all rows seen so far. A feature that was constant so
 * far gives 0 for its value, and other values their distance from it, as scikit-learn's `MinMaxScaler`. Values beyond what
 * was seen give less than 0 or more than 1. Missing values (NaN) and infinite ones are refused: put an
 * `OnlineMedianImputer` before it. One outlier squeezes all other values together: `OnlineStandardScaler` is the safer choice.
 *
 * @example
 * ```ts run
 * const scaler = new OnlineMinMaxScaler(1);
 * scaler.learn(Float32Array.of(1, 5), 2);
 * scaler.transform(Float32Array.of(2, 7), 2); // Float32Array(2) [ 0.25, 1.5 ]
 * ```
 */
export class OnlineMinMaxScaler implements OnlineTransformer {
  readonly kind = 'minMaxScaler';
  readonly features: number;
  #least: Float64Array;
  #greatest: Float64Array;
  /** The least and the greatest before the rows that were learnt last. */
  readonly #before: Float64Array;

  /** @throws ScalerInputError (`ST_TRAINING_SCALER_INPUT`) when `features` is no whole number >= 1 */
  constructor(features: number) {
    checkFeatures(this.kind, features);
    this.features = features;
    this.#least = new Float64Array(features).fill(Infinity);
    this.#greatest = new Float64Array(features).fill(-Infinity);
    this.#before = new Float64Array(2 * features);
    this.#keep();
  }

  learn(xs: RowValues, rows: number): void {
    const { features } = this;
    checkRows(this.kind, features, rows, xs);
    checkFinite(this.kind, features, rows, xs);
    const [least, greatest] = [this.#least, this.#greatest];
    this.#keep();
    for (let row = 0, at = 0; row < rows; row++) {
      for (let feature = 0; feature < features; feature++, at++) {
        const value = xs[at]!;
        if (value < least[feature]!) least[feature] = value;
        if (value > greatest[feature]!) greatest[feature] = value;
      }
    }
    const feature = greatest.findIndex((value, i) => value - least[i]! === Infinity);
    if (feature < 0) return;
    this.undoLearn();
    throw tooLarge(this.kind, feature);
  }

  transform<Out extends RowValues = Float32Array>(
    xs: RowValues,
    rows: number,
    out: Out = newValues(rows, this.features),
  ): Out {
    const { features } = this;
    checkRows(this.kind, features, rows, xs, out);
    checkFinite(this.kind, features, rows, xs);
    shiftAndScale(this.kind, xs, rows, out, this.transformation);
    return out;
  }

  get transformation(): Scaling {
    const shifts = this.#least.map((value) => (value === Infinity ? 0 : value));
    const factors = this.#greatest.map((value, feature) => factorOf(this.#least[feature]!, value));
    return { kind: 'scale', shifts, factors };
  }

  save(): State {
    return { least: this.#least.slice(), greatest: this.#greatest.slice() };
  }

  restore(state: State): void {
    const { least, greatest } = arraysOf(this.kind, this.features, state, ['least', 'greatest']);
    for (let i = 0; i < this.features; i++) {
      const isNew = least[i] === Infinity && greatest[i] === -Infinity;
      const isRange = least[i]! <= greatest[i]! && greatest[i]! - least[i]! < Infinity;
      checkRestored(this.kind, isNew || isRange, `${least[i]} to ${greatest[i]} is no range`);
    }
    this.#least = least;
    this.#greatest = greatest;
    this.#keep();
  }

  undoLearn(): void {
    for (let i = 0; i < this.features; i++) {
      this.#least[i] = this.#before[i]!;
      this.#greatest[i] = this.#before[this.features + i]!;
    }
  }

  /** For `undoLearn`. */
  #keep(): void {
    for (let i = 0; i < this.features; i++) {
      this.#before[i] = this.#least[i]!;
      this.#before[this.features + i] = this.#greatest[i]!;
    }
  }
}

/** 1 for a range that is none, no more than rounding makes of equal values, or so small that float64 cannot divide by it. */
function factorOf(least: number, greatest: number): number {
  const range = greatest - least;
  const rounding = 10 * Number.EPSILON * Math.max(Math.abs(least), Math.abs(greatest));
  return range > rounding && 1 / range < Infinity ? 1 / range : 1;
}
