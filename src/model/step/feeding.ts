/** The arrays of a compiled step's calls, each number of rows its own: made once, and filled for each call. */
import type { Feed, HeldCall, NativeArray, Signature } from '../../graph/index.ts';
import { MiniBatchError } from '../errors.ts';
import { MASK_MARGIN, STATE_BYTES, maskCode, type MaskCode } from './mask-code.ts';
import { sizeOf } from './plan.ts';

/** One memory, and the code that draws masks in it, whose first bytes are the generators'. */
export interface Workspace {
  readonly code: MaskCode;
  readonly buffer: ArrayBuffer;
}

/** TensorFlow reads arrays in place that begin at such an address. */
export const aligned = (address: number): number => Math.ceil(address / 64) * 64;

const PAGE = 65_536;
/** Bytes of the memory that stays. The system gives pages of it when they are first written to. */
const KEPT = 2 ** 25;
/** What a memory of WebAssembly can have at most. */
const MOST = 2 ** 32;
let kept: Workspace | undefined;

function makeWorkspace(bytes: number): Workspace {
  const memory = new WebAssembly.Memory({ initial: Math.ceil(bytes / PAGE) });
  return { code: maskCode(memory), buffer: memory.buffer };
}

/**
 * At least so many bytes: of one memory that stays, which whoever asked last may overwrite (one for all models, since a step is
 * over within its call), or, where that is too small, a memory that is the caller's and goes with it.
 */
export function workspace(bytes: number): Workspace {
  return bytes > KEPT ? makeWorkspace(bytes) : (kept ??= makeWorkspace(KEPT));
}

type Shapes = readonly (readonly number[])[];

/** The shapes of what a signature is fed. */
export interface Inputs {
  /** The first inputs, float32. */
  given(rows: number): Shapes;
  /** The inputs behind them, bool. */
  drawn?(rows: number): Shapes;
}

/** Fills the arrays of the drawn inputs, which lie in the workspace. */
export type Draw = (space: Workspace, arrays: readonly Uint8Array[]) => void;

interface Held {
  readonly space: Workspace;
  readonly given: readonly Float32Array[];
  readonly drawn: readonly Uint8Array[];
  readonly call: HeldCall;
}

/** So many numbers of rows are kept: a stream's mini-batches have one, and the last of an epoch another. */
const KEPT_SIZES = 8;
/** Feeds one signature. A call too large for the memory that stays is fed what it was given, and nothing of it is kept. */
export class Feeding {
  readonly #signature: Signature;
  readonly #inputs: Inputs;
  readonly #held = new Map<number, Held>();

  constructor(signature: Signature, inputs: Inputs) {
    this.#signature = signature;
    this.#inputs = inputs;
  }

  /**
   * One call.
   *
   * @param given the first inputs
   * @throws MiniBatchError (`ST_MODEL_MINI_BATCH`) where what is drawn for so many rows is more than one memory has
   */
  run(rows: number, given: readonly Float32Array[], draw?: Draw): NativeArray[] {
    const held = this.#held.get(rows) ?? this.#hold(rows);
    if (!held) return this.#runLarge(rows, given, draw);
    for (const [i, values] of given.entries()) held.given[i]!.set(values);
    draw?.(held.space, held.drawn);
    return held.call.run();
  }

  /** Lets go of all arrays. */
  free(): void {
    for (const { call } of this.#held.values()) call.dispose();
    this.#held.clear();
  }

  #hold(rows: number): Held | undefined {
    const shapes = this.#shapes(rows);
    const { places, bytes } = layOut(shapes);
    if (bytes > KEPT) return undefined;
    const space = workspace(bytes);
    const [first] = this.#held;
    if (first && this.#held.size >= KEPT_SIZES) {
      first[1].call.dispose();
      this.#held.delete(first[0]);
    }
    const arrays = arraysAt(space, places);
    const call = this.#signature.hold(feedsOf(shapes, arrays));
    const held = { space, ...arrays, call };
    this.#held.set(rows, held);
    return held;
  }

  #runLarge(rows: number, given: readonly Float32Array[], draw?: Draw): NativeArray[] {
    const shapes = this.#shapes(rows);
    const { places, bytes } = layOut({ given: [], drawn: shapes.drawn });
    let drawn: readonly Uint8Array[] = [];
    if (draw && shapes.drawn.length > 0) {
      if (bytes > MOST) {
        const problem = `is ${rows}: the masks of dropout would need ${bytes} bytes, of which one mini-batch may have ${MOST}`;
        throw new MiniBatchError({ part: 'rows', problem });
      }
      const space = workspace(bytes);
      drawn = arraysAt(space, places).drawn;
      draw(space, drawn);
    }
    return this.#signature.run(feedsOf(shapes, { given, drawn }));
  }

  #shapes(rows: number): { readonly given: Shapes; readonly drawn: Shapes } {
    return { given: this.#inputs.given(rows), drawn: this.#inputs.drawn?.(rows) ?? [] };
  }
}

interface Place {
  readonly at: number;
  readonly length: number;
}

/** Where arrays of these shapes lie, and where the last one ends. */
function layOut({ given, drawn }: { readonly given: Shapes; readonly drawn: Shapes }) {
  let bytes = aligned(STATE_BYTES);
  const place = (shape: readonly number[], width: number): Place => {
    const found = { at: bytes, length: sizeOf(shape) };
    bytes = aligned(bytes + width * found.length + MASK_MARGIN);
    return found;
  };
  const places = {
    given: given.map((shape) => place(shape, Float32Array.BYTES_PER_ELEMENT)),
    drawn: drawn.map((shape) => place(shape, Uint8Array.BYTES_PER_ELEMENT)),
  };
  return { places, bytes };
}

const arraysAt = (
  { buffer }: Workspace,
  { given, drawn }: { readonly given: readonly Place[]; readonly drawn: readonly Place[] },
) => ({
  given: given.map(({ at, length }) => new Float32Array(buffer, at, length)),
  drawn: drawn.map(({ at, length }) => new Uint8Array(buffer, at, length)),
});

const feedsOf = (
  shapes: { readonly given: Shapes; readonly drawn: Shapes },
  arrays: { readonly given: readonly Float32Array[]; readonly drawn: readonly Uint8Array[] },
): Feed[] => [
  ...arrays.given.map((data, i) => ({ data, shape: shapes.given[i]! })),
  ...arrays.drawn.map((data, i) => ({ data, shape: shapes.drawn[i]! })),
];
