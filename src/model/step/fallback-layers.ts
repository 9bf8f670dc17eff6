/** What layers of tfjs need so that the fallback trains them as Keras does, and repeatably. */
import type { LayersModel, Tensor } from '@tensorflow/tfjs-node';
import { tensorflow } from '../../tensorflow.ts';
import { ModelOptionError } from '../errors.ts';
import { everyLayer, type Layer } from './layer-tree.ts';

interface LayerInside {
  call: Layer['call'];
  readonly stateful?: boolean;
  readonly dropout?: number;
  readonly recurrentDropout?: number;
  dropoutMask?: Tensor | Tensor[] | null;
  recurrentDropoutMask?: Tensor | Tensor[] | null;
}

const insideOf = (layer: Layer) => layer as unknown as LayerInside;

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

/**
 * Lets frozen batch normalisation go by its moving statistics in training, too, and leave them as they are, as Keras has done
 * since 2.1.3 (tfjs moves them all the same).
 */
export function keepFrozenStatistics(model: LayersModel): void {
  for (const { layer, frozen } of everyLayer(model)) {
    if (!frozen || layer.getClassName() !== 'BatchNormalization') continue;
    const inside = insideOf(layer);
    const call = inside.call.bind(layer);
    inside.call = (inputs, kwargs) => call(inputs, { ...kwargs, training: false });
  }
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
 * @throws ModelOptionError (`ST_MODEL_OPTION`)
 */
export function refuseStateful(model: LayersModel): void {
  for (const { layer } of everyLayer(model)) {
    if (insideOf(layer).stateful === true && !('layers' in layer))
      throw new ModelOptionError(
        'model',
        `${layer.name} (stateful)`,
        'layers without a state between mini-batches',
      );
  }
}
