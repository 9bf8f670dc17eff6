/** Brings features into 0 to 1 by the least and greatest value the stream has shown. */
import type { RowValues, State } from '../../model/index.ts';
import {
  arraysOf,
  checkFeatures,
  checkFinite,
  checkRows,
  tooLarge,
  newValues,
  type OnlineTransformer,
} from './online-transformer.ts';

/**
 * Scales each feature as (value - least) / (greatest - least), over all rows seen so far. A feature that was constant so
 * far gives 0 for its value, and other values their distance from it, as scikit-learn's `MinMaxScaler`. Values beyond what
 * was seen give less than 0 or more than 1. Missing values (NaN) and infinite ones are refused: put an
 * `OnlineMedianImputer` before it. One outlier squeezes all other values together: `OnlineStandardScaler` is the safer choice.
 *
 * @example
 * ```ts
 * const scaler = new OnlineMinMaxScaler(1);
 * scaler.learn(Float32Array.of(1, 5), 2);
 * scaler.transform(Float32Array.of(2, 7), 2); // Float32Array [ 0.25, 1.5 ]
 * ```
 */
export class OnlineMinMaxScaler implements OnlineTransformer {
  readonly kind = 'minMaxScaler';
  readonly features: number;
  #least: Float64Array;
  #greatest: Float64Array;

  /** @throws ScalerInputError (`ST_TRAINING_SCALER_INPUT`) when `features` is no whole number >= 1 */
  constructor(features: number) {
    checkFeatures(this.kind, features);
    this.features = features;
    this.#least = new Float64Array(features).fill(Infinity);
    this.#greatest = new Float64Array(features).fill(-Infinity);
  }

  learn(xs: RowValues, rows: number): void {
    const { features } = this;
    checkRows(this.kind, features, rows, xs);
    checkFinite(this.kind, features, rows, xs);
    const [least, greatest] = [this.#least, this.#greatest];
    for (let row = 0, at = 0; row < rows; row++) {
      for (let feature = 0; feature < features; feature++, at++) {
        const value = xs[at]!;
        if (value < least[feature]!) least[feature] = value;
        if (value > greatest[feature]!) greatest[feature] = value;
      }
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
    const least = this.#least.map((value) => (value === Infinity ? 0 : value));
    const factors = this.#greatest.map((value, feature) => {
      if (value - this.#least[feature]! === Infinity) throw tooLarge(this.kind, feature);
      return factorOf(this.#least[feature]!, value);
    });
    for (let row = 0, at = 0; row < rows; row++) {
      for (let feature = 0; feature < features; feature++, at++)
        out[at] = (xs[at]! - least[feature]!) * factors[feature]!;
    }
    return out;
  }

  save(): State {
    return { least: this.#least.slice(), greatest: this.#greatest.slice() };
  }

  restore(state: State): void {
    const { least, greatest } = arraysOf(this.kind, this.features, state, ['least', 'greatest']);
    this.#least = least;
    this.#greatest = greatest;
  }
}

/** 1 for a range that is none, or no more than rounding makes of equal values. */
function factorOf(least: number, greatest: number): number {
  const range = greatest - least;
  const rounding = 10 * Number.EPSILON * Math.max(Math.abs(least), Math.abs(greatest));
  return range > rounding ? 1 / range : 1;
}
