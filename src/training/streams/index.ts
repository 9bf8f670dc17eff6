/** Streams that drift on purpose: generators with a seed, and joining them. */

export type { LabelledRow } from '../rows/labelled-rows.ts';
export {
  hyperplaneStream,
  seaStream,
  staggerStream,
  type HyperplaneOptions,
  type SeaOptions,
  type StaggerOptions,
} from './generators.ts';
export {
  conceptDrift,
  takeRows,
  type ConceptDriftOptions,
  type GeneratedRow,
  type RowStream,
} from './row-stream.ts';
export { PythonRandom } from './python-random.ts';
