/** Epochs over rows that are in memory: mini-batch by mini-batch, in the rows' order or in a new one. */
import type { RowValues } from '../../finite.ts';
import { checkInteger, checkSeed, refuseUnknownOptions, type OptionNames } from '../../options.ts';
import { mixSeeds, mulberry32, permutation } from '../../random.ts';
import type { MiniBatch, OnlineModel } from '../online-model.ts';
import type { EpochsOptions, EpochsResult } from './train-step.ts';

const known: OptionNames<EpochsOptions> = { epochs: true, batchSize: true, shuffleSeed: true };

/** How one epoch is cut into mini-batches. */
interface MiniBatchOrder {
  /** Rows in a mini-batch; the last one may have fewer. */
  readonly batchSize: number;
  /** Rows come in a new order, drawn from this seed and `step`; undefined: in the order they have. */
  readonly shuffleSeed: number | undefined;
  /** The model's step at the start of the epoch. */
  readonly step: number;
}

/** The mini-batches of one epoch. They are views: of the given arrays, or of one copy in the new order. */
export function* miniBatchesOf<Values extends RowValues>(
  data: MiniBatch<Values>,
  { batchSize, shuffleSeed, step }: MiniBatchOrder,
): Generator<MiniBatch<Values>, void, undefined> {
  const { rows } = data;
  const { xs, ys, weights } =
    shuffleSeed === undefined
      ? data
      : arranged(data, permutation(rows, mulberry32(mixSeeds(shuffleSeed, step))));
  for (let from = 0; from < rows; from += batchSize) {
    const to = Math.min(rows, from + batchSize);
    const part = <Array extends RowValues>(array: Array): Array =>
      array.subarray((from * array.length) / rows, (to * array.length) / rows) as Array;
    yield { rows: to - from, xs: part(xs), ys: part(ys), ...(weights && { weights: part(weights) }) };
  }
}

/** Learns all rows `epochs` times in mini-batches; each step is one call of `learn`. */
export function learnInEpochs(
  model: OnlineModel,
  batch: MiniBatch<RowValues>,
  options: EpochsOptions,
): EpochsResult {
  refuseUnknownOptions('learnEpochs', options, known);
  const { epochs = 1, batchSize = 32, shuffleSeed } = options;
  for (const [option, value] of Object.entries({ epochs, batchSize }))
    checkInteger(option, value, { least: 1 });
  if (shuffleSeed !== undefined) checkSeed('shuffleSeed', shuffleSeed);
  const { rows } = batch;
  const before = model.step;
  const losses: number[] = [];
  for (let epoch = 0; epoch < epochs; epoch++) {
    let total = 0;
    for (const part of miniBatchesOf(batch, { batchSize, shuffleSeed, step: model.step }))
      total += model.learn(part).loss * part.rows;
    losses.push(total / rows);
  }
  return { losses, steps: model.step - before };
}

/** The rows in another order, in new memory. */
function arranged<Values extends RowValues>(
  { rows, xs, ys, weights }: MiniBatch<Values>,
  order: readonly number[],
): MiniBatch<Values> {
  const moved = <Array extends RowValues>(array: Array): Array => {
    const width = array.length / rows;
    const result =
      array instanceof Float64Array ? new Float64Array(array.length) : new Float32Array(array.length);
    for (let row = 0, at = 0; row < rows; row++) {
      for (let from = order[row]! * width, end = from + width; from < end; from++)
        result[at++] = array[from]!;
    }
    return result as RowValues as Array;
  };
  return { rows, xs: moved(xs), ys: moved(ys), ...(weights && { weights: moved(weights) }) };
}
