/** One signature of a loaded graph: arrays in, arrays out, one native call. */
import { messageOf } from '../errors.ts';
import type { NativeArray, NativeBinding } from './binding.ts';
import { GraphRunError } from './errors.ts';
import { dtypeNumbers, portName, shapeText, type NodeOutput, type Shape } from './types.ts';

/** One array to feed. TensorFlow reads its memory during the call and keeps nothing of it. */
export interface Feed {
  readonly data: NativeArray;
  readonly shape: readonly number[];
}

/** Some outputs of a graph as a function of some inputs; each call is one native call. */
export interface Signature {
  readonly name: string;
  /**
   * @param feeds one for each input, in the order of the signature
   * @returns one array for each output, owned by the caller
   * @throws GraphRunError (`ST_GRAPH_RUN`), GraphDisposedError (`ST_GRAPH_DISPOSED`)
   */
  run(feeds: readonly Feed[]): NativeArray[];
  /**
   * Binds arrays once for many calls, each of which takes what they hold then. Where TensorFlow reads them in place (they begin
   * at multiples of 64 bytes, as those of a `WebAssembly.Memory` can), a call makes no native tensors for its inputs.
   *
   * @returns to be disposed by the caller
   */
  hold(feeds: readonly Feed[]): HeldCall;
}

/** A signature with the arrays it is fed. */
export interface HeldCall extends Disposable {
  /**
   * As {@link Signature.run}, with what the arrays hold now.
   *
   * @throws GraphRunError (`ST_GRAPH_RUN`), also after `dispose()`; GraphDisposedError (`ST_GRAPH_DISPOSED`)
   */
  run(): NativeArray[];
  /** Lets go of the arrays. Calling it twice is fine. */
  dispose(): void;
}

/** @param alive the session's number; throws where it was disposed */
export function makeSignature(
  binding: NativeBinding,
  alive: () => number,
  name: string,
  inputs: readonly NodeOutput[],
  outputs: readonly NodeOutput[],
): Signature {
  const dtypes = inputs.map(({ dtype }) => dtypeNumbers[dtype]);
  const inputNames = inputs.map(portName).join();
  const outputNames = outputs.map(portName).join();
  const check = (feeds: readonly Feed[]) => {
    const problem = misfit(inputs, feeds);
    if (problem !== undefined) throw new GraphRunError({ signature: name, problem });
  };
  const failed = (cause: unknown) => new GraphRunError({ signature: name, problem: messageOf(cause), cause });
  const make = (feeds: readonly Feed[], ids: number[]) => {
    for (const [i, { shape, data }] of feeds.entries())
      ids.push(binding.createTensor(shape, dtypes[i]!, data));
  };
  const call = (ids: number[]) =>
    takeOutputs(binding, binding.runSavedModel(alive(), ids, inputNames, outputNames));
  const free = (ids: number[]) => {
    for (const id of ids.splice(0)) binding.deleteTensor(id);
  };

  const run = (feeds: readonly Feed[]): NativeArray[] => {
    alive();
    check(feeds);
    const ids: number[] = [];
    try {
      make(feeds, ids);
      return call(ids);
    } catch (error) {
      throw failed(error);
    } finally {
      free(ids);
    }
  };
  const hold = (feeds: readonly Feed[]): HeldCall => {
    alive();
    check(feeds);
    const ids: number[] = [];
    const inPlace = feeds.every(({ data }) => isReadInPlace(binding, data));
    try {
      if (inPlace) make(feeds, ids);
    } catch (error) {
      free(ids);
      throw failed(error);
    }
    let disposed = false;
    const runHeld = () => {
      alive();
      if (disposed) throw new GraphRunError({ signature: name, problem: 'the arrays it held were let go' });
      if (ids.length < feeds.length) return run(feeds);
      try {
        return call(ids);
      } catch (error) {
        throw failed(error);
      }
    };
    const dispose = () => {
      disposed = true;
      free(ids);
    };
    return { run: runHeld, dispose, [Symbol.dispose]: dispose };
  };
  return { name, run, hold };
}

/** Why arrays cannot be fed, if they cannot. */
function misfit(inputs: readonly NodeOutput[], feeds: readonly Feed[]): string | undefined {
  if (feeds.length !== inputs.length) return `it takes ${inputs.length} arrays, not ${feeds.length}`;
  for (let i = 0; i < feeds.length; i++) {
    if (!fits(feeds[i]!.shape, inputs[i]!.shape))
      return `its input ${i} takes the shape ${shapeText(inputs[i]!.shape)}, not ${shapeText(feeds[i]!.shape)}`;
  }
  return undefined;
}

/** Whether a feed has the shape its placeholder says; TensorFlow itself takes any, and goes on with it. */
function fits(shape: readonly number[], expected: Shape | undefined): boolean {
  if (!expected) return true;
  if (shape.length !== expected.length) return false;
  for (let i = 0; i < shape.length; i++) if (expected[i] !== null && expected[i] !== shape[i]) return false;
  return true;
}

function takeOutputs(binding: NativeBinding, tensors: readonly { id: number }[]): NativeArray[] {
  try {
    return tensors.map(({ id }) => binding.tensorDataSync(id));
  } finally {
    for (const { id } of tensors) binding.deleteTensor(id);
  }
}

/** TensorFlow copies an array when it becomes a tensor, unless it begins at a multiple of at most so many bytes. */
const ALIGNMENT = 64;

/** Memories of which it was found whether TensorFlow reads them in place. */
const known = new WeakMap<ArrayBufferLike, boolean>();

/** Whether a tensor of this array sees what is written into the array later: tried once for each memory, not presumed. */
function isReadInPlace(binding: NativeBinding, { buffer, byteOffset }: NativeArray): boolean {
  if (byteOffset % ALIGNMENT !== 0) return false;
  const found = known.get(buffer) ?? tryInPlace(binding, buffer);
  known.set(buffer, found);
  return found;
}

/** Tried where the address is no multiple of more than the alignment, so that what holds there holds at all multiples. */
function tryInPlace(binding: NativeBinding, buffer: ArrayBufferLike): boolean {
  if (buffer.byteLength < 2 * ALIGNMENT) return false;
  const values = new Float32Array(buffer, ALIGNMENT, 1);
  const bytes = new Int32Array(buffer, ALIGNMENT, 1);
  const before = bytes[0]!;
  values[0] = 1;
  const id = binding.createTensor([1], dtypeNumbers.float32, values);
  try {
    values[0] = 2;
    return binding.tensorDataSync(id)[0] === 2;
  } finally {
    bytes[0] = before;
    binding.deleteTensor(id);
  }
}
