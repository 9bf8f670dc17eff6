/** The classes of the most similar of the last rows: k-nearest neighbours in a window. */
import {
  checkInteger,
  checkOneOf,
  invalidOption,
  refuseUnknownOptions,
  type OptionNames,
} from '../../options.ts';
import type { State } from '../../state.ts';
import { RowClassifier, type RowClassifierOptions } from '../learners/row-classifier.ts';
import { MOST_VALUES } from '../learners/row-model.ts';
import { restoredMemory, savedMemory } from '../learners/row-memory.ts';
import { NearestRows } from './nearest-rows.ts';

/** Options of {@link KNeighborsClassifier}; the defaults are River's, with a window of 1000 rows. */
export interface KNeighborsClassifierOptions extends RowClassifierOptions {
  /** Neighbours that vote (default 5). */
  neighbors?: number;
  /** The last so many rows are remembered (default 1000); older ones are forgotten. */
  windowSize?: number;
  /** Whether a vote counts by the inverse of its distance (default true); else all count the same. */
  weighted?: boolean;
  /** The distance: 2 is Euclidean (default), 1 Manhattan. River's `minkowski_distance` with this `p`. */
  p?: 1 | 2;
}

const optionNames: OptionNames<KNeighborsClassifierOptions> = {
  ...{ features: true, classes: true, neighbors: true, windowSize: true, weighted: true, p: true },
};

/** Above this, 1 / distance stays finite, also weighted and added up: no weight is greater than 1e9. */
const LEAST_DISTANCE = 1e-200;

/** What is remembered: the rows go round in one array, the next one written over the oldest. */
interface Memory {
  readonly step: number;
  /** `windowSize x features` values. */
  readonly rows: Float64Array;
  readonly labels: Int32Array;
  /** What a row's vote is multiplied by. */
  readonly weights: Float64Array;
  /** Where the oldest row stands. */
  readonly oldest: number;
  /** Rows there are. */
  readonly count: number;
}

/**
 * k-nearest neighbours over a stream: remembers the last rows, and predicts by the votes of those most similar to a row. The
 * search is exact: every prediction looks at every row of the window. What is older than the window is forgotten, so a
 * drift is over after as many rows; but features must be scaled alike (`withScaler`), and each checkpoint holds the window,
 * `windowSize x (features + 1.5)` numbers.
 *
 * Equal to River 0.23's `neighbors.KNNClassifier(engine=LazySearch(window_size=1000))`, row by row in float64: among rows at
 * the same distance the older ones are nearer, and a row that was seen exactly so before (the oldest of such) decides
 * alone. Classes are numbered ahead, so there are none to clean up (River's `cleanup_every`, which fails in 0.23). A row's
 * weight multiplies its vote.
 *
 * @example
 * ```ts run
 * const model = new KNeighborsClassifier({ features: 1, neighbors: 3 });
 * model.predictRow([7]); // 0.5
 * for (const [x, y] of [[1, 0], [2, 0], [8, 1], [9, 1]] as const) model.learnRow([x], y);
 * model.predictRow([7]); // 0.882...
 * model.predictRow([2]); // 0
 * ```
 */
export class KNeighborsClassifier extends RowClassifier {
  readonly kind = 'kNeighborsClassifier';
  readonly #options: Required<KNeighborsClassifierOptions>;
  readonly #nearest: NearestRows;
  #rows: Float64Array;
  #labels: Int32Array;
  #weights: Float64Array;
  #oldest = 0;
  #count = 0;

  /** @throws InvalidOptionError (`ST_OPTION_INVALID`), UnknownOptionError (`ST_OPTION_UNKNOWN`) */
  constructor(options: KNeighborsClassifierOptions) {
    const name = 'kNeighborsClassifier';
    refuseUnknownOptions(name, options, optionNames);
    super(name, options);
    const { neighbors = 5, windowSize = 1000, weighted = true, p = 2 } = options;
    checkInteger(`${name}.neighbors`, neighbors, { least: 1 });
    checkInteger(`${name}.windowSize`, windowSize, { least: 1, most: 10_000_000 });
    if (windowSize * options.features > MOST_VALUES)
      throw invalidOption(`${name}.windowSize`, windowSize, `windowSize x features <= ${MOST_VALUES}`);
    checkOneOf(`${name}.weighted`, weighted, [true, false]);
    checkOneOf(`${name}.p`, p, [1, 2]);
    const { features, classes } = this;
    this.#options = { features, classes, neighbors, windowSize, weighted, p };
    this.#nearest = new NearestRows(features, Math.min(neighbors, windowSize), p);
    this.#rows = new Float64Array(windowSize * features);
    this.#labels = new Int32Array(windowSize);
    this.#weights = new Float64Array(windowSize);
  }

  /** Rows in the window now. */
  get windowRows(): number {
    return this.#count;
  }

  /** Bytes of what it remembers; they do not grow. */
  get bytes(): number {
    return this.#rows.byteLength + this.#labels.byteLength + this.#weights.byteLength;
  }

  save(): State {
    return savedMemory({ ...this.#options }, this.#memory);
  }

  restore(state: State): void {
    const memory = restoredMemory(this.kind, { ...this.#options }, this.#memory, state, (found) =>
      this.#problemOf(found),
    );
    this.step = memory.step;
    this.#rows = memory.rows;
    this.#labels = memory.labels;
    this.#weights = memory.weights;
    this.#oldest = memory.oldest;
    this.#count = memory.count;
  }

  protected probabilitiesOf(xs: Float64Array, into: Float64Array): void {
    if (this.#count === 0) {
      into.fill(1 / into.length);
      return;
    }
    const nearest = this.#nearest;
    nearest.begin(xs);
    // From the oldest row on, around the end.
    const end = Math.min(this.#options.windowSize, this.#oldest + this.#count);
    nearest.look(this.#rows, this.#oldest, end);
    nearest.look(this.#rows, 0, this.#oldest + this.#count - end);
    into.fill(0);
    if (nearest.distances[0] === 0) into[this.#labels[nearest.slots[0]!]!] = 1;
    else this.#vote(nearest, into);
  }

  protected take(xs: Float64Array, y: number, weight: number): void {
    const { windowSize } = this.#options;
    const slot = (this.#oldest + this.#count) % windowSize;
    this.#rows.set(xs, slot * xs.length);
    this.#labels[slot] = y;
    this.#weights[slot] = weight;
    if (this.#count < windowSize) this.#count++;
    else this.#oldest = (this.#oldest + 1) % windowSize;
  }

  #vote({ slots, distances, found }: NearestRows, into: Float64Array): void {
    let total = 0;
    for (let i = 0; i < found; i++) {
      const slot = slots[i]!;
      const vote =
        this.#weights[slot]! / (this.#options.weighted ? Math.max(distances[i]!, LEAST_DISTANCE) : 1);
      into[this.#labels[slot]!]! += vote;
      total += vote;
    }
    for (let label = 0; label < into.length; label++) into[label]! /= total;
  }

  get #memory(): Memory {
    const [rows, labels, weights] = [this.#rows, this.#labels, this.#weights];
    return { step: this.step, rows, labels, weights, oldest: this.#oldest, count: this.#count };
  }

  #problemOf({ labels, weights, oldest, count }: Memory): string | undefined {
    const { windowSize } = this.#options;
    if (!Number.isInteger(count) || count < 0 || count > windowSize)
      return `its window of ${windowSize} rows holds ${count}`;
    if (!Number.isInteger(oldest) || oldest < 0 || oldest >= windowSize || (oldest > 0 && count < windowSize))
      return `its oldest row is number ${oldest} of ${windowSize}`;
    if (!labels.every((label) => label >= 0 && label < this.classes))
      return 'a row has a class that there is not';
    if (!weights.every((weight, slot) => (slot < count ? weight > 0 : weight === 0)))
      return 'a row has no weight above 0';
    return undefined;
  }
}
