/** What a model was compiled with, `model.compile({ optimizer, loss, metrics })`, taken over whole. */
import type { LayersModel, Optimizer, Tensor } from '@tensorflow/tfjs-node';
import { ModelOptionError } from '../errors.ts';
import { knownLosses, type LossFunction, type LossName } from './options.ts';
import type { NamedMetric } from './step-metrics.ts';
import type { TargetKind } from './target-checks.ts';

/** A model's own loss. */
export interface OwnLoss {
  readonly name: string;
  /** Set if it has a graph. */
  readonly known: LossName | undefined;
  /** As tfjs computes it. */
  readonly function: LossFunction;
  readonly targets: TargetKind;
}

/** A model's own settings; those of a model that was not compiled are empty. */
export interface OwnSettings {
  readonly optimizer: Optimizer | undefined;
  readonly loss: OwnLoss | undefined;
  readonly metrics: readonly NamedMetric[];
}

/** What tfjs-layers keeps of `compile`. */
interface CompiledInside {
  /** Of a Sequential: the model that does its work, and keeps the functions. */
  readonly model?: CompiledInside;
  readonly optimizer?: Optimizer;
  readonly loss?: unknown;
  readonly lossFunctions?: readonly LossFunction[];
  readonly metricsNames?: readonly string[];
  readonly metricsTensors?: readonly (readonly [(targets: Tensor, outputs: Tensor) => Tensor, number])[];
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
 * @throws ModelOptionError (`ST_MODEL_OPTION`) where the model says that it has a loss, and it cannot be found
 */
export function ownSettings(model: LayersModel): OwnSettings {
  const inside = model as unknown as CompiledInside;
  const { loss } = inside;
  if (loss === undefined) return { optimizer: inside.optimizer, loss, metrics: [] };
  const { lossFunctions = inside.model?.lossFunctions } = inside;
  return { optimizer: inside.optimizer, loss: ownLoss(loss, lossFunctions), metrics: ownMetrics(inside) };
}

function ownLoss(loss: unknown, lossFunctions: readonly LossFunction[] = []): OwnLoss {
  const [computed, ...more] = lossFunctions;
  if (!computed || more.length > 0)
    throw new ModelOptionError('loss', JSON.stringify(loss), 'one loss for the one output of the model');
  // A list, or a record by the output's name, of one.
  const one: unknown = typeof loss === 'object' && loss !== null ? Object.values(loss)[0] : loss;
  const known = knownLosses.get(one);
  const name = typeof one === 'string' ? one : "a function of the model's own";
  const targets = known?.targets ?? targetsOfOthers.get(name) ?? 'finite';
  return { name, known: known?.kind, function: computed, targets };
}

function ownMetrics({ metricsNames = [], metricsTensors = [] }: CompiledInside): NamedMetric[] {
  const names = metricsNames.slice(metricsNames.length - metricsTensors.length);
  return names.map((name, i) =>
    name === 'acc' ? { name: 'accuracy' } : { name, compute: metricsTensors[i]![0] },
  );
}
