/** The optimizer of a training step as its user gives it. */
import type { Optimizer } from '@tensorflow/tfjs-node';
import { ModelOptionError } from '../errors.ts';
import type { OptimizerPlan } from './optimizers.ts';

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

/** What `tf.train` optimizers keep as fields. */
type OptimizerFields = Readonly<Record<'learningRate', number>> & Readonly<Record<string, unknown>>;

/**
 * The optimizer and its learning rate, from a name, settings or a `tf.train` optimizer.
 *
 * @throws ModelOptionError (`ST_MODEL_OPTION`)
 */
export function checkOptimizer(given: OptimizerName | OptimizerSettings | Optimizer): {
  optimizer: OptimizerPlan | Optimizer;
  learningRate: number;
} {
  if (typeof given === 'object' && 'applyGradients' in given) return readOptimizer(given);
  const settings: OptimizerSettings =
    typeof given === 'object'
      ? given
      : given === 'momentum'
        ? { kind: 'sgd' as const, momentum: 0.9 }
        : { kind: given };
  const inUnit = (name: string, value: number) => {
    if (!(value >= 0 && value < 1))
      throw new ModelOptionError(`optimizer.${name}`, value, 'a number from 0 to below 1');
    return value;
  };
  const notNegative = (name: string, value: number) => {
    if (!(value >= 0 && Number.isFinite(value)))
      throw new ModelOptionError(`optimizer.${name}`, value, 'a number >= 0');
    return value;
  };
  switch (settings.kind) {
    case 'sgd': {
      const { learningRate = 0.01, momentum = 0, nesterov = false } = settings;
      return { optimizer: { kind: 'sgd', momentum: inUnit('momentum', momentum), nesterov }, learningRate };
    }
    case 'adam': {
      const { learningRate = 0.001, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7 } = settings;
      const betas = { beta1: inUnit('beta1', beta1), beta2: inUnit('beta2', beta2) };
      return {
        optimizer: { kind: 'adam', ...betas, epsilon: notNegative('epsilon', epsilon) },
        learningRate,
      };
    }
    case 'rmsprop': {
      const { learningRate = 0.001, decay = 0.9, momentum = 0, epsilon = 1e-7 } = settings;
      const parts = { decay: inUnit('decay', decay), momentum: inUnit('momentum', momentum) };
      return {
        optimizer: { kind: 'rmsprop', ...parts, epsilon: notNegative('epsilon', epsilon) },
        learningRate,
      };
    }
    case 'adagrad': {
      const { learningRate = 0.01, initialAccumulator = 0.1 } = settings;
      const start = notNegative('initialAccumulator', initialAccumulator);
      return { optimizer: { kind: 'adagrad', initialAccumulator: start, epsilon: 1e-7 }, learningRate };
    }
    default:
      throw new ModelOptionError(
        'optimizer',
        JSON.stringify(given),
        'sgd, momentum, adam, rmsprop, adagrad or a tf.train one',
      );
  }
}

/** Reads the settings of a `tf.train` optimizer; one we do not know stays as it is. */
function readOptimizer(optimizer: Optimizer): { optimizer: OptimizerPlan | Optimizer; learningRate: number } {
  const fields = optimizer as unknown as OptimizerFields;
  const { learningRate } = fields;
  const number = (name: string) => fields[name] as number;
  switch (optimizer.getClassName()) {
    case 'SGD':
      return { optimizer: { kind: 'sgd', momentum: 0, nesterov: false }, learningRate };
    case 'Momentum': {
      const nesterov = fields['useNesterov'] === true;
      return { optimizer: { kind: 'sgd', momentum: number('momentum'), nesterov }, learningRate };
    }
    case 'Adam': {
      const plan = { beta1: number('beta1'), beta2: number('beta2'), epsilon: number('epsilon') };
      return { optimizer: { kind: 'adam', ...plan }, learningRate };
    }
    case 'RMSProp': {
      if (fields['centered'] === true) return { optimizer, learningRate };
      const plan = { decay: number('decay'), momentum: number('momentum'), epsilon: number('epsilon') };
      return { optimizer: { kind: 'rmsprop', ...plan }, learningRate };
    }
    case 'Adagrad': {
      const initialAccumulator = number('initialAccumulatorValue');
      return { optimizer: { kind: 'adagrad', initialAccumulator, epsilon: 1e-7 }, learningRate };
    }
    default:
      return { optimizer, learningRate };
  }
}
