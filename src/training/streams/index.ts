/** Streams that drift on purpose: generators with a seed, and joining them. */

export { takeRows, type GeneratedRow, type LabelledRow, type RowStream } from './labelled-row.ts';
export { seaStream, type SeaOptions } from './sea.ts';
export { staggerStream, type StaggerOptions } from './stagger.ts';
export { hyperplaneStream, type HyperplaneOptions } from './hyperplane.ts';
export { conceptDrift, type ConceptDriftOptions } from './concept-drift.ts';
export { PythonRandom } from './python-random.ts';
