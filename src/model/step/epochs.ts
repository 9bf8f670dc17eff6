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

/**
 * The mini-batches of one epoch: views of the given arrays, or, in a new order, copies in memory that the next one takes over, as
 * a model keeps nothing of what it is given.
 */
export function* miniBatchesOf<Values extends RowValues>(
  data: MiniBatch<Values>,
  { batchSize, shuffleSeed, step }: MiniBatchOrder,
): Generator<MiniBatch<Values>, void, undefined> {
  const { rows } = data;
  if (shuffleSeed !== undefined) {
    yield* arranged(data, batchSize, permutation(rows, mulberry32(mixSeeds(shuffleSeed, step))));
    return;
  }
  const { xs, ys, weights } = data;
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

/** The mini-batches in another order of the rows. */
function* arranged<Values extends RowValues>(
  { rows, xs, ys, weights }: MiniBatch<Values>,
  batchSize: number,
  order: readonly number[],
): Generator<MiniBatch<Values>, void, undefined> {
  let part: MiniBatch<Values> | undefined;
  for (let from = 0; from < rows; from += batchSize) {
    const count = Math.min(batchSize, rows - from);
    // The last one may have fewer.
    if (part?.rows !== count) {
      const like = <Array extends RowValues>(array: Array): Array => spaceFor(array, rows, count);
      part = { rows: count, xs: like(xs), ys: like(ys), ...(weights && { weights: like(weights) }) };
    }
    gather(xs, part.xs, order, from);
    gather(ys, part.ys, order, from);
    if (weights) gather(weights, part.weights!, order, from);
    yield part;
  }
}

/** Memory for `count` of the rows of an array. */
function spaceFor<Array extends RowValues>(array: Array, rows: number, count: number): Array {
  const length = (array.length / rows) * count;
  const space: RowValues =
    array instanceof Float64Array ? new Float64Array(length) : new Float32Array(length);
  return space as Array;
}

/**
 * Fills `to` with the rows that come from place `first` of the order on. After a step all of them are far from the processor, which
 * then waits for one row after the other; so it is made to ask for all of them first: half the time (`bench/README.md`).
 */
function gather(values: RowValues, to: RowValues, order: readonly number[], first: number): void {
  const width = values.length / order.length;
  const end = first + to.length / width;
  let sum = 0;
  for (let row = first; row < end; row++) {
    const from = order[row]! * width;
    sum += values[from]! + values[from + width - 1]!;
  }
  asked[0] = sum;
  for (let row = first, at = 0; row < end; row++) {
    for (let from = order[row]! * width, next = from + width; from < next; from++) to[at++] = values[from]!;
  }
}

/** What was read only to be near: what nobody keeps would not be read. */
const asked = new Float64Array(1);
