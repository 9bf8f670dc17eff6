/** Builds tf.LayersModels of the same layers as a model, from its description. */
import type { LayersModel, Tensor } from '@tensorflow/tfjs-node';
import { tensorflow } from '../../tensorflow.ts';
import { renewDropoutMasks } from '../dropout.ts';
import { layersOf } from './read-layers.ts';
import { sizeOf } from './plan.ts';

type Config = Readonly<Record<string, unknown>>;
interface ModelClass {
  fromConfig(make: ModelClass, config: Config): LayersModel;
}

/** The layers of a model, kept as their description: it outlives the model. */
export interface Blueprint {
  readonly make: ModelClass;
  readonly config: Config;
}

/** Takes a model's description. */
export function blueprintOf(model: LayersModel): Blueprint {
  return { make: model.constructor as unknown as ModelClass, config: model.getConfig() };
}

/**
 * Builds a model of the same layers.
 *
 * @param values all its weights one after the other, in the order of the layers
 * @returns the caller disposes it
 */
export function buildClone(blueprint: Blueprint, values: readonly Float32Array[]): LayersModel {
  const model = buildBare(blueprint);
  setWeights(model, values);
  renewDropoutMasks(model);
  return model;
}

/** Builds a model of the same layers with weights of its own and tfjs's own dropout. The caller disposes it. */
export function buildBare({ make, config }: Blueprint): LayersModel {
  // A copy, as tfjs takes the description apart.
  return make.fromConfig(make, structuredClone(config));
}

/** All weights of a model, layer after layer. */
export function weightValues(model: LayersModel): Float32Array[] {
  return weightTensors(model).map((tensor) => (tensor.dataSync() as Float32Array).slice());
}

/** Sets all weights of a model, layer after layer. */
export function setWeights(model: LayersModel, values: readonly Float32Array[]): void {
  const tf = tensorflow();
  let next = 0;
  for (const layer of layersWithin(model)) {
    tf.tidy(() => {
      const tensors = layer.weights.map(({ shape }) => tf.tensor(values[next++]!, shape as number[]));
      if (tensors.length > 0) layer.setWeights(tensors);
    });
  }
}

/** Cuts one array into arrays of the weights' sizes. */
export function cutUp(values: Float32Array, shapes: readonly (readonly number[])[]): Float32Array[] {
  let from = 0;
  return shapes.map((shape) => values.slice(from, (from += sizeOf(shape))));
}

function weightTensors(model: LayersModel): Tensor[] {
  return layersWithin(model).flatMap((layer) => layer.weights.map((weight) => weight.read()));
}

/** The layers that hold the weights of a model. */
export const layersWithin = (model: LayersModel) => layersOf(model) ?? model.layers;
