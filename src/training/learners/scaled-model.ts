/** A scaler and a model as one model: what River writes as `scaler | model`. */
import type { LearnResult, MiniBatch, OnlineModel } from '../../model/online-model.ts';
import { firstNonFinite, type RowValues } from '../../finite.ts';
import type { State } from '../../state.ts';
import type { OnlineTransformer } from '../../scaling/index.ts';
import { fieldsOf } from '../state-record.ts';
import {
  checkBatch,
  checkRow,
  checkRows,
  featureOf,
  finiteNumber,
  isRowModel,
  type RowModel,
} from './row-model.ts';
import { learnerInput } from '../errors.ts';

/**
 * Puts a scaler before a model. Predicting scales with what was learnt so far; learning first lets the scaler learn the
 * rows, then the model learns them scaled: River 0.23's `Pipeline`, step by step. Of rows that the model refuses the scaler
 * learns nothing either.
 *
 * @throws LearnerInputError (`ST_TRAINING_LEARNER_INPUT`) when the two are of different numbers of features
 * @example
 * ```ts run
 * const model = withScaler(new OnlineStandardScaler(2), new LogisticRegression({ features: 2 }));
 * model.learnRow([1, 10], 0);
 * model.learnRow([3, 30], 1);
 * model.predictRow([3, 30]).toFixed(6); // '0.502509'
 * ```
 */
export function withScaler<Model extends RowModel>(
  scaler: OnlineTransformer,
  model: Model,
): ScaledRowModel<ReturnType<Model['predictRow']>>;
export function withScaler(scaler: OnlineTransformer, model: OnlineModel): OnlineModel;
export function withScaler(scaler: OnlineTransformer, model: OnlineModel): OnlineModel {
  if (scaler.features !== model.features)
    throw learnerInput('withScaler', 'the features of the model', model.features, String(scaler.features));
  return isRowModel(model) ? new ScaledRows(scaler, model) : new ScaledModel(scaler, model);
}

/** A row model behind a scaler. */
export interface ScaledRowModel<Prediction extends number | Float64Array> extends RowModel {
  predictRow(xs: ArrayLike<number>): Prediction;
}

class ScaledModel<Model extends OnlineModel> implements OnlineModel {
  readonly kind: string;
  readonly features: number;
  readonly outputs: number;
  readonly takesFloat64 = true;
  protected readonly scaler: OnlineTransformer;
  protected readonly model: Model;
  /** The state before a scaler that cannot take back what it learnt learnt last. */
  #before: State = null;

  constructor(scaler: OnlineTransformer, model: Model) {
    this.kind = `${scaler.kind}|${model.kind}`;
    this.features = model.features;
    this.outputs = model.outputs;
    this.scaler = scaler;
    this.model = model;
  }

  /** Rows with gaps are its business where the scaler is an imputer. */
  get takesMissing(): boolean {
    return this.scaler.takesMissing === true;
  }

  get restoreRemarks(): readonly string[] {
    return [...(this.scaler.restoreRemarks ?? []), ...(this.model.restoreRemarks ?? [])];
  }

  get task(): OnlineModel['task'] {
    return this.model.task;
  }

  get step(): number {
    return this.model.step;
  }

  get learningRate(): number {
    return this.model.learningRate;
  }

  set learningRate(rate: number) {
    this.model.learningRate = rate;
  }

  predict(xs: RowValues, rows: number): Float32Array {
    checkRows(this.kind, this.features, rows, xs);
    this.checkValues(xs, rows);
    return this.model.predict(this.#scaled(xs, rows), rows);
  }

  learn(batch: MiniBatch<RowValues>): LearnResult {
    const { rows } = batch;
    this.check(batch);
    this.scalerLearns(batch.xs, rows);
    try {
      return this.model.learn({ ...batch, xs: this.#scaled(batch.xs, rows) });
    } catch (error) {
      this.scalerForgets();
      throw error;
    }
  }

  protected scalerLearns(xs: RowValues, rows: number): void {
    if (!this.scaler.undoLearn) this.#before = this.scaler.save();
    this.scaler.learn(xs, rows);
  }

  /** Takes back what the scaler learnt last: the model did not learn it. */
  protected scalerForgets(): void {
    if (this.scaler.undoLearn) this.scaler.undoLearn();
    else this.scaler.restore(this.#before);
  }

  dispose(): void {
    this.model.dispose();
  }

  /** Scaled in float64; float32 only for a model that takes no other. */
  #scaled(xs: RowValues, rows: number): RowValues {
    const length = rows * this.features;
    const wide = this.model.takesFloat64 === true;
    return this.scaler.transform(xs, rows, wide ? new Float64Array(length) : new Float32Array(length));
  }

  /** What can be seen before scaling is refused before anything is learnt. */
  protected check({ rows, xs }: MiniBatch<RowValues>): void {
    checkRows(this.kind, this.features, rows, xs);
    this.checkValues(xs, rows);
  }

  /** Refuses values that are NaN or infinite; an imputer does it itself, and only the infinite ones. */
  protected checkValues(xs: RowValues, rows: number): void {
    if (this.takesMissing) return;
    const found = firstNonFinite(xs.subarray(0, rows * this.features), this.features);
    if (!found) return;
    const at = found.row * this.features + found.column;
    throw learnerInput(this.kind, featureOf(this.features, xs, at), found.value, finiteNumber);
  }

  save(): State {
    return { scaler: this.scaler.save(), model: this.model.save() };
  }

  restore(state: State): void {
    const { scaler, model } = fieldsOf(this.kind, state);
    const before = this.scaler.save();
    this.scaler.restore(scaler ?? null);
    try {
      this.model.restore(model ?? null);
    } catch (error) {
      this.scaler.restore(before);
      throw error;
    }
  }
}

class ScaledRows extends ScaledModel<RowModel> implements RowModel {
  readonly #row: Float64Array;
  readonly #scaled: Float64Array;

  constructor(scaler: OnlineTransformer, model: RowModel) {
    super(scaler, model);
    this.#row = new Float64Array(model.features);
    this.#scaled = new Float64Array(model.features);
  }

  predictRow(xs: ArrayLike<number>): number | Float64Array {
    this.#take(xs);
    return this.model.predictRow(this.scaler.transform(this.#row, 1, this.#scaled));
  }

  checkTarget(y: number, row?: number): void {
    this.model.checkTarget(y, row);
  }

  checkWeight(weight: number, row?: number): void {
    this.model.checkWeight(weight, row);
  }

  learnRow(xs: ArrayLike<number>, y: number, weight = 1): void {
    this.#take(xs);
    this.model.checkTarget(y);
    this.model.checkWeight(weight);
    this.scalerLearns(this.#row, 1);
    try {
      this.model.learnRow(this.scaler.transform(this.#row, 1, this.#scaled), y, weight);
    } catch (error) {
      this.scalerForgets();
      throw error;
    }
  }

  protected override check(batch: MiniBatch<RowValues>): void {
    checkBatch(this.kind, this.features, batch);
    super.check(batch);
    for (let row = 0; row < batch.rows; row++) {
      this.model.checkTarget(batch.ys[row]!, row);
      if (batch.weights) this.model.checkWeight(batch.weights[row]!, row);
    }
  }

  #take(xs: ArrayLike<number>): void {
    checkRow(this.kind, this.features, xs);
    for (let i = 0; i < this.features; i++) this.#row[i] = xs[i]!;
    this.checkValues(this.#row, 1);
  }
}
