/**
 * What layers of TensorFlow.js do otherwise than Keras in training, put right in a model that is ours alone. Reads fields of
 * layers that are not public, as ../tfjs-layers.ts does, and of the same version.
 */
import type { LayersModel, Tensor } from '@tensorflow/tfjs-node';
import { tensorflow } from '../../tensorflow.ts';
import { everyLayer, type L1L2, type Layer } from '../tfjs-layers.ts';

/** What is changed of layers. */
interface Changed {
  call: Layer['call'];
  /** Of batch normalisation. */
  readonly movingMean: { readonly shape: number[] };
  gamma?: { read(): Tensor };
  beta?: { read(): Tensor };
  /** Of a thresholded relu. */
  readonly theta: number;
}

/** What is changed of layer normalisation. */
interface Scaled extends Pick<Changed, 'gamma' | 'beta'> {
  readonly axis: readonly number[];
  readonly input: { readonly shape: number[] };
  scale: boolean;
  center: boolean;
}

/** Lets a model train as Keras does. It is changed for good. */
export function trainAsKeras(model: LayersModel): void {
  for (const { layer, frozen } of everyLayer(model)) {
    const fields = layer as unknown as Changed;
    if (layer.getClassName() === 'BatchNormalization') normaliseAsKeras(fields, frozen);
    if (layer.getClassName() === 'LayerNormalization') scaleAsKeras(layer as unknown as Scaled);
    // tfjs asks for the slope of its comparison, which has none.
    if (layer.getClassName() === 'ThresholdedReLU')
      fields.call = (inputs) => {
        const x = [inputs].flat()[0]!;
        return x.mul(x.sub(fields.theta).step());
      };
    for (const part of Object.values(layer) as unknown[]) if (isPenalty(part)) penaliseAsKeras(part);
  }
}

/**
 * Frozen batch normalisation goes by its moving statistics in training, too, and leaves them as they are, as in Keras since
 * 2.1.3 (tfjs moves them all the same). Without `scale` or `center` it can be trained (tfjs reads weights that are not there).
 */
function normaliseAsKeras(layer: Changed, frozen: boolean): void {
  const { shape } = layer.movingMean;
  layer.gamma ??= { read: () => tensorflow().ones(shape) };
  layer.beta ??= { read: () => tensorflow().zeros(shape) };
  if (!frozen) return;
  const call = layer.call.bind(layer);
  layer.call = (inputs, kwargs) => call(inputs, { ...kwargs, training: false });
}

/** Layer normalisation without a scale or a centre, of which tfjs knows no gradient: a scale of 1, a centre of 0. */
function scaleAsKeras(layer: Scaled): void {
  const shape = layer.axis.map((axis) => layer.input.shape[axis]!);
  layer.gamma ??= { read: () => tensorflow().ones(shape) };
  layer.beta ??= { read: () => tensorflow().zeros(shape) };
  layer.scale = layer.center = true;
}

function isPenalty(part: unknown): part is L1L2 & { apply: (weight: Tensor) => Tensor } {
  const named = part as { getClassName?: () => string } | null | undefined;
  return typeof named?.getClassName === 'function' && named.getClassName() === 'L1L2';
}

/** Where a weight is 0, as biases are at the start, its L1 penalty has the slope 0 (in tfjs: -1, which pushes it away). */
function penaliseAsKeras(penalty: L1L2 & { apply: (weight: Tensor) => Tensor }): void {
  const { l1, l2 } = penalty;
  penalty.apply = (weight) =>
    tensorflow().tidy(() => absolute(weight).sum().mul(l1).add(weight.square().sum().mul(l2)));
}

/** The absolute value, with the slope 0 at 0. */
export function absolute(x: Tensor): Tensor {
  return x.mul(x.sign());
}
