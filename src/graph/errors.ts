/** What can go wrong while a graph is built, loaded or run. */
import { failure, messageOf } from '../errors.ts';

/** A node was asked for that TensorFlow would refuse. `op` is the operation, such as `MatMul`; `node` its name. */
export class GraphBuildError extends failure({
  code: 'ST_GRAPH_BUILD',
  says: ({ op, node, problem }: { op: string; node: string; problem: string }) =>
    `The graph's node ${node} (${op}) cannot be built: ${problem}.`,
  cure: '',
}) {}

/** TensorFlow did not take the finished graph, or its temporary folder could not be written. */
export class GraphLoadError extends failure({
  code: 'ST_GRAPH_LOAD',
  says: ({ folder, cause }: { folder: string; cause: unknown }) =>
    `The graph could not be loaded through ${folder}: ${messageOf(cause)}.`,
  cure: 'Check that the folder for temporary files (TMPDIR) can be written and has space.',
}) {}

/** A call of a signature failed inside TensorFlow, or was given arrays that do not fit. */
export class GraphRunError extends failure({
  code: 'ST_GRAPH_RUN',
  says: ({ signature, problem }: { signature: string; problem: string }) =>
    `The graph's signature "${signature}" could not run: ${problem}.`,
  cure: '',
}) {}

/** The graph was used after its `dispose()`. */
export class GraphDisposedError extends failure({
  code: 'ST_GRAPH_DISPOSED',
  says: () => 'The graph was already disposed.',
  cure: 'Build and load it again.',
}) {}

/** The parts of tfjs-node that graphs are run by, which are not public, are not there or not as they were. */
export class GraphBackendError extends failure({
  code: 'ST_GRAPH_BACKEND',
  says: ({ missing, backend, version }: { missing: string; backend: string; version: string }) =>
    `Graphs are run by parts of @tensorflow/tfjs-node that are not public, and ${missing} is missing: the backend is ` +
    `"${backend}", the version ${version}.`,
  cure: "Choose the native backend with tf.setBackend('tensorflow'), and install @tensorflow/tfjs-node 4.22.0.",
}) {}
