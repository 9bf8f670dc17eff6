/** A model's layers as a description that outlives it: models are built from it and compared by it. */
import type { LayersModel, Optimizer } from '@tensorflow/tfjs-node';
import { messageOf } from '../../errors.ts';
import { tensorflow } from '../../tensorflow.ts';
import {
  renewDropoutMasks,
  everyLayer,
  fieldsOf,
  everyWeight,
  ownWeights,
  setSwitches,
  switchesOf,
  type Switches,
} from '../tfjs-layers.ts';
import { invalidOption } from '../../options.ts';

type Config = Readonly<Record<string, unknown>>;
interface ModelClass {
  fromConfig(make: ModelClass, config: Config): LayersModel;
}

/** The layers of a model, kept as their description: it outlives the model. */
export interface Blueprint {
  readonly make: ModelClass;
  readonly config: Config;
  /** What is trained of it, which tfjs leaves out of the description of a model in a model. */
  readonly switches: Switches;
  /** Classes and weights of all layers, to see that a copy has the same. */
  readonly outline: string;
}

/** Takes a model's description. */
export function blueprintOf(model: LayersModel): Blueprint {
  return {
    make: model.constructor as unknown as ModelClass,
    config: model.getConfig(),
    switches: switchesOf(model),
    outline: outlineOf(model),
  };
}

function outlineOf(model: LayersModel): string {
  const layers = everyLayer(model).map(({ layer }) => {
    const { losses } = fieldsOf(layer);
    const shapes = ownWeights(layer).map(({ shape }) => `[${shape.join()}]`);
    return `${layer.getClassName()} ${shapes.join(' ')} ${'layers' in layer ? '' : (losses?.length ?? 0)}`;
  });
  return layers.join('\n');
}

/**
 * Builds a model of the same layers.
 *
 * @param values all its weights one after the other, in the order of the layers
 * @returns the caller disposes it
 * @throws InvalidOptionError (`ST_OPTION_INVALID`) where a layer does not describe itself whole
 */
export function buildClone(blueprint: Blueprint, values: readonly Float32Array[]): LayersModel {
  const model = buildBare(blueprint, values);
  renewDropoutMasks(model);
  return model;
}

/** Builds a model of the same layers and weights with tfjs's own dropout. The caller disposes it. */
export function buildBare(blueprint: Blueprint, values: readonly Float32Array[]): LayersModel {
  const { make, config, switches, outline } = blueprint;
  const model = describedModel(make, config);
  try {
    if (outlineOf(model) !== outline)
      throw invalidOption(
        'model',
        model.name,
        'layers that can be built from their getConfig() alone (a layer of your own, or one with addLoss, cannot)',
      );
    setSwitches(model, switches);
    setWeights(model, values);
    return model;
  } catch (error) {
    model.dispose();
    throw error;
  }
}

function describedModel(make: ModelClass, config: Config): LayersModel {
  const tf = tensorflow();
  let model: LayersModel;
  try {
    // tfjs's LSTM leaves four tensors behind where it makes its bias of parts (unitForgetBias).
    tf.tidy(() => {
      // A copy, as tfjs takes the description apart.
      model = make.fromConfig(make, structuredClone(config));
      for (const { layer } of everyLayer(model))
        for (const value of Object.values(layer).flat() as unknown[])
          if (value instanceof tf.Tensor) tf.keep(value);
    });
    return model!;
  } catch (error) {
    const expected = `layers, regularizers and constraints that tfjs can build from their description (${messageOf(error)})`;
    throw invalidOption('model', config['name'], expected);
  }
}

/** All weights of a model, layer after layer. */
export function weightValues(model: LayersModel): Float32Array[] {
  return everyWeight(model).map(({ val }) => (val.dataSync() as Float32Array).slice());
}

/** Sets all weights of a model, layer after layer, to exactly these values. */
export function setWeights(model: LayersModel, values: readonly Float32Array[]): void {
  const tf = tensorflow();
  for (const [i, { val }] of everyWeight(model).entries())
    tf.tidy(() => val.assign(tf.tensor(values[i]!, val.shape, val.dtype)));
}

/** Keys whose texts are names of layers. */
const namesOfLayers = new Set(['name', 'inboundNodes', 'inputLayers', 'outputLayers']);

/**
 * The description without what differs from process to process or does not matter once weights are there: names become
 * numbers in order of appearance; initializers and seeds are left out.
 */
export function describeModel({ config, switches }: Pick<Blueprint, 'config' | 'switches'>): unknown {
  const numbers = new Map<string, string>();
  const numberOf = (name: string) => {
    const found = numbers.get(name) ?? `#${numbers.size}`;
    numbers.set(name, found);
    return found;
  };
  const plain = (value: unknown, isName: boolean): unknown => {
    if (typeof value === 'string') return isName ? numberOf(value) : value;
    if (Array.isArray(value)) return value.map((part) => plain(part, isName));
    if (typeof value !== 'object' || value === null) return value;
    const kept = Object.entries(value).filter(([key]) => !/initializer$/i.test(key) && key !== 'seed');
    return Object.fromEntries(
      kept.map(([key, part]) => [key, plain(part, isName || namesOfLayers.has(key))]),
    );
  };
  const trained = switches.map(({ layer, weights }) => [layer, ...weights].map(Number).join(''));
  return { config: plain(config, false), trained: trained.join(' ') };
}

/** An optimizer of tfjs by its class and settings, all but the learning rate, which may be another for the next life. */
export function describeOptimizer(optimizer: Optimizer): unknown {
  const { learningRate: _, ...settings } = optimizer.getConfig();
  return { kind: optimizer.getClassName(), ...settings };
}
