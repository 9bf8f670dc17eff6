/** The arrays of a compiled step's calls, each number of rows its own: made once, filled anew for each call. */
import type { HeldCall, NativeArray, Signature } from '../../graph/index.ts';
import { sizeOf } from './plan.ts';
import { aligned, workspace, type Workspace } from './workspace.ts';

/** A call's arrays, to be filled before each run. */
export interface Fed {
  /** One for each input of the signature; other calls of any model overwrite them. */
  readonly arrays: readonly Float32Array[];
  readonly space: Workspace;
  readonly run: () => NativeArray[];
}

interface Held extends Fed {
  readonly bytes: number;
  readonly call: HeldCall;
}

/** What a signature is fed. */
export interface Inputs {
  /** The shapes of all inputs. */
  shapes(rows: number): readonly (readonly number[])[];
  /** Bytes at the beginning of the workspace that are the caller's. */
  reserved(rows: number): number;
}

/** So many numbers of rows are kept: a stream's mini-batches have one, and the last of an epoch another. */
const KEPT_SIZES = 8;
/** Behind each array are so many bytes that may be overwritten: masks are written by whole instructions. */
const MARGIN = 64;

/** Feeds one signature. */
export class Feeding {
  readonly #signature: Signature;
  readonly #inputs: Inputs;
  readonly #held = new Map<number, Held>();

  constructor(signature: Signature, inputs: Inputs) {
    this.#signature = signature;
    this.#inputs = inputs;
  }

  /** The arrays for so many rows. */
  of(rows: number): Fed {
    const found = this.#held.get(rows);
    if (found && workspace(found.bytes) === found.space) return found;
    return this.#hold(rows);
  }

  /** Lets go of all arrays. */
  free(): void {
    for (const { call } of this.#held.values()) call.dispose();
    this.#held.clear();
  }

  #hold(rows: number): Held {
    const shapes = this.#inputs.shapes(rows);
    let bytes = aligned(this.#inputs.reserved(rows));
    const places = shapes.map((shape) => {
      const place = { at: bytes, length: sizeOf(shape) };
      bytes = aligned(bytes + 4 * place.length + MARGIN);
      return place;
    });
    const space = workspace(bytes);
    // Arrays of a workspace that is no more would keep its memory.
    const first = [...this.#held][0];
    if (first && first[1].space !== space) this.free();
    else if (first && this.#held.size >= KEPT_SIZES) this.#drop(first[0], first[1]);
    const arrays = places.map(({ at, length }) => new Float32Array(space.buffer, at, length));
    const call = this.#signature.hold(arrays.map((data, i) => ({ data, shape: shapes[i]! })));
    const held = { arrays, space, bytes, call, run: () => call.run() };
    this.#held.set(rows, held);
    return held;
  }

  #drop(rows: number, { call }: Held): void {
    call.dispose();
    this.#held.delete(rows);
  }
}
