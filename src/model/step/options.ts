/** The options of a compiled training step, checked once. */
import type { LayersModel, Optimizer, Tensor } from '@tensorflow/tfjs-node';
import { ModelOptionError } from '../errors.ts';
import type { ClipPlan } from './clip.ts';
import type { LossPlan } from './losses.ts';
import type { OptimizerPlan } from './optimizers.ts';
import { checkOptimizer, type OptimizerName, type OptimizerSettings } from './optimizer-options.ts';
import { Unsupported } from './read-layers.ts';

/** A loss by name; probabilities unless {@link TrainStepOptions.fromLogits} is set. */
export type LossName = LossPlan['kind'];
/** Options of {@link compileTrainStep}. */
export interface TrainStepOptions {
  /** Default: Adam; a `tf.train` optimizer is read for its settings and stays the caller's. */
  optimizer?: OptimizerName | OptimizerSettings | Optimizer;
  /** Default: `binaryCrossentropy`. Functions of your own are taken by the fallback. */
  loss?: LossName | 'mse' | 'mae' | LossFunction;
  /** The output is what a sigmoid or softmax would be applied to; predictions are then probabilities all the same. */
  fromLogits?: boolean;
  /** Where Huber's loss turns from a square into a line. Default 1. */
  huberDelta?: number;
  /** What to compute of each step's predictions. */
  metrics?: readonly 'accuracy'[];
  /** Fixes the dropout masks, together with the step: an integer from 0 to 2^32 - 1. Default 0. */
  seed?: number;
  /** Overrides that of the optimizer. */
  learningRate?: number;
  /** How much rows of a class count; classes left out count 1. */
  classWeights?: Readonly<Record<number, number>>;
  /** Each number of a gradient is kept within plus and minus this. At most one of the three limits may be given. */
  clipValue?: number;
  /** Each weight's gradient is shortened to this Euclidean length. */
  clipNorm?: number;
  /** All gradients together are shortened to this Euclidean length. */
  globalClipNorm?: number;
  /** Called once when the model cannot be compiled, with the reason. Default: `console.warn`. */
  onFallback?: (message: string) => void;
}

/**
 * A loss of one's own, made of differentiable tfjs operations: the loss of each row `[rows]`, or their mean as a scalar
 * (rows can then not be weighted).
 */
export type LossFunction = (targets: Tensor, outputs: Tensor) => Tensor;

/** The options, checked. */
export interface CheckedOptions {
  readonly loss: LossPlan | LossFunction;
  readonly optimizer: OptimizerPlan | Optimizer;
  readonly clip: ClipPlan | undefined;
  readonly learningRate: number;
  readonly seed: number;
  readonly metrics: readonly 'accuracy'[];
  readonly classWeights: ReadonlyMap<number, number> | undefined;
}

const losses: Readonly<Record<string, LossName>> = {
  binaryCrossentropy: 'binaryCrossentropy',
  categoricalCrossentropy: 'categoricalCrossentropy',
  sparseCategoricalCrossentropy: 'sparseCategoricalCrossentropy',
  meanSquaredError: 'meanSquaredError',
  mse: 'meanSquaredError',
  meanAbsoluteError: 'meanAbsoluteError',
  mae: 'meanAbsoluteError',
  huber: 'huber',
};

/** @throws ModelOptionError (`ST_MODEL_OPTION`) */
export function checkStepOptions(options: TrainStepOptions): CheckedOptions {
  const { seed = 0, metrics = [] } = options;
  if (!Number.isInteger(seed) || seed < 0 || seed > 0xffff_ffff)
    throw new ModelOptionError('seed', seed, 'an integer from 0 to 4294967295');
  for (const metric of metrics) {
    if (metric !== 'accuracy') throw new ModelOptionError('metrics', metric, "'accuracy'");
  }
  const { optimizer, learningRate: own } = checkOptimizer(options.optimizer ?? 'adam');
  const learningRate = options.learningRate ?? own;
  checkLearningRate(learningRate);
  return {
    loss: checkLoss(options),
    optimizer,
    clip: checkClip(options),
    learningRate,
    seed,
    metrics,
    classWeights: checkClassWeights(options.classWeights),
  };
}

/** @throws ModelOptionError (`ST_MODEL_OPTION`) unless it is a finite number >= 0 */
export function checkLearningRate(value: number): void {
  if (!(value >= 0 && Number.isFinite(value)))
    throw new ModelOptionError('learningRate', value, 'a number >= 0');
}

/** Why no graph can be built for these options. */
export function unsupportedOptions({ loss, optimizer }: CheckedOptions): Unsupported | undefined {
  if (typeof loss === 'function') return new Unsupported('the loss is a function');
  if (!('kind' in optimizer))
    return new Unsupported(`the optimizer ${optimizer.getClassName()} is not known`);
  return undefined;
}

function checkLoss({ loss = 'binaryCrossentropy', fromLogits = false, huberDelta = 1 }: TrainStepOptions) {
  if (typeof loss === 'function') return loss;
  const kind = losses[loss];
  if (!kind)
    throw new ModelOptionError('loss', loss, `one of ${Object.keys(losses).join(', ')}, or a function`);
  if (!(huberDelta > 0)) throw new ModelOptionError('huberDelta', huberDelta, 'a number > 0');
  if (kind === 'huber') return { kind, delta: huberDelta };
  if (kind === 'meanSquaredError' || kind === 'meanAbsoluteError') return { kind };
  return { kind, fromLogits };
}

function checkClip({ clipValue, clipNorm, globalClipNorm }: TrainStepOptions): ClipPlan | undefined {
  const given = Object.entries({ clipValue, clipNorm, globalClipNorm }).filter(
    ([, limit]) => limit !== undefined,
  );
  const [first, second] = given;
  if (!first) return undefined;
  if (second) throw new ModelOptionError(second[0], second[1], `nothing, as ${first[0]} is given too`);
  const [name, limit] = first as [string, number];
  if (!(limit > 0)) throw new ModelOptionError(name, limit, 'a number > 0');
  return { by: clipValue !== undefined ? 'value' : clipNorm !== undefined ? 'norm' : 'globalNorm', limit };
}

function checkClassWeights(
  weights: TrainStepOptions['classWeights'],
): ReadonlyMap<number, number> | undefined {
  if (!weights) return undefined;
  const map = new Map(Object.entries(weights).map(([name, weight]) => [Number(name), weight]));
  for (const [name, weight] of map) {
    if (!Number.isInteger(name) || name < 0)
      throw new ModelOptionError('classWeights', name, 'class numbers from 0 on');
    if (!(weight >= 0 && Number.isFinite(weight)))
      throw new ModelOptionError(`classWeights[${name}]`, weight, 'a number >= 0');
  }
  return map;
}

/** Loss and optimizer of a model that was compiled with names or `tf.train` optimizers, where the options leave them out. */
export function withModelsOwn(model: LayersModel, options: TrainStepOptions): TrainStepOptions {
  const own: Pick<TrainStepOptions, 'optimizer' | 'loss'> = {};
  if (options.optimizer === undefined && model.optimizer) own.optimizer = model.optimizer;
  const { loss } = model as unknown as { loss?: unknown };
  if (options.loss === undefined && typeof loss === 'string' && loss in losses) own.loss = losses[loss]!;
  return { ...own, ...options };
}
