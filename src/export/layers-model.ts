/** A portable model as layers of TensorFlow.js: what its own format and Keras' are written from. */
import type { layers as Layers, Sequential, Tensor } from '@tensorflow/tfjs-node';
import type { RowValues } from '../finite.ts';
import type { ActivationPlan, LayerPlan, WeightPlan } from '../model/step/plan.ts';
import type { RowTransformation, Scaling } from '../scaling/online-transformer.ts';
import { tensorflow } from '../tensorflow.ts';
import { ExportUnsupportedError } from './errors.ts';
import { layerNames } from './names.ts';
import { NEVER, rowsOf, type PortableModel, type Precision } from './portable-model.ts';

type Layer = Layers.Layer;
type Format = 'keras' | 'tfjs';

/** What a layer is to compute in, and its weights, in the order of the layer. */
export interface LayerContent {
  readonly precision: Precision;
  readonly weights: readonly RowValues[];
}

/** Layers that take raw rows, and what is in each, by its name: TensorFlow.js itself holds no float64. */
export interface FilledLayers {
  /** The caller disposes it. For `tfjs` it has its weights, rounded to float32. */
  readonly model: Sequential;
  readonly contents: ReadonlyMap<string, LayerContent>;
}

/** What layers are added to. */
interface Filling extends FilledLayers {
  readonly format: Format;
  readonly contents: Map<string, LayerContent>;
}

/**
 * A scaler becomes a batch normalisation that is not trained, with the shifts as its moving means, and the factors as gamma. In
 * Keras it computes in float64, as linear models do; in TensorFlow.js everything is float32.
 *
 * @throws ExportUnsupportedError (`ST_EXPORT_UNSUPPORTED`) for an imputer, which no layer does, and for features and weights that
 *   float32 does not hold
 */
export function layersModelOf(format: Format, model: PortableModel): FilledLayers {
  const tf = tensorflow();
  const { plan, before, valueOf } = model;
  const [rows, precision] =
    format === 'keras' ? [rowsOf(model), model.precision] : (['float32', 'float32'] as const);
  const sequential = tf.sequential({ name: 'streamtrain' });
  const into: Filling = { format, model: sequential, contents: new Map() };
  try {
    add(into, tf.layers.inputLayer({ inputShape: [plan.features], name: 'rows' }), rows, []);
    for (const [i, one] of before.entries()) addScaler(into, one, `scaler_${i + 1}`, rows);
    for (const [layer, name] of layerNames(plan)) addLayer(into, layer, name, precision, valueOf);
    return into;
  } catch (error) {
    sequential.dispose();
    throw error;
  }
}

/** A feature may come out of its scaler with this error at most, from its rounding to float32. */
const MOST_ROUNDING = 1e-4;
const FLOAT32_ROUNDING = 2 ** -24;

const OTHER_FORMATS = 'The formats saved-model and onnx have it.';

function addScaler(into: Filling, one: RowTransformation, name: string, precision: Precision): void {
  const { format } = into;
  const wideRows = `${OTHER_FORMATS} They take rows in float64.`;
  if (one.kind === 'fill')
    throw new ExportUnsupportedError({
      format,
      problem: 'its imputer fills missing values (NaN), which no layer there does',
      toDo: `${OTHER_FORMATS} Or export without it (withoutImputer), for rows without gaps.`,
    });
  const { shifts, factors } = one;
  checkRange(format, one, wideRows);
  const rounded = shifts.findIndex(
    (shift, i) => Math.abs(shift * factors[i]!) * FLOAT32_ROUNDING > MOST_ROUNDING,
  );
  if (rounded >= 0)
    throw new ExportUnsupportedError({
      format,
      problem:
        `feature ${rounded} (from 0) lies around ${shifts[rounded]} and varies by ${1 / factors[rounded]!}, which the ` +
        'float32 of its rows does not tell apart',
      toDo: wideRows,
    });
  const tf = tensorflow();
  const features = shifts.length;
  // With a variance of 1 and no epsilon, gamma is the factor as it is.
  const layer = tf.layers.batchNormalization({ name, epsilon: 0, center: false, trainable: false });
  add(into, layer, precision, [
    [factors, [features]],
    [shifts, [features]],
    [new Float64Array(features).fill(1), [features]],
  ]);
}

/** TensorFlow makes 0 of what is smaller. */
const LEAST_FLOAT32 = 2 ** -126;
const MOST_FLOAT32 = (2 - 2 ** -23) * 2 ** 127;

/** Values a deviation or range from the shift must be numbers of float32, and so must shift and factor. */
function checkRange(format: string, { shifts, factors }: Scaling, toDo: string): void {
  const isHeld = (size: number): boolean => size >= LEAST_FLOAT32 && size <= MOST_FLOAT32;
  const isWithin = (factor: number, i: number): boolean =>
    Math.abs(shifts[i]!) <= MOST_FLOAT32 && (factor === 0 || (isHeld(factor) && isHeld(1 / factor)));
  const beyond = factors.findIndex((factor, i) => !isWithin(factor, i));
  if (beyond < 0) return;
  const factor = factors[beyond]!;
  const varies = factor === 0 ? '' : ` and varies by ${1 / factor}`;
  throw new ExportUnsupportedError({
    format,
    problem: `feature ${beyond} (from 0) lies around ${shifts[beyond]}${varies}, beyond the float32 of its rows and weights`,
    toDo,
  });
}

function addLayer(
  into: Filling,
  layer: LayerPlan,
  name: string,
  precision: Precision,
  valueOf: PortableModel['valueOf'],
): void {
  const { layers } = tensorflow();
  const values = (...weights: (WeightPlan | undefined)[]) =>
    weights
      .filter((weight) => weight !== undefined)
      .map((weight) => [valueOf(weight), weight.shape] as const);
  switch (layer.kind) {
    case 'dense': {
      const { units, kernel, bias } = layer;
      const settings = { name, units, useBias: bias !== undefined, kernelInitializer: 'zeros' as const };
      return add(into, layers.dense(settings), precision, values(kernel, bias));
    }
    case 'activation':
      return add(into, activationLayer(layer.activation, name), precision, []);
    case 'dropout':
      return add(into, layers.dropout({ name, rate: layer.rate }), precision, []);
    case 'batchNorm': {
      const { gamma, beta, mean, variance, momentum, epsilon } = layer;
      const settings = { name, momentum, epsilon, scale: gamma !== undefined, center: beta !== undefined };
      return add(into, layers.batchNormalization(settings), precision, values(gamma, beta, mean, variance));
    }
  }
}

function activationLayer({ kind, alpha }: ActivationPlan, name: string): Layer {
  const { layers } = tensorflow();
  switch (kind) {
    case 'relu6':
      return layers.reLU({ name, maxValue: 6 });
    case 'leakyRelu':
      return layers.leakyReLU({ name, alpha: alpha! });
    default:
      return layers.activation({ name, activation: kind });
  }
}

function add(
  { format, model, contents }: Filling,
  layer: Layer,
  precision: Precision,
  values: readonly (readonly [RowValues, readonly number[]])[],
): void {
  const tf = tensorflow();
  model.add(layer);
  contents.set(layer.name, { precision, weights: values.map(([data]) => data) });
  if (format === 'keras' || values.length === 0) return;
  const tensors: Tensor[] = [];
  try {
    for (const [data, shape] of values)
      tensors.push(tf.tensor(inFloat32(layer.name, data), [...shape], 'float32'));
    layer.setWeights(tensors);
  } finally {
    tf.dispose(tensors);
  }
}

/** Rounded to float32; none becomes infinite. */
function inFloat32(layer: string, values: RowValues): Float32Array {
  return Float32Array.from(values, (value) => {
    if (value === NEVER) return -MOST_FLOAT32;
    if (Number.isFinite(Math.fround(value))) return value;
    const problem = `a weight of ${layer} is ${value}, beyond the float32 of its weights`;
    throw new ExportUnsupportedError({ format: 'tfjs', problem, toDo: OTHER_FORMATS });
  });
}
