/** Reads a tf.Sequential as a plan, or says which part of it is not known. */
import type { LayersModel } from '@tensorflow/tfjs-node';
import {
  everyLayer,
  fieldsOf,
  type L1L2,
  ownWeights,
  trainedWeights,
  type LayerWeight,
  type PlacedLayer,
} from '../tfjs-layers.ts';
import type { ActivationPlan, LayerPlan, ModelPlan, WeightPlan } from './plan.ts';
import { sizeOf } from './plan.ts';

type RowsShape = readonly (number | null)[];
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

/** The layers of a Sequential in order, those of Sequentials within it included; undefined if it is no such model. */
function chainOf(model: LayersModel): readonly PlacedLayer[] | undefined {
  const placed = everyLayer(model);
  const models = [model, ...placed.map(({ layer }) => layer).filter((layer) => 'layers' in layer)];
  if (models.some((one) => one.getClassName() !== 'Sequential')) return undefined;
  return placed.filter(({ layer }) => !('layers' in layer));
}

/** The plan of a model, or why there is none. */
export function readLayers(model: LayersModel): ModelPlan | Unsupported {
  const chain = chainOf(model);
  if (!chain) {
    const kind = model.getClassName();
    return new Unsupported(
      kind === 'Sequential'
        ? 'a model within it is no Sequential'
        : `the model is a ${kind}, not a Sequential`,
    );
  }
  if (new Set(chain.map(({ layer }) => layer)).size !== chain.length)
    return new Unsupported('a layer is used twice');
  const trained = trainedWeights(model);
  const plans: LayerPlan[] = [];
  const weights: WeightPlan[] = [];
  let shape: RowsShape = model.inputs[0]!.shape;
  for (const placed of chain) {
    const made = readLayer(placed, shape, trained);
    if (made instanceof Unsupported) return made;
    plans.push(...made.plans);
    weights.push(...made.weights);
    if (placed.layer.getClassName() !== 'InputLayer')
      shape = placed.layer.computeOutputShape([...shape]) as RowsShape;
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

function readLayer(
  { layer, frozen }: PlacedLayer,
  input: RowsShape,
  trained: ReadonlySet<LayerWeight>,
): Read | Unsupported {
  const inside = fieldsOf(layer);
  const kind = layer.getClassName();
  const refuse = (why: string) => new Unsupported(`layer ${layer.name} (${kind}) ${why}`);
  const flat = input.length === 2;
  if (inside.dtype && inside.dtype !== 'float32') return refuse(`computes in ${inside.dtype}`);
  if (inside.activityRegularizer) return refuse('has an activity regularizer');
  const constraint = Object.keys(layer).find(
    (key) => key.endsWith('Constraint') && inside[key as 'xConstraint'],
  );
  if (constraint !== undefined) return refuse(`has a ${constraint}`);
  const own = ownWeights(layer);
  const weights = own.map((weight): WeightPlan | Unsupported => {
    if (weight.constraint) return refuse('has a constraint');
    const name = weightName(weight.originalName);
    const penalty = inside[`${name}Regularizer`] as L1L2 | null | undefined;
    if (penalty && penalty.getClassName() !== 'L1L2')
      return refuse(`has an unknown regularizer of its ${name}`);
    return {
      name: `${layer.name}/${name}`,
      shape: weight.shape as number[],
      trainable: trained.has(weight),
      l1: penalty?.l1 ?? 0,
      l2: penalty?.l2 ?? 0,
    };
  });
  const unknown = weights.find((weight) => weight instanceof Unsupported);
  if (unknown) return unknown;
  const known = weights as readonly WeightPlan[];
  const penalties = known.filter(({ name }) => inside[`${name.split('/').at(-1)!}Regularizer`]).length;
  if ((inside.losses?.length ?? 0) !== penalties) return refuse('has a loss of its own (addLoss)');
  const named = (name: string) => known.find((weight) => weight.name === `${layer.name}/${name}`);
  const activation = (plan: ActivationPlan): Read => ({
    plans: plan.kind === 'linear' ? [] : [{ kind: 'activation', activation: plan }],
    weights: [],
  });

  switch (kind) {
    case 'InputLayer':
    case 'Reshape':
      return { plans: [], weights: [] };
    case 'Flatten':
      // It moves the channels behind the places before it flattens them, where there are several of either.
      if ((inside.dataFormat ?? 'channelsLast') !== 'channelsLast' && input.length > 2)
        return refuse(`has the data format ${inside.dataFormat}`);
      return { plans: [], weights: [] };
    case 'Dropout': {
      if (inside.noiseShape) return refuse('has a noise shape');
      if (!(inside.rate >= 0 && inside.rate < 1)) return refuse(`has the rate ${inside.rate}`);
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
      if (!flat || !isLastAxis(inside.axis)) return refuse('does not go over the values of a row');
      return activation({ kind: 'softmax' });
    case 'BatchNormalization': {
      if (!flat || !isLastAxis(inside.axis)) return refuse('does not go over the values of a row');
      const gamma = named('gamma');
      const beta = named('beta');
      const { momentum, epsilon } = inside;
      const mean = named('moving_mean')!;
      const variance = named('moving_variance')!;
      const parts = { ...(gamma && { gamma }), ...(beta && { beta }), mean, variance };
      const plan: LayerPlan = { kind: 'batchNorm', size: input[1]!, momentum, epsilon, frozen, ...parts };
      return { plans: [plan], weights: known };
    }
    default:
      return refuse('is not known');
  }
}

/** Whether an axis, or a list of one as Keras exports it, is that of the values of a row `[rows, values]`. */
function isLastAxis(axis: number | readonly number[] = -1): boolean {
  const [first, ...more] = typeof axis === 'number' ? [axis] : axis;
  return more.length === 0 && (first === -1 || first === 1);
}

/** `dense_Dense1/kernel` -> `kernel`. */
const weightName = (name: string): string => name.split('/').at(-1)!.replace(/_\d+$/, '');

function rowSize(shape: readonly (number | null)[]): number | undefined {
  const row = shape.slice(1);
  return row.every((size) => typeof size === 'number') ? sizeOf(row) : undefined;
}
