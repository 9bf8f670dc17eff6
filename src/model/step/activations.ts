/** Activations in the graph: forward, and the way back. */
import type { Maths, Output } from '../../graph/index.ts';
import type { ActivationPlan } from './plan.ts';

/** A value, and how a gradient by it becomes one by what it was made of. */
export interface Step {
  readonly y: Output;
  readonly back: (dy: Output) => Output;
}

/** Applies an activation to `[rows, size]`. */
export function activate(m: Maths, { kind, alpha }: ActivationPlan, x: Output): Step {
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
