/** One pass of learning over rows that are in memory. */
import { giveTurn, turnIsDue } from '../../process/index.ts';
import { miniBatchesOf } from '../../model/step/epochs.ts';
import type { OnlineModel } from '../../model/index.ts';
import { LossNotFiniteError } from '../errors.ts';
import type { LabelledRows } from './evaluation.ts';

/** How an epoch goes over its rows. */
interface EpochOptions {
  readonly batchSize: number;
  /** A new order at each epoch, from the seed and the model's step; undefined: the order of the rows. */
  readonly shuffleSeed: number | undefined;
  /** Called with the labels and the predictions of the training pass, mini-batch by mini-batch. */
  readonly onLearnt?: (ys: Float32Array, predictions: Float32Array) => void;
  /** Whether something waits for the event loop: then it has a turn after every step, which costs 2 us. */
  readonly isAwaited?: () => boolean;
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
  { batchSize, shuffleSeed, onLearnt, isAwaited = () => false }: EpochOptions,
): Promise<number> {
  let total = 0;
  for (const batch of miniBatchesOf(data, { batchSize, shuffleSeed, step: model.step })) {
    if (turnIsDue() || isAwaited()) await giveTurn();
    const { loss, predictions } = model.learn(batch);
    if (!Number.isFinite(loss)) throw new LossNotFiniteError({ loss, step: model.step });
    total += loss * batch.rows;
    onLearnt?.(batch.ys, predictions);
  }
  return total / data.rows;
}
