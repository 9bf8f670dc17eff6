/** The one place that loads the native TensorFlow backend. */
import { createRequire } from 'node:module';
import type * as tfjs from '@tensorflow/tfjs-node';
import { failure, messageOf } from './errors.ts';

/** The module `@tensorflow/tfjs-node`. */
export type TensorFlow = typeof tfjs;

declare module './tensor-types.ts' {
  interface TensorTypes {
    any: tfjs.Tensor;
    matrix: tfjs.Tensor2D;
  }
}

/** The native backend could not be loaded. */
export class TensorFlowLoadError extends failure({
  code: 'ST_TENSORFLOW_LOAD',
  says: ({ cause }: { cause: unknown }) =>
    `The native TensorFlow backend (@tensorflow/tfjs-node) could not be loaded on Node ${process.version}: ` +
    `${messageOf(cause)}.`,
  cure: 'Run "npx streamtrain setup --with tensorflow" in the project\'s folder, then "npx streamtrain doctor" if it stays.',
}) {}

const require = createRequire(import.meta.url);
let loaded: TensorFlow | undefined;

/**
 * Loads `@tensorflow/tfjs-node` once and returns it, ready to use with its native CPU backend.
 *
 * Node 23 removed `util.isNullOrUndefined` and its siblings, which tfjs-node 4.22 still calls and older Nodes warn
 * of; they are replaced first. TensorFlow's start-up lines are silenced unless `TF_CPP_MIN_LOG_LEVEL` is set. It computes
 * on one thread unless `TF_NUM_INTRAOP_THREADS` and `TF_NUM_INTEROP_THREADS` say otherwise: up to 64 rows of the
 * article's model that takes about half the time (bench/README.md), and gives the same bytes. Large models on many cores
 * want more threads.
 *
 * @returns the whole tfjs module; the same object at every call
 * @throws {@link TensorFlowLoadError} (`ST_TENSORFLOW_LOAD`) when the native library is missing or does not fit
 * @example
 * ```ts run
 * const tf = tensorflow();
 * console.log(tf.getBackend()); // tensorflow
 * ```
 */
export function tensorflow(): TensorFlow {
  if (loaded) return loaded;
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
  // Mini-batches of a stream are small: handing their pieces from thread to thread costs more than it saves. -1 for the second
  // one, the calling thread, would save more, and is not safe: a signal within a product of oneDNN's corrupts memory.
  process.env['TF_NUM_INTRAOP_THREADS'] ??= '1';
  process.env['TF_NUM_INTEROP_THREADS'] ??= '1';
  replaceOldUtil();
  try {
    loaded = require('@tensorflow/tfjs-node') as TensorFlow;
  } catch (error) {
    throw new TensorFlowLoadError({ cause: error });
  }
  return loaded;
}

/**
 * Gives `node:util` the four predicates tfjs-node calls: Node 23 removed them, and before it they print a deprecation
 * warning, which a notebook would show under the learner's cell.
 */
function replaceOldUtil(): void {
  Object.assign(require('node:util') as object, {
    isNullOrUndefined: (value: unknown) => value === null || value === undefined,
    isArray: (value: unknown) => Array.isArray(value),
    isNumber: (value: unknown) => typeof value === 'number',
    isString: (value: unknown) => typeof value === 'string',
  });
}
