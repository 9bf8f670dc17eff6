/** A model as its layers, weights and what happens to rows before it: what every format is written from. */
import type { LayersModel } from '@tensorflow/tfjs-node';
import { allFinite, type RowValues } from '../finite.ts';
import { weightValues } from '../model/step/blueprint.ts';
import { activationOfLogits, type LossPlan } from '../model/step/losses.ts';
import { type LayerPlan, type ModelPlan, sizeOf, type WeightPlan } from '../model/step/plan.ts';
import { readLayers, Unsupported } from '../model/step/read-layers.ts';
import type { RowTransformation } from '../scaling/online-transformer.ts';
import type { State } from '../state.ts';
import { ExportUnsupportedError } from './errors.ts';

/** Numbers that layers compute in. */
export type Precision = 'float32' | 'float64';

/** A model that can be written in any format. */
export interface PortableModel {
  readonly plan: ModelPlan;
  /** What its layers compute in here: networks in float32, linear models in float64. Their weights are of it. */
  readonly precision: Precision;
  readonly valueOf: (weight: WeightPlan) => RowValues;
  /** What raw rows pass through before the first layer, in order, in float64. */
  readonly before: readonly RowTransformation[];
  /** What the outputs (two, of a single probability) are called. */
  readonly classes?: readonly string[];
}

/** Layers and weights, without what is before them. */
export type PortableLayers = Pick<PortableModel, 'plan' | 'precision' | 'valueOf'>;

/** @throws ExportUnsupportedError (`ST_EXPORT_UNSUPPORTED`) that names the layer */
export function layersOfModel(model: LayersModel): PortableLayers {
  const plan = readLayers(model);
  if (plan instanceof Unsupported)
    throw new ExportUnsupportedError({
      format: '',
      problem: plan.reason,
      toDo: 'What can be is a Sequential of dense, activation, batch normalisation, dropout, flatten and reshape layers.',
    });
  const values = weightValues(model);
  const valueOf = finite(new Map(plan.weights.map((weight, i) => [weight, values[i]!])));
  return { plan, precision: 'float32', valueOf };
}

/** What the state of a compiled training step says of its model; the rest of it is the optimizer's. */
interface StepDescription {
  readonly features: number;
  readonly layers: readonly LayerPlan[];
  readonly loss: LossPlan;
  /** It was trained by plain tfjs, whose layers the state names by numbers. */
  readonly fallback?: boolean;
}

/**
 * The model whose state a compiled training step saved.
 *
 * @throws ExportUnsupportedError (`ST_EXPORT_UNSUPPORTED`)
 */
export function layersOfState(state: State): PortableLayers {
  const { model, arrays } = (state ?? {}) as {
    model?: unknown;
    arrays?: Readonly<Record<string, Float32Array>>;
  };
  if (typeof model !== 'string' || !arrays) throw notOurs('it is no state of a network');
  const description = JSON.parse(model) as StepDescription;
  if (description.fallback === true)
    throw new ExportUnsupportedError({
      format: '',
      problem:
        'it has layers that are trained by plain TensorFlow.js (its optimizer or loss may be the reason, too), and its ' +
        'checkpoint does not hold them whole',
      toDo: 'Restore the checkpoint into the model it was made with, and save that with saveModel(step.toLayersModel(), folder).',
    });
  const { features, loss } = description;
  const weights = description.layers.flatMap(weightsOf);
  const layers = withPredictionActivation(description.layers, loss);
  const values = new Map<WeightPlan, Float32Array>();
  for (const [name, kept] of [
    ['weights', weights.filter(({ trainable }) => trainable)],
    ['fixed', weights.filter(({ trainable }) => !trainable)],
  ] as const) {
    let from = 0;
    for (const weight of kept) {
      const size = sizeOf(weight.shape);
      values.set(weight, arrays[name]!.slice(from, from + size));
      from += size;
    }
    if (arrays[name]?.length !== from) throw notOurs(`its ${name} are not ${from} numbers`);
  }
  return { plan: planOf(features, layers), precision: 'float32', valueOf: finite(values) };
}

/**
 * The bias of a class that was never seen, whose probability is 0: below every sum of features, so that its exponential is 0.
 */
export const NEVER = -Number.MAX_VALUE;

/** A dense layer with an activation behind it, in float64: what the linear models are. `kernel` is `features x outputs`. */
export function layersOfDense(
  kernel: ArrayLike<number>,
  bias: ArrayLike<number>,
  activation: 'linear' | 'sigmoid' | 'softmax',
): PortableLayers {
  const [outputs, features] = [bias.length, kernel.length / bias.length];
  const weight = (name: string, shape: readonly number[]) => ({
    ...{ name, shape, trainable: true, l1: 0, l2: 0 },
  });
  const dense = {
    kind: 'dense',
    units: outputs,
    kernel: weight('kernel', [features, outputs]),
    bias: weight('bias', [outputs]),
  } as const;
  const layers: LayerPlan[] = [dense, { kind: 'activation', activation: { kind: activation } }];
  const values = new Map<WeightPlan, Float64Array>([
    [dense.kernel, Float64Array.from(kernel)],
    [dense.bias, Float64Array.from(bias)],
  ]);
  return { plan: planOf(features, layers), precision: 'float64', valueOf: finite(values) };
}

/** What rows are given in where they need not be float32: raw ones in float64, as the scalers or a linear model take them. */
export const rowsOf = ({ before, precision }: Pick<PortableModel, 'before' | 'precision'>): Precision =>
  before.length > 0 ? 'float64' : precision;

/** The weights of a layer, in the order in which layers make them. */
function weightsOf(layer: LayerPlan): WeightPlan[] {
  return Object.values(layer).filter(
    (part: unknown): part is WeightPlan => typeof part === 'object' && part !== null && 'shape' in part,
  );
}

/** Where the loss takes logits, a prediction passes through an activation that is no layer. */
function withPredictionActivation(layers: readonly LayerPlan[], loss: LossPlan): readonly LayerPlan[] {
  const behind = activationOfLogits(loss);
  return behind ? [...layers, { kind: 'activation', activation: behind }] : layers;
}

function planOf(features: number, layers: readonly LayerPlan[]): ModelPlan {
  const outputs = layers.reduce((size, layer) => (layer.kind === 'dense' ? layer.units : size), features);
  return { features, outputs, layers, weights: layers.flatMap(weightsOf) };
}

/** Looks values up, none of which may be NaN or infinite. */
function finite(values: ReadonlyMap<WeightPlan, RowValues>): PortableModel['valueOf'] {
  for (const value of values.values())
    if (!allFinite(value)) throw notOurs('its weights are NaN or infinite: it had diverged');
  return (weight) => values.get(weight)!;
}

function notOurs(problem: string): ExportUnsupportedError {
  return new ExportUnsupportedError({ format: '', problem });
}
