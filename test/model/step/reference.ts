/** The reference the compiled step is held against: tf.variableGrads over the model's own layers, same dropout masks. */
import type { LayersModel, Tensor, Variable } from '@tensorflow/tfjs-node';
import { mulberry32, nextWordState, wordState, type WordState } from '../../../src/random.ts';
import type { MiniBatch } from '../../../src/model/index.ts';
import { tensorflow } from '../../../src/tensorflow.ts';

/** Numbers around 0, the same for a seed. */
export function numbers(count: number, seed: number, scale = 1): Float32Array {
  const random = mulberry32(seed >>> 0);
  return Float32Array.from({ length: count }, () => (random() + random() + random() - 1.5) * 1.4 * scale);
}

/** So many words of xoshiro128**, one after the other. */
export function plainWords(count: number, state: WordState): number[] {
  return Array.from({ length: count }, () => {
    const scrambled = Math.imul(state[1], 5);
    state = nextWordState(state);
    return Math.imul((scrambled << 7) | (scrambled >>> 25), 9) >>> 0;
  });
}

/**
 * The masks of a step by the rule as it is written down: a byte a unit, row-major and layer after layer, then a word a row
 * and layer that rounds `256 * rate` up or down; a unit stays where its byte is at least that.
 */
function masksOf(model: LayersModel, seed: number, step: number, rows: number): Tensor[] {
  const tf = tensorflow();
  const dropouts = model.layers.filter((layer) => layer.getClassName() === 'Dropout') as unknown as {
    rate: number;
    output: { shape: number[] };
  }[];
  const active = dropouts.filter(({ rate }) => rate > 0);
  const sizes = active.map(({ output }) => output.shape.slice(1).reduce((a, b) => a * b, 1));
  const units = rows * sizes.reduce((a, b) => a + b, 0);
  const words = plainWords(Math.ceil(units / 4) + rows * active.length, wordState(seed, step));
  const bytes = words.flatMap((word) => [0, 8, 16, 24].map((shift) => (word >>> shift) & 255));
  let [unit, word] = [0, Math.ceil(units / 4)];
  return active.map(({ rate, output }, i) => {
    const least = Array.from({ length: rows }, () => Math.floor(256 * rate + words[word++]! / 4294967296));
    const mask = Float32Array.from({ length: rows * sizes[i]! }, (_, at) =>
      bytes[unit++]! >= least[Math.floor(at / sizes[i]!)]! ? 1 / (1 - rate) : 0,
    );
    return tf.tensor(mask, [rows, ...output.shape.slice(1)]);
  });
}

/** Mean loss of rows: (targets, outputs) -> `[rows]`. */
export type RowLoss = (targets: Tensor, outputs: Tensor) => Tensor;

interface Inside {
  trainableWeights: { val: Variable }[];
}

/**
 * Loss, training-pass outputs and gradients (one array for each trainable weight) of a mini-batch. Also moves the
 * moving statistics of `model`, as tfjs does.
 */
export function reference(
  model: LayersModel,
  batch: MiniBatch,
  rowLoss: RowLoss,
  seed: number,
  step: number,
) {
  const tf = tensorflow();
  return tf.tidy(() => {
    const inside = model as unknown as Inside;
    const masks = masksOf(model, seed, step, batch.rows);
    const x = tf.tensor(batch.xs, [batch.rows, ...(model.inputs[0]!.shape.slice(1) as number[])]);
    const y = tf.tensor(batch.ys, [batch.rows, batch.ys.length / batch.rows]);
    let outputs = new Float32Array();
    const variables = inside.trainableWeights.map(({ val }) => val);
    const { value, grads } = tf.variableGrads(() => {
      let next = 0;
      let h: Tensor = x;
      for (const layer of model.layers) {
        if (layer.getClassName() === 'InputLayer') continue;
        if (layer.getClassName() !== 'Dropout') h = layer.apply(h, { training: true }) as Tensor;
        else if ((layer as unknown as { rate: number }).rate > 0) h = h.mul(masks[next++]!);
      }
      outputs = Float32Array.from(h.dataSync());
      let each = rowLoss(y, h);
      if (batch.weights) each = each.mul(tf.tensor1d(batch.weights));
      const penalties = model.layers.flatMap((layer) => layer.calculateLosses());
      return penalties.reduce<Tensor>((sum, part) => sum.add(part), each.mean()).asScalar();
    }, variables);
    const gradients = variables.map(({ name }) => Float32Array.from(grads[name]!.dataSync()));
    return { loss: value.dataSync()[0]!, outputs, gradients };
  });
}

/** The largest difference of two arrays, relative to the largest number of the second. */
export function relativeError(found: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (found.length !== expected.length) return Infinity;
  let difference = 0;
  let largest = 1e-30;
  for (let i = 0; i < expected.length; i++) {
    const d = Math.abs(found[i]! - expected[i]!);
    if (!(d <= difference)) difference = Number.isNaN(d) ? Infinity : d;
    largest = Math.max(largest, Math.abs(expected[i]!));
  }
  return difference / largest;
}

/** Cuts an array into arrays of the sizes of others. */
export function cutLike(values: Float32Array, like: readonly Float32Array[]): Float32Array[] {
  let from = 0;
  return like.map(({ length }) => values.slice(from, (from += length)));
}

/** The arrays of a step's state. */
export const arraysOf = (state: unknown): Record<string, Float32Array> =>
  (state as { arrays: Record<string, Float32Array> }).arrays;
