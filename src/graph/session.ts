/** Loads a graph into tfjs-node's native session, where each signature is one native call. */
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { messageOf } from '../errors.ts';
import { nativeBinding, type NativeArray, type NativeBinding } from './binding.ts';
import type { GraphBuilder } from './builder.ts';
import { GraphDisposedError, GraphLoadError, GraphRunError } from './errors.ts';
import { SERVE, savedModelBytes } from './saved-model.ts';
import { makeTemporaryFolder, removeTemporaryFolder } from './temporary-folder.ts';
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
}

/** A loaded graph with its variables. */
export interface GraphSession extends Disposable {
  /** Names outputs to compute from inputs; nodes they do not need do not run. */
  signature(name: string, inputs: readonly NodeOutput[], outputs: readonly NodeOutput[]): Signature;
  /** Frees the session and its variables. Calling it twice is fine. */
  dispose(): void;
}

/**
 * Loads the graph as it is now; later changes to the builder do not reach the session. The temporary folder it goes
 * through is removed when this returns.
 *
 * @throws {@link GraphLoadError} (`ST_GRAPH_LOAD`)
 */
export function loadGraph(graph: GraphBuilder): GraphSession {
  const binding = nativeBinding();
  let session: number | undefined = loadSession(binding, savedModelBytes(graph.nodes));
  const alive = () => {
    if (session === undefined) throw new GraphDisposedError({});
    return session;
  };
  const dispose = () => {
    if (session === undefined) return;
    const freed = session;
    session = undefined;
    binding.deleteSavedModel(freed);
  };
  return {
    signature: (name, inputs, outputs) => makeSignature(binding, alive, name, inputs, outputs),
    dispose,
    [Symbol.dispose]: dispose,
  };
}

function loadSession(binding: NativeBinding, bytes: Uint8Array): number {
  let folder: string | undefined;
  try {
    folder = makeTemporaryFolder();
    writeFileSync(join(folder, 'saved_model.pb'), bytes);
    return binding.loadSavedModel(folder, SERVE);
  } catch (error) {
    throw new GraphLoadError({ folder: folder ?? tmpdir(), cause: error });
  } finally {
    if (folder !== undefined) removeTemporaryFolder(folder);
  }
}

function makeSignature(
  binding: NativeBinding,
  alive: () => number,
  name: string,
  inputs: readonly NodeOutput[],
  outputs: readonly NodeOutput[],
): Signature {
  const dtypes = inputs.map(({ dtype }) => dtypeNumbers[dtype]);
  const inputNames = inputs.map(portName).join();
  const outputNames = outputs.map(portName).join();
  const run = (feeds: readonly Feed[]): NativeArray[] => {
    const session = alive();
    if (feeds.length !== inputs.length)
      throw new GraphRunError({
        signature: name,
        problem: `it takes ${inputs.length} arrays, not ${feeds.length}`,
      });
    for (let i = 0; i < feeds.length; i++) {
      if (!fits(feeds[i]!.shape, inputs[i]!.shape))
        throw new GraphRunError({
          signature: name,
          problem: `its input ${i} takes the shape ${shapeText(inputs[i]!.shape)}, not ${shapeText(feeds[i]!.shape)}`,
        });
    }
    const ids: number[] = [];
    try {
      for (let i = 0; i < feeds.length; i++)
        ids.push(binding.createTensor(feeds[i]!.shape, dtypes[i]!, feeds[i]!.data));
      return takeOutputs(binding, binding.runSavedModel(session, ids, inputNames, outputNames));
    } catch (error) {
      throw new GraphRunError({ signature: name, problem: messageOf(error), cause: error });
    } finally {
      for (const id of ids) binding.deleteTensor(id);
    }
  };
  return { name, run };
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
