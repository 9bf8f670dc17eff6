/** The options of a compiled training step, checked once. */
import type { Optimizer, Tensor } from '@tensorflow/tfjs-node';
import { refuseUnknownOptions, type OptionNames } from '../../options.ts';
import { ModelOptionError } from '../errors.ts';
import type { ClipPlan } from './clip.ts';
import { checkClassWeights } from './class-weights.ts';
import type { LossPlan } from './losses.ts';
import type { OptimizerPlan } from './optimizers.ts';
import { checkOptimizer, type OptimizerName, type OptimizerSettings } from './optimizer-options.ts';
import type { OwnLoss, OwnSettings } from './own-settings.ts';
import { Unsupported } from './read-layers.ts';
import type { NamedMetric } from './step-metrics.ts';
import type { TargetKind, Targets } from './target-checks.ts';

/** A loss by name; probabilities unless {@link TrainStepOptions.fromLogits} is set. */
export type LossName = LossPlan['kind'];
/** Options of {@link compileTrainStep}; a name that is not one of these is refused. */
export interface TrainStepOptions {
  /** Default: that the model was compiled with, else Adam; a `tf.train` optimizer is read for its settings and stays the caller's. */
  optimizer?: OptimizerName | OptimizerSettings | Optimizer;
  /** Default: that the model was compiled with, else `binaryCrossentropy`. Functions of your own are taken by the fallback. */
  loss?: LossName | 'mse' | 'mae' | LossFunction;
  /**
   * The output is what a sigmoid or softmax would be applied to; predictions are then probabilities all the same. For the
   * cross-entropies only; refused for a model that ends in a sigmoid or softmax.
   */
  fromLogits?: boolean;
  /** Where Huber's loss turns from a square into a line; for `huber` only. Default 1. */
  huberDelta?: number;
  /** What to compute of each step's predictions. Default: the metrics the model was compiled with, else none. */
  metrics?: readonly 'accuracy'[];
  /** Fixes the dropout masks, together with the step: an integer from 0 to 2^32 - 1. Default 0. */
  seed?: number;
  /** Overrides that of the optimizer. */
  learningRate?: number;
  /**
   * How much rows of a class count; classes left out count 1. The class is the target itself, or the position of the largest
   * one where a row has several.
   */
  classWeights?: Readonly<Record<number, number>> | ReadonlyMap<number, number>;
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
  /** The loss by the name users know. */
  readonly lossName: string;
  readonly targetKind: TargetKind;
  readonly optimizer: OptimizerPlan | Optimizer;
  readonly clip: ClipPlan | undefined;
  readonly learningRate: number;
  readonly seed: number;
  readonly metrics: readonly NamedMetric[];
  readonly classWeights: ReadonlyMap<number, number> | undefined;
}

const known: OptionNames<TrainStepOptions> = {
  optimizer: true,
  loss: true,
  fromLogits: true,
  huberDelta: true,
  metrics: true,
  seed: true,
  learningRate: true,
  classWeights: true,
  clipValue: true,
  clipNorm: true,
  globalClipNorm: true,
  onFallback: true,
};

/** The losses that have a graph, by each of their names, and what they ask of targets. */
export const knownLosses: ReadonlyMap<unknown, { readonly kind: LossName; readonly targets: TargetKind }> =
  new Map([
    ['binaryCrossentropy', { kind: 'binaryCrossentropy', targets: 'share' }],
    ['categoricalCrossentropy', { kind: 'categoricalCrossentropy', targets: 'distribution' }],
    ['sparseCategoricalCrossentropy', { kind: 'sparseCategoricalCrossentropy', targets: 'class' }],
    ['meanSquaredError', { kind: 'meanSquaredError', targets: 'finite' }],
    ['mse', { kind: 'meanSquaredError', targets: 'finite' }],
    ['meanAbsoluteError', { kind: 'meanAbsoluteError', targets: 'finite' }],
    ['mae', { kind: 'meanAbsoluteError', targets: 'finite' }],
    ['huber', { kind: 'huber', targets: 'finite' }],
  ] as const);

/**
 * @param own what the model was compiled with: taken where the options leave it out
 * @throws ModelOptionError (`ST_MODEL_OPTION`); UnknownOptionError (`ST_OPTION_UNKNOWN`)
 */
export function checkStepOptions(options: TrainStepOptions, own: OwnSettings): CheckedOptions {
  refuseUnknownOptions('compileTrainStep', options, known);
  const { seed = 0, onFallback } = options;
  const metrics = options.metrics as unknown;
  if (!Number.isInteger(seed) || seed < 0 || seed > 0xffff_ffff)
    throw new ModelOptionError('seed', seed, 'an integer from 0 to 4294967295');
  if (onFallback !== undefined && typeof onFallback !== 'function')
    throw new ModelOptionError('onFallback', onFallback, 'a function');
  if (metrics !== undefined && !(Array.isArray(metrics) && metrics.every((metric) => metric === 'accuracy')))
    throw new ModelOptionError('metrics', JSON.stringify(metrics), "['accuracy'] or []");
  const { optimizer, learningRate: ownRate } = checkOptimizer(options.optimizer ?? own.optimizer ?? 'adam');
  const learningRate = options.learningRate ?? ownRate;
  checkLearningRate(learningRate);
  return {
    ...checkLoss(options, own.loss),
    optimizer,
    clip: checkClip(options),
    learningRate,
    seed,
    metrics: options.metrics?.map((name) => ({ name })) ?? own.metrics,
    classWeights: checkClassWeights(options.classWeights),
  };
}

/** @throws ModelOptionError (`ST_MODEL_OPTION`) unless it is a finite number >= 0 */
export function checkLearningRate(value: number): void {
  if (!(typeof value === 'number' && value >= 0 && value < Infinity))
    throw new ModelOptionError('learningRate', value, 'a number >= 0');
}

/** Why no graph can be built for these options. */
export function unsupportedOptions({ loss, lossName, optimizer }: CheckedOptions): Unsupported | undefined {
  if (typeof loss === 'function') return new Unsupported(`the loss is ${lossName}`);
  if (!('kind' in optimizer))
    return new Unsupported(`the optimizer ${optimizer.getClassName()} is not known`);
  return undefined;
}

/**
 * What a model's targets must be.
 *
 * @param output sizes of what it puts out for a row
 * @throws ModelOptionError (`ST_MODEL_OPTION`) where the loss is one of several classes and there is but one
 */
export function targetsOf(options: CheckedOptions, output: readonly number[]): Targets {
  const { targetKind: kind, lossName: loss } = options;
  const size = output.reduce((a, b) => a * b, 1);
  const classes = output.at(-1) ?? 1;
  if ((kind === 'class' || kind === 'distribution') && classes < 2)
    throw new ModelOptionError('loss', loss, 'binaryCrossentropy, as the model has one output');
  return { kind, loss, classes, count: kind === 'class' ? size / classes : size };
}

type CheckedLoss = Pick<CheckedOptions, 'loss' | 'lossName' | 'targetKind'>;

function checkLoss(options: TrainStepOptions, own: OwnLoss | undefined): CheckedLoss {
  const { loss: given, fromLogits = false, huberDelta } = options;
  const found = checkedLoss(given ?? own?.known ?? own?.function ?? 'binaryCrossentropy', options);
  const named =
    given === undefined && own && !own.known ? { lossName: own.name, targetKind: own.targets } : {};
  if (typeof fromLogits !== 'boolean') throw new ModelOptionError('fromLogits', fromLogits, 'true or false');
  if (fromLogits && !(typeof found.loss === 'object' && 'fromLogits' in found.loss))
    throw new ModelOptionError('fromLogits', fromLogits, `a cross-entropy, not the loss ${found.lossName}`);
  if (huberDelta !== undefined && !(typeof found.loss === 'object' && 'delta' in found.loss))
    throw new ModelOptionError('huberDelta', huberDelta, `the loss huber, not ${found.lossName}`);
  return { ...found, ...named };
}

function checkedLoss(
  loss: TrainStepOptions['loss'],
  { fromLogits = false, huberDelta = 1 }: TrainStepOptions,
): CheckedLoss {
  if (typeof loss === 'function') return { loss, lossName: 'a function', targetKind: 'finite' };
  const entry = knownLosses.get(loss);
  if (!entry)
    throw new ModelOptionError('loss', loss, `one of ${[...knownLosses.keys()].join(', ')}, or a function`);
  const { kind, targets: targetKind } = entry;
  if (!(typeof huberDelta === 'number' && huberDelta > 0 && huberDelta < Infinity))
    throw new ModelOptionError('huberDelta', huberDelta, 'a number > 0');
  const plan = (): LossPlan => {
    if (kind === 'huber') return { kind, delta: huberDelta };
    if (kind === 'meanSquaredError' || kind === 'meanAbsoluteError') return { kind };
    return { kind, fromLogits };
  };
  return { loss: plan(), lossName: kind, targetKind };
}

function checkClip({ clipValue, clipNorm, globalClipNorm }: TrainStepOptions): ClipPlan | undefined {
  const given = Object.entries({ clipValue, clipNorm, globalClipNorm }).filter(
    ([, limit]) => limit !== undefined,
  );
  const [first, second] = given;
  if (!first) return undefined;
  if (second) throw new ModelOptionError(second[0], second[1], `nothing, as ${first[0]} is given too`);
  const [name, limit] = first as [string, number];
  if (!(typeof limit === 'number' && limit > 0 && limit < Infinity))
    throw new ModelOptionError(name, limit, 'a number > 0');
  return { by: clipValue !== undefined ? 'value' : clipNorm !== undefined ? 'norm' : 'globalNorm', limit };
}
