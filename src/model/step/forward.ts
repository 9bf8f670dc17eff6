/** The layers of a model as nodes: forward for predictions, forward and back for learning. */
import type { Maths, Output } from '../../graph/index.ts';
import { activate } from './activations.ts';
import type { LayerPlan, WeightPlan } from './plan.ts';

/** What the layers take from the step they are part of. */
export interface Surroundings {
  readonly maths: Maths;
  /** The value of a weight. */
  weight(plan: WeightPlan): Output;
}

/** What the layers of a learning step also need and give. */
export interface Learning extends Surroundings {
  /** The next dropout layer's mask. */
  nextMask(): Output;
  /** The gradient by a weight, told once. */
  gradient(plan: WeightPlan, value: Output): void;
  /** The new value of a moving statistic. */
  moved(plan: WeightPlan, value: Output): void;
}

/** What a layer gave in learning. */
export interface Learnt {
  readonly y: Output;
  /**
   * Tells the gradients by the layer's weights, and gives the one by its input.
   *
   * @param wanted whether the gradient by the input is needed
   */
  readonly back: (dy: Output, wanted: boolean) => Output | undefined;
}

/** Passes rows through a layer as `predict` does: no dropout, moving statistics. */
export function predictLayer(around: Surroundings, layer: LayerPlan, x: Output): Output {
  const { maths: m } = around;
  switch (layer.kind) {
    case 'dense':
      return affine(around, layer, x);
    case 'activation':
      return activate(m, layer.activation, x).y;
    case 'dropout':
      return x;
    case 'batchNorm':
      return moveByStatistics(around, layer, x).y;
  }
}

/** Normalises by the moving statistics: `y = (x - mean) * scale + beta`. */
function moveByStatistics(around: Surroundings, layer: LayerPlan & { kind: 'batchNorm' }, x: Output) {
  const { maths: m } = around;
  let scale = m.rsqrt(m.add(around.weight(layer.variance), layer.epsilon));
  if (layer.gamma) scale = m.mul(scale, around.weight(layer.gamma));
  const y = m.mul(m.sub(x, around.weight(layer.mean)), scale);
  return { y: layer.beta ? m.add(y, around.weight(layer.beta)) : y, scale };
}

/** Passes rows through a layer as training does. */
export function learnLayer(around: Learning, layer: LayerPlan, x: Output): Learnt {
  const { maths: m } = around;
  switch (layer.kind) {
    case 'dense':
      return learnDense(around, layer, x);
    case 'activation':
      return activate(m, layer.activation, x);
    case 'dropout': {
      const mask = around.nextMask();
      return { y: m.mul(x, mask), back: (dy) => m.mul(dy, mask) };
    }
    case 'batchNorm': {
      if (!layer.frozen) return learnBatchNorm(around, layer, x);
      const { y, scale } = moveByStatistics(around, layer, x);
      return { y, back: (dy, wanted) => (wanted ? m.mul(dy, scale) : undefined) };
    }
  }
}

function affine(around: Surroundings, { kernel, bias }: LayerPlan & { kind: 'dense' }, x: Output): Output {
  const product = around.maths.matMul(x, around.weight(kernel));
  return bias ? around.maths.graph.op('BiasAdd', [product, around.weight(bias)]) : product;
}

function learnDense(around: Learning, layer: LayerPlan & { kind: 'dense' }, x: Output): Learnt {
  const { maths: m } = around;
  const { kernel, bias } = layer;
  const back = (dy: Output, wanted: boolean) => {
    if (kernel.trainable) around.gradient(kernel, m.matMul(x, dy, { transposeA: true }));
    if (bias?.trainable) around.gradient(bias, m.graph.op('BiasAddGrad', [dy]));
    return wanted ? m.matMul(dy, around.weight(kernel), { transposeB: true }) : undefined;
  };
  return { y: affine(around, layer, x), back };
}

/**
 * Ioffe and Szegedy, "Batch Normalization" (2015). Mean and variance are those of the mini-batch (divided by the number
 * of rows, as tfjs does), the moving ones follow as `old - (old - new) * (1 - momentum)`.
 */
function learnBatchNorm(around: Learning, layer: LayerPlan & { kind: 'batchNorm' }, x: Output): Learnt {
  const { maths: m } = around;
  const mean = m.mean(x, [0]);
  const centred = m.sub(x, mean);
  const variance = m.mean(m.square(centred), [0]);
  for (const [plan, value] of [[layer.mean, mean] as const, [layer.variance, variance] as const]) {
    const old = around.weight(plan);
    around.moved(plan, m.sub(old, m.mul(m.sub(old, value), 1 - layer.momentum)));
  }
  const scale = m.rsqrt(m.add(variance, layer.epsilon));
  const normal = m.mul(centred, scale);
  const scaled = layer.gamma ? m.mul(normal, around.weight(layer.gamma)) : normal;
  const y = layer.beta ? m.add(scaled, around.weight(layer.beta)) : scaled;
  const back = (dy: Output, wanted: boolean) => {
    if (layer.beta) around.gradient(layer.beta, m.sum(dy, [0]));
    const dyNormal = m.mul(dy, normal);
    if (layer.gamma) around.gradient(layer.gamma, m.sum(dyNormal, [0]));
    if (!wanted) return undefined;
    const through = m.sub(m.sub(dy, m.mean(dy, [0])), m.mul(normal, m.mean(dyNormal, [0])));
    return m.mul(through, layer.gamma ? m.mul(scale, around.weight(layer.gamma)) : scale);
  };
  return { y, back };
}
