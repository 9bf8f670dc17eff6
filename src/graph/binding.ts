/** The calls of tfjs-node's native binding that graphs are loaded and run by. */
import { tensorflow } from '../tensorflow.ts';

/** Arrays the binding takes and gives. */
export type NativeArray = Float32Array | Int32Array | Uint8Array;

/** What the binding says of an output. */
export interface NativeTensor {
  readonly id: number;
  readonly shape: number[];
  readonly dtype: number;
}

/** `tf.backend().binding`; tensors made by it are not seen by `tf.memory()`, so whoever makes one deletes it. */
export interface NativeBinding {
  createTensor(shape: readonly number[], dtype: number, data: NativeArray): number;
  deleteTensor(id: number): void;
  tensorDataSync(id: number): NativeArray;
  loadSavedModel(folder: string, tags: string): number;
  deleteSavedModel(session: number): void;
  runSavedModel(session: number, inputs: number[], inputNames: string, outputNames: string): NativeTensor[];
}

/** The binding, its TensorFlow loaded at the first call. */
export function nativeBinding(): NativeBinding {
  return (tensorflow().backend() as unknown as { binding: NativeBinding }).binding;
}
