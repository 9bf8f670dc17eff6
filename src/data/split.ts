/** Splits a frame's rows into those to train on and those to test with. */
import { refuseUnknownOptions, type OptionNames } from '../options.ts';
import type { DataFrame } from './danfo.ts';
import { DataOptionError } from './errors.ts';
import { columnIndex, frameOf, isMissing, rowsOf } from './frame.ts';
import { mulberry32, permutation } from '../random.ts';

/** Options of {@link trainTestSplit}. */
export interface TrainTestSplitOptions {
  /** The share of rows to test with, between 0 and 1. Default 0.4. */
  testSize?: number;
  /** Same seed, same rows: an integer from 0 to 2^32 - 1. Default 0. */
  seed?: number;
  /**
   * Keep rows together that have the same value in this column (samples of one patient, say): all to train on or all
   * to test with. The test side then has at least `ceil(testSize * rows)` rows, and a few more where a group is large.
   * Rows without a value there (NaN, null) are kept together, too: they may be of one group.
   */
  groupBy?: string;
}

const optionNames: OptionNames<TrainTestSplitOptions> = { testSize: true, seed: true, groupBy: true };

/** Two frames that share no row. */
export interface TrainTestSplit {
  train: DataFrame;
  test: DataFrame;
}

/**
 * Shuffles the rows and splits them: `ceil(testSize * rows)` to test with, the others to train on, the same counts
 * as scikit-learn's `train_test_split` (not the same rows: its generator is another). Rows keep their index label,
 * so `train.index` says which they were; danfojs' `query` takes those labels for places (it throws, or gives other
 * rows), so filter the parts with `part.loc({ rows: mask })`, which takes seconds from 100,000 rows on, or with
 * `part.iloc({ rows: places })`.
 *
 * @throws {@link DataOptionError} (`ST_DATA_OPTION`) when `testSize` is not between 0 and 1, leaves either side
 *   empty, or `seed` is not a whole number;
 *   {@link UnknownColumnError} (`ST_DATA_UNKNOWN_COLUMN`) for `groupBy`
 * @example
 * ```ts
 * const { train, test } = trainTestSplit(await readBreastCancer(), { testSize: 0.4, seed: 1 });
 * console.log(train.shape[0], test.shape[0]); // 419 280
 * ```
 */
export function trainTestSplit(frame: DataFrame, options: TrainTestSplitOptions = {}): TrainTestSplit {
  refuseUnknownOptions('trainTestSplit', options, optionNames);
  const { testSize = 0.4, seed = 0 } = options;
  const rows = rowsOf(frame);
  const inTest = Math.ceil(testSize * rows.length);
  if (!(testSize > 0 && testSize < 1) || inTest >= rows.length) {
    const expected = `a share between 0 and 1 that leaves at least one of the ${rows.length} rows on either side`;
    throw new DataOptionError('testSize', testSize, expected);
  }
  if (!Number.isInteger(seed) || seed < 0 || seed > 0xffff_ffff)
    throw new DataOptionError('seed', seed, 'an integer from 0 to 4294967295');
  const shuffled = permutation(rows.length, mulberry32(seed));
  const { order, cut } =
    options.groupBy === undefined
      ? { order: shuffled, cut: inTest }
      : grouped(shuffled, frame, options.groupBy, inTest);
  if (cut >= rows.length) {
    const expected = `a column whose groups can be split: one group alone fills the test side`;
    throw new DataOptionError('groupBy', options.groupBy, expected);
  }
  const pick = (places: number[]) =>
    frameOf(
      places.map((place) => rows[place]!),
      frame.columns,
      places.map((place) => frame.index[place]!),
    );
  return { train: pick(order.slice(cut)), test: pick(order.slice(0, cut)) };
}

/** The rows with those of a group beside each other, and how many of them are whole groups of at least `least` rows. */
function grouped(
  order: readonly number[],
  frame: DataFrame,
  column: string,
  least: number,
): { order: number[]; cut: number } {
  const place = columnIndex(frame, column);
  const rows = rowsOf(frame);
  const groups = new Map<string, number[]>();
  for (const row of order) {
    const cell = rows[row]![place];
    const key = isMissing(cell) ? 'missing' : `${typeof cell} ${String(cell)}`;
    const group = groups.get(key);
    if (group) group.push(row);
    else groups.set(key, [row]);
  }
  let cut = 0;
  for (const group of groups.values()) if (cut < least) cut += group.length;
  return { order: [...groups.values()].flat(), cut };
}

