/** Loads a graph into tfjs-node's native session, where each signature is one native call. */
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeTemporaryFolder } from '../process/index.ts';
import { nativeBinding, type NativeBinding } from './binding.ts';
import type { GraphBuilder } from './builder.ts';
import { GraphDisposedError, GraphLoadError } from './errors.ts';
import { SERVE, savedModelBytes } from './saved-model.ts';
import { makeSignature, type Signature } from './signature.ts';
import type { NodeOutput } from './types.ts';

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
    folder = makeTemporaryFolder('graph');
    writeFileSync(join(folder, 'saved_model.pb'), bytes);
    return binding.loadSavedModel(folder, SERVE);
  } catch (error) {
    throw new GraphLoadError({ folder: folder ?? tmpdir(), cause: error });
  } finally {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  }
}
