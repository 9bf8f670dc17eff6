/** A portable model as layers of TensorFlow.js: what its own format and Keras' are written from. */
import type { layers as Layers, Sequential, Tensor } from '@tensorflow/tfjs-node';
import type { ActivationPlan, LayerPlan, WeightPlan } from '../model/step/plan.ts';
import type { RowTransformation, Scaling } from '../scaling/online-transformer.ts';
import { tensorflow } from '../tensorflow.ts';
import { ExportUnsupportedError } from './errors.ts';
import { layerNames } from './names.ts';
import type { PortableModel } from './portable-model.ts';

type Layer = Layers.Layer;

/**
 * A Sequential that takes raw rows in float32. A scaler becomes a batch normalisation that is not trained, with the shifts as
 * its moving means, and the factors as gamma.
 *
 * @param format whose name stands in errors
 * @returns the caller disposes it
 * @throws ExportUnsupportedError (`ST_EXPORT_UNSUPPORTED`) for an imputer, which no layer does, and for features that float32
 *   does not hold
 */
export function layersModelOf(format: string, model: PortableModel): Sequential {
  const tf = tensorflow();
  const { plan, before, valueOf } = model;
  const sequential = tf.sequential({ name: 'streamtrain' });
  try {
    sequential.add(tf.layers.inputLayer({ inputShape: [plan.features], name: 'rows' }));
    for (const [i, one] of before.entries()) addScaler(sequential, format, one, `scaler_${i + 1}`);
    for (const [layer, name] of layerNames(plan)) addLayer(sequential, layer, name, valueOf);
    return sequential;
  } catch (error) {
    sequential.dispose();
    throw error;
  }
}

/** A feature may come out of its scaler with this error at most, from its rounding to float32. */
const MOST_ROUNDING = 1e-4;
const FLOAT32_ROUNDING = 2 ** -24;

function addScaler(model: Sequential, format: string, one: RowTransformation, name: string): void {
  const otherFormats = 'The formats saved-model and onnx have it.';
  const wideRows = `${otherFormats} They take rows in float64.`;
  if (one.kind === 'fill')
    throw new ExportUnsupportedError({
      format,
      problem: 'its imputer fills missing values (NaN), which no layer there does',
      toDo: `${otherFormats} Or export without it (withoutImputer), for rows without gaps.`,
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
  add(model, layer, [
    [Float32Array.from(factors), [features]],
    [Float32Array.from(shifts), [features]],
    [new Float32Array(features).fill(1), [features]],
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
  model: Sequential,
  layer: LayerPlan,
  name: string,
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
      return add(model, layers.dense(settings), values(kernel, bias));
    }
    case 'activation':
      return add(model, activationLayer(layer.activation, name), []);
    case 'dropout':
      return add(model, layers.dropout({ name, rate: layer.rate }), []);
    case 'batchNorm': {
      const { gamma, beta, mean, variance, momentum, epsilon } = layer;
      const settings = { name, momentum, epsilon, scale: gamma !== undefined, center: beta !== undefined };
      return add(model, layers.batchNormalization(settings), values(gamma, beta, mean, variance));
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
  model: Sequential,
  layer: Layer,
  values: readonly (readonly [Float32Array, readonly number[]])[],
): void {
  const tf = tensorflow();
  model.add(layer);
  const tensors: Tensor[] = values.map(([data, shape]) => tf.tensor(data, [...shape], 'float32'));
  try {
    if (tensors.length > 0) layer.setWeights(tensors);
  } finally {
    tf.dispose(tensors);
  }
}
