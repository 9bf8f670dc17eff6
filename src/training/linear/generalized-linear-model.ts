/** What linear and logistic regression have in common: one weighted sum of the features, learnt by gradient descent. */
import type { LearnResult, MiniBatch } from '../../model/online-model.ts';
import type { RowValues } from '../../finite.ts';
import type { State } from '../../state.ts';
import { checkInteger, checkNumber, refuseUnknownOptions, type OptionNames } from '../../options.ts';
import { learnerInput } from '../errors.ts';
import { checkCounts, checkStateOptions, fieldsOf, fittingRecord, settledRates } from '../state-record.ts';
import {
  checkBatch,
  checkRow,
  checkRows,
  checkWeight,
  notFinite,
  type RowModel,
} from '../learners/row-model.ts';

/** Options of the linear models; the defaults are River's. */
export interface LinearModelOptions {
  /** Values in a row. */
  features: number;
  /** Step of gradient descent for the weights (default 0.01). */
  learningRate?: number;
  /** Step for the intercept (default 0.01); 0: it stays as it is. */
  interceptLearningRate?: number;
  /** The intercept at the start (default 0). */
  intercept?: number;
  /** Penalty on the squares of the weights, pulling them to 0 (default 0). */
  l2?: number;
  /** Greatest size of the loss's derivative by the weighted sum (default 1e12). */
  clipGradient?: number;
}

const optionNames: OptionNames<LinearModelOptions> = {
  features: true,
  learningRate: true,
  interceptLearningRate: true,
  intercept: true,
  l2: true,
  clipGradient: true,
};

/** One weighted sum; subclasses say what it means. Works in float64, in River's order of operations. */
export abstract class GeneralizedLinearModel implements RowModel {
  abstract readonly kind: string;
  readonly features: number;
  readonly outputs = 1;
  readonly takesFloat64 = true;
  /** Step of the intercept; setting it is kept in the state. */
  interceptLearningRate: number;
  /** Its value now. */
  intercept: number;
  #learningRate: number;
  #step = 0;
  #weights: Float64Array;
  readonly #name: string;
  /** The rates it was made with. */
  readonly #settings: { readonly learningRate: number; readonly interceptLearningRate: number };
  readonly #start: number;
  #remarks: readonly string[] = [];
  readonly #l2: number;
  readonly #clip: number;

  protected constructor(name: string, options: LinearModelOptions) {
    refuseUnknownOptions(name, options, optionNames);
    const { features, learningRate = 0.01, interceptLearningRate = 0.01 } = options;
    const { intercept = 0, l2 = 0, clipGradient = 1e12 } = options;
    checkInteger(`${name}.features`, features, { least: 1 });
    for (const [option, value] of Object.entries({ learningRate, interceptLearningRate, l2, clipGradient }))
      checkNumber(`${name}.${option}`, value, { least: 0 });
    checkNumber(`${name}.intercept`, intercept);
    this.#name = name;
    this.features = features;
    this.intercept = intercept;
    this.interceptLearningRate = interceptLearningRate;
    this.#learningRate = learningRate;
    this.#settings = { learningRate, interceptLearningRate };
    this.#start = intercept;
    this.#l2 = l2;
    this.#clip = clipGradient;
    this.#weights = new Float64Array(features);
  }

  get step(): number {
    return this.#step;
  }

  get learningRate(): number {
    return this.#learningRate;
  }

  set learningRate(rate: number) {
    checkNumber(`${this.#name}.learningRate`, rate, { least: 0 });
    this.#learningRate = rate;
  }

  /** The weight of each feature. A copy. */
  get weights(): Float64Array {
    return this.#weights.slice();
  }

  predictRow(xs: ArrayLike<number>): number {
    checkRow(this.#name, this.features, xs);
    return this.meanOf(this.#sum(xs, 0));
  }

  learnRow(xs: ArrayLike<number>, y: number, weight = 1): void {
    checkRow(this.#name, this.features, xs);
    this.checkWeight(weight);
    const slope = this.#slope(y, this.#sum(xs, 0), weight);
    const weights = this.#weights;
    const rate = this.#learningRate;
    const l2 = this.#l2;
    this.intercept -= this.interceptLearningRate * slope;
    if (l2 === 0) for (let i = 0; i < weights.length; i++) weights[i]! -= rate * (slope * xs[i]!);
    else for (let i = 0; i < weights.length; i++) weights[i]! -= rate * (slope * xs[i]! + l2 * weights[i]!);
    this.#step++;
  }

  predict(xs: RowValues, rows: number): Float32Array {
    checkRows(this.#name, this.features, rows, xs);
    const predictions = new Float32Array(rows);
    for (let row = 0; row < rows; row++)
      predictions[row] = this.#predicted(this.#sum(xs, row * this.features), row);
    return predictions;
  }

  /** One step with the mean gradient of the rows, as River's `learn_many`. */
  learn(batch: MiniBatch<RowValues>): LearnResult {
    checkBatch(this.#name, this.features, batch);
    const { rows, xs, ys, weights: rowWeights } = batch;
    const predictions = new Float32Array(rows);
    const gradient = new Float64Array(this.features);
    let slopes = 0;
    let loss = 0;
    for (let row = 0, at = 0; row < rows; row++, at += this.features) {
      const weight = rowWeights ? rowWeights[row]! : 1;
      this.checkWeight(weight, row);
      const sum = this.#sum(xs, at);
      const slope = this.#slope(ys[row]!, sum, weight, row);
      predictions[row] = this.#predicted(sum, row);
      loss += weight * this.lossOf(ys[row]!, sum);
      slopes += slope;
      for (let i = 0; i < gradient.length; i++) gradient[i]! += slope * xs[at + i]!;
    }
    const penalty = this.#descend(gradient, rows);
    this.intercept -= this.interceptLearningRate * (slopes / rows);
    this.#step++;
    return { loss: loss / rows + penalty, predictions };
  }

  dispose(): void {}

  save(): State {
    const { intercept, interceptLearningRate, learningRate, step } = this;
    return {
      options: this.#options(),
      settings: this.#settings,
      memory: { intercept, interceptLearningRate, learningRate, step, weights: this.#weights.slice() },
    };
  }

  restore(state: State): void {
    const { options, settings, memory } = fieldsOf(this.kind, state);
    checkStateOptions(this.kind, this.#options(), options);
    const then = fittingRecord(this.kind, this.#settings, settings);
    const like = { ...this.#settings, intercept: 0, step: 0, weights: this.#weights };
    const found = fittingRecord(this.kind, like, memory);
    checkCounts(this.kind, { step: found.step });
    const { rates, remarks } = settledRates(this.#settings, then, found);
    this.intercept = found.intercept;
    this.interceptLearningRate = rates.interceptLearningRate;
    this.#learningRate = rates.learningRate;
    this.#step = found.step;
    this.#weights = found.weights;
    this.#remarks = remarks;
  }

  /** Rates that are others than those of the state that was restored last: the new ones hold. */
  get restoreRemarks(): readonly string[] {
    return this.#remarks;
  }

  checkWeight(weight: number, row?: number): void {
    checkWeight(this.#name, weight, row);
  }

  abstract checkTarget(y: number, row?: number): void;
  /** What is predicted from the weighted sum. */
  protected abstract meanOf(sum: number): number;
  /** The loss of predicting from the weighted sum where the truth is `y`. */
  protected abstract lossOf(y: number, sum: number): number;
  /** Its derivative by the weighted sum. */
  protected abstract derivativeOf(y: number, sum: number): number;

  #sum(xs: ArrayLike<number>, at: number): number {
    const weights = this.#weights;
    let sum = 0;
    for (let i = 0; i < weights.length; i++) sum += weights[i]! * xs[at + i]!;
    sum += this.intercept;
    if (!Number.isFinite(sum)) throw notFinite(this.#name, this.features, xs, at);
    return sum;
  }

  /** As a float32, which not every float64 is. */
  #predicted(sum: number, row: number): number {
    const mean = this.meanOf(sum);
    if (Number.isFinite(Math.fround(mean))) return mean;
    throw learnerInput(
      this.#name,
      `the prediction of row ${row}`,
      mean,
      'one that float32 holds: scale the features',
    );
  }

  #slope(y: number, sum: number, weight: number, row?: number): number {
    this.checkTarget(y, row);
    return Math.max(-this.#clip, Math.min(this.#clip, this.derivativeOf(y, sum) * weight));
  }

  /** Steps the weights along the gradient's mean; returns the penalty they had before. */
  #descend(gradient: Float64Array, rows: number): number {
    const weights = this.#weights;
    let squares = 0;
    for (let i = 0; i < weights.length; i++) {
      const weight = weights[i]!;
      squares += weight * weight;
      weights[i] = weight - this.#learningRate * (gradient[i]! / rows + this.#l2 * weight);
    }
    return (this.#l2 / 2) * squares;
  }

  #options() {
    return { features: this.features, intercept: this.#start, l2: this.#l2, clipGradient: this.#clip };
  }
}
