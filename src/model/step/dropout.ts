/** Dropout of a compiled step: masks that follow from the seed and the step, drawn here and fed to the graph. */
import type { GraphBuilder, NodeOutput } from '../../graph/index.ts';
import { wordState } from '../../random.ts';
import type { LayerPlan } from './plan.ts';
import { LANES, laneLength, laneStates } from './word-lanes.ts';
import { aligned, type Workspace } from './feeding.ts';

type DropoutPlan = Extract<LayerPlan, { kind: 'dropout' }>;

/** The dropout layers of a model in order. */
export const dropoutsOf = (layers: readonly LayerPlan[]): readonly DropoutPlan[] =>
  layers.filter((layer) => layer.kind === 'dropout');

/**
 * The masks of all dropout layers, `[rows, size]` each, in the order in which {@link MaskDraws} feeds them: 1 / (1 - rate) where
 * a unit stays, 0 where it is left out.
 *
 * Source: Srivastava et al., "Dropout" (2014), in the inverted form that needs no change for predictions.
 */
export const maskInputs = (graph: GraphBuilder, dropouts: readonly DropoutPlan[]): readonly NodeOutput[] =>
  dropouts.map(({ size }) => graph.placeholder('float32', [null, size], 'dropout-mask'));

/**
 * Draws a step's masks. A mask depends on the seed, the step, the layer and the number of rows, and on nothing that happened
 * before.
 *
 * A unit costs one byte of the words of xoshiro128**: it stays where its byte is at least its row's threshold. A byte alone
 * knows 256 rates; so the threshold is `256 * rate` rounded up or down by chance, anew for each row and layer, so that its
 * mean is exact and a unit is left out with just the probability `rate`. Drawing a float for each unit inside the graph took a
 * third of a whole step at 256 rows, comparing bytes there a tenth (`bench/README.md`).
 */
export class MaskDraws {
  readonly #dropouts: readonly DropoutPlan[];
  readonly #units: number;

  constructor(dropouts: readonly DropoutPlan[]) {
    this.#dropouts = dropouts;
    this.#units = dropouts.reduce((sum, { size }) => sum + size, 0);
  }

  /** The shape of each layer's mask. */
  shapes(rows: number): (readonly number[])[] {
    return this.#dropouts.map(({ size }) => [rows, size]);
  }

  /** Bytes at the beginning of the workspace in which masks are drawn. */
  reserved(rows: number): number {
    if (this.#dropouts.length === 0) return 0;
    const { bytesAt, length } = this.#layout(rows);
    return bytesAt + 4 * LANES * length + MARGIN;
  }

  /**
   * Draws a mask for each layer.
   *
   * @param masks where they go: arrays of the workspace, behind the reserved bytes
   */
  draw(
    { code, buffer }: Workspace,
    masks: readonly Float32Array[],
    { seed, step, rows }: { readonly seed: number; readonly step: number; readonly rows: number },
  ): void {
    if (this.#dropouts.length === 0) return;
    const { forBytes, length, bytesAt } = this.#layout(rows);
    const states = new Int32Array(buffer, 0, 4 * LANES);
    for (const [lane, state] of laneStates(wordState(seed, step), length).entries())
      for (const [i, word] of state.entries()) states[LANES * i + lane] = word;
    code.words(bytesAt, 4 * length);

    const words = new Uint32Array(buffer, bytesAt, LANES * length);
    const thresholds = new Uint8Array(buffer, THRESHOLDS_AT, rows);
    let [from, word] = [bytesAt, forBytes];
    for (const [layer, { rate, size }] of this.#dropouts.entries()) {
      for (let row = 0; row < rows; row++) {
        const threshold = Math.floor(256 * rate + words[word++]! / 2 ** 32);
        thresholds[row] = Math.min(threshold, 255);
        // No byte reaches 256: the whole row is left out.
        if (threshold === 256) new Uint8Array(buffer, from + row * size, size).fill(0);
      }
      code.masks(from, THRESHOLDS_AT, masks[layer]!.byteOffset, size, rows, 1 / (1 - rate));
      from += rows * size;
    }
  }

  #layout(rows: number) {
    const forBytes = Math.ceil((rows * this.#units) / 4);
    const length = laneLength(Math.ceil((forBytes + rows * this.#dropouts.length) / LANES));
    return { forBytes, length, bytesAt: aligned(THRESHOLDS_AT + rows) };
  }
}

/** Before it are the states of the generators. */
const THRESHOLDS_AT = 64;
/** The last units are read by whole instructions. */
const MARGIN = 16;
