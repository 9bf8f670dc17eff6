/** Half-space trees: where few rows of the last window were, a row is unusual. */
import type { RowValues } from '../../finite.ts';
import {
  checkInteger,
  checkNumber,
  checkSeed,
  invalidOption,
  refuseUnknownOptions,
  type OptionNames,
} from '../../options.ts';
import type { State } from '../../state.ts';
import { learnerInput, StateMismatchError } from '../errors.ts';
import { checkRow, checkRows, featureOf, finiteNumber } from '../learners/row-model.ts';
import { restoredMemory, savedMemory } from '../learners/row-memory.ts';
import type { AnomalyScorer } from './anomaly-scorer.ts';
import { randomHalfSpaces, type HalfSpaces } from './half-spaces.ts';

/** Options of {@link HalfSpaceTrees}; the defaults are River's. */
export interface HalfSpaceTreesOptions {
  /** Values in a row. */
  features: number;
  /** Trees (default 10). */
  trees?: number;
  /** Halvings from the root to a leaf (default 8): a tree has 2^(height + 1) - 1 nodes. */
  height?: number;
  /** Rows after which the trees judge by the rows just learnt (default 250). Before the first window is full, all scores are 0. */
  windowSize?: number;
  /** Least and greatest value of each feature (default 0 and 1 each: put an `OnlineMinMaxScaler` before it). */
  limits?: readonly (readonly [least: number, greatest: number])[];
  /** Of what is halved where (default 0): a whole number from 0 to 2^32 - 1. */
  seed?: number;
}

const optionNames: OptionNames<HalfSpaceTreesOptions> = {
  ...{ features: true, trees: true, height: true, windowSize: true, limits: true, seed: true },
};

/** A node with fewer of a window's rows than this share of them is not looked into further. */
const SMALL = 0.1;

interface Memory {
  readonly step: number;
  /** Rows of the current window in each node, tree after tree. */
  readonly masses: Int32Array;
  /** Rows of the window before: by these rows are judged. */
  readonly judged: Int32Array;
}

/**
 * Half-space trees over a stream: random trees halve the space again and again, count the rows of each window in every part,
 * and call a row unusual that falls where the window before had few. No labels, no distances; time and memory stay the same
 * for ever. They find rows that lie apart; many anomalies in one place look usual to them.
 *
 * S. C. Tan, K. M. Ting, F. T. Liu: "Fast anomaly detection for streaming data", IJCAI 2011. Equal to River 0.23's
 * `anomaly.HalfSpaceTrees` with the same seed, score by score (features in their order, as those of a `dict` sorted by
 * name). All scores of the first window are 0: nothing is known yet.
 *
 * @example
 * ```ts run
 * const trees = new HalfSpaceTrees({ features: 1, trees: 5, height: 3, windowSize: 3, seed: 42 });
 * for (const x of [0.5, 0.45, 0.43, 0.44, 0.445, 0.45]) trees.learnRow([x]);
 * trees.scoreRow([0.45]).toFixed(3); // '0.071'
 * trees.scoreRow([0]).toFixed(3); // '0.853'
 * ```
 */
export class HalfSpaceTrees implements AnomalyScorer {
  readonly kind = 'halfSpaceTrees';
  readonly features: number;
  readonly #trees: number;
  readonly #height: number;
  readonly #windowSize: number;
  readonly #seed: number;
  readonly #limits: readonly (readonly [number, number])[];
  readonly #spaces: HalfSpaces;
  #row: Float64Array;
  #masses: Int32Array;
  #judged: Int32Array;
  #rows = 0;

  /** @throws InvalidOptionError (`ST_OPTION_INVALID`), UnknownOptionError (`ST_OPTION_UNKNOWN`) */
  constructor(options: HalfSpaceTreesOptions) {
    refuseUnknownOptions(this.kind, options, optionNames);
    const { features, trees = 10, height = 8, windowSize = 250, seed = 0 } = options;
    checkInteger(`${this.kind}.features`, features, { least: 1 });
    checkInteger(`${this.kind}.trees`, trees, { least: 1, most: 10_000 });
    checkInteger(`${this.kind}.height`, height, { least: 1, most: 20 });
    checkInteger(`${this.kind}.windowSize`, windowSize, { least: 1, most: 2 ** 31 - 1 });
    checkSeed(`${this.kind}.seed`, seed);
    this.features = features;
    this.#trees = trees;
    this.#height = height;
    this.#windowSize = windowSize;
    this.#seed = seed;
    this.#limits = checkedLimits(`${this.kind}.limits`, features, options.limits);
    this.#spaces = randomHalfSpaces({ trees, height, seed, limits: this.#limits });
    this.#row = new Float64Array(features);
    this.#masses = new Int32Array(trees * nodesOf(height));
    this.#judged = new Int32Array(trees * nodesOf(height));
  }

  get rows(): number {
    return this.#rows;
  }

  get bytes(): number {
    const { splits, thresholds } = this.#spaces;
    return this.#masses.byteLength + this.#judged.byteLength + splits.byteLength + thresholds.byteLength;
  }

  scoreRow(xs: ArrayLike<number>): number {
    checkRow(this.kind, this.features, xs);
    return this.#score(this.#taken(xs, 0));
  }

  learnRow(xs: ArrayLike<number>): void {
    checkRow(this.kind, this.features, xs);
    this.#learn(this.#taken(xs, 0));
  }

  score(xs: RowValues, rows: number): Float64Array {
    checkRows(this.kind, this.features, rows, xs);
    const scores = new Float64Array(rows);
    for (let row = 0; row < rows; row++) scores[row] = this.#score(this.#taken(xs, row * this.features));
    return scores;
  }

  learn(xs: RowValues, rows: number): void {
    checkRows(this.kind, this.features, rows, xs);
    for (let row = 0; row < rows; row++) this.#taken(xs, row * this.features);
    for (let row = 0; row < rows; row++) this.#learn(this.#taken(xs, row * this.features));
  }

  save(): State {
    return savedMemory(this.#options, this.#memory);
  }

  restore(state: State): void {
    const memory = restoredMemory(this.kind, this.#options, this.#memory, state, (found) => {
      const isCount = (mass: number) => mass >= 0 && mass <= this.#windowSize;
      return found.masses.every(isCount) && found.judged.every(isCount)
        ? undefined
        : 'a part holds no number of rows';
    });
    this.#rows = memory.step;
    this.#masses = memory.masses;
    this.#judged = memory.judged;
  }

  #score(row: Float64Array): number {
    // Nothing is known in the first window.
    if (this.#rows < this.#windowSize) return 0;
    const [judged, spaces, height] = [this.#judged, this.#spaces, this.#height];
    const nodes = nodesOf(height);
    const small = SMALL * this.#windowSize;
    let sum = 0;
    for (let tree = 0; tree < this.#trees; tree++) {
      let node = 0;
      for (let depth = 0, share = 1; ; depth++, share *= 2) {
        const mass = judged[tree * nodes + node]!;
        sum += mass * share;
        if (mass < small || depth === height) break;
        node = spaces.next(tree, node, row);
      }
    }
    return 1 - sum / (this.#trees * this.#windowSize * nodes);
  }

  #learn(row: Float64Array): void {
    const [masses, spaces, height] = [this.#masses, this.#spaces, this.#height];
    const nodes = nodesOf(height);
    for (let tree = 0; tree < this.#trees; tree++) {
      const from = tree * nodes;
      masses[from]!++;
      for (let depth = 0, node = 0; depth < height; depth++) {
        node = spaces.next(tree, node, row);
        masses[from + node]!++;
      }
    }
    this.#rows++;
    if (this.#rows % this.#windowSize !== 0) return;
    [this.#judged, this.#masses] = [masses, this.#judged];
    this.#masses.fill(0);
  }

  /** A row in memory of its own, refused where it has a value that is not finite. */
  #taken(xs: ArrayLike<number>, at: number): Float64Array {
    const row = this.#row;
    for (let i = 0; i < row.length; i++) {
      row[i] = xs[at + i]!;
      if (!Number.isFinite(row[i]))
        throw learnerInput(this.kind, featureOf(this.features, xs, at + i), xs[at + i], finiteNumber);
    }
    return row;
  }

  get #options() {
    const [trees, height, windowSize, seed] = [this.#trees, this.#height, this.#windowSize, this.#seed];
    return { features: this.features, trees, height, windowSize, seed, limits: JSON.stringify(this.#limits) };
  }

  get #memory(): Memory {
    return { step: this.#rows, masses: this.#masses, judged: this.#judged };
  }
}

/**
 * Those whose state has such options.
 *
 * @throws StateMismatchError (`ST_TRAINING_STATE_MISMATCH`) for limits that are no JSON
 */
export function halfSpaceTreesOf({
  limits,
  ...options
}: Omit<HalfSpaceTreesOptions, 'limits'> & { readonly limits: string }): HalfSpaceTrees {
  return new HalfSpaceTrees({ ...options, limits: limitsOfState(limits) });
}

function limitsOfState(limits: unknown): HalfSpaceTreesOptions['limits'] & object {
  try {
    return JSON.parse(String(limits)) as HalfSpaceTreesOptions['limits'] & object;
  } catch {
    throw new StateMismatchError({ kind: 'halfSpaceTrees', problem: `its limits are ${String(limits)}` });
  }
}

const nodesOf = (height: number): number => 2 ** (height + 1) - 1;

function checkedLimits(
  option: string,
  features: number,
  limits: HalfSpaceTreesOptions['limits'] = Array.from({ length: features }, () => [0, 1] as const),
): readonly (readonly [number, number])[] {
  if (!Array.isArray(limits) || limits.length !== features)
    throw invalidOption(option, limits, `a list of ${features} pairs`);
  return limits.map((pair: readonly [number, number], i) => {
    if (!Array.isArray(pair) || pair.length !== 2)
      throw invalidOption(`${option}[${i}]`, pair, 'a pair of numbers');
    const least = checkNumber(`${option}[${i}][0]`, pair[0], { least: -1e150, most: 1e150 });
    const greatest = checkNumber(`${option}[${i}][1]`, pair[1], { above: least, most: 1e150 });
    return [least, greatest] as const;
  });
}
