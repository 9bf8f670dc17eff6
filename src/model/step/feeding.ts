/** The arrays of a compiled step's calls, each number of rows its own: made once, and filled for each call. */
import type { HeldCall, NativeArray, Signature } from '../../graph/index.ts';
import { MiniBatchError } from '../errors.ts';
import { maskCode, type MaskCode } from './mask-code.ts';
import { sizeOf } from './plan.ts';

/** One memory, and the code that draws masks in it. */
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

/** What a signature is fed. */
export interface Inputs {
  /** The shapes of all inputs: those that are given, and behind them those that are drawn. */
  shapes(rows: number): readonly (readonly number[])[];
  /** Bytes at the beginning of the workspace in which is drawn. */
  reserved(rows: number): number;
}

/** Fills the last inputs' arrays, which lie in the workspace behind the reserved bytes. */
export type Draw = (space: Workspace, arrays: readonly Float32Array[]) => void;

interface Held {
  readonly space: Workspace;
  readonly arrays: readonly Float32Array[];
  readonly call: HeldCall;
}

/** So many numbers of rows are kept: a stream's mini-batches have one, and the last of an epoch another. */
const KEPT_SIZES = 8;
/** Behind each array are so many bytes that may be overwritten: masks are written by whole instructions. */
const MARGIN = 64;

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
    for (const [i, values] of given.entries()) held.arrays[i]!.set(values);
    draw?.(held.space, held.arrays.slice(given.length));
    return held.call.run();
  }

  /** Lets go of all arrays. */
  free(): void {
    for (const { call } of this.#held.values()) call.dispose();
    this.#held.clear();
  }

  #hold(rows: number): Held | undefined {
    const shapes = this.#inputs.shapes(rows);
    const { places, bytes } = this.#layout(rows, shapes);
    if (bytes > KEPT) return undefined;
    const space = workspace(bytes);
    const [first] = this.#held;
    if (first && this.#held.size >= KEPT_SIZES) {
      first[1].call.dispose();
      this.#held.delete(first[0]);
    }
    const arrays = arraysAt(space, places);
    const call = this.#signature.hold(arrays.map((data, i) => ({ data, shape: shapes[i]! })));
    const held = { space, arrays, call };
    this.#held.set(rows, held);
    return held;
  }

  #runLarge(rows: number, given: readonly Float32Array[], draw?: Draw): NativeArray[] {
    const shapes = this.#inputs.shapes(rows);
    const { places, bytes } = this.#layout(rows, shapes.slice(given.length));
    let drawn: readonly Float32Array[] = [];
    if (draw && places.length > 0) {
      if (bytes > MOST) {
        const problem = `is ${rows}: the masks of dropout would need ${bytes} bytes, of which one mini-batch may have ${MOST}`;
        throw new MiniBatchError({ part: 'rows', problem });
      }
      const space = workspace(bytes);
      drawn = arraysAt(space, places);
      draw(space, drawn);
    }
    return this.#signature.run([...given, ...drawn].map((data, i) => ({ data, shape: shapes[i]! })));
  }

  /** Where arrays of these shapes lie, and where the last one ends. */
  #layout(rows: number, shapes: readonly (readonly number[])[]) {
    let bytes = aligned(this.#inputs.reserved(rows));
    const places = shapes.map((shape) => {
      const place = { at: bytes, length: sizeOf(shape) };
      bytes = aligned(bytes + 4 * place.length + MARGIN);
      return place;
    });
    return { places, bytes };
  }
}

const arraysAt = ({ buffer }: Workspace, places: readonly { at: number; length: number }[]) =>
  places.map(({ at, length }) => new Float32Array(buffer, at, length));
