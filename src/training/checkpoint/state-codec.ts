/** Turns a state into JSON with its typed arrays beside it as bytes, and back, bit for bit. */
import type { State, StateArray } from '../../model/index.ts';
import { CheckpointStateError } from './errors.ts';

/** A state as JSON text can carry it; numbers JSON lacks and arrays are marked by an object with one `$` member. */
export type JsonState =
  | null
  | boolean
  | number
  | string
  | readonly JsonState[]
  | { readonly [name: string]: JsonState };

/** A state taken apart. */
interface PackedState {
  readonly json: JsonState;
  /** The arrays' bytes, little-endian, each from a multiple of 8 on. */
  readonly bytes: Uint8Array;
}

const arrayTypes = { Float32Array, Float64Array, Int32Array, BigInt64Array, Uint8Array } as const;
type ArrayName = keyof typeof arrayTypes;
const alignment = 8;

/** A state taken apart whose arrays are still where they were. */
interface StateInParts {
  readonly json: JsonState;
  /** How many bytes the arrays take. */
  readonly size: number;
  /** Copies them to the beginning of a memory; the bytes between two of them become 0. */
  readonly copyTo: (bytes: Uint8Array) => void;
}

/**
 * Takes a state apart. Numbers keep every bit that tells them apart (NaN, the infinities and -0 included).
 *
 * @param path how the state is called in messages
 * @throws CheckpointStateError (`ST_TRAINING_CHECKPOINT_STATE`)
 */
export function packState(state: State, path = 'state'): PackedState {
  const { json, size, copyTo } = takeApart(state, path);
  const bytes = new Uint8Array(size);
  copyTo(bytes);
  return { json, bytes };
}

/**
 * As {@link packState}, without copying the arrays yet.
 *
 * @throws CheckpointStateError (`ST_TRAINING_CHECKPOINT_STATE`)
 */
export function takeApart(state: State, path: string): StateInParts {
  const arrays: { array: StateArray; at: number }[] = [];
  let size = 0;
  const pack = (value: State, where: string): JsonState => {
    if (typeof value === 'number') return packNumber(value);
    if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
    if (Array.isArray(value)) return Array.from(value as State[], (one, i) => pack(one, `${where}[${i}]`));
    if (ArrayBuffer.isView(value)) {
      const type = arrayName(value);
      if (type === undefined)
        throw new CheckpointStateError({ path: where, found: `a ${Object.prototype.toString.call(value)}` });
      const at = size;
      arrays.push({ array: value, at });
      size = Math.ceil((size + value.byteLength) / alignment) * alignment;
      return { $array: [type, at, value.length] };
    }
    if (typeof value !== 'object' || !isPlain(value))
      throw new CheckpointStateError({ path: where, found: described(value) });
    const entries = Object.entries(value).map(
      ([name, one]) => [name, pack(one, `${where}.${name}`)] as const,
    );
    // A name of the user's that looks like one of our marks must not be taken for it.
    const [only] = entries;
    if (entries.length === 1 && only?.[0].startsWith('$')) return { $object: Object.fromEntries(entries) };
    return Object.fromEntries(entries);
  };
  const json = pack(state, path);
  const copyTo = (bytes: Uint8Array): void => {
    let end = 0;
    for (const { array, at } of arrays) {
      bytes.fill(0, end, at);
      bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), at);
      end = at + array.byteLength;
    }
    bytes.fill(0, end, size);
  };
  return { json, size, copyTo };
}

/**
 * Puts a state together again. Its arrays have memory of their own.
 *
 * @throws RangeError when the JSON does not fit the bytes
 */
export function unpackState({ json, bytes }: PackedState): State {
  const unpack = (value: JsonState): State => {
    if (value === null || typeof value !== 'object') return value;
    if (Array.isArray(value)) return (value as JsonState[]).map(unpack);
    const entries = Object.entries(value);
    const [only] = entries;
    if (entries.length === 1 && only?.[0].startsWith('$')) return unmark(only[0], only[1]);
    return Object.fromEntries(entries.map(([name, one]) => [name, unpack(one)]));
  };
  const unmark = (mark: string, value: JsonState): State => {
    if (mark === '$number' && typeof value === 'string') return value === '-0' ? -0 : Number(value);
    if (mark === '$array' && Array.isArray(value)) return readArray(bytes, value as readonly JsonState[]);
    if (mark === '$object' && value !== null && typeof value === 'object')
      return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, unpack(one)]));
    throw new RangeError(`the mark ${mark} is not known`);
  };
  return unpack(json);
}

function packNumber(value: number): JsonState {
  if (Number.isFinite(value) && !Object.is(value, -0)) return value;
  return { $number: Object.is(value, -0) ? '-0' : String(value) };
}

function readArray(bytes: Uint8Array, [type, at, length]: readonly JsonState[]): StateArray {
  const known = typeof type === 'string' && Object.hasOwn(arrayTypes, type);
  if (!known || typeof at !== 'number' || typeof length !== 'number')
    throw new RangeError(`an array of type ${JSON.stringify(type)} is not known`);
  const Type = arrayTypes[type as ArrayName];
  const end = at + length * Type.BYTES_PER_ELEMENT;
  if (!(at >= 0 && length >= 0 && end <= bytes.byteLength))
    throw new RangeError(`an array reaches to byte ${end} of ${bytes.byteLength}`);
  // A copy of its own; Buffer's slice() would be a view.
  return new Type(new Uint8Array(bytes.subarray(at, end)).buffer);
}

function arrayName(view: ArrayBufferView): ArrayName | undefined {
  return (Object.keys(arrayTypes) as ArrayName[]).find((name) => view instanceof arrayTypes[name]);
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function described(value: unknown): string {
  if (typeof value !== 'object' || value === null) return `a value of type ${typeof value}`;
  return `an object of class ${value.constructor?.name ?? 'unknown'}`;
}
