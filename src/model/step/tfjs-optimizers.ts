/**
 * The optimizers of `tf.train` with what they do not make public: the settings and slots that they keep as fields. No other
 * file of this project reads them. Read from, and tried on, @tensorflow/tfjs-core 4.22.0 (as @tensorflow/tfjs-node 4.22.0
 * brings it). A setting that is absent is TfjsLayersError (`ST_MODEL_TFJS_LAYERS`); the tests compare each optimizer's slots
 * and updates with a reference, so that a version that keeps them elsewhere fails there.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Optimizer, Tensor, Variable } from '@tensorflow/tfjs-node';
import { invalidOption } from '../../options.ts';
import { tensorflow } from '../../tensorflow.ts';
import { ModelStateError, TfjsLayersError } from '../errors.ts';
import { versionOf } from '../tfjs-layers.ts';
import { usedEpsilon, type OptimizerPlan } from './optimizers.ts';

/** What `tf.train` optimizers keep as fields. */
type OptimizerFields = Readonly<Record<'learningRate', number>> & Readonly<Record<string, unknown>>;

/**
 * Reads the settings of a `tf.train` optimizer; one we do not know stays as it is.
 *
 * @throws InvalidOptionError (`ST_OPTION_INVALID`) for one that cannot be copied from its settings, or has none that can be
 */
export function readOptimizer(optimizer: Optimizer): {
  optimizer: OptimizerPlan | Optimizer;
  learningRate: number;
} {
  const fields = optimizer as unknown as OptimizerFields;
  const { learningRate } = fields;
  const made = optimizer.constructor as { prototype: object };
  if (!ofTensorFlow(optimizer)) {
    if (!Object.hasOwn(made.prototype, 'getConfig') || !Object.hasOwn(made, 'fromConfig'))
      throw invalidOption(
        'optimizer',
        optimizer.constructor.name,
        'a tf.train optimizer, or a class with a getConfig and a static fromConfig of its own',
      );
    return { optimizer, learningRate };
  }
  const number = (name: string): number => {
    const value = fields[name];
    if (typeof value === 'number') return value;
    const missing = `the setting ${name} of ${optimizer.getClassName()}`;
    throw new TfjsLayersError({ missing, version: versionOf() });
  };
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

/** Whether an optimizer is exactly of a class of `tf.train`, not of one made from it. */
function ofTensorFlow({ constructor: made }: Optimizer): boolean {
  const tf = tensorflow();
  const { SGDOptimizer, MomentumOptimizer, AdamOptimizer, RMSPropOptimizer, AdagradOptimizer } = tf;
  const { AdadeltaOptimizer, AdamaxOptimizer } = tf;
  const classes: unknown[] = [SGDOptimizer, MomentumOptimizer, AdamOptimizer, RMSPropOptimizer];
  return [...classes, AdagradOptimizer, AdadeltaOptimizer, AdamaxOptimizer].includes(made);
}

/** An array of slots as tf.train optimizers keep it, one for each weight. */
type Slots = { originalName: string; variable: Variable }[];

/** A tf.train optimizer of our own. */
export class EagerOptimizer {
  readonly #inside: Optimizer;

  /** @param given a plan, or another's optimizer whose settings are copied */
  constructor(given: OptimizerPlan | Optimizer, learningRate: number) {
    this.#inside = 'kind' in given ? make(given, learningRate) : copy(given);
  }

  /** Updates weights by their gradients. */
  apply(learningRate: number, weights: readonly Variable[], gradients: readonly Tensor[]): void {
    const inside = this.#inside as unknown as {
      learningRate: number;
      setLearningRate?: (rate: number) => void;
    };
    if (inside.learningRate !== learningRate) {
      if (inside.setLearningRate) inside.setLearningRate(learningRate);
      else inside.learningRate = learningRate;
    }
    this.#inside.applyGradients(weights.map(({ name }, i) => ({ name, tensor: gradients[i]! })));
  }

  /** All it keeps, by name. */
  read(): Record<string, Float32Array> {
    const arrays: Record<string, Float32Array> = {};
    for (const [name, slots] of this.#slots())
      for (const [i, { variable }] of slots.entries()) arrays[`${name}.${i}`] = valuesOf(variable);
    for (const [name, variable] of this.#scalars()) arrays[name] = valuesOf(variable);
    return arrays;
  }

  /** A number that is finite only if all it keeps is. */
  slotsSum(): number {
    const tf = tensorflow();
    const kept = [
      ...this.#slots().flatMap(([, slots]) => slots.map(({ variable }) => variable)),
      ...this.#scalars().map(([, variable]) => variable),
    ];
    // Made small first: the sum of finite slots must not be infinite.
    return tf.tidy(() => kept.reduce((sum, one) => sum + one.mul(1e-6).sum().dataSync()[0]!, 0));
  }

  /** Throws ModelStateError unless {@link write} can take the arrays. */
  check(arrays: Readonly<Record<string, Float32Array>>, weights: readonly Variable[]): void {
    const names = new Set(this.#slots().map(([name]) => name));
    const scalars = new Set(this.#scalars().map(([name]) => name));
    for (const [name, { length }] of Object.entries(arrays)) {
      const [slot, number] = name.split('.') as [string, string | undefined];
      const expected = scalars.has(name) ? 1 : names.has(slot) ? weights[Number(number)]?.size : undefined;
      if (length !== expected)
        throw new ModelStateError({
          part: name,
          problem: `has ${length} numbers, expected ${expected ?? 'no such array'}`,
        });
    }
    for (const name of scalars)
      if (!arrays[name]) throw new ModelStateError({ part: name, problem: 'is missing' });
    for (const name of names) {
      const count = weights.filter((_, i) => arrays[`${name}.${i}`]).length;
      if (count !== 0 && count !== weights.length)
        throw new ModelStateError({ part: name, problem: `holds ${count} of ${weights.length} weights` });
    }
  }

  /** Sets all it keeps; slots that are not there have not begun yet. */
  write(arrays: Readonly<Record<string, Float32Array>>, weights: readonly Variable[]): void {
    const tf = tensorflow();
    for (const [name, slots] of this.#slots()) {
      for (const { variable } of slots) variable.dispose();
      slots.length = 0;
      for (const [i, weight] of weights.entries()) {
        const values = arrays[`${name}.${i}`];
        if (!values) continue;
        const variable = tf.tidy(() => tf.variable(tf.tensor(values.slice(), weight.shape), false));
        slots.push({ originalName: `${weight.name}/${name}`, variable });
      }
    }
    for (const [name, variable] of this.#scalars())
      tf.tidy(() => variable.assign(tf.tensor(arrays[name]!.slice(), variable.shape)));
  }

  /** Frees also what Momentum of tfjs leaves behind: the learning rate that it has from SGD. */
  dispose(): void {
    const tf = tensorflow();
    this.#inside.dispose();
    for (const kept of Object.values(this.#inside) as unknown[])
      if (kept instanceof tf.Tensor && !kept.isDisposed) kept.dispose();
  }

  #slots(): [string, Slots][] {
    return Object.entries(this.#inside).filter((entry): entry is [string, Slots] => Array.isArray(entry[1]));
  }

  #scalars(): [string, Variable][] {
    const { Variable: Class } = tensorflow();
    return Object.entries(this.#inside).filter(
      (entry): entry is [string, Variable] => entry[1] instanceof Class,
    );
  }
}

const valuesOf = (tensor: Tensor): Float32Array => Float32Array.from(tensor.dataSync());

function make(plan: OptimizerPlan, rate: number): Optimizer {
  const { train } = tensorflow();
  switch (plan.kind) {
    case 'sgd':
      return plan.momentum > 0 ? train.momentum(rate, plan.momentum, plan.nesterov) : train.sgd(rate);
    case 'adam':
      return train.adam(rate, plan.beta1, plan.beta2, usedEpsilon(plan));
    case 'rmsprop':
      return train.rmsprop(rate, plan.decay, plan.momentum, usedEpsilon(plan));
    case 'adagrad':
      return train.adagrad(rate, plan.initialAccumulator);
  }
}

type OptimizerClass = { name: string; fromConfig(make: OptimizerClass, config: unknown): Optimizer };

function copy(optimizer: Optimizer): Optimizer {
  const made = optimizer.constructor as unknown as OptimizerClass;
  const copied = made.fromConfig(made, optimizer.getConfig());
  if (copied !== optimizer && isDeepStrictEqual(copied.getConfig(), optimizer.getConfig())) return copied;
  if (copied !== optimizer) copied.dispose();
  throw invalidOption('optimizer', made.name, 'one that fromConfig(getConfig()) makes again');
}
