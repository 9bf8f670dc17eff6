/** Reads a tf.Sequential as a plan, or says which part of it is not known. */
import type { LayersModel, layers } from '@tensorflow/tfjs-node';
import type { ActivationPlan, LayerPlan, ModelPlan, WeightPlan } from './plan.ts';
import { sizeOf } from './plan.ts';

type Layer = layers.Layer;
/** What the layers we know keep as fields. */
interface LayerInside {
  readonly activation?: { getClassName(): string } | null;
  readonly units: number;
  readonly rate: number;
  readonly noiseShape?: unknown;
  readonly alpha?: number;
  readonly maxValue?: number | null;
  readonly axis: number;
  readonly momentum: number;
  readonly epsilon: number;
  readonly center: boolean;
  readonly scale: boolean;
  readonly activityRegularizer?: unknown;
  readonly layers?: Layer[];
  readonly inboundNodes: { inputShapes: (number | null)[][] }[];
  readonly [other: `${string}Regularizer`]: unknown;
  readonly [other: `${string}Constraint`]: unknown;
}
interface L1L2 {
  getClassName(): string;
  readonly l1: number;
  readonly l2: number;
}

/** Why a model cannot be compiled. */
export class Unsupported {
  readonly reason: string;

  constructor(reason: string) {
    this.reason = reason;
  }
}

const activations = new Set<string>([
  'linear',
  'relu',
  'relu6',
  'elu',
  'selu',
  'sigmoid',
  'softmax',
  'softplus',
  'softsign',
  'tanh',
]);

/** All layers of a Sequential, those of Sequentials within it included; undefined if it is no such model. */
export function layersOf(model: LayersModel): readonly Layer[] | undefined {
  if (model.getClassName() !== 'Sequential') return undefined;
  const found: Layer[] = [];
  for (const layer of model.layers) {
    const nested = 'layers' in layer ? layersOf(layer as unknown as LayersModel) : [layer];
    if (!nested) return undefined;
    found.push(...nested);
  }
  return found;
}

/** The plan of a model, or why there is none. */
export function readLayers(model: LayersModel): ModelPlan | Unsupported {
  const list = layersOf(model);
  if (!list) return new Unsupported(`the model is a ${model.getClassName()}, not a Sequential`);
  if (new Set(list).size !== list.length) return new Unsupported('a layer is used twice');
  const plans: LayerPlan[] = [];
  const weights: WeightPlan[] = [];
  for (const layer of list) {
    const made = readLayer(layer);
    if (made instanceof Unsupported) return made;
    plans.push(...made.plans);
    weights.push(...made.weights);
  }
  const features = rowSize(model.inputs[0]!.shape);
  const output = model.outputs[0]!.shape;
  if (features === undefined) return new Unsupported('the size of a row is not fixed');
  if (output.length !== 2 || typeof output[1] !== 'number')
    return new Unsupported(`the output's shape is [${output.join()}], not [rows, values]`);
  return { features, outputs: output[1], layers: plans, weights };
}

interface Read {
  readonly plans: readonly LayerPlan[];
  readonly weights: readonly WeightPlan[];
}

function readLayer(layer: Layer): Read | Unsupported {
  const inside = layer as unknown as LayerInside;
  const kind = layer.getClassName();
  const refuse = (why: string) => new Unsupported(`layer ${layer.name} (${kind}) ${why}`);
  const input = inside.inboundNodes[0]!.inputShapes[0]!;
  const flat = input.length === 2;
  if (inside.activityRegularizer) return refuse('has an activity regularizer');
  const constraint = Object.keys(layer).find(
    (key) => key.endsWith('Constraint') && inside[key as 'xConstraint'],
  );
  if (constraint !== undefined) return refuse(`has a ${constraint}`);
  const weights = layer.weights.map((weight, i): WeightPlan | Unsupported => {
    const name = weightName(weight.originalName);
    const penalty = inside[`${name}Regularizer`] as L1L2 | null | undefined;
    if (penalty && penalty.getClassName() !== 'L1L2')
      return refuse(`has an unknown regularizer of its ${name}`);
    const trainable = layer.trainableWeights.includes(layer.weights[i]!);
    return {
      name: `${layer.name}/${name}`,
      shape: weight.shape as number[],
      trainable,
      l1: penalty?.l1 ?? 0,
      l2: penalty?.l2 ?? 0,
    };
  });
  const unknown = weights.find((weight) => weight instanceof Unsupported);
  if (unknown) return unknown;
  const known = weights as readonly WeightPlan[];
  const named = (name: string) => known.find((weight) => weight.name === `${layer.name}/${name}`);
  const activation = (plan: ActivationPlan): Read => ({
    plans: plan.kind === 'linear' ? [] : [{ kind: 'activation', activation: plan }],
    weights: [],
  });

  switch (kind) {
    case 'InputLayer':
    case 'Flatten':
    case 'Reshape':
      return { plans: [], weights: [] };
    case 'Dropout': {
      if (inside.noiseShape) return refuse('has a noise shape');
      const size = rowSize(input);
      if (size === undefined) return refuse('has rows of no fixed size');
      return { plans: inside.rate > 0 ? [{ kind: 'dropout', rate: inside.rate, size }] : [], weights: [] };
    }
    case 'Activation':
    case 'Dense': {
      const name = inside.activation?.getClassName() ?? 'linear';
      if (!activations.has(name)) return refuse(`has the activation ${name}`);
      if (!flat && (kind === 'Dense' || name === 'softmax'))
        return refuse('has an input of more than one dimension a row');
      const after = activation({ kind: name as ActivationPlan['kind'] });
      if (kind === 'Activation') return after;
      const bias = named('bias');
      const dense: LayerPlan = {
        kind: 'dense',
        units: inside.units,
        kernel: named('kernel')!,
        ...(bias && { bias }),
      };
      return { plans: [dense, ...after.plans], weights: known };
    }
    case 'ReLU':
      if (inside.maxValue === 6) return activation({ kind: 'relu6' });
      return (inside.maxValue ?? undefined) === undefined
        ? activation({ kind: 'relu' })
        : refuse('has a maximum other than 6');
    case 'LeakyReLU':
      return activation({ kind: 'leakyRelu', alpha: inside.alpha ?? 0.3 });
    case 'ELU':
      return activation({ kind: 'elu' });
    case 'Softmax':
      if (!flat || ![-1, 1].includes(inside.axis)) return refuse('does not go over the values of a row');
      return activation({ kind: 'softmax' });
    case 'BatchNormalization': {
      if (!flat || ![-1, 1].includes(inside.axis)) return refuse('does not go over the values of a row');
      if (!layer.trainable) return refuse('is frozen');
      const gamma = named('gamma');
      const beta = named('beta');
      const { momentum, epsilon } = inside;
      const mean = named('moving_mean')!;
      const variance = named('moving_variance')!;
      const own = { ...(gamma && { gamma }), ...(beta && { beta }), mean, variance };
      return { plans: [{ kind: 'batchNorm', size: input[1]!, momentum, epsilon, ...own }], weights: known };
    }
    default:
      return refuse('is not known');
  }
}

/** `dense_Dense1/kernel` -> `kernel`. */
const weightName = (name: string): string => name.split('/').at(-1)!.replace(/_\d+$/, '');

function rowSize(shape: readonly (number | null)[]): number | undefined {
  const row = shape.slice(1);
  return row.every((size) => typeof size === 'number') ? sizeOf(row) : undefined;
}
