/** All dropout masks of a step from one draw, which (seed, step) fixes. */
import type { Maths, Output } from '../../graph/index.ts';
import type { LayerPlan } from './plan.ts';

type Dropout = Extract<LayerPlan, { kind: 'dropout' }>;

/** The dropout layers of a model in order. */
export const dropoutsOf = (layers: readonly LayerPlan[]): readonly Dropout[] =>
  layers.filter((layer) => layer.kind === 'dropout');

/** What a step feeds for its draws: `[seed, step, all numbers, numbers of layer 1, of layer 2, ...]`. */
export function drawHeader(
  dropouts: readonly Dropout[],
  seed: number,
  step: number,
  rows: number,
): Int32Array {
  const sizes = dropouts.map(({ size }) => rows * size);
  return Int32Array.of(
    seed,
    step,
    sizes.reduce((a, b) => a + b, 0),
    ...sizes,
  );
}

/**
 * The masks, `[rows, size]` each: 1 / (1 - rate) where a unit stays, 0 where it is left out.
 *
 * Uniform numbers for all layers are drawn at once by `StatelessRandomUniform` (Philox 4x32-10 of the seed `[seed,
 * step]`), row-major and layer after layer; a unit stays where its number is >= the rate. So a mask depends on the seed,
 * the step, the layer and the number of rows, and on nothing that happened before.
 *
 * Source: Srivastava et al., "Dropout" (2014), in the inverted form that needs no change for predictions.
 */
export function dropoutMasks(m: Maths, dropouts: readonly Dropout[], header: Output): readonly Output[] {
  if (dropouts.length === 0) return [];
  const attributes = { dtype: { type: 'float32' } } as const;
  const inputs = [m.slice(header, 2, 1), m.slice(header, 0, 2)];
  const all = m.graph.op('StatelessRandomUniform', inputs, { attributes, shape: [null] });
  const parts = splitUp(m, all, dropouts.length, header);
  return dropouts.map(({ rate, size }, i) => {
    const stays = m.greaterEqual(m.reshape(parts[i]!, [null, size]), rate);
    return m.mul(stays, 1 / (1 - rate));
  });
}

function splitUp(m: Maths, all: Output, count: number, header: Output): readonly Output[] {
  if (count === 1) return [all];
  const inputs = [all, m.slice(header, 3, count), m.graph.constant(0, { dtype: 'int32' })];
  const attributes = { num_split: { int: count } };
  return m.graph.many('SplitV', inputs, Array<[null]>(count).fill([null]), { attributes });
}
