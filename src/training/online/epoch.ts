/** One pass of learning over rows that are in memory. */
import { giveTurn, turnIsDue } from '../../kafka/dataset/breathe.ts';
import { mixSeeds, mulberry32, permutation } from '../../random.ts';
import type { OnlineModel } from '../../model/index.ts';
import { LossNotFiniteError } from './errors.ts';
import type { LabelledRows } from './evaluation.ts';

/** How an epoch goes over its rows. */
export interface EpochOptions {
  readonly batchSize: number;
  /** A new order at each epoch, from the seed and the model's step; undefined: the order of the rows. */
  readonly shuffleSeed: number | undefined;
  /** Told the labels and the predictions of the training pass, mini-batch by mini-batch. */
  readonly onLearnt?: (ys: Float32Array, predictions: Float32Array) => void;
}

/**
 * Learns all rows once, in mini-batches of `batchSize` (the last one may have fewer). However long that takes, the event
 * loop has its turns between two steps: heartbeats go on, and so does fetching ahead.
 *
 * @returns the mean loss a row
 * @throws LossNotFiniteError (`ST_TRAINING_LOSS_NOT_FINITE`)
 */
export async function learnEpoch(
  model: OnlineModel,
  data: LabelledRows,
  options: EpochOptions,
): Promise<number> {
  const { rows } = data;
  const { batchSize, shuffleSeed, onLearnt } = options;
  const order =
    shuffleSeed === undefined ? undefined : permutation(rows, mulberry32(mixSeeds(shuffleSeed, model.step)));
  const { xs, ys } = order ? arranged(data, order, model.features) : data;
  let total = 0;
  for (let from = 0; from < rows; from += batchSize) {
    if (turnIsDue()) await giveTurn();
    const to = Math.min(rows, from + batchSize);
    const labels = ys.subarray(from, to);
    const { loss, predictions } = model.learn({
      rows: to - from,
      xs: xs.subarray(from * model.features, to * model.features),
      ys: labels,
    });
    if (!Number.isFinite(loss)) throw new LossNotFiniteError(loss, model.step);
    total += loss * (to - from);
    onLearnt?.(labels, predictions);
  }
  return total / rows;
}

/** The rows in another order, in new memory. */
function arranged({ xs, ys, rows }: LabelledRows, order: readonly number[], features: number): LabelledRows {
  const arrangedXs =
    xs instanceof Float64Array ? new Float64Array(rows * features) : new Float32Array(rows * features);
  const arrangedYs = new Float32Array(rows);
  for (let row = 0, at = 0; row < rows; row++) {
    const source = order[row]!;
    arrangedYs[row] = ys[source]!;
    for (let from = source * features, end = from + features; from < end; from++)
      arrangedXs[at++] = xs[from]!;
  }
  return { xs: arrangedXs, ys: arrangedYs, rows };
}
