/** All layers of a model, those within other layers included: their weights, and which of them are trained. */
import type { LayersModel, Tensor, Variable, layers } from '@tensorflow/tfjs-node';

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
