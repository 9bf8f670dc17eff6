/** Where each weight stands in the flat vectors that the graph keeps its state in. */
import { sizeOf, type WeightPlan } from './plan.ts';

/**
 * TensorFlow cuts a piece out of a vector without a copy only where it begins at a multiple of 64 bytes, so each weight
 * begins at one.
 */
const ALIGNMENT = 16;

/** A weight and its place. */
export interface Place {
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

/** The numbers without gaps, in memory of their own. */
export function gather(layout: Layout, flat: Float32Array): Float32Array {
  const compact = new Float32Array(layout.compact);
  let to = 0;
  for (const { begin, size } of layout.places) {
    compact.set(flat.subarray(begin, begin + size), to);
    to += size;
  }
  return compact;
}
