/** Compares a step with the model it was made from, so that a setting of a layer that was misread is never trained on. */
import type { LayersModel, Tensor } from '@tensorflow/tfjs-node';
import { messageOf } from '../../errors.ts';
import { mulberry32 } from '../../random.ts';
import { tensorflow } from '../../tensorflow.ts';
import { ModelOptionError } from '../errors.ts';
import { eagerPredictions } from './eager-losses.ts';
import { disposeMasks } from './fallback-layers.ts';
import { everyLayer } from './layer-tree.ts';
import type { LossPlan } from './losses.ts';
import { sizeOf } from './plan.ts';

const ROWS = 3;
/** Rounding differs between ways of computing the same; a misread setting differs by far more. */
const TOLERANCE = 1e-3;

/** Rows, and what the model itself predicts for them. */
export interface Sample {
  readonly rows: number;
  readonly xs: Float32Array;
  readonly predictions: Float32Array;
}

/**
 * Lets a model predict a few made-up rows; of an embedding, indices it has.
 *
 * @throws ModelOptionError (`ST_MODEL_OPTION`) when it cannot
 */
export function samplePredictions(
  model: LayersModel,
  input: readonly number[],
  loss: LossPlan | undefined,
): Sample {
  const tf = tensorflow();
  const random = mulberry32(1);
  const indices = everyLayer(model).map(({ layer }) => (layer as { inputDim?: number }).inputDim ?? Infinity);
  const least = indices.reduce((a, b) => Math.min(a, b), Infinity);
  const draw = least < Infinity ? () => Math.floor(random() * least) : () => random() * 4 - 2;
  const xs = Float32Array.from({ length: ROWS * sizeOf(input) }, draw);
  try {
    const predictions = tf.tidy(() => {
      const outputs = model.apply(tf.tensor(xs, [ROWS, ...input]), { training: false }) as Tensor;
      return Float32Array.from(eagerPredictions(loss, outputs).dataSync());
    });
    return { rows: ROWS, xs, predictions };
  } catch (error) {
    throw new ModelOptionError('model', model.name, `a model that can predict (${messageOf(error)})`);
  } finally {
    disposeMasks(model);
  }
}

/** Whether predictions are those of the sample but for rounding. */
export function agrees({ predictions }: Sample, found: Float32Array): boolean {
  let largest = 1;
  for (const value of predictions) largest = Math.max(largest, Math.abs(value));
  return predictions.every((value, i) => Math.abs(value - found[i]!) <= TOLERANCE * largest);
}
