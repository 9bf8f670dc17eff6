/** The optimizer of a training step as its user gives it. */
import type { Optimizer } from '@tensorflow/tfjs-node';
import { invalidOption, checkNumber, checkOneOf, refuseUnknownOptions } from '../../options.ts';
import type { OptimizerPlan } from './optimizers.ts';
import { readOptimizer } from './tfjs-optimizers.ts';

/** An optimizer by name, with the defaults of `tf.train`. */
export type OptimizerName = OptimizerPlan['kind'] | 'momentum';
/** An optimizer with its settings; what is left out has the default of `tf.train`. */
export type OptimizerSettings =
  | {
      readonly kind: 'sgd';
      readonly learningRate?: number;
      readonly momentum?: number;
      readonly nesterov?: boolean;
    }
  | {
      readonly kind: 'adam';
      readonly learningRate?: number;
      readonly beta1?: number;
      readonly beta2?: number;
      readonly epsilon?: number;
    }
  | {
      readonly kind: 'rmsprop';
      readonly learningRate?: number;
      readonly decay?: number;
      readonly momentum?: number;
      readonly epsilon?: number;
    }
  | { readonly kind: 'adagrad'; readonly learningRate?: number; readonly initialAccumulator?: number };

/**
 * The optimizer and its learning rate, from a name, settings or a `tf.train` optimizer.
 *
 * @throws InvalidOptionError (`ST_OPTION_INVALID`)
 */
export function checkOptimizer(given: OptimizerName | OptimizerSettings | Optimizer): {
  optimizer: OptimizerPlan | Optimizer;
  learningRate: number;
} {
  if (typeof given === 'object' && given !== null && 'applyGradients' in given) return readOptimizer(given);
  const settings: OptimizerSettings =
    typeof given === 'object'
      ? given
      : given === 'momentum'
        ? { kind: 'sgd' as const, momentum: 0.9 }
        : { kind: given };
  const fields = known.get(settings?.kind);
  if (!fields)
    throw invalidOption(
      'optimizer',
      given,
      `${[...known.keys(), 'momentum'].join(', ')} or a tf.train optimizer`,
    );
  refuseUnknownOptions(`The optimizer ${settings.kind}`, settings, fields);
  const { learningRate } = settings;
  const plan = planOf(settings);
  return {
    optimizer: plan,
    learningRate: learningRate ?? (plan.kind === 'sgd' || plan.kind === 'adagrad' ? 0.01 : 0.001),
  };
}

const known = new Map<string, { readonly [name: string]: true }>([
  ['sgd', { kind: true, learningRate: true, momentum: true, nesterov: true }],
  ['adam', { kind: true, learningRate: true, beta1: true, beta2: true, epsilon: true }],
  ['rmsprop', { kind: true, learningRate: true, decay: true, momentum: true, epsilon: true }],
  ['adagrad', { kind: true, learningRate: true, initialAccumulator: true }],
]);

function planOf(settings: OptimizerSettings): OptimizerPlan {
  switch (settings.kind) {
    case 'sgd': {
      const { momentum = 0, nesterov = false } = settings;
      checkOneOf('optimizer.nesterov', nesterov, [true, false]);
      if (nesterov && momentum === 0)
        throw invalidOption('optimizer.nesterov', nesterov, 'a momentum above 0 with it');
      return { kind: 'sgd', momentum: inUnit('momentum', momentum), nesterov };
    }
    case 'adam': {
      const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7 } = settings;
      const betas = { beta1: inUnit('beta1', beta1), beta2: inUnit('beta2', beta2) };
      return { kind: 'adam', ...betas, epsilon: notNegative('epsilon', epsilon) };
    }
    case 'rmsprop': {
      const { decay = 0.9, momentum = 0, epsilon = 1e-7 } = settings;
      const parts = { decay: inUnit('decay', decay), momentum: inUnit('momentum', momentum) };
      return { kind: 'rmsprop', ...parts, epsilon: notNegative('epsilon', epsilon) };
    }
    case 'adagrad': {
      const { initialAccumulator = 0.1 } = settings;
      const start = notNegative('initialAccumulator', initialAccumulator);
      return { kind: 'adagrad', initialAccumulator: start, epsilon: 1e-7 };
    }
  }
}

const inUnit = (name: string, value: number) =>
  checkNumber(`optimizer.${name}`, value, { least: 0, below: 1 });
const notNegative = (name: string, value: number) => checkNumber(`optimizer.${name}`, value, { least: 0 });
