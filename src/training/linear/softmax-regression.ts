/** Softmax regression: the probabilities of several classes, learnt row by row. */
import type { LearnResult, MiniBatch } from '../../model/online-model.ts';
import type { RowValues } from '../../finite.ts';
import type { State } from '../../state.ts';
import { checkInteger, checkNumber, refuseUnknownOptions, type OptionNames } from '../../options.ts';
import { checkCounts, checkStateOptions, fieldsOf, fittingRecord, settledRates } from '../state-record.ts';
import {
  checkBatch,
  checkRow,
  checkRows,
  checkWeight,
  notFinite,
  targetOf,
  type RowModel,
} from '../learners/row-model.ts';
import { learnerInput } from '../errors.ts';

/** Options of {@link SoftmaxRegression}; the defaults are River's. */
export interface SoftmaxRegressionOptions {
  /** Values in a row. */
  features: number;
  /** Classes, numbered from 0; at least 2. */
  classes: number;
  /** Step of gradient descent (default 0.01). */
  learningRate?: number;
  /** Penalty on the squares of the weights (default 0). */
  l2?: number;
}

const optionNames: OptionNames<SoftmaxRegressionOptions> = {
  features: true,
  classes: true,
  learningRate: true,
  l2: true,
};

/**
 * Online softmax (multinomial logistic) regression by stochastic gradient descent, without intercepts: add a feature that
 * is 1 if you need them. Equal to River 0.23's, step by step in float64 with `learnRow`: a class has probability 0 until
 * it was seen, and all have the same before the first row. A mini-batch is one step with its mean gradient.
 *
 * @example
 * ```ts run
 * const model = new SoftmaxRegression({ features: 1, classes: 3 });
 * model.predictRow([1]); // Float64Array(3) [ 0.333..., 0.333..., 0.333... ]
 * model.learnRow([1], 2);
 * model.learnRow([-1], 0);
 * model.predictRow([4]); // Float64Array(3) [ 0.4700359482..., 0, 0.5299640517... ]
 * ```
 */
export class SoftmaxRegression implements RowModel {
  readonly kind = 'softmaxRegression';
  readonly task = 'classification';
  readonly features: number;
  readonly outputs: number;
  readonly takesFloat64 = true;
  #learningRate: number;
  readonly #settings: { readonly learningRate: number };
  #remarks: readonly string[] = [];
  #step = 0;
  /** `classes x features`. */
  #weights: Float64Array;
  #seen: Uint8Array;
  readonly #l2: number;
  readonly #probabilities: Float64Array;
  readonly #gradient: Float64Array;

  /** @throws InvalidOptionError (`ST_OPTION_INVALID`) for options that cannot be */
  constructor(options: SoftmaxRegressionOptions) {
    refuseUnknownOptions(this.kind, options, optionNames);
    const { features, classes, learningRate = 0.01, l2 = 0 } = options;
    checkInteger(`${this.kind}.features`, features, { least: 1 });
    checkInteger(`${this.kind}.classes`, classes, { least: 2 });
    for (const [option, value] of Object.entries({ learningRate, l2 }))
      checkNumber(`${this.kind}.${option}`, value, { least: 0 });
    this.features = features;
    this.outputs = classes;
    this.#learningRate = learningRate;
    this.#settings = { learningRate };
    this.#l2 = l2;
    this.#weights = new Float64Array(classes * features);
    this.#seen = new Uint8Array(classes);
    this.#probabilities = new Float64Array(classes);
    this.#gradient = new Float64Array(classes * features);
  }

  get step(): number {
    return this.#step;
  }

  get learningRate(): number {
    return this.#learningRate;
  }

  set learningRate(rate: number) {
    checkNumber(`${this.kind}.learningRate`, rate, { least: 0 });
    this.#learningRate = rate;
  }

  /** `classes x features` weights. A copy. */
  get weights(): Float64Array {
    return this.#weights.slice();
  }

  predictRow(xs: ArrayLike<number>): Float64Array {
    checkRow(this.kind, this.features, xs);
    return this.#predict(xs, 0);
  }

  checkTarget(y: number, row?: number): void {
    if (Number.isInteger(y) && y >= 0 && y < this.outputs) return;
    const expected = `a whole number from 0 to ${this.outputs - 1} (encodeLabels codes other labels)`;
    throw learnerInput(this.kind, targetOf('class', row), y, expected);
  }

  checkWeight(weight: number, row?: number): void {
    checkWeight(this.kind, weight, row);
  }

  learnRow(xs: ArrayLike<number>, y: number, weight = 1): void {
    checkRow(this.kind, this.features, xs);
    this.#gradient.fill(0);
    this.#addGradient(xs, 0, y, weight);
    this.#seen[y] = 1;
    this.#descend(1);
  }

  predict(xs: RowValues, rows: number): Float32Array {
    checkRows(this.kind, this.features, rows, xs);
    const { features, outputs } = this;
    const predictions = new Float32Array(rows * outputs);
    for (let row = 0; row < rows; row++) predictions.set(this.#predict(xs, row * features), row * outputs);
    return predictions;
  }

  learn(batch: MiniBatch<RowValues>): LearnResult {
    checkBatch(this.kind, this.features, batch);
    const { rows, xs, ys, weights } = batch;
    const { features, outputs } = this;
    const predictions = new Float32Array(rows * outputs);
    let loss = 0;
    this.#gradient.fill(0);
    for (let row = 0; row < rows; row++) {
      const weight = weights ? weights[row]! : 1;
      loss += weight * this.#addGradient(xs, row * features, ys[row]!, weight, row);
      predictions.set(this.#probabilities, row * outputs);
    }
    const penalty = (this.#l2 / 2) * this.#weights.reduce((sum, weight) => sum + weight * weight, 0);
    for (let row = 0; row < rows; row++) this.#seen[ys[row]!] = 1;
    this.#descend(rows);
    return { loss: loss / rows + penalty, predictions };
  }

  dispose(): void {}

  save(): State {
    return {
      options: this.#options(),
      settings: this.#settings,
      memory: {
        learningRate: this.#learningRate,
        step: this.#step,
        weights: this.#weights.slice(),
        seen: this.#seen.slice(),
      },
    };
  }

  restore(state: State): void {
    const { options, settings, memory } = fieldsOf(this.kind, state);
    checkStateOptions(this.kind, this.#options(), options);
    const then = fittingRecord(this.kind, this.#settings, settings);
    const like = { learningRate: 0, step: 0, weights: this.#weights, seen: this.#seen };
    const found = fittingRecord(this.kind, like, memory);
    checkCounts(this.kind, { step: found.step });
    const { rates, remarks } = settledRates(this.#settings, then, found);
    this.#learningRate = rates.learningRate;
    this.#remarks = remarks;
    this.#step = found.step;
    this.#weights = found.weights;
    this.#seen = found.seen;
  }

  /** A learning rate that is another than that of the state that was restored last: the new one holds. */
  get restoreRemarks(): readonly string[] {
    return this.#remarks;
  }

  /** Writes the probabilities of a row into the one array there is for it. */
  #predict(xs: ArrayLike<number>, at: number): Float64Array {
    const { features, outputs } = this;
    const [weights, seen, probabilities] = [this.#weights, this.#seen, this.#probabilities];
    let greatest = -Infinity;
    for (let label = 0; label < outputs; label++) {
      let sum = 0;
      for (let i = 0, w = label * features; i < features; i++, w++) sum += weights[w]! * xs[at + i]!;
      if (!Number.isFinite(sum)) throw notFinite(this.kind, features, xs, at);
      probabilities[label] = sum;
      if (seen[label] === 1 && sum > greatest) greatest = sum;
    }
    if (greatest === -Infinity) return probabilities.fill(1 / outputs);
    let total = 0;
    for (let label = 0; label < outputs; label++) {
      probabilities[label] = seen[label] === 1 ? Math.exp(probabilities[label]! - greatest) : 0;
      total += probabilities[label]!;
    }
    for (let label = 0; label < outputs; label++) probabilities[label]! /= total;
    return probabilities;
  }

  /** Adds a row's gradient; returns its loss. */
  #addGradient(xs: ArrayLike<number>, at: number, y: number, weight: number, row?: number): number {
    const { features, outputs } = this;
    this.checkTarget(y, row);
    this.checkWeight(weight, row);
    const probabilities = this.#predict(xs, at);
    const begun = this.#seen.includes(1);
    for (let label = 0; label < outputs; label++) {
      // River knows a class from its first row on; its own probability is 0 at that row.
      const isNew = this.#seen[label] === 0;
      if (isNew && label !== y) continue;
      const slope = (clamped(isNew ? 0 : probabilities[label]!) - (label === y ? 1 : 0)) * weight;
      for (let i = 0, w = label * features; i < features; i++, w++) this.#gradient[w]! += xs[at + i]! * slope;
    }
    return -Math.log(clamped(begun ? probabilities[y]! : 1 / outputs));
  }

  #descend(rows: number): void {
    const [weights, gradient, rate, l2] = [this.#weights, this.#gradient, this.#learningRate, this.#l2];
    for (let w = 0; w < weights.length; w++) weights[w]! -= rate * (gradient[w]! / rows + l2 * weights[w]!);
    this.#step++;
  }

  #options() {
    return { features: this.features, classes: this.outputs, l2: this.#l2 };
  }
}

function clamped(probability: number): number {
  return Math.max(1e-15, Math.min(1 - 1e-15, probability));
}
