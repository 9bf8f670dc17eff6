/** Writes a graph with its variables as a SavedModel that TensorFlow itself opens: in Python, in TensorFlow Serving, from C. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { GraphBuilder, type Variable } from './builder.ts';
import { Maths } from './maths.ts';
import { savedModelBytes, type Ports } from './saved-model.ts';
import { loadGraph } from './session.ts';
import type { Feed } from './signature.ts';
import type { NodeOutput } from './types.ts';

/** A variable and the numbers it holds. */
export interface VariableValues {
  readonly variable: Variable;
  /** Of the variable's element type. */
  readonly values: Float32Array | Float64Array;
}

/** What a SavedModel holds. */
export interface SavedModelContent {
  /** Nodes that save and restore the variables are added to it. */
  readonly graph: GraphBuilder;
  readonly variables: readonly VariableValues[];
  /** Inputs and outputs of the signature `serving_default`, by name. */
  readonly inputs: Ports;
  readonly outputs: Ports;
}

/**
 * Writes `saved_model.pb`, and the variables in `variables/`: TensorFlow's own SaveV2 writes those. The folder exists and is
 * empty.
 *
 * @throws GraphRunError (`ST_GRAPH_RUN`) where the variables cannot be written, and what the file system throws
 * @example
 * ```ts
 * const graph = new GraphBuilder();
 * const x = graph.placeholder('float32', [null, 2]);
 * const kernel = graph.variable('kernel', 'float32', [2, 1]);
 * const y = graph.op('MatMul', [x, graph.read(kernel)]);
 * const variables = [{ variable: kernel, values: Float32Array.of(1, 2) }];
 * writeSavedModel('folder', { graph, variables, inputs: { x }, outputs: { y } });
 * ```
 */
export function writeSavedModel(
  folder: string,
  { graph, variables, inputs, outputs }: SavedModelContent,
): void {
  const saver = addSaver(graph, variables);
  const parts = {
    signatures: { serving_default: { inputs, outputs } },
    saver,
    variables: saver.variables,
  };
  writeFileSync(join(folder, 'saved_model.pb'), savedModelBytes(graph.nodes, parts));
  mkdirSync(join(folder, 'variables'));
  writeVariables(join(folder, 'variables', 'variables'), variables);
}

/** Adds what every reader calls to fill the variables from their file, and what would write them there again. */
function addSaver(graph: GraphBuilder, variables: readonly VariableValues[]) {
  const m = new Maths(graph);
  const filename = graph.texts('model', 'save/filename');
  const reads = variables.map(({ variable }) => graph.read(variable));
  const saved = saveNode(graph, filename, variables, reads);
  const save = graph.op('Identity', [filename], { name: 'save/done', control: [saved] });
  const restored = restoreNodes(graph, filename, variables);
  const assigned = variables.map(({ variable }, i) => graph.assign(variable, restored[i]!));
  const restore = graph.run('NoOp', [], { name: 'save/restore_all', control: assigned });
  return {
    ...{ filename, save, restore: restore.node },
    variables: variables.map(({ variable }, i) => ({
      handle: variable.handle.node,
      initializer: assigned[i]!.node,
      value: m.identity(reads[i]!, []).node,
    })),
  };
}

const nameOf = ({ variable }: VariableValues): string => variable.handle.node;

function saveNode(
  graph: GraphBuilder,
  filename: NodeOutput,
  variables: readonly VariableValues[],
  values: readonly NodeOutput[],
) {
  const names = graph.texts(variables.map(nameOf), 'save/names');
  const slices = graph.texts(
    variables.map(() => ''),
    'save/slices',
  );
  const attributes = { dtypes: { types: variables.map(({ variable }) => variable.dtype) } };
  return graph.run('SaveV2', [filename, names, slices, ...values], { attributes, name: 'save/save' });
}

function restoreNodes(
  graph: GraphBuilder,
  filename: NodeOutput,
  variables: readonly VariableValues[],
): readonly NodeOutput[] {
  const names = graph.texts(variables.map(nameOf), 'save/names');
  const slices = graph.texts(
    variables.map(() => ''),
    'save/slices',
  );
  const attributes = { dtypes: { types: variables.map(({ variable }) => variable.dtype) } };
  const shapes = variables.map(({ variable }) => variable.shape);
  const outputs = graph.many('RestoreV2', [filename, names, slices], shapes, {
    attributes,
    name: 'save/restore',
  });
  return outputs.map((output, i) => ({ ...output, dtype: variables[i]!.variable.dtype }));
}

/** Writes the files of the variables, in a session of its own. */
function writeVariables(prefix: string, variables: readonly VariableValues[]): void {
  const graph = new GraphBuilder();
  const filename = graph.texts(prefix);
  // The binding feeds no float64: such values are constants of the graph.
  const feeds: Feed[] = [];
  const fed: NodeOutput[] = [];
  const nodes = variables.map(({ variable: { dtype, shape }, values }) => {
    if (values instanceof Float64Array) return graph.constant(values, { dtype: 'float64', shape });
    const node = graph.placeholder(dtype, shape);
    fed.push(node);
    feeds.push({ data: values, shape });
    return node;
  });
  const saved = saveNode(graph, filename, variables, nodes);
  const done = graph.op('Identity', [graph.constant(0)], { control: [saved] });
  using session = loadGraph(graph);
  session.signature('save', fed, [done]).run(feeds);
}
