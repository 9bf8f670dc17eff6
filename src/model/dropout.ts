/** Makes seeded dropout draw a new mask at every step, repeatably. */
import type { LayersModel, layers } from '@tensorflow/tfjs-node';
import { mixSeeds } from '../random.ts';

type Layer = layers.Layer;
/** What tfjs-layers keeps private: the layer's seed, and the call that reads it. */
interface DropoutInside {
  seed?: number | null;
  rate: number;
  call: Layer['call'];
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
    const inside = layer as unknown as DropoutInside;
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
