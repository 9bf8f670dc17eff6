/** A portable model as a SavedModel of TensorFlow: raw rows in, predictions out, weights as variables. */
import {
  GraphBuilder,
  Maths,
  writeSavedModel,
  type NodeOutput,
  type VariableValues,
} from '../graph/index.ts';
import { predictLayer } from '../model/step/layers.ts';
import type { WeightPlan } from '../model/step/plan.ts';
import type { RowTransformation } from '../scaling/online-transformer.ts';
import { ExportUnsupportedError } from './errors.ts';
import { namedWeights } from './names.ts';
import { rowsOf, type PortableModel } from './portable-model.ts';

/**
 * Writes `saved_model.pb` and `variables/` into an empty folder.
 *
 * @throws ExportUnsupportedError (`ST_EXPORT_UNSUPPORTED`) for a model without a weight: TensorFlow saves no empty list of variables
 */
export function writeTensorFlowModel(folder: string, model: PortableModel): void {
  const { plan, before, precision } = model;
  if (plan.weights.length === 0)
    throw new ExportUnsupportedError({
      format: 'saved-model',
      problem: 'it has no weights, which a SavedModel holds',
      toDo: 'The formats keras, tfjs and onnx take it.',
    });
  const graph = new GraphBuilder();
  const m = new Maths(graph);
  const rows = graph.placeholder(rowsOf(model), [null, plan.features], 'rows');
  const variables: VariableValues[] = [];
  const values = new Map<WeightPlan, NodeOutput>();
  for (const [weight, name] of namedWeights(plan)) {
    const variable = graph.variable(name, precision, weight.shape);
    variables.push({ variable, values: model.valueOf(weight) });
    values.set(weight, graph.read(variable));
  }
  const around = { maths: m, weight: (weight: WeightPlan) => values.get(weight)! };
  const prepared = m.cast(
    before.reduce((x, one) => transformed(m, x, one), rows),
    precision,
  );
  const last = plan.layers.reduce((x, layer) => predictLayer(around, layer, x), prepared);
  const predictions = graph.op('Identity', [m.cast(last, 'float32')], { name: 'predictions' });
  writeSavedModel(folder, { graph, variables, inputs: { rows }, outputs: { predictions } });
}

function transformed(m: Maths, x: NodeOutput, one: RowTransformation): NodeOutput {
  const { graph } = m;
  const float64 = (values: Float64Array) => graph.constant(values, { dtype: 'float64' });
  if (one.kind === 'scale') return m.mul(m.sub(x, float64(one.shifts)), float64(one.factors));
  const missing = graph.op('IsNan', [x]);
  return graph.op('SelectV2', [missing, float64(one.values), x]);
}
