/**
 * The parts of tfjs-layers and tfjs-core that are not public: what layers keep as fields, and what a model keeps of
 * `compile`. No other file of this project reads them, but for step/as-keras.ts, which changes what some layers do.
 *
 * Why: the public API says neither which weights a layer within a layer has, nor which of them gradients change, nor gives
 * a dropout layer another seed at each step. Read from, and tried on, @tensorflow/tfjs-layers 4.22.0 (as
 * @tensorflow/tfjs-node 4.22.0 brings it). Where a part is absent, TfjsLayersError (`ST_MODEL_TFJS_LAYERS`) says so; a field
 * that means something else is noticed by `compileTrainStep`, which compares predictions before it hands a step out.
 */
import type { LayersModel, Optimizer, Scalar, Tensor, Variable, layers } from '@tensorflow/tfjs-node';
import { tensorflow } from '../tensorflow.ts';
import { invalidOption } from '../options.ts';
import { TfjsLayersError } from './errors.ts';
import { mixSeeds } from '../random.ts';

/** A layer as tfjs-layers has it. */
export type Layer = layers.Layer;

/** A weight as tfjs-layers keeps it. */
export interface LayerWeight {
  readonly val: Variable;
  readonly shape: readonly (number | null)[];
  readonly originalName: string;
  trainable: boolean;
  readonly constraint: { apply(weight: Tensor): Tensor } | null;
}

/** What tfjs-layers keeps as fields of its layers. */
interface LayerInside {
  readonly _trainableWeights: LayerWeight[];
  readonly _nonTrainableWeights: LayerWeight[];
  /** Of models. */
  readonly layers?: readonly Layer[];
  /** Of wrappers, such as a TimeDistributed; also where a Bidirectional came from. */
  readonly layer?: Layer;
  readonly forwardLayer?: Layer;
  readonly backwardLayer?: Layer;
  /** Of recurrent layers. */
  readonly cell?: Layer;
  readonly cells?: readonly Layer[];
  readonly stateful?: boolean;
  readonly dropout?: number;
  readonly recurrentDropout?: number;
  dropoutMask?: Tensor | Tensor[] | null;
  recurrentDropoutMask?: Tensor | Tensor[] | null;
  /** Of dropout layers. */
  seed?: number | null;
  call: Layer['call'];
}

const insideOf = (layer: object) => layer as unknown as LayerInside;

/** A layer in its place. */
export interface PlacedLayer {
  readonly layer: Layer;
  /** It, or a model it is in, was set `trainable = false`. */
  readonly frozen: boolean;
}

/** All layers, each before those within it; a layer that is used in several places comes at each of them. */
export function everyLayer(model: LayersModel): PlacedLayer[] {
  const found: PlacedLayer[] = [];
  const visit = (layer: Layer, frozenAbove: boolean) => {
    const frozen = frozenAbove || !layer.trainable;
    found.push({ layer, frozen });
    for (const child of childrenOf(layer)) visit(child, frozen);
  };
  const frozen = !model.trainable;
  for (const layer of model.layers) visit(layer, frozen);
  return found;
}

function childrenOf(layer: Layer): readonly Layer[] {
  const { layers, layer: wrapped, forwardLayer, backwardLayer, cell, cells } = insideOf(layer);
  if (layers) return layers;
  if (forwardLayer && backwardLayer) return [forwardLayer, backwardLayer];
  if (cells) return cells;
  return [wrapped, cell].filter((child) => child !== undefined);
}

/** A layer's own weights in the order they were made, whether they are trained or not; not those of layers within it. */
export function ownWeights(layer: Layer): LayerWeight[] {
  const { _trainableWeights, _nonTrainableWeights } = insideOf(layer);
  if (!Array.isArray(_trainableWeights) || !Array.isArray(_nonTrainableWeights))
    throw new TfjsLayersError({
      missing: `the lists of weights of layer ${layer.name}`,
      version: versionOf(),
    });
  return [..._trainableWeights, ..._nonTrainableWeights];
}

/** All weights of a model, layer after layer, each once. */
export function everyWeight(model: LayersModel): LayerWeight[] {
  return [...new Set(everyLayer(model).flatMap(({ layer }) => ownWeights(layer)))];
}

/** The layers that have weights of their own, each once: those whose penalties count, which a layer around them only repeats. */
export function weightedLayers(model: LayersModel): Layer[] {
  const layers = new Set(everyLayer(model).map(({ layer }) => layer));
  return [...layers].filter((layer) => ownWeights(layer).length > 0);
}

/** The weights that gradients change: neither they, nor their layer, nor a model it is in are set `trainable = false`. */
export function trainedWeights(model: LayersModel): Set<LayerWeight> {
  const { trainableWeights } = model as unknown as { trainableWeights: LayerWeight[] };
  return new Set(trainableWeights);
}

/** What is trained of a model: for each layer in the order of {@link everyLayer} its switch and those of its weights. */
export type Switches = readonly { readonly layer: boolean; readonly weights: readonly boolean[] }[];

/** Which layers and weights are switched to be trained. */
export function switchesOf(model: LayersModel): Switches {
  return [
    { layer: model.trainable, weights: [] },
    ...everyLayer(model).map(({ layer }) => ({
      layer: layer.trainable,
      weights: ownWeights(layer).map(({ trainable }) => trainable),
    })),
  ];
}

/** Switches a model of the same layers. */
export function setSwitches(model: LayersModel, switches: Switches): void {
  const [whole, ...each] = switches;
  model.trainable = whole!.layer;
  const layers = everyLayer(model);
  // From the outside in: a layer's switch also turns those of its weights and of the layers in it.
  for (const [i, { layer }] of layers.entries()) layer.trainable = each[i]!.layer;
  for (const [i, { layer }] of layers.entries())
    for (const [w, weight] of ownWeights(layer).entries()) weight.trainable = each[i]!.weights[w]!;
}

/** Layers whose noise takes no seed in tfjs. */
const noisy = new Set(['GaussianNoise', 'GaussianDropout', 'AlphaDropout']);

/** The layers of a model that draw numbers by a seed of theirs, each once. */
export function seededLayers(model: LayersModel): { seed?: number }[] {
  const layers = new Set(everyLayer(model).map(({ layer }) => layer));
  const drawing = ['Dropout', 'SpatialDropout1D'];
  return [...layers].filter((layer) => drawing.includes(layer.getClassName())) as { seed?: number }[];
}

/** The first layer whose draws no seed fixes: two runs of it differ. */
export function unseededLayer(model: LayersModel): string | undefined {
  const found = everyLayer(model).find(({ layer }) => {
    const { dropout = 0, recurrentDropout = 0 } = insideOf(layer);
    return noisy.has(layer.getClassName()) || dropout > 0 || recurrentDropout > 0;
  });
  return found && `${found.layer.name} (${found.layer.getClassName()})`;
}

/** Frees the masks that recurrent layers keep from call to call, which tfjs leaves behind. */
export function disposeMasks(model: LayersModel): void {
  for (const { layer } of everyLayer(model)) {
    const inside = insideOf(layer);
    for (const name of ['dropoutMask', 'recurrentDropoutMask'] as const) {
      if (inside[name]) tensorflow().dispose(inside[name]);
      inside[name] = null;
    }
  }
}

/**
 * Refuses layers that remember the rows of earlier calls: that memory is no part of a state here.
 *
 * @throws InvalidOptionError (`ST_OPTION_INVALID`)
 */
export function refuseStateful(model: LayersModel): void {
  for (const { layer } of everyLayer(model)) {
    if (insideOf(layer).stateful === true && !('layers' in layer))
      throw invalidOption(
        'model',
        layer.name,
        'layers without a state between mini-batches (not stateful ones)',
      );
  }
}

const renewed = new WeakSet<Layer>();

/**
 * Gives every seeded dropout layer of a model a new mask at each training step, drawn from (its seed, the number of
 * training steps since).
 *
 * tfjs hands a dropout layer's seed to every draw alike, so a seeded layer drops **the same units at every step** of
 * the same batch size: they are never trained, yet take part in prediction. Without a seed the masks differ, but so
 * does every run. This counts the steps of each layer instead. The count starts at 0 when the model is built or
 * loaded; it is not saved with it. Calling this twice on a model does nothing more; unseeded layers stay as they are.
 *
 * Source: Srivastava et al., "Dropout" (2014): a new mask for each training case.
 */
export function renewDropoutMasks(model: LayersModel): void {
  for (const layer of model.layers) {
    if (layer.getClassName() !== 'Dropout' || renewed.has(layer)) continue;
    const inside = insideOf(layer);
    const { seed } = inside;
    if (typeof seed !== 'number') continue;
    renewed.add(layer);
    const call = inside.call.bind(layer);
    let step = 0;
    inside.call = (inputs, kwargs) => {
      if (kwargs['training'] !== true) return call(inputs, kwargs);
      inside.seed = mixSeeds(seed, ++step);
      try {
        return call(inputs, kwargs);
      } finally {
        inside.seed = seed;
      }
    };
  }
}

/** What the layers we know keep as fields. */
interface LayerFields {
  readonly activation?: { getClassName(): string } | null;
  readonly units: number;
  readonly rate: number;
  readonly noiseShape?: unknown;
  readonly alpha?: number;
  readonly maxValue?: number | null;
  /** Keras also writes it as a list of one. */
  readonly axis?: number | readonly number[];
  readonly dataFormat?: string | null;
  readonly dtype?: string | null;
  readonly momentum: number;
  readonly epsilon: number;
  readonly activityRegularizer?: unknown;
  readonly losses?: readonly unknown[];
  /** Of embeddings: how many indices there are. */
  readonly inputDim?: number;
  readonly [other: `${string}Regularizer`]: unknown;
  readonly [other: `${string}Constraint`]: unknown;
}

/** A penalty on a weight. */
export interface L1L2 {
  getClassName(): string;
  readonly l1: number;
  readonly l2: number;
}

/** The fields of a layer; which of them it has depends on its class. */
export const fieldsOf = (layer: Layer) => layer as unknown as LayerFields;

/** What a model keeps of `compile`. */
export interface CompiledModel {
  /** Of a Sequential: the model that does its work, and keeps the functions. */
  readonly model?: CompiledModel;
  /** With this set, `model.dispose()` frees the optimizer's tensors too. */
  isOptimizerOwned?: boolean;
  readonly optimizer?: Optimizer;
  readonly loss?: unknown;
  readonly lossFunctions?: readonly ((targets: Tensor, outputs: Tensor) => Tensor)[];
  readonly metricsNames?: readonly string[];
  readonly metricsTensors?: readonly (readonly [(targets: Tensor, outputs: Tensor) => Tensor, number])[];
}

/** The settings that a model was compiled with. */
export const compiledOf = (model: LayersModel) => model as unknown as CompiledModel;

/** What tfjs keeps of operations until the gradients are there. */
interface EngineInside {
  readonly state: { gradientDepth: number; activeTape: { saved?: Tensor[] }[] | null };
}

/** As `tf.variableGrads`, which would leave tensors behind when the loss throws. */
export function gradientsOf(compute: () => Scalar, weights: readonly Variable[]) {
  const tf = tensorflow();
  try {
    return tf.variableGrads(compute, [...weights]);
  } catch (error) {
    const { state } = tf.engine() as unknown as EngineInside;
    if (state.gradientDepth === 0) {
      for (const { saved = [] } of state.activeTape ?? []) tf.dispose(saved);
      state.activeTape = null;
    }
    throw error;
  }
}

/** The version of TensorFlow.js, for errors. */
export function versionOf(): string {
  return (tensorflow().version as Readonly<Record<string, string>>)['tfjs-layers'] ?? 'unknown';
}
