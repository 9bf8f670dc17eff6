/** Dropout of a compiled step: masks that follow from the seed and the step, drawn here and fed to the graph. */
import type { GraphBuilder, NodeOutput } from '../../graph/index.ts';
import { mixSeeds, wordState } from '../../random.ts';
import type { LayerPlan } from './plan.ts';
import { GENERATORS } from './mask-code.ts';
import type { Workspace } from './feeding.ts';

type DropoutPlan = Extract<LayerPlan, { kind: 'dropout' }>;

/** The dropout layers of a model in order. */
export const dropoutsOf = (layers: readonly LayerPlan[]): readonly DropoutPlan[] =>
  layers.filter((layer) => layer.kind === 'dropout');

/**
 * The masks of all dropout layers, `[rows, size]` each, in the order in which {@link MaskDraws} feeds them: whether a unit stays.
 * They are fed as bytes, a quarter of what floats take: they are written by one thread and read by another, so they go from
 * the caches of one processor to those of another (`bench/README.md`).
 *
 * Source: Srivastava et al., "Dropout" (2014), in the inverted form that needs no change for predictions.
 */
export const maskInputs = (graph: GraphBuilder, dropouts: readonly DropoutPlan[]): readonly NodeOutput[] =>
  dropouts.map(({ size }) => graph.placeholder('bool', [null, size], 'dropout-mask'));

/**
 * Draws a step's masks. A mask depends on the seed, the step, the layers before and the number of rows, and on nothing that
 * happened before.
 *
 * Four generators (xoshiro128**), whose seeds are mixed as the streams of NumPy's `SeedSequence.spawn` are, give a block of 16
 * bytes at a time. A byte decides two units: of its 256 values, `256 * rate ** 2` leave out both, as many as two decisions on
 * their own would, `256 * rate * (1 - rate)` the first and as many the second. A byte alone knows 256 rates; so the limits are
 * rounded up or down by chance, for each row and layer by a block of its own, so that their means are exact: a unit is left out
 * with just the probability `rate`, two of one byte with just its square. Drawing a float for each unit inside the graph took a third of
 * a whole step at 256 rows, comparing bytes there a tenth (`bench/README.md`).
 */
export class MaskDraws {
  readonly #dropouts: readonly DropoutPlan[];

  constructor(dropouts: readonly DropoutPlan[]) {
    this.#dropouts = dropouts;
  }

  /** The shape of each layer's mask. */
  shapes(rows: number): (readonly number[])[] {
    return this.#dropouts.map(({ size }) => [rows, size]);
  }

  /**
   * Draws a mask for each layer: 1 where a unit stays, 0 where it is left out.
   *
   * @param masks where they go: arrays of the workspace
   */
  draw(
    { code, buffer }: Workspace,
    masks: readonly Uint8Array[],
    { seed, step, rows }: { readonly seed: number; readonly step: number; readonly rows: number },
  ): void {
    if (this.#dropouts.length === 0) return;
    const states = new Int32Array(buffer, 0, 4 * GENERATORS);
    for (let generator = 0; generator < GENERATORS; generator++) {
      const state = wordState(mixSeeds(seed, generator), step);
      for (const [i, word] of state.entries()) states[GENERATORS * i + generator] = word;
    }
    for (const [layer, { rate, size }] of this.#dropouts.entries()) {
      const [both, first, either] = [rate * rate, rate, rate * (2 - rate)].map((share) => 2 ** 40 * share);
      code.masks(masks[layer]!.byteOffset, size, rows, both!, first!, either!);
    }
  }
}
