/** What a compiled step is made of: plain descriptions of layers and weights, read once from the model, and where each weight stands. */

/** An activation and its parameter. */
export interface ActivationPlan {
  readonly kind:
    | 'linear'
    | 'relu'
    | 'relu6'
    | 'leakyRelu'
    | 'elu'
    | 'selu'
    | 'sigmoid'
    | 'softmax'
    | 'softplus'
    | 'softsign'
    | 'tanh';
  /** The slope below 0 of a leaky relu. */
  readonly alpha?: number;
}

/** One weight array of the model. */
export interface WeightPlan {
  /** Layer and weight, such as `dense_1/kernel`. */
  readonly name: string;
  readonly shape: readonly number[];
  /** Changed by gradients; the others are fixed or moving statistics. */
  readonly trainable: boolean;
  readonly l1: number;
  readonly l2: number;
}

/** One thing a row passes through; all of them take and give `[rows, size]`. */
export type LayerPlan =
  | {
      readonly kind: 'dense';
      readonly units: number;
      readonly kernel: WeightPlan;
      readonly bias?: WeightPlan;
    }
  | { readonly kind: 'activation'; readonly activation: ActivationPlan }
  | { readonly kind: 'dropout'; readonly rate: number; readonly size: number }
  | {
      readonly kind: 'batchNorm';
      readonly size: number;
      readonly momentum: number;
      readonly epsilon: number;
      /** It normalises by its moving statistics in training, too, and leaves them, as Keras does. */
      readonly frozen: boolean;
      readonly gamma?: WeightPlan;
      readonly beta?: WeightPlan;
      readonly mean: WeightPlan;
      readonly variance: WeightPlan;
    };

/** A model whose layers are all known. */
export interface ModelPlan {
  readonly features: number;
  readonly outputs: number;
  readonly layers: readonly LayerPlan[];
  /** All weights in the order of the model's layers. */
  readonly weights: readonly WeightPlan[];
}

/** How many numbers a shape holds. */
export const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/**
 * TensorFlow cuts a piece out of a vector without a copy only where it begins at a multiple of 64 bytes, so each weight
 * begins at one.
 */
const ALIGNMENT = 16;

/** A weight and its place. */
interface Place {
  readonly weight: WeightPlan;
  readonly begin: number;
  readonly size: number;
}

/** One flat vector: its weights in order, with gaps of zeros. */
export interface Layout {
  readonly places: readonly Place[];
  /** Length with gaps, at least 1. */
  readonly length: number;
  /** Length without gaps. */
  readonly compact: number;
}

/** Lays weights out one after the other. */
export function layOut(weights: readonly WeightPlan[]): Layout {
  let length = 0;
  let compact = 0;
  const places = weights.map((weight): Place => {
    const size = sizeOf(weight.shape);
    const place = { weight, begin: length, size };
    length += Math.ceil(size / ALIGNMENT) * ALIGNMENT;
    compact += size;
    return place;
  });
  return { places, length: Math.max(1, length), compact };
}

/** The numbers with gaps filled with `gaps`, in memory of their own. */
export function spread(layout: Layout, compact: Float32Array, gaps = 0): Float32Array {
  const flat = new Float32Array(layout.length).fill(gaps);
  let from = 0;
  for (const { begin, size } of layout.places) {
    flat.set(compact.subarray(from, from + size), begin);
    from += size;
  }
  return flat;
}

/** The numbers without gaps: a part of the vector where the only gap is at its end, else in memory of their own. */
export function gather(layout: Layout, flat: Float32Array): Float32Array {
  const last = layout.places.at(-1);
  if (last && last.begin + last.size === layout.compact) return flat.subarray(0, layout.compact);
  const compact = new Float32Array(layout.compact);
  let to = 0;
  for (const { begin, size } of layout.places) {
    compact.set(flat.subarray(begin, begin + size), to);
    to += size;
  }
  return compact;
}
