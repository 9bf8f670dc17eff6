/** Splits a frame's rows into those to train on and those to test with, once or in folds. */
import { InvalidOptionError, checkSeed, refuseUnknownOptions, type OptionNames } from '../options.ts';
import { mulberry32, permutation } from '../random.ts';
import type { DataFrame } from './danfo.ts';
import { columnIndex, frameOf, isMissing, rowsOf } from './frame.ts';

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
 * @throws `InvalidOptionError` (`ST_OPTION_INVALID`) when `testSize` is not between 0 and 1, leaves either side
 *   empty, or `seed` is not a whole number;
 *   {@link UnknownColumnError} (`ST_DATA_UNKNOWN_COLUMN`) for `groupBy`
 * @example
 * ```ts run
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
    throw new InvalidOptionError({ option: 'testSize', value: testSize, expected });
  }
  checkSeed('seed', seed);
  const groups = groupsOf(permutation(rows.length, mulberry32(seed)), frame, options.groupBy);
  let cut = 0;
  for (const group of groups) if (cut < inTest) cut += group.length;
  if (cut >= rows.length) {
    const expected = `a column whose groups can be split: one group alone fills the test side`;
    throw new InvalidOptionError({ option: 'groupBy', value: options.groupBy, expected });
  }
  const order = groups.flat();
  return { train: rowsAt(frame, order.slice(cut)), test: rowsAt(frame, order.slice(0, cut)) };
}

/** Options of {@link kFold}. */
export interface KFoldOptions extends Pick<TrainTestSplitOptions, 'seed' | 'groupBy'> {
  /** Into how many parts the rows are cut: 2 up to the number of rows. Default 5. */
  folds?: number;
}

const foldNames: OptionNames<KFoldOptions> = { folds: true, seed: true, groupBy: true };

/**
 * Cuts the shuffled rows into `folds` parts and gives as many splits, each with another part to test with: every row is
 * tested once, by a model that has not learnt it. What scikit-learn does by `KFold` and, with `groupBy`, `GroupKFold`
 * (whose parts are others). Parts are as equal as whole groups let them be.
 *
 * @throws `InvalidOptionError` (`ST_OPTION_INVALID`) when there are fewer rows or groups than `folds`, or for a seed that
 *   is none; {@link UnknownColumnError} (`ST_DATA_UNKNOWN_COLUMN`) for `groupBy`
 * @example
 * ```ts run
 * const folds = kFold(await readBreastCancer(), { folds: 5, seed: 1, groupBy: 'Sample_code_number' });
 * console.log(folds.map(({ test }) => test.shape[0])); // [ 140, 140, 140, 140, 139 ]
 * ```
 */
export function kFold(frame: DataFrame, options: KFoldOptions = {}): TrainTestSplit[] {
  refuseUnknownOptions('kFold', options, foldNames);
  const { folds = 5, seed = 0, groupBy } = options;
  const rows = rowsOf(frame).length;
  checkSeed('seed', seed);
  const groups = groupsOf(permutation(rows, mulberry32(seed)), frame, groupBy);
  if (!Number.isInteger(folds) || folds < 2 || folds > groups.length) {
    const what = groupBy === undefined ? 'rows' : `groups of ${groupBy}`;
    const expected = `a whole number from 2 to the ${groups.length} ${what}`;
    throw new InvalidOptionError({ option: 'folds', value: folds, expected });
  }
  const parts: number[][] = Array.from({ length: folds }, () => []);
  // The largest groups first, each into the smallest part.
  const bySize = [...groups].sort((a, b) => b.length - a.length);
  for (const group of bySize) {
    const smallest = parts.reduce((least, part) => (part.length < least.length ? part : least));
    smallest.push(...group);
  }
  return parts.map((test) => ({
    train: rowsAt(frame, parts.filter((part) => part !== test).flat()),
    test: rowsAt(frame, test),
  }));
}

/** The rows at places, with their index labels. */
function rowsAt(frame: DataFrame, places: readonly number[]): DataFrame {
  const rows = rowsOf(frame);
  return frameOf(
    places.map((place) => rows[place]!),
    frame.columns,
    places.map((place) => frame.index[place]!),
  );
}

/** The rows that have to stay together, in the order in which the first of each comes; without a column each alone. */
function groupsOf(order: readonly number[], frame: DataFrame, column: string | undefined): number[][] {
  if (column === undefined) return order.map((row) => [row]);
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
  return [...groups.values()];
}
