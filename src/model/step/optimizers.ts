/** Optimizers: what they keep, which numbers a step feeds them, how gradients are limited, and the one operation that updates all weights. */
import type { Done, Maths, NodeOutput, Variable } from '../../graph/index.ts';

/** An optimizer and its settings, all but the learning rate, which may change from step to step. */
export type OptimizerPlan =
  | { readonly kind: 'sgd'; readonly momentum: number; readonly nesterov: boolean }
  | { readonly kind: 'adam'; readonly beta1: number; readonly beta2: number; readonly epsilon: number }
  | { readonly kind: 'rmsprop'; readonly decay: number; readonly momentum: number; readonly epsilon: number }
  | { readonly kind: 'adagrad'; readonly initialAccumulator: number; readonly epsilon: number };

/** A slot: one number for each weight that the optimizer keeps, and what it starts from. */
export interface SlotPlan {
  readonly name: string;
  readonly initial: number;
}

/** The slots of an optimizer, in the order it takes them. */
export function slotsOf(plan: OptimizerPlan): readonly SlotPlan[] {
  switch (plan.kind) {
    case 'sgd':
      return plan.momentum > 0 ? [{ name: 'velocity', initial: 0 }] : [];
    case 'adam':
      return [
        { name: 'firstMoment', initial: 0 },
        { name: 'secondMoment', initial: 0 },
      ];
    case 'rmsprop':
      return [
        { name: 'meanSquare', initial: 0 },
        { name: 'velocity', initial: 0 },
      ];
    case 'adagrad':
      // tfjs divides by sqrt(accumulator + epsilon): the same as an accumulator that starts so much higher.
      return [{ name: 'accumulator', initial: plan.initialAccumulator + plan.epsilon }];
  }
}

/**
 * The epsilon that is used. One of 0 stands for one that no other sum notices: a weight whose gradient has always been 0, as
 * in the gaps between weights, would become 0 / 0. RMSProp's stands below the root, Adam's beside it.
 */
export function usedEpsilon({ kind, epsilon }: OptimizerPlan & { kind: 'adam' | 'rmsprop' }): number {
  return Math.max(epsilon, kind === 'adam' ? 2 ** -60 : 2 ** -120);
}

/**
 * The numbers fed for step `step` (the first is 0): the learning rate, for Adam also beta1^t, beta2^t and the epsilon.
 *
 * TensorFlow's Adam divides by sqrt(v) + epsilon, that of tfjs (and the paper's algorithm 1) by sqrt(v / (1 - beta2^t)) +
 * epsilon; an epsilon of epsilon * sqrt(1 - beta2^t) makes them the same.
 */
export function hyperValues(plan: OptimizerPlan, learningRate: number, step: number): number[] {
  if (plan.kind !== 'adam') return [learningRate];
  const power1 = plan.beta1 ** (step + 1);
  const power2 = plan.beta2 ** (step + 1);
  return [learningRate, power1, power2, usedEpsilon(plan) * Math.sqrt(1 - power2)];
}

/** How many numbers {@link hyperValues} gives. */
export const hyperCount = (plan: OptimizerPlan): number => (plan.kind === 'adam' ? 4 : 1);

/**
 * Updates all weights, which are one flat vector, by their gradient of the same length.
 *
 * Sources: Sutskever et al. (2013) for momentum and Nesterov's; Kingma and Ba (2015), algorithm 1; Hinton's lecture 6e
 * for RMSProp (momentum on the scaled gradient, as tfjs and TensorFlow do); Duchi et al. (2011) for Adagrad.
 */
export function applyOptimizer(
  m: Maths,
  plan: OptimizerPlan,
  weights: Variable,
  slots: readonly Variable[],
  hyper: readonly NodeOutput[],
  gradient: NodeOutput,
): Done {
  const { graph } = m;
  const handles = [weights, ...slots].map(({ handle }) => handle);
  const rate = hyper[0]!;
  const number = (value: number) => graph.constant(value);
  switch (plan.kind) {
    case 'sgd': {
      if (plan.momentum === 0) return graph.run('ResourceApplyGradientDescent', [...handles, rate, gradient]);
      const attributes = { use_nesterov: plan.nesterov };
      return graph.run('ResourceApplyMomentum', [...handles, rate, gradient, number(plan.momentum)], {
        attributes,
      });
    }
    case 'adam': {
      const [, power1, power2, epsilon] = hyper;
      const betas = [number(plan.beta1), number(plan.beta2)];
      return graph.run('ResourceApplyAdam', [
        ...handles,
        power1!,
        power2!,
        rate,
        ...betas,
        epsilon!,
        gradient,
      ]);
    }
    case 'rmsprop': {
      const settings = [number(plan.decay), number(plan.momentum), number(usedEpsilon(plan))];
      return graph.run('ResourceApplyRMSProp', [...handles, rate, ...settings, gradient]);
    }
    case 'adagrad':
      return graph.run('ResourceApplyAdagradV2', [...handles, rate, number(0), gradient]);
  }
}

/** At most one limit. */
export type ClipPlan =
  | { readonly by: 'value'; readonly limit: number }
  | { readonly by: 'norm'; readonly limit: number }
  | { readonly by: 'globalNorm'; readonly limit: number };

/** Limits one weight's gradient: each number, or its Euclidean length. */
export function clipOne(m: Maths, clip: ClipPlan | undefined, gradient: NodeOutput): NodeOutput {
  if (clip?.by === 'value') return m.clip(gradient, -clip.limit, clip.limit);
  if (clip?.by === 'norm') return shortened(m, gradient, clip.limit);
  return gradient;
}

/** Limits the length of all gradients taken as one vector. */
export function clipAll(m: Maths, clip: ClipPlan | undefined, gradients: NodeOutput): NodeOutput {
  return clip?.by === 'globalNorm' ? shortened(m, gradients, clip.limit) : gradients;
}

/**
 * Shorter vectors stay bit for bit as they are: they are multiplied by limit / limit. One whose length is beyond float32 is no
 * vector of zeros, but of NaN: a step that has diverged is then seen.
 */
function shortened(m: Maths, vector: NodeOutput, limit: number): NodeOutput {
  const length = m.sqrt(m.mul(m.graph.op('L2Loss', [vector]), 2));
  return m.mul(vector, m.add(m.div(limit, m.max(length, limit)), m.mul(length, 0)));
}
