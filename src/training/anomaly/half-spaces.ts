/** Random trees that halve a space: which feature is asked in each node, and where it is cut. */
import { PythonRandom } from '../streams/python-random.ts';

/** A cut stays so far away, by share of its space, from both ends. */
const PADDING = 0.15;

/** What the trees are drawn from. */
export interface HalfSpaceSettings {
  readonly trees: number;
  readonly height: number;
  readonly seed: number;
  readonly limits: readonly (readonly [least: number, greatest: number])[];
}

/** The inner nodes of all trees, each tree from its root on; those below node i are 2i + 1 and 2i + 2. */
export class HalfSpaces {
  /** Which feature is asked. */
  readonly splits: Int32Array;
  /** Where it is cut: what is less goes left. */
  readonly thresholds: Float64Array;
  readonly #inner: number;

  constructor(trees: number, height: number) {
    this.#inner = 2 ** height - 1;
    this.splits = new Int32Array(trees * this.#inner);
    this.thresholds = new Float64Array(trees * this.#inner);
  }

  /** Says how an inner node is cut. */
  cut(tree: number, node: number, feature: number, threshold: number): void {
    this.splits[tree * this.#inner + node] = feature;
    this.thresholds[tree * this.#inner + node] = threshold;
  }

  /** The node below an inner node that a row belongs to. */
  next(tree: number, node: number, row: Float64Array): number {
    const at = tree * this.#inner + node;
    return 2 * node + (row[this.splits[at]!]! < this.thresholds[at]! ? 1 : 2);
  }
}

/** Draws all trees as River does: wider features are asked more often, the left half is drawn before the right one. */
export function randomHalfSpaces({ trees, height, seed, limits }: HalfSpaceSettings): HalfSpaces {
  const random = new PythonRandom(seed);
  const spaces = new HalfSpaces(trees, height);
  const left = limits.map(([least]) => least);
  const right = limits.map(([, greatest]) => greatest);

  function draw(tree: number, node: number, levels: number): void {
    if (levels === 0) return;
    const feature = weightedChoice(random, left, right);
    const [least, greatest] = [left[feature]!, right[feature]!];
    const padding = PADDING * (greatest - least);
    const threshold = random.uniform(least + padding, greatest - padding);
    spaces.cut(tree, node, feature, threshold);
    right[feature] = threshold;
    draw(tree, 2 * node + 1, levels - 1);
    right[feature] = greatest;
    left[feature] = threshold;
    draw(tree, 2 * node + 2, levels - 1);
    left[feature] = least;
  }

  for (let tree = 0; tree < trees; tree++) draw(tree, 0, height);
  return spaces;
}

/** CPython's `random.choices`, each feature weighted by its width. */
function weightedChoice(random: PythonRandom, left: readonly number[], right: readonly number[]): number {
  let sum = 0;
  const sums = left.map((least, i) => (sum += right[i]! - least));
  const drawn = random.random() * sum;
  const found = sums.findIndex((end) => drawn < end);
  return found === -1 ? sums.length - 1 : found;
}
