/** Losses: of each row with the gradient by what the model put out, in the graph; and the same loss in plain tfjs. */
import type { Tensor } from '@tensorflow/tfjs-node';
import type { Maths, NodeOutput } from '../../graph/index.ts';
import { tensorflow } from '../../tensorflow.ts';
import { absolute } from './as-keras.ts';
import { activate } from './layers.ts';
import type { ActivationPlan } from './plan.ts';

/** A loss and its settings. */
export type LossPlan =
  | { readonly kind: 'binaryCrossentropy'; readonly fromLogits: boolean }
  | { readonly kind: 'categoricalCrossentropy'; readonly fromLogits: boolean }
  | { readonly kind: 'sparseCategoricalCrossentropy'; readonly fromLogits: boolean }
  | { readonly kind: 'meanSquaredError' }
  | { readonly kind: 'meanAbsoluteError' }
  | { readonly kind: 'huber'; readonly delta: number };

/** Probabilities are kept this far from 0 and 1, as tfjs does. */
const EPSILON = 1e-7;

/** What a loss says of a mini-batch. */
interface LossNodes {
  /** `[rows, outputs]` for users: probabilities where the loss is one of classes. */
  readonly predictions: NodeOutput;
  /** `[rows]`. */
  readonly rowLosses: NodeOutput;
  /** The gradient of the sum of `rowLosses` by the input of the last activation, `[rows, outputs]`. */
  readonly gradient: NodeOutput;
}

/** The activation that stands behind a model's own last one for users, as its loss takes logits; none where it does not. */
export function activationOfLogits(loss: LossPlan): ActivationPlan | undefined {
  if (!('fromLogits' in loss) || !loss.fromLogits) return undefined;
  return { kind: loss.kind === 'binaryCrossentropy' ? 'sigmoid' : 'softmax' };
}

/**
 * Losses of rows whose last values before the last activation are `z`.
 *
 * A sigmoid followed by the binary, or a softmax by the categorical cross-entropy is taken as one function of `z`: the
 * same value, without the rounding (and the clipping) of probabilities near 0 and 1.
 *
 * @param targets `[rows, outputs]`; sparse classes `[rows, 1]`
 */
export function lossNodes(
  m: Maths,
  loss: LossPlan,
  last: ActivationPlan,
  z: NodeOutput,
  targets: NodeOutput,
): LossNodes {
  const outputs = z.shape![1]!;
  if ('fromLogits' in loss) {
    if (loss.fromLogits && last.kind !== 'linear') {
      const through = activate(m, last, z);
      const nodes = lossNodes(m, loss, { kind: 'linear' }, through.y, targets);
      return { ...nodes, gradient: through.back(nodes.gradient) };
    }
    const binary = loss.kind === 'binaryCrossentropy';
    const wanted = loss.kind === 'sparseCategoricalCrossentropy' ? oneHot(m, targets, outputs) : targets;
    if (loss.fromLogits || last.kind === (binary ? 'sigmoid' : 'softmax'))
      return binary ? sigmoidLoss(m, z, wanted, outputs) : softmaxLoss(m, z, wanted);
    const { y, back } = activate(m, last, z);
    const { rowLosses, gradient } = binary
      ? binaryOfProbabilities(m, y, wanted, outputs)
      : categoricalOfProbabilities(m, y, wanted);
    return { predictions: y, rowLosses, gradient: back(gradient) };
  }
  const { y, back } = activate(m, last, z);
  const error = m.sub(y, targets);
  const { each, slope } = regression(m, loss, error);
  const gradient = back(outputs === 1 ? slope : m.div(slope, outputs));
  return { predictions: y, rowLosses: m.mean(each, [1]), gradient };
}

function regression(m: Maths, loss: Exclude<LossPlan, { fromLogits: boolean }>, error: NodeOutput) {
  switch (loss.kind) {
    case 'meanSquaredError':
      return { each: m.square(error), slope: m.mul(error, 2) };
    case 'meanAbsoluteError':
      return { each: m.abs(error), slope: m.sign(error) };
    case 'huber': {
      const size = m.abs(error);
      const inner = m.min(size, loss.delta);
      const each = m.add(m.mul(m.square(inner), 0.5), m.mul(m.sub(size, inner), loss.delta));
      return { each, slope: m.clip(error, -loss.delta, loss.delta) };
    }
  }
}

/** softplus(z) - z y is -[y log s(z) + (1 - y) log(1 - s(z))] for the sigmoid s. */
function sigmoidLoss(m: Maths, z: NodeOutput, y: NodeOutput, outputs: number): LossNodes {
  const predictions = activate(m, { kind: 'sigmoid' }, z).y;
  const each = m.sub(m.graph.op('Softplus', [z]), m.mul(z, y));
  const slope = m.sub(predictions, y);
  return {
    predictions,
    rowLosses: m.mean(each, [1]),
    gradient: outputs === 1 ? slope : m.div(slope, outputs),
  };
}

function softmaxLoss(m: Maths, z: NodeOutput, y: NodeOutput): LossNodes {
  const predictions = activate(m, { kind: 'softmax' }, z).y;
  const rowLosses = m.neg(m.sum(m.mul(y, m.graph.op('LogSoftmax', [z])), [1]));
  const gradient = m.sub(m.mul(predictions, m.sum(y, [1], { keepDims: true })), y);
  return { predictions, rowLosses, gradient };
}

/** 1 where a probability is not clipped, else 0: the slope of the clipping. */
const unclipped = (m: Maths, p: NodeOutput): NodeOutput =>
  m.mul(m.greaterEqual(p, EPSILON), m.greaterEqual(1 - EPSILON, p));

function binaryOfProbabilities(m: Maths, p: NodeOutput, y: NodeOutput, outputs: number) {
  const q = m.clip(p, EPSILON, 1 - EPSILON);
  const rest = m.sub(1, q);
  const each = m.neg(m.add(m.mul(y, m.log(q)), m.mul(m.sub(1, y), m.log(rest))));
  const slope = m.mul(m.div(m.sub(q, y), m.mul(q, rest)), unclipped(m, p));
  return { rowLosses: m.mean(each, [1]), gradient: m.div(slope, outputs) };
}

/** As tfjs does: the values of a row are first divided by their sum. */
function categoricalOfProbabilities(m: Maths, p: NodeOutput, y: NodeOutput) {
  const total = m.sum(p, [1], { keepDims: true });
  const share = m.div(p, total);
  const q = m.clip(share, EPSILON, 1 - EPSILON);
  const rowLosses = m.neg(m.sum(m.mul(y, m.log(q)), [1]));
  const slope = m.mul(m.neg(m.div(y, q)), unclipped(m, share));
  const mean = m.sum(m.mul(slope, share), [1], { keepDims: true });
  return { rowLosses, gradient: m.div(m.sub(slope, mean), total) };
}

function oneHot(m: Maths, classes: NodeOutput, count: number): NodeOutput {
  const numbers = m.cast(m.reshape(classes, [null]), 'int32');
  const depth = m.graph.constant(count, { dtype: 'int32' });
  return m.graph.op('OneHot', [numbers, depth, m.graph.constant(1), m.graph.constant(0)], {
    shape: [null, count],
  });
}

/** The loss of each row, `[rows]`. */
export function eagerRowLosses(loss: LossPlan, targets: Tensor, outputs: Tensor): Tensor {
  const tf = tensorflow();
  switch (loss.kind) {
    case 'binaryCrossentropy': {
      if (loss.fromLogits) return tf.softplus(outputs).sub(outputs.mul(targets)).mean(-1);
      const p = outputs.clipByValue(EPSILON, 1 - EPSILON);
      const other = tf.sub(1, targets).mul(tf.sub(1, p).log());
      return targets.mul(p.log()).add(other).mean(-1).neg();
    }
    case 'sparseCategoricalCrossentropy': {
      const classes = outputs.shape.at(-1)!;
      const wanted = tf.oneHot(targets.flatten().toInt(), classes);
      return eagerRowLosses({ ...loss, kind: 'categoricalCrossentropy' }, wanted, outputs);
    }
    case 'categoricalCrossentropy': {
      if (loss.fromLogits) return targets.mul(tf.logSoftmax(outputs)).sum(-1).neg();
      const share = outputs.div(outputs.sum(-1, true)).clipByValue(EPSILON, 1 - EPSILON);
      return targets.mul(share.log()).sum(-1).neg();
    }
    case 'meanSquaredError':
      return outputs.sub(targets).square().mean(-1);
    case 'meanAbsoluteError':
      return absolute(outputs.sub(targets)).mean(-1);
    case 'huber': {
      const size = outputs.sub(targets).abs();
      const inner = size.minimum(loss.delta);
      return inner.square().mul(0.5).add(size.sub(inner).mul(loss.delta)).mean(-1);
    }
  }
}

/** What users see of the outputs: probabilities where the loss takes logits. */
export function eagerPredictions(loss: LossPlan | undefined, outputs: Tensor): Tensor {
  if (!loss || !('fromLogits' in loss) || !loss.fromLogits) return outputs;
  return loss.kind === 'binaryCrossentropy' ? outputs.sigmoid() : outputs.softmax();
}
