/** The one place that loads danfojs-node, at its first use because that takes about a second. */
import { createRequire } from 'node:module';
import type * as danfojs from 'danfojs-node';
import { tensorflow } from '../tensorflow.ts';
import { DanfoLoadError } from './errors.ts';

/** The module `danfojs-node`. */
export type Danfo = typeof danfojs;
/** danfojs' table: `frame.columns`, `frame.shape`, `frame.head(5)`, `frame.print()`, ... */
export type DataFrame = danfojs.DataFrame;

const require = createRequire(import.meta.url);
let loaded: Danfo | undefined;

/**
 * Loads danfojs-node once and returns it. TensorFlow is loaded first (danfojs needs it, and on Node 23 and later
 * both need the same repair; see {@link tensorflow}).
 *
 * @throws `TensorFlowLoadError` (`ST_TENSORFLOW_LOAD`) or {@link DanfoLoadError} (`ST_DATA_DANFO_LOAD`)
 * @example
 * ```ts
 * const { DataFrame } = danfo();
 * new DataFrame([[1, 2]], { columns: ['a', 'b'] }).print();
 * ```
 */
export function danfo(): Danfo {
  if (loaded) return loaded;
  tensorflow();
  try {
    loaded = require('danfojs-node') as Danfo;
  } catch (error) {
    throw new DanfoLoadError(error);
  }
  return loaded;
}
