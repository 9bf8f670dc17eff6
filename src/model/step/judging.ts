/** What predictions of a mini-batch are worth: its loss and its metrics. */
import type { MiniBatch } from '../online-model.ts';
import { tensorflow } from '../../tensorflow.ts';
import { largest, type Targets } from './batch-checks.ts';
import { eagerRowLosses } from './losses.ts';
import type { CheckedOptions, NamedMetric } from './options.ts';

/** The shapes of a row's predictions and targets. */
export interface RowShapes {
  readonly output: readonly number[];
  readonly target: readonly number[];
}

/** The mean loss of rows by their predictions, without penalties. */
export function meanLoss(
  loss: CheckedOptions['loss'],
  { rows, ys }: Pick<MiniBatch, 'rows' | 'ys'>,
  predictions: Float32Array,
  row: RowShapes,
): number {
  const tf = tensorflow();
  return tf.tidy(() => {
    const targets = tf.tensor(ys, [rows, ...row.target]);
    const outputs = tf.tensor(predictions, [rows, ...row.output]);
    // Predictions are probabilities also where the loss takes logits.
    const each =
      typeof loss === 'function'
        ? loss(targets, outputs)
        : eagerRowLosses('fromLogits' in loss ? { ...loss, fromLogits: false } : loss, targets, outputs);
    return each.mean().dataSync()[0]!;
  });
}

/** The metrics of a mini-batch by name. */
export function stepMetrics(
  metrics: readonly NamedMetric[],
  batch: MiniBatch,
  predictions: Float32Array,
  targets: Targets,
): Record<string, number> {
  const found: Record<string, number> = {};
  for (const { name, compute } of metrics) {
    if (!compute) found[name] = accuracy(batch, predictions, targets);
    else {
      const tf = tensorflow();
      const places = predictions.length / targets.classes;
      const as2d = (values: Float32Array) => tf.tensor2d(values, [places, values.length / places]);
      found[name] = tf.tidy(() => compute(as2d(batch.ys), as2d(predictions)).mean().dataSync()[0]!);
    }
  }
  return found;
}

/**
 * The share of rows whose class is predicted right, as Keras has it. With `binaryCrossentropy` or one output: class 1 above
 * 0.5, for several outputs the share of these; else the largest of the outputs. Targets are class numbers (one a row) or one
 * value for each output.
 */
function accuracy({ rows, ys }: MiniBatch, predictions: Float32Array, targets: Targets): number {
  const outputs = predictions.length / rows;
  if (targets.kind === 'share' || outputs === 1) {
    let right = 0;
    for (let i = 0; i < predictions.length; i++) if (Number(predictions[i]! > 0.5) === ys[i]!) right++;
    return right / predictions.length;
  }
  const { kind, classes } = targets;
  let right = 0;
  const places = predictions.length / classes;
  for (let place = 0; place < places; place++) {
    const truth = kind === 'class' ? ys[place]! : largest(ys, place * classes, classes);
    if (largest(predictions, place * classes, classes) === truth) right++;
  }
  return right / places;
}
