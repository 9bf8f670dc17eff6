/** The small interface of every model that learns from a stream, mini-batch by mini-batch. */
import type { RowValues } from '../finite.ts';
import type { Stateful } from '../state.ts';

/** Rows to learn from, row-major in one typed array each. The arrays may be reused by the caller after the call. */
export interface MiniBatch<Values extends RowValues = Float32Array> {
  /** Rows in this mini-batch; 0 is refused. */
  readonly rows: number;
  /** `rows x features` values. */
  readonly xs: Values;
  /** `rows x outputs` targets (sparse classes: `rows x 1` class numbers). */
  readonly ys: Float32Array;
  /** One weight a row, if rows count differently. */
  readonly weights?: Float32Array;
}

/** What one step of learning found. */
export interface LearnResult {
  /** Mean loss over the mini-batch before the update, with penalties. */
  readonly loss: number;
  /** `rows x outputs` predictions of the training pass (dropout on), before the update. Owned by the caller. */
  readonly predictions: Float32Array;
}

/** A model that learns one mini-batch after the other. The compiled network and the linear models are such models. */
export interface OnlineModel extends Stateful {
  /** Values in a row. */
  readonly features: number;
  /** Values in a prediction: 1 for binary classes and regression, else the number of classes. */
  readonly outputs: number;
  /**
   * What it predicts: classes, or values. Decides what is right by default (the error of a row, the validation loss);
   * left out where it is not known.
   */
  readonly task?: 'classification' | 'regression' | undefined;
  /** Whether NaN is a value that it can learn from and predict on; else rows with gaps are refused before they reach it. */
  readonly takesMissing?: boolean | undefined;
  /**
   * Whether it computes in float64, or scales in it: rows then come in float64, so that values around 10^9 (moments in time,
   * say) keep their digits. Else they come in float32.
   */
  readonly takesFloat64?: boolean | undefined;
  /** Mini-batches learnt so far, over all lives; with the seed it fixes every random draw of the next step. */
  readonly step: number;
  /** The learning rate of the next step; setting it is kept in the state. */
  learningRate: number;
  /** `rows x outputs` predictions (no dropout), probabilities where the model classifies. Owned by the caller. */
  predict(xs: RowValues, rows: number): Float32Array;
  /** One step on one mini-batch. */
  learn(batch: MiniBatch<RowValues>): LearnResult;
  /** Frees what the model holds outside V8's heap. Calling it twice is fine. */
  dispose(): void;
}
