/** What everything that learns can hand over and take back: its state as plain values and typed arrays. */

/** Numbers of a state that are kept as bytes, not as text. */
export type StateArray = Float32Array | Float64Array | Int32Array | BigInt64Array | Uint8Array;

/**
 * A state: JSON's values (numbers may also be NaN, an infinity or -0) with typed arrays as leaves. A checkpoint keeps
 * it bit for bit.
 */
export type State =
  | null
  | boolean
  | number
  | string
  | StateArray
  | readonly State[]
  | { readonly [name: string]: State };

/**
 * Something with a state that lives in a checkpoint: a model, metric, scaler or drift detector.
 *
 * `restore(save())` gives an object that goes on bit for bit as the first would have.
 */
export interface Stateful {
  /** What it is, such as `'adwin'` or `'standardScaler'`; a checkpoint refuses to restore another kind. */
  readonly kind: string;
  /** The whole state now. It owns its arrays: later learning does not change them. */
  save(): State;
  /**
   * Takes a state that `save` of the same kind gave; refuses another one and is then unchanged. Settings that may change
   * between two lives (a learning rate, class weights) are those this object was made with: where the state was made
   * with others, {@link restoreRemarks} says so.
   */
  restore(state: State): void;
  /**
   * What differs between this object's settings and those of the state that was restored last, a sentence each: which
   * one holds from now on. Whoever restores for a user shows them. Empty or missing: nothing differs.
   */
  readonly restoreRemarks?: readonly string[];
}
