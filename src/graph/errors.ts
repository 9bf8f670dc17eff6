/** What can go wrong while a graph is built, loaded or run. */
import { StreamTrainError, messageOf } from '../errors.ts';

/** A node was asked for that TensorFlow would refuse. */
export class GraphBuildError extends StreamTrainError {
  readonly code = 'ST_GRAPH_BUILD';
  /** The TensorFlow operation, such as `MatMul`. */
  readonly op: string;
  /** The node's name in the graph. */
  readonly node: string;

  constructor(op: string, node: string, problem: string) {
    super(`The graph's node ${node} (${op}) cannot be built: ${problem}.`);
    this.op = op;
    this.node = node;
  }
}

/** TensorFlow did not take the finished graph, or its temporary folder could not be written. */
export class GraphLoadError extends StreamTrainError {
  readonly code = 'ST_GRAPH_LOAD';
  readonly folder: string;

  constructor(folder: string, cause: unknown) {
    super(
      `The graph could not be loaded through ${folder}: ${messageOf(cause)}. Check that the folder for temporary ` +
        'files (TMPDIR) can be written and has space.',
      { cause },
    );
    this.folder = folder;
  }
}

/** A call of a signature failed inside TensorFlow, or was given arrays that do not fit. */
export class GraphRunError extends StreamTrainError {
  readonly code = 'ST_GRAPH_RUN';
  readonly signature: string;

  constructor(signature: string, problem: string, options: { cause?: unknown } = {}) {
    super(`The graph's signature "${signature}" could not run: ${problem}.`, options);
    this.signature = signature;
  }
}

/** The graph was used after its `dispose()`. */
export class GraphDisposedError extends StreamTrainError {
  readonly code = 'ST_GRAPH_DISPOSED';

  constructor() {
    super('The graph was already disposed. Build and load it anew.');
  }
}
