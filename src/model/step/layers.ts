/** The layers of a model as nodes: forward for predictions, forward and back for learning. */
import type { Maths, NodeOutput } from '../../graph/index.ts';
import type { ActivationPlan, LayerPlan, WeightPlan } from './plan.ts';

/** Forward value and its vector-Jacobian product. */
interface Step {
  readonly y: NodeOutput;
  readonly back: (dy: NodeOutput) => NodeOutput;
}

/** Applies an activation to `[rows, size]`. */
export function activate(m: Maths, { kind, alpha }: ActivationPlan, x: NodeOutput): Step {
  const { graph } = m;
  switch (kind) {
    case 'linear':
      return { y: x, back: (dy) => dy };
    case 'relu': {
      const y = graph.op('Relu', [x]);
      return { y, back: (dy) => graph.op('ReluGrad', [dy, y]) };
    }
    case 'relu6': {
      const y = graph.op('Relu6', [x]);
      return { y, back: (dy) => graph.op('Relu6Grad', [dy, y]) };
    }
    case 'leakyRelu': {
      const attributes = { alpha: { float: alpha ?? 0.2 } };
      const y = graph.op('LeakyRelu', [x], { attributes });
      return { y, back: (dy) => graph.op('LeakyReluGrad', [dy, x], { attributes }) };
    }
    case 'elu': {
      const y = graph.op('Elu', [x]);
      return { y, back: (dy) => graph.op('EluGrad', [dy, y]) };
    }
    case 'selu': {
      const y = graph.op('Selu', [x]);
      return { y, back: (dy) => graph.op('SeluGrad', [dy, y]) };
    }
    case 'sigmoid': {
      const y = graph.op('Sigmoid', [x]);
      return { y, back: (dy) => graph.op('SigmoidGrad', [y, dy]) };
    }
    case 'tanh': {
      const y = graph.op('Tanh', [x]);
      return { y, back: (dy) => graph.op('TanhGrad', [y, dy]) };
    }
    case 'softplus': {
      const y = graph.op('Softplus', [x]);
      return { y, back: (dy) => graph.op('SoftplusGrad', [dy, x]) };
    }
    case 'softsign': {
      const y = graph.op('Softsign', [x]);
      return { y, back: (dy) => graph.op('SoftsignGrad', [dy, x]) };
    }
    case 'softmax': {
      const y = graph.op('Softmax', [x]);
      return { y, back: (dy) => m.mul(m.sub(dy, m.sum(m.mul(dy, y), [1], { keepDims: true })), y) };
    }
  }
}

/** What the layers take from the step they are part of. */
export interface Surroundings {
  readonly maths: Maths;
  /** The value of a weight. */
  weight(plan: WeightPlan): NodeOutput;
}

/** What the layers of a learning step also need and give. */
export interface Learning extends Surroundings {
  /** The next dropout layer's mask, bool. */
  nextMask(): NodeOutput;
  /** Takes the gradient by a weight; called once for each. */
  gradient(plan: WeightPlan, value: NodeOutput): void;
  /** The new value of a moving statistic. */
  moved(plan: WeightPlan, value: NodeOutput): void;
}

/** What a layer gave in learning. */
interface Learnt {
  readonly y: NodeOutput;
  /**
   * The vector-Jacobian product: hands on the gradients by the layer's weights, returns the one by its input.
   *
   * @param wanted whether the gradient by the input is needed
   */
  readonly back: (dy: NodeOutput, wanted: boolean) => NodeOutput | undefined;
}

/** Passes rows through a layer as `predict` does: no dropout, moving statistics. */
export function predictLayer(around: Surroundings, layer: LayerPlan, x: NodeOutput): NodeOutput {
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
function moveByStatistics(around: Surroundings, layer: LayerPlan & { kind: 'batchNorm' }, x: NodeOutput) {
  const { maths: m } = around;
  let scale = m.rsqrt(m.add(around.weight(layer.variance), layer.epsilon));
  if (layer.gamma) scale = m.mul(scale, around.weight(layer.gamma));
  const y = m.mul(m.sub(x, around.weight(layer.mean)), scale);
  return { y: layer.beta ? m.add(y, around.weight(layer.beta)) : y, scale };
}

/**
 * Passes rows through layers as training does.
 *
 * The factor of dropout, 1 / (1 - rate), is not multiplied into what stays, but carried along as a number: a dense layer of
 * `factor * x` is `factor * (x W + b / factor)`, and a relu lets factors through. It is multiplied in where something else comes,
 * which is mostly behind the last layer, where a row has a few numbers left.
 *
 * @returns what comes out, and the vector-Jacobian product of each layer
 */
export function learnLayers(
  around: Learning,
  layers: readonly LayerPlan[],
  x: NodeOutput,
): { readonly y: NodeOutput; readonly backs: readonly Learnt['back'][] } {
  const { maths: m } = around;
  const backs: Learnt['back'][] = [];
  let [y, factor] = [x, 1];
  /** Multiplies the factor in; what goes back into the layer before is multiplied by it, too. */
  const multiplyIn = () => {
    if (factor === 1) return;
    const [by, back] = [factor, backs.pop()!];
    backs.push((dy, wanted) => back(m.mul(dy, by), wanted));
    [y, factor] = [m.mul(y, by), 1];
  };
  for (let i = 0; i < layers.length; i = backs.length) {
    const [layer, next] = [layers[i]!, layers[i + 1]];
    if (!letsFactorsThrough(layer)) multiplyIn();
    const isThinnedRelu =
      layer.kind === 'activation' && layer.activation.kind === 'relu' && next?.kind === 'dropout';
    const learnt = isThinnedRelu ? learnThinnedRelu(around, y) : [learnLayer(around, layer, y, factor)];
    backs.push(...learnt.map(({ back }) => back));
    y = learnt.at(-1)!.y;
    for (const one of layers.slice(i, backs.length)) if (one.kind === 'dropout') factor /= 1 - one.rate;
  }
  multiplyIn();
  return { y, backs };
}

/** Whether `factor` times what it gives is what it gives for `factor` times its input (a dense layer: with its bias divided). */
function letsFactorsThrough(layer: LayerPlan): boolean {
  if (layer.kind !== 'activation') return layer.kind !== 'batchNorm';
  return ['linear', 'relu', 'leakyRelu'].includes(layer.activation.kind);
}

/**
 * A relu and the dropout behind it. Units that are left out are 0 like those below 0, so the relu's slope, taken from what is
 * left, is that of both; and what it gave needs not be kept.
 */
function learnThinnedRelu(around: Learning, x: NodeOutput): Learnt[] {
  const { maths: m } = around;
  const y = m.graph.op('Relu', [x]);
  const thinned = m.mul(y, m.cast(around.nextMask(), 'float32'));
  return [
    { y, back: (dy) => m.graph.op('ReluGrad', [dy, thinned]) },
    { y: thinned, back: (dy) => dy },
  ];
}

/**
 * Passes rows through a layer as training does.
 *
 * @param factor what `x` and what the layer gives are still to be multiplied by
 */
function learnLayer(around: Learning, layer: LayerPlan, x: NodeOutput, factor: number): Learnt {
  const { maths: m } = around;
  switch (layer.kind) {
    case 'dense':
      return learnDense(around, layer, x, factor);
    case 'activation':
      return activate(m, layer.activation, x);
    case 'dropout': {
      const mask = m.cast(around.nextMask(), 'float32');
      return { y: m.mul(x, mask), back: (dy) => m.mul(dy, mask) };
    }
    case 'batchNorm': {
      if (!layer.frozen) return learnBatchNorm(around, layer, x);
      const { y, scale } = moveByStatistics(around, layer, x);
      return { y, back: (dy, wanted) => (wanted ? m.mul(dy, scale) : undefined) };
    }
  }
}

function affine(
  around: Surroundings,
  { kernel, bias }: LayerPlan & { kind: 'dense' },
  x: NodeOutput,
  factor = 1,
): NodeOutput {
  const { maths: m } = around;
  const product = m.matMul(x, around.weight(kernel));
  return bias ? m.graph.op('BiasAdd', [product, divided(m, around.weight(bias), factor)]) : product;
}

const divided = (m: Maths, x: NodeOutput, factor: number) => (factor === 1 ? x : m.mul(x, 1 / factor));

function learnDense(
  around: Learning,
  layer: LayerPlan & { kind: 'dense' },
  x: NodeOutput,
  factor: number,
): Learnt {
  const { maths: m } = around;
  const { kernel, bias } = layer;
  const back = (dy: NodeOutput, wanted: boolean) => {
    if (kernel.trainable) around.gradient(kernel, m.matMul(x, dy, { transposeA: true }));
    if (bias?.trainable) around.gradient(bias, divided(m, m.graph.op('BiasAddGrad', [dy]), factor));
    return wanted ? m.matMul(dy, around.weight(kernel), { transposeB: true }) : undefined;
  };
  return { y: affine(around, layer, x, factor), back };
}

/**
 * Ioffe and Szegedy, "Batch Normalization" (2015). Mean and variance are those of the mini-batch (divided by the number
 * of rows, as tfjs does), the moving ones follow as `old - (old - new) * (1 - momentum)`.
 */
function learnBatchNorm(around: Learning, layer: LayerPlan & { kind: 'batchNorm' }, x: NodeOutput): Learnt {
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
  const back = (dy: NodeOutput, wanted: boolean) => {
    if (layer.beta) around.gradient(layer.beta, m.sum(dy, [0]));
    const dyNormal = m.mul(dy, normal);
    if (layer.gamma) around.gradient(layer.gamma, m.sum(dyNormal, [0]));
    if (!wanted) return undefined;
    const through = m.sub(m.sub(dy, m.mean(dy, [0])), m.mul(normal, m.mean(dyNormal, [0])));
    return m.mul(through, layer.gamma ? m.mul(scale, around.weight(layer.gamma)) : scale);
  };
  return { y, back };
}
