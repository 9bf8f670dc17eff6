/** The options of a compiled training step, checked once; what a model was compiled with stands for those left out. */
import type { Optimizer, Tensor, LayersModel } from '@tensorflow/tfjs-node';
import {
  invalidOption,
  checkNumber,
  checkSeed,
  checkOneOf,
  refuseUnknownOptions,
  type OptionNames,
} from '../../options.ts';

import type { ClipPlan, OptimizerPlan } from './optimizers.ts';
import { checkClassWeights, type TargetKind, type Targets } from './batch-checks.ts';
import type { LossPlan } from './losses.ts';
import { checkOptimizer, type OptimizerName, type OptimizerSettings } from './optimizer-options.ts';
import { Unsupported } from './read-layers.ts';
import { compiledOf, type CompiledModel } from '../tfjs-layers.ts';

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

/** A metric of a step: our accuracy, or one of tfjs that a model was compiled with. */
export interface NamedMetric {
  readonly name: string;
  readonly compute?: (targets: Tensor, outputs: Tensor) => Tensor;
}

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
const knownLosses: ReadonlyMap<unknown, { readonly kind: LossName; readonly targets: TargetKind }> = new Map([
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
 * @throws InvalidOptionError (`ST_OPTION_INVALID`); UnknownOptionError (`ST_OPTION_UNKNOWN`)
 */
export function checkStepOptions(options: TrainStepOptions, own: OwnSettings): CheckedOptions {
  refuseUnknownOptions('compileTrainStep', options, known);
  const { seed = 0, onFallback } = options;
  const metrics = options.metrics as unknown;
  checkSeed('seed', seed);
  if (onFallback !== undefined && typeof onFallback !== 'function')
    throw invalidOption('onFallback', onFallback, 'a function');
  if (metrics !== undefined && !(Array.isArray(metrics) && metrics.every((metric) => metric === 'accuracy')))
    throw invalidOption('metrics', metrics, "['accuracy'] or []");
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

/** @throws InvalidOptionError (`ST_OPTION_INVALID`) unless it is a finite number >= 0 */
export function checkLearningRate(value: number): void {
  checkNumber('learningRate', value, { least: 0 });
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
 * @throws InvalidOptionError (`ST_OPTION_INVALID`) where the loss is one of several classes and there is but one
 */
export function targetsOf(options: CheckedOptions, output: readonly number[]): Targets {
  const { targetKind: kind, lossName: loss } = options;
  const size = output.reduce((a, b) => a * b, 1);
  const classes = output.at(-1) ?? 1;
  if ((kind === 'class' || kind === 'distribution') && classes < 2)
    throw invalidOption('loss', loss, 'binaryCrossentropy, as the model has one output');
  return { kind, loss, classes, count: kind === 'class' ? size / classes : size };
}

type CheckedLoss = Pick<CheckedOptions, 'loss' | 'lossName' | 'targetKind'>;

function checkLoss(options: TrainStepOptions, own: OwnLoss | undefined): CheckedLoss {
  const { loss: given, fromLogits = false, huberDelta } = options;
  const found = checkedLoss(given ?? own?.known ?? own?.function ?? 'binaryCrossentropy', options);
  const named =
    given === undefined && own && !own.known ? { lossName: own.name, targetKind: own.targets } : {};
  checkOneOf('fromLogits', fromLogits, [true, false]);
  if (fromLogits && !(typeof found.loss === 'object' && 'fromLogits' in found.loss))
    throw invalidOption('fromLogits', fromLogits, `a cross-entropy, not the loss ${found.lossName}`);
  if (huberDelta !== undefined && !(typeof found.loss === 'object' && 'delta' in found.loss))
    throw invalidOption('huberDelta', huberDelta, `the loss huber, not ${found.lossName}`);
  return { ...found, ...named };
}

function checkedLoss(
  loss: TrainStepOptions['loss'],
  { fromLogits = false, huberDelta = 1 }: TrainStepOptions,
): CheckedLoss {
  if (typeof loss === 'function') return { loss, lossName: 'a function', targetKind: 'finite' };
  const entry = knownLosses.get(loss);
  if (!entry)
    throw invalidOption('loss', loss, `one of ${[...knownLosses.keys()].join(', ')}, or a function`);
  const { kind, targets: targetKind } = entry;
  checkNumber('huberDelta', huberDelta, { above: 0 });
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
  if (second) throw invalidOption(second[0], second[1], `nothing, as ${first[0]} is given too`);
  const [name, limit] = first as [string, number];
  checkNumber(name, limit, { above: 0 });
  return { by: clipValue !== undefined ? 'value' : clipNorm !== undefined ? 'norm' : 'globalNorm', limit };
}

/** A model's own loss. */
interface OwnLoss {
  readonly name: string;
  /** Set if it has a graph. */
  readonly known: LossName | undefined;
  /** As tfjs computes it. */
  readonly function: LossFunction;
  readonly targets: TargetKind;
}

/** A model's own settings; those of a model that was not compiled are empty. */
interface OwnSettings {
  readonly optimizer: Optimizer | undefined;
  readonly loss: OwnLoss | undefined;
  readonly metrics: readonly NamedMetric[];
}

/** What the losses of tfjs that have no graph here ask of their targets. */
const targetsOfOthers: ReadonlyMap<string, TargetKind> = new Map([
  ['hinge', 'sign'],
  ['squaredHinge', 'sign'],
  ['categoricalHinge', 'distribution'],
  ['kullbackLeiblerDivergence', 'distribution'],
  ['poisson', 'notNegative'],
  ['meanSquaredLogarithmicError', 'notNegative'],
] as const);

/**
 * Reads the settings of a model of one output.
 *
 * @throws InvalidOptionError (`ST_OPTION_INVALID`) where the model says that it has a loss, and it cannot be found
 */
export function ownSettings(model: LayersModel): OwnSettings {
  const inside = compiledOf(model);
  const { loss } = inside;
  if (loss === undefined) return { optimizer: inside.optimizer, loss, metrics: [] };
  const { lossFunctions = inside.model?.lossFunctions } = inside;
  return { optimizer: inside.optimizer, loss: ownLoss(loss, lossFunctions), metrics: ownMetrics(inside) };
}

function ownLoss(loss: unknown, lossFunctions: readonly LossFunction[] = []): OwnLoss {
  const [computed, ...more] = lossFunctions;
  if (!computed || more.length > 0)
    throw invalidOption('loss', loss, 'one loss for the one output of the model');
  // A list, or a record by the output's name, of one.
  const one: unknown = typeof loss === 'object' && loss !== null ? Object.values(loss)[0] : loss;
  const known = knownLosses.get(one);
  const name = typeof one === 'string' ? one : "a function of the model's own";
  const targets = known?.targets ?? targetsOfOthers.get(name) ?? 'finite';
  return { name, known: known?.kind, function: computed, targets };
}

function ownMetrics({ metricsNames = [], metricsTensors = [] }: CompiledModel): NamedMetric[] {
  const names = metricsNames.slice(metricsNames.length - metricsTensors.length);
  return names.map((name, i) =>
    name === 'acc' ? { name: 'accuracy' } : { name, compute: metricsTensors[i]![0] },
  );
}
