/** Several epochs over rows that are in memory. */
import { mixSeeds, mulberry32, permutation } from '../../random.ts';
import { refuseUnknownOptions, type OptionNames } from '../../options.ts';
import { ModelOptionError } from '../errors.ts';
import type { MiniBatch, OnlineModel } from '../online-model.ts';
import type { EpochsOptions, EpochsResult } from './train-step.ts';

const known: OptionNames<EpochsOptions> = { epochs: true, batchSize: true, shuffleSeed: true };

/** Learns all rows `epochs` times in mini-batches; each step is one call of `learn`. */
export function learnInEpochs(model: OnlineModel, batch: MiniBatch, options: EpochsOptions): EpochsResult {
  refuseUnknownOptions('learnEpochs', options, known);
  const { epochs = 1, batchSize = 32, shuffleSeed } = options;
  for (const [name, value] of Object.entries({ epochs, batchSize })) {
    if (!Number.isInteger(value) || value < 1) throw new ModelOptionError(name, value, 'a whole number >= 1');
  }
  if (
    shuffleSeed !== undefined &&
    !(Number.isInteger(shuffleSeed) && shuffleSeed >= 0 && shuffleSeed <= 0xffff_ffff)
  )
    throw new ModelOptionError('shuffleSeed', shuffleSeed, 'an integer from 0 to 4294967295');
  const { rows } = batch;
  const before = model.step;
  const losses: number[] = [];
  for (let epoch = 0; epoch < epochs; epoch++) {
    const random = shuffleSeed === undefined ? undefined : mulberry32(mixSeeds(shuffleSeed, model.step));
    const { xs, ys, weights } = random ? arranged(batch, permutation(rows, random)) : batch;
    let total = 0;
    for (let from = 0; from < rows; from += batchSize) {
      const to = Math.min(rows, from + batchSize);
      const part = (array: Float32Array) =>
        array.subarray((from * array.length) / rows, (to * array.length) / rows);
      const cut = { rows: to - from, xs: part(xs), ys: part(ys), ...(weights && { weights: part(weights) }) };
      total += model.learn(cut).loss * cut.rows;
    }
    losses.push(total / rows);
  }
  return { losses, steps: model.step - before };
}

/** The rows in another order, in new memory. */
function arranged({ rows, xs, ys, weights }: MiniBatch, order: readonly number[]): MiniBatch {
  const moved = (array: Float32Array) => {
    const width = array.length / rows;
    const result = new Float32Array(array.length);
    for (let row = 0; row < rows; row++) {
      const source = order[row]! * width;
      for (let i = 0; i < width; i++) result[row * width + i] = array[source + i]!;
    }
    return result;
  };
  return { rows, xs: moved(xs), ys: moved(ys), ...(weights && { weights: moved(weights) }) };
}
