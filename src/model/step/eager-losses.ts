/** The losses of the fallback, as tfjs operations on what the model put out. */
import type { Tensor } from '@tensorflow/tfjs-node';
import { tensorflow } from '../../tensorflow.ts';
import type { LossPlan } from './losses.ts';

const EPSILON = 1e-7;

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
      return outputs.sub(targets).abs().mean(-1);
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
