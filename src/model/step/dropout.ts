/** Dropout of a compiled step: masks that follow from the seed and the step, drawn here and fed to the graph. */
import type { Feed, GraphBuilder, NodeOutput } from '../../graph/index.ts';
import { wordState } from '../../random.ts';
import { maskCode, type MaskCode } from './mask-code.ts';
import type { LayerPlan } from './plan.ts';
import { LANES, laneLength, laneStates } from './word-lanes.ts';

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

  /** A mask for each layer; the arrays are overwritten by the next call on any model. */
  feeds(seed: number, step: number, rows: number): Feed[] {
    if (this.#dropouts.length === 0) return [];
    const forBytes = Math.ceil((rows * this.#units) / 4);
    const length = laneLength(Math.ceil((forBytes + rows * this.#dropouts.length) / LANES));
    const [thresholdsAt, bytesAt] = [BEGIN, aligned(BEGIN + rows)];
    const masksAt = aligned(bytesAt + 4 * LANES * length + 16);
    const { code, buffer } = workspace(masksAt + this.#dropouts.length * 64 + 4 * rows * this.#units);

    const states = new Int32Array(buffer, 0, 4 * LANES);
    for (const [lane, state] of laneStates(wordState(seed, step), length).entries())
      for (const [i, word] of state.entries()) states[LANES * i + lane] = word;
    code.words(bytesAt, 4 * length);

    const words = new Uint32Array(buffer, bytesAt, LANES * length);
    const thresholds = new Uint8Array(buffer, thresholdsAt, rows);
    let [from, to, word] = [bytesAt, masksAt, forBytes];
    return this.#dropouts.map(({ rate, size }) => {
      for (let row = 0; row < rows; row++) {
        const threshold = Math.floor(256 * rate + words[word++]! / 2 ** 32);
        thresholds[row] = Math.min(threshold, 255);
        // No byte reaches 256: the whole row is left out.
        if (threshold === 256) new Uint8Array(buffer, from + row * size, size).fill(0);
      }
      code.masks(from, thresholdsAt, to, size, rows, 1 / (1 - rate));
      const data = new Float32Array(buffer, to, rows * size);
      from += rows * size;
      to = aligned(to + data.byteLength);
      return { data, shape: [rows, size] };
    });
  }
}

/** Before it are the states of the generators. */
const BEGIN = 64;
/** TensorFlow reads arrays in place that begin at such an address. */
const aligned = (address: number): number => Math.ceil(address / 64) * 64;

interface Workspace {
  readonly code: MaskCode;
  readonly buffer: ArrayBuffer;
}

const PAGE = 65_536;
/** A workspace of so many bytes stays, however few are wanted. */
const KEPT = 2 ** 25;
let current: Workspace | undefined;

/** Memory for masks of so many bytes, and the code that fills it: one for all models, since a step is over within its call. */
function workspace(bytes: number): Workspace {
  const has = current?.buffer.byteLength ?? 0;
  if (current && has >= bytes && (has <= KEPT || has <= 4 * bytes)) return current;
  const memory = new WebAssembly.Memory({ initial: Math.ceil((bytes + 64) / PAGE) });
  current = { code: maskCode(memory), buffer: memory.buffer };
  return current;
}
