/** Limits on gradients, so that one odd mini-batch cannot throw the weights far. */
import type { Maths, Output } from '../../graph/index.ts';

/** At most one limit. */
export type ClipPlan =
  | { readonly by: 'value'; readonly limit: number }
  | { readonly by: 'norm'; readonly limit: number }
  | { readonly by: 'globalNorm'; readonly limit: number };

/** Limits one weight's gradient: each number, or its Euclidean length. */
export function clipOne(m: Maths, clip: ClipPlan | undefined, gradient: Output): Output {
  if (clip?.by === 'value') return m.clip(gradient, -clip.limit, clip.limit);
  if (clip?.by === 'norm') return shortened(m, gradient, clip.limit);
  return gradient;
}

/** Limits the length of all gradients taken as one vector. */
export function clipAll(m: Maths, clip: ClipPlan | undefined, gradients: Output): Output {
  return clip?.by === 'globalNorm' ? shortened(m, gradients, clip.limit) : gradients;
}

/**
 * Shorter vectors stay bit for bit as they are: they are multiplied by limit / limit. One whose length is beyond float32 is no
 * vector of zeros, but of NaN: a step that has diverged is then seen.
 */
function shortened(m: Maths, vector: Output, limit: number): Output {
  const length = m.sqrt(m.mul(m.graph.op('L2Loss', [vector]), 2));
  return m.mul(vector, m.add(m.div(limit, m.max(length, limit)), m.mul(length, 0)));
}
