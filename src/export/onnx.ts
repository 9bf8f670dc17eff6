/** A portable model as an ONNX file: raw rows in, predictions out. */
import type { RowValues } from '../finite.ts';
import type { ActivationPlan, LayerPlan, WeightPlan } from '../model/step/plan.ts';
import type { RowTransformation } from '../scaling/online-transformer.ts';
import { namedWeights } from './names.ts';
import {
  attributeTypes,
  elementTypes,
  onnxModelType,
  type OnnxModel,
  type OnnxNode,
  type OnnxTensor,
  type OnnxValue,
} from './onnx-messages.ts';
import { rowsOf, type PortableModel } from './portable-model.ts';

/** The set of operations, and the version of the format: both of 2021, so that readers of the last years know them. */
const OPSET = 17;
const IR = 8;

/**
 * The bytes of the file.
 *
 * @throws ExportPackageError (`ST_EXPORT_PACKAGE`)
 */
export async function onnxBytes(model: PortableModel): Promise<Uint8Array> {
  const type = await onnxModelType();
  return type.encode(type.create({ ...onnxModel(model) })).finish();
}

function onnxModel(model: PortableModel): OnnxModel {
  const { plan, before, classes, precision } = model;
  const graph = new OnnxGraph();
  const rows = rowsOf(model);
  for (const [weight, name] of namedWeights(plan)) graph.weight(weight, name, model.valueOf(weight));
  let last = before.reduce((x, one) => addTransformation(graph, x, one), 'rows');
  if (rows !== precision) last = castOf(graph, last, precision);
  for (const layer of plan.layers) last = addLayer(graph, last, layer);
  if (precision !== 'float32') last = castOf(graph, last, 'float32');
  graph.node('Identity', [last], {}, 'predictions');
  return {
    ir_version: IR,
    producer_name: 'streamtrain',
    opset_import: [{ domain: '', version: OPSET }],
    metadata_props: classes ? [{ key: 'classes', value: JSON.stringify(classes) }] : [],
    graph: {
      name: 'model',
      node: graph.nodes,
      initializer: graph.tensors,
      input: [valueOf('rows', rows, plan.features)],
      output: [valueOf('predictions', 'float32', plan.outputs)],
    },
  };
}

/** `[rows, size]`, any number of rows. */
function valueOf(name: string, type: keyof typeof elementTypes, size: number): OnnxValue {
  const dim = [{ dim_param: 'N' }, { dim_value: size }];
  return { name, type: { tensor_type: { elem_type: elementTypes[type], shape: { dim } } } };
}

type Attributes = Readonly<Record<string, { readonly f: number } | { readonly i: number }>>;

/** Collects nodes and tensors, and names them. */
class OnnxGraph {
  readonly nodes: OnnxNode[] = [];
  readonly tensors: OnnxTensor[] = [];
  readonly #weights = new Map<WeightPlan, string>();

  /** Adds an operation; gives the name of its output. */
  node(op: string, input: readonly string[], attributes: Attributes = {}, output?: string): string {
    const name = output ?? `${op}_${this.nodes.length + 1}`;
    const attribute = Object.entries(attributes).map(([key, value]) => ({
      ...{ name: key, ...value },
      type: 'f' in value ? attributeTypes.float : attributeTypes.int,
    }));
    this.nodes.push({ name, op_type: op, input, output: [name], attribute });
    return name;
  }

  /** Adds fixed numbers; gives their name. */
  tensor(name: string, values: RowValues, dims: readonly number[]): string {
    const type = values instanceof Float64Array ? 'float64' : 'float32';
    const raw = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    this.tensors.push({ name, dims, data_type: elementTypes[type], raw_data: raw });
    return name;
  }

  weight(weight: WeightPlan, name: string, values: RowValues): void {
    this.#weights.set(weight, this.tensor(name, values, weight.shape));
  }

  nameOf(weight: WeightPlan): string {
    return this.#weights.get(weight)!;
  }
}

const castOf = (graph: OnnxGraph, x: string, type: keyof typeof elementTypes): string =>
  graph.node('Cast', [x], { to: { i: elementTypes[type] } });

function addTransformation(graph: OnnxGraph, x: string, one: RowTransformation): string {
  const constant = (name: string, values: Float64Array) =>
    graph.tensor(`${name}_${graph.tensors.length + 1}`, values, [values.length]);
  if (one.kind === 'fill') {
    const missing = graph.node('IsNaN', [x]);
    return graph.node('Where', [missing, constant('fill', one.values), x]);
  }
  const shifted = graph.node('Sub', [x, constant('shift', one.shifts)]);
  return graph.node('Mul', [shifted, constant('factor', one.factors)]);
}

function addLayer(graph: OnnxGraph, x: string, layer: LayerPlan): string {
  switch (layer.kind) {
    case 'dense': {
      const parts = [layer.kernel, ...(layer.bias ? [layer.bias] : [])].map((weight) => graph.nameOf(weight));
      return graph.node('Gemm', [x, ...parts]);
    }
    case 'activation':
      return addActivation(graph, x, layer.activation);
    case 'dropout':
      return x;
    case 'batchNorm': {
      const { size, gamma, beta, mean, variance, epsilon } = layer;
      const constant = (name: string, value: number) =>
        graph.tensor(`${name}_${graph.tensors.length + 1}`, new Float32Array(size).fill(value), [size]);
      const scale = gamma ? graph.nameOf(gamma) : constant('gamma', 1);
      const shift = beta ? graph.nameOf(beta) : constant('beta', 0);
      const inputs = [x, scale, shift, graph.nameOf(mean), graph.nameOf(variance)];
      return graph.node('BatchNormalization', inputs, { epsilon: { f: epsilon } });
    }
  }
}

const operations = {
  linear: 'Identity',
  relu: 'Relu',
  leakyRelu: 'LeakyRelu',
  elu: 'Elu',
  selu: 'Selu',
  sigmoid: 'Sigmoid',
  softmax: 'Softmax',
  softplus: 'Softplus',
  softsign: 'Softsign',
  tanh: 'Tanh',
} as const;

function addActivation(graph: OnnxGraph, x: string, { kind, alpha }: ActivationPlan): string {
  if (kind === 'relu6') {
    const bounds = [0, 6].map((bound) =>
      graph.tensor(`bound_${graph.tensors.length + 1}`, Float32Array.of(bound), []),
    );
    return graph.node('Clip', [x, ...bounds]);
  }
  return graph.node(operations[kind], [x], kind === 'leakyRelu' ? { alpha: { f: alpha ?? 0.2 } } : {});
}
