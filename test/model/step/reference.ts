/** The reference the compiled step is held against: tf.variableGrads over the model's own layers, same dropout masks. */
import type { LayersModel, Tensor, Variable } from '@tensorflow/tfjs-node';
import { mixSeeds, mulberry32, nextWordState, wordState, type WordState } from '../../../src/random.ts';
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
 * The masks of dropout layers by the rule as it is written down: four streams give a block of four words, or 16 bytes, at a time.
 * For each row of each layer a block's first word rounds three limits up or down, then come as many blocks as its units fill, a byte
 * for two units that are 16 apart: below `256 * rate ** 2` both are left out, below `256 * rate` only the first, below
 * `256 * rate * (2 - rate)` only the second.
 */
export function maskBytes(
  dropouts: readonly { readonly rate: number; readonly size: number }[],
  { seed, step, rows }: { readonly seed: number; readonly step: number; readonly rows: number },
): Uint8Array[] {
  const blocks = dropouts.reduce((sum, { size }) => sum + rows * (1 + Math.ceil(size / 32)), 0);
  const streams = [0, 1, 2, 3].map((part) => plainWords(blocks, wordState(mixSeeds(seed, part), step)));
  let block = 0;
  return dropouts.map(({ rate, size }) => {
    const mask = new Uint8Array(rows * size);
    for (let row = 0; row < rows; row++) {
      const chance = streams[0]![block++]!;
      const limit = (share: number) => Math.floor((Math.floor(2 ** 40 * share) + chance) / 2 ** 32);
      const [both, first, either] = [limit(rate * rate), limit(rate), limit(rate * (2 - rate))];
      for (let unit = 0; unit < size; unit++) {
        const word = streams[(unit >> 2) & 3]![block + (unit >> 5)]!;
        const byte = (word >>> (8 * (unit & 3))) & 255;
        const isLeftOut = unit & 16 ? byte < both || (byte >= first && byte < either) : byte < first;
        mask[row * size + unit] = Number(!isLeftOut);
      }
      block += Math.ceil(size / 32);
    }
    return mask;
  });
}

/** The masks of a step of a model: what the units of its dropout layers are multiplied by. */
function masksOf(model: LayersModel, seed: number, step: number, rows: number): Tensor[] {
  const tf = tensorflow();
  const dropouts = model.layers.filter((layer) => layer.getClassName() === 'Dropout') as unknown as {
    rate: number;
    output: { shape: number[] };
  }[];
  const active = dropouts
    .filter(({ rate }) => rate > 0)
    .map(({ rate, output }) => {
      const shape = output.shape.slice(1);
      return { rate, shape, size: shape.reduce((a, b) => a * b, 1) };
    });
  return maskBytes(active, { seed, step, rows }).map((mask, i) => {
    const { rate, shape } = active[i]!;
    return tf.tensor(
      Float32Array.from(mask, (stays) => stays / (1 - rate)),
      [rows, ...shape],
    );
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
