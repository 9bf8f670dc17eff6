/** Dropout of a compiled step: masks that follow from the seed and the step, drawn here and compared in the graph. */
import type { Feed, Maths, GraphBuilder, NodeOutput } from '../../graph/index.ts';
import { fillWords, wordState } from '../../random.ts';
import type { LayerPlan } from './plan.ts';

type DropoutPlan = Extract<LayerPlan, { kind: 'dropout' }>;

/** The dropout layers of a model in order. */
export const dropoutsOf = (layers: readonly LayerPlan[]): readonly DropoutPlan[] =>
  layers.filter((layer) => layer.kind === 'dropout');

/** What the graph takes for one layer: a byte for each unit, `[rows, size]`, and the least byte that stays, `[rows, 1]`. */
export interface MaskInputs {
  readonly bytes: NodeOutput;
  readonly least: NodeOutput;
}

/** The inputs of all dropout layers, in the order in which {@link MaskDraws} feeds them. */
export function maskInputs(graph: GraphBuilder, dropouts: readonly DropoutPlan[]): readonly MaskInputs[] {
  return dropouts.map(({ size }) => ({
    bytes: graph.placeholder('uint8', [null, size], 'dropout-bytes'),
    least: graph.placeholder('uint8', [null, 1], 'dropout-least'),
  }));
}

/**
 * A layer's mask, `[rows, size]`: 1 / (1 - rate) where a unit stays, 0 where it is left out.
 *
 * Source: Srivastava et al., "Dropout" (2014), in the inverted form that needs no change for predictions.
 */
export function dropoutMask(m: Maths, { rate }: DropoutPlan, { bytes, least }: MaskInputs): NodeOutput {
  return m.mul(m.greaterEqual(bytes, least), 1 / (1 - rate));
}

/**
 * Draws what a step's masks are made of. A mask depends on the seed, the step, the layer and the number of rows, and on
 * nothing that happened before.
 *
 * A unit costs one byte: it stays where its byte is at least its row's threshold. A byte alone knows 256 rates; so the
 * threshold is `256 * rate` rounded up or down by chance, anew for each row and layer, so that its mean is exact and a
 * unit is left out with just the probability `rate`. Drawing a float for each unit inside the graph took a third of a
 * whole step at 256 rows (`bench/README.md`).
 */
export class MaskDraws {
  readonly #dropouts: readonly DropoutPlan[];
  readonly #units: number;
  #words = new Int32Array();

  constructor(dropouts: readonly DropoutPlan[]) {
    this.#dropouts = dropouts;
    this.#units = dropouts.reduce((sum, { size }) => sum + size, 0);
  }

  /** For each layer its bytes and thresholds; the arrays are overwritten by the next call. */
  feeds(seed: number, step: number, rows: number): Feed[] {
    if (this.#dropouts.length === 0) return [];
    const forBytes = Math.ceil((rows * this.#units) / 4);
    const count = forBytes + rows * this.#dropouts.length;
    if (this.#words.length !== count) this.#words = new Int32Array(count);
    fillWords(this.#words, wordState(seed, step));
    const bytes = new Uint8Array(this.#words.buffer);
    let [from, word] = [0, forBytes];
    return this.#dropouts.flatMap(({ rate, size }) => {
      const part = bytes.subarray(from, (from += rows * size));
      const least = new Uint8Array(rows);
      for (let row = 0; row < rows; row++) {
        const threshold = Math.floor(256 * rate + (this.#words[word++]! >>> 0) / 2 ** 32);
        least[row] = Math.min(threshold, 255);
        // No byte reaches 256: the whole row is left out.
        if (threshold === 256) part.fill(0, row * size, (row + 1) * size);
      }
      return [
        { data: part, shape: [rows, size] },
        { data: least, shape: [rows, 1] },
      ];
    });
  }
}
