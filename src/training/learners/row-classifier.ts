/** What classifiers without a gradient have in common: every row is checked, then predicted or learnt on its own. */
import type { LearnResult, MiniBatch } from '../../model/online-model.ts';
import type { RowValues } from '../../finite.ts';
import type { State } from '../../state.ts';
import { checkInteger, invalidOption } from '../../options.ts';
import { learnerInput } from '../errors.ts';
import {
  checkBatch,
  checkRow,
  checkRows,
  featureOf,
  finiteNumber,
  targetOf,
  weightOf,
  type RowModel,
} from './row-model.ts';

/** Options that every such classifier has. */
export interface RowClassifierOptions {
  /** Values in a row, at most 10,000,000. */
  features: number;
  /** Classes, numbered from 0; from 2 (default) to 10,000,000. */
  classes?: number;
}

/** Features or classes, at most. */
const MOST_NAMES = 10_000_000;
/** Greatest size of a feature. With weights as below, the sum of 2^53 rows' squares is still finite in float64. */
const greatestSize = 1e100;
/** Greatest weight of a row, and the least one above 0: its share of a sum, or by a distance, is still above 0. */
const greatestWeight = 1e9;
const leastWeight = 1e-100;

/**
 * A classifier that learns row by row and has no learning rate: `learningRate` is 0, and setting it to anything else is
 * refused. A mini-batch is its rows, one after the other; it is refused as a whole before any of them is learnt. A row of
 * weight 0 is a step, but changes nothing else. Features from -1e100 to 1e100 and weights from 1e-100 to 1e9 keep all sums finite;
 * others are refused.
 */
export abstract class RowClassifier implements RowModel {
  abstract readonly kind: string;
  readonly task = 'classification';
  readonly features: number;
  /** Classes it tells apart. */
  readonly classes: number;
  readonly outputs: number;
  readonly takesFloat64 = true;
  /** Rows learnt, or mini-batches. */
  #step = 0;
  readonly #name: string;
  readonly #row: Float64Array;
  /** Rows so far that were others than the one before. */
  #number = 0;
  readonly #probabilities: Float64Array;

  /**
   * @param name how it is called in messages
   * @throws InvalidOptionError (`ST_OPTION_INVALID`)
   */
  protected constructor(name: string, { features, classes = 2 }: RowClassifierOptions) {
    checkInteger(`${name}.features`, features, { least: 1, most: MOST_NAMES });
    checkInteger(`${name}.classes`, classes, { least: 2, most: MOST_NAMES });
    this.#name = name;
    this.features = features;
    this.classes = classes;
    this.outputs = classes === 2 ? 1 : classes;
    this.#row = new Float64Array(features);
    this.#probabilities = new Float64Array(classes);
  }

  get step(): number {
    return this.#step;
  }

  /** For `restore`. */
  protected set step(step: number) {
    this.#step = step;
  }

  /** Always 0: it has none. */
  get learningRate(): number {
    return 0;
  }

  set learningRate(rate: number) {
    if (rate !== 0) throw invalidOption(`${this.#name}.learningRate`, rate, '0, as this model has none');
  }

  predictRow(xs: ArrayLike<number>): number | Float64Array {
    checkRow(this.#name, this.features, xs);
    const row = this.#taken(xs, 0);
    this.probabilitiesOf(row, this.#probabilities, this.#number);
    return this.outputs === 1 ? this.#probabilities[1]! : this.#probabilities;
  }

  learnRow(xs: ArrayLike<number>, y: number, weight = 1): void {
    checkRow(this.#name, this.features, xs);
    this.checkWeight(weight);
    this.checkTarget(y);
    const row = this.#taken(xs, 0);
    if (weight > 0) this.take(row, y, weight, this.#number);
    this.#step++;
  }

  predict(xs: RowValues, rows: number): Float32Array {
    checkRows(this.#name, this.features, rows, xs);
    const predictions = new Float32Array(rows * this.outputs);
    for (let row = 0; row < rows; row++) this.#predictInto(predictions, xs, row);
    return predictions;
  }

  /** The rows one after the other; predictions and loss are those of each row before it is learnt. */
  learn(batch: MiniBatch<RowValues>): LearnResult {
    checkBatch(this.#name, this.features, batch);
    const { rows, xs, ys, weights } = batch;
    for (let row = 0; row < rows; row++) {
      this.checkTarget(ys[row]!, row);
      if (weights) this.checkWeight(weights[row]!, row);
      this.#taken(xs, row * this.features);
    }
    const predictions = new Float32Array(rows * this.outputs);
    let loss = 0;
    for (let row = 0; row < rows; row++) {
      const weight = weights ? weights[row]! : 1;
      this.#predictInto(predictions, xs, row);
      loss -= weight * Math.log(Math.max(1e-15, Math.min(1 - 1e-15, this.#probabilities[ys[row]!]!)));
      if (weight > 0) this.take(this.#row, ys[row]!, weight, this.#number);
    }
    this.#step++;
    return { loss: loss / rows, predictions };
  }

  checkTarget(y: number, row?: number): void {
    if (y >= 0 && y < this.classes && Number.isInteger(y)) return;
    const last = this.classes - 1;
    const expected = `${last === 1 ? '0 or 1' : `a whole number from 0 to ${last}`} (encodeLabels codes other labels)`;
    throw learnerInput(this.#name, targetOf('class', row), y, expected);
  }

  checkWeight(weight: number, row?: number): void {
    if (weight === 0 || (weight >= leastWeight && weight <= greatestWeight)) return;
    const expected = `0, or a number from ${leastWeight} to ${greatestWeight}`;
    throw learnerInput(this.#name, weightOf(row), weight, expected);
  }

  dispose(): void {}

  abstract save(): State;
  abstract restore(state: State): void;

  /**
   * Writes the probability of each class; before the first row all are alike. `xs` has been checked.
   *
   * @param row the number of the row, from 1: the same as before where the row is the same, as of one that is predicted and
   *   then learnt
   */
  protected abstract probabilitiesOf(xs: Float64Array, into: Float64Array, row: number): void;
  /** Learns a row that has been checked, of a weight above 0. `xs` is overwritten by the next call: copy what you keep. */
  protected abstract take(xs: Float64Array, y: number, weight: number, row: number): void;

  #predictInto(predictions: Float32Array, xs: RowValues, row: number): void {
    const probabilities = this.#probabilities;
    const taken = this.#taken(xs, row * this.features);
    this.probabilitiesOf(taken, probabilities, this.#number);
    if (this.outputs === 1) predictions[row] = probabilities[1]!;
    else predictions.set(probabilities, row * this.outputs);
  }

  /** A row in memory of its own, refused where it has a value that is not finite or too large. */
  #taken(xs: ArrayLike<number>, at: number): Float64Array {
    const row = this.#row;
    let isAnother = this.#number === 0;
    for (let i = 0; i < row.length; i++) {
      const value = xs[at + i]!;
      if (!(value >= -greatestSize && value <= greatestSize)) {
        this.#number++;
        throw this.#notTaken(xs, at + i);
      }
      if (row[i] !== value) isAnother = true;
      row[i] = value;
    }
    if (isAnother) this.#number++;
    return row;
  }

  #notTaken(xs: ArrayLike<number>, at: number): Error {
    const expected = Number.isFinite(xs[at])
      ? `a number from -${greatestSize} to ${greatestSize}: scale it first`
      : finiteNumber;
    return learnerInput(this.#name, featureOf(this.features, xs, at), xs[at], expected);
  }
}
