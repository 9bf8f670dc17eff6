/** Tensors as types without TensorFlow, so that what names them type-checks where it is not installed. */

/** What every tensor of TensorFlow.js has, as far as it can be said without its types. */
interface PlainTensor {
  readonly shape: number[];
  readonly size: number;
  readonly dtype: string;
  readonly dataId: object;
  readonly isDisposed: boolean;
  /** Frees its memory. */
  dispose(): void;
  /** The values in row-major order, as soon as they are computed. */
  data(): Promise<ArrayLike<number>>;
  dataSync(): ArrayLike<number>;
  /** The values as nested arrays. */
  array(): Promise<unknown>;
  arraySync(): unknown;
  print(): void;
}

/**
 * TensorFlow.js' own types, where they are known: `src/tensorflow.ts` adds `any` and `matrix`.
 *
 * @public
 */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- filled in where TensorFlow is
export interface TensorTypes {}

/** A tensor: that of TensorFlow.js where its types are known, else a {@link PlainTensor}. */
export type Tensor = TensorTypes extends { any: infer Known } ? Known : PlainTensor;

/** A tensor of two dimensions. */
export type Tensor2D = TensorTypes extends { matrix: infer Known } ? Known : PlainTensor;
