/** A Hoeffding tree at work: rows go down to leaves, leaves are split, memory is kept within its bound. */
import { rangeOfMerit } from './criteria.ts';
import { Leaf, type Watch } from './leaf.ts';
import type { Split } from './observers.ts';
import { leafBytes, type TreeSettings } from './options.ts';

/** A node with branches: what it looks at, and where each answer leads. */
export class Branch {
  readonly feature: number;
  readonly kind: Split['kind'];
  /** The threshold, the one value, or the value of each branch. */
  readonly values: number[];
  readonly children: TreeNode[];
  readonly depth: number;

  constructor(
    { feature, kind, values }: Pick<Split, 'feature' | 'kind' | 'values'>,
    children: TreeNode[],
    depth: number,
  ) {
    this.feature = feature;
    this.kind = kind;
    this.values = [...values];
    this.children = children;
    this.depth = depth;
  }

  /** Bytes of one with so many branches, without them. */
  static bytes(branches: number): number {
    return 240 + 24 * branches;
  }

  /** Which branch the row takes; -1 for a value that has none. */
  branchOf(xs: Float64Array): number {
    const x = xs[this.feature]!;
    if (this.kind === 'threshold') return x <= this.values[0]! ? 0 : 1;
    if (this.kind === 'equal') return x === this.values[0] ? 0 : 1;
    return this.values.indexOf(x);
  }

  /** The branch that most weight went down, the earlier of two. */
  get mostTravelled(): TreeNode {
    return this.children.reduce((most, child) => (weightOf(child) > weightOf(most) ? child : most));
  }
}

/** A node of a tree. */
export type TreeNode = Branch | Leaf;

function weightOf(node: TreeNode): number {
  if (node instanceof Leaf) return node.classes.total;
  return node.children.reduce((sum, child) => sum + weightOf(child), 0);
}

/** The leaves below a node, from left to right. */
export function leavesOf(node: TreeNode | undefined): Leaf[] {
  if (node === undefined) return [];
  return node instanceof Leaf ? [node] : node.children.flatMap(leavesOf);
}

/** The branching nodes from a node downwards. */
export function branchesOf(node: TreeNode | undefined): Branch[] {
  if (node === undefined || node instanceof Leaf) return [];
  return [node, ...node.children.flatMap(branchesOf)];
}

/** The levels from a node downwards. */
export function heightOf(node: TreeNode | undefined): number {
  if (node === undefined) return 0;
  return node instanceof Leaf ? 1 : 1 + Math.max(...node.children.map(heightOf));
}

/** See the file. */
export class GrowingTree {
  /** None before the first row. */
  root: TreeNode | undefined;
  /** Whether leaves are still split. */
  growthAllowed = true;
  readonly #settings: TreeSettings;
  readonly #watch: Watch;
  /** Bytes it holds. */
  #bytes = 0;
  /** Whether some leaf is inactive for lack of memory: then every change looks at all of them. */
  #isCrowded = false;
  /** The number of the row it was asked about last, until it learns; 0: none. */
  #asked = 0;
  /** What it said of it. */
  readonly #answer: Float64Array;
  /** Where that row came to; none where it has a value without a branch. */
  #leaf: Leaf | undefined;
  #parent: Branch | undefined;

  /** @param watch the features that a new leaf watches */
  constructor(settings: TreeSettings, watch: Watch) {
    this.#settings = settings;
    this.#watch = watch;
    this.#answer = new Float64Array(settings.classes);
  }

  /** Bytes of its nodes, as estimated from what they hold. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Walks the tree for its bytes: after its root was set from outside. */
  measure(): void {
    const { maxDepth } = this.#settings;
    const leaves = leavesOf(this.root);
    this.#isCrowded = leaves.some(({ isActive, depth }) => !isActive && depth < maxDepth);
    const branches = branchesOf(this.root).reduce(
      (sum, { children }) => sum + Branch.bytes(children.length),
      0,
    );
    this.#bytes = leaves.reduce((sum, leaf) => sum + leaf.bytes, branches);
  }

  /**
   * The probability of each class, in memory that the next call overwrites; all are 0 before the first row.
   *
   * @param row the number of the row: asked about it again, or given it to learn, the tree knows where it came to
   */
  probabilitiesOf(xs: Float64Array, row: number): Float64Array {
    const answer = this.#answer;
    if (this.#asked === row) return answer;
    answer.fill(0);
    let parent: Branch | undefined;
    let node = this.root;
    let isKnown = true;
    while (node instanceof Branch) {
      const branch: number = node.branchOf(xs);
      if (branch === -1) isKnown = false;
      parent = node;
      node = branch === -1 ? node.mostTravelled : node.children[branch]!;
    }
    node?.probabilitiesOf(xs, row, answer);
    this.#asked = row;
    this.#leaf = isKnown ? node : undefined;
    this.#parent = parent;
    return answer;
  }

  /** @param row the number of the row */
  learn(xs: Float64Array, y: number, weight: number, row: number): void {
    if (this.root === undefined) {
      this.root = new Leaf(this.#settings, this.#watch, 0);
      this.measure();
    }
    const isKnown = (this.#asked === row && this.#leaf !== undefined) || this.#descend(xs);
    const leaf = this.#leaf!;
    this.#asked = 0;
    this.#bytes += leaf.learn(xs, y, weight, row);
    // As in River, a leaf is not split at the row that came there by a value without a branch.
    if (isKnown && this.growthAllowed && leaf.isActive) this.#consider(leaf, this.#parent);
    if (this.#bytes > this.#limit) this.#enforceLimit();
  }

  /** Finds the leaf for a row to learn; a value that has no branch gets one. Whether all had one. */
  #descend(xs: Float64Array): boolean {
    let parent: Branch | undefined;
    let node = this.root!;
    let isKnown = true;
    while (node instanceof Branch) {
      const branch: number = node.branchOf(xs);
      // As of the last one.
      isKnown = branch !== -1;
      parent = node;
      node = isKnown ? node.children[branch]! : this.#branchFor(node, xs);
    }
    this.#leaf = node;
    this.#parent = parent;
    return isKnown;
  }

  get #limit(): number {
    return this.#settings.maxSize * 2 ** 20;
  }

  /** A new branch for a value that has none; where there is no memory for it, the one most travelled. */
  #branchFor(branch: Branch, xs: Float64Array): TreeNode {
    const { classes } = this.#settings;
    if (!this.#fits(leafBytes(classes) + 24)) return branch.mostTravelled;
    const leaf = new Leaf(this.#settings, this.#watch, branch.depth + 1);
    branch.values.push(xs[branch.feature]!);
    branch.children.push(leaf);
    this.#bytes += leaf.bytes + 24;
    return leaf;
  }

  /** Whether so many bytes more would fit if every leaf were inactive. */
  #fits(bytes: number): boolean {
    if (this.#bytes + bytes <= this.#limit) return true;
    const leaves = leavesOf(this.root);
    const freed = leaves.reduce((sum, leaf) => sum + leaf.bytes - leafBytes(this.#settings.classes), 0);
    return this.#bytes - freed + bytes <= this.#limit;
  }

  /** Splits a leaf if it is time, and one split is better than the others by enough. */
  #consider(leaf: Leaf, parent: Branch | undefined): void {
    const { gracePeriod, maxDepth } = this.#settings;
    if (leaf.depth >= maxDepth) {
      this.#deactivate(leaf);
      return;
    }
    const { total } = leaf.classes;
    if (total - leaf.counts.lastAttempt < gracePeriod) return;
    if (!leaf.classes.isPure) this.#attempt(leaf, parent);
    leaf.counts.lastAttempt = total;
  }

  #attempt(leaf: Leaf, parent: Branch | undefined): void {
    const splits = leaf.splits().sort((a, b) => (a.merit < b.merit ? -1 : a.merit > b.merit ? 1 : 0));
    const best = splits.at(-1);
    if (!best || !this.#isDecided(leaf, splits)) return;
    if (best.feature === -1) this.#deactivate(leaf);
    else this.#split(leaf, parent, best);
    if (this.#isCrowded || this.#bytes > this.#limit) this.#enforceLimit();
    else if (!leaf.isActive) this.#activate(leaf);
  }

  #deactivate(leaf: Leaf): void {
    this.#bytes -= leaf.bytes;
    leaf.deactivate();
    this.#bytes += leaf.bytes;
  }

  #activate(leaf: Leaf): void {
    this.#bytes -= leaf.bytes;
    leaf.activate();
    this.#bytes += leaf.bytes;
  }

  /** Whether the best split is better than the second by more than the Hoeffding bound, or the bound is small. */
  #isDecided(leaf: Leaf, splits: readonly Split[]): boolean {
    const [second, best] = [splits.at(-2), splits.at(-1)!];
    if (!second) return true;
    const { splitCriterion, delta, tau, removePoorAttrs, leafPrediction } = this.#settings;
    const range = rangeOfMerit(splitCriterion, leaf.classes);
    const bound = Math.sqrt((range * range * Math.log(1 / delta)) / (2 * leaf.classes.total));
    if (removePoorAttrs && leafPrediction === 'mc') {
      for (const { feature, merit } of splits)
        if (feature !== -1 && best.merit - merit > bound) leaf.leftOut.add(feature);
    }
    return best.merit - second.merit > bound || bound < tau;
  }

  #split(leaf: Leaf, parent: Branch | undefined, split: Split): void {
    const { classes } = this.#settings;
    const branches = leaf.branchesOf(split);
    const added = Branch.bytes(branches.length) + (branches.length - 1) * leafBytes(classes);
    if (!this.#fits(added)) return this.#deactivate(leaf);
    const leaves = branches.map((weights) => new Leaf(this.#settings, this.#watch, leaf.depth + 1, weights));
    const branch = new Branch(split, leaves, leaf.depth);
    this.#bytes += Branch.bytes(leaves.length) - leaf.bytes;
    for (const child of leaves) this.#bytes += child.bytes;
    if (parent === undefined) this.root = branch;
    else parent.children[parent.children.indexOf(leaf)] = branch;
  }

  /** Keeps only so many leaves active, those that promise most, as there is memory for (Kirkby, 2007). */
  #enforceLimit(): void {
    const { stopMemManagement, maxDepth } = this.#settings;
    this.measure();
    if (stopMemManagement && this.#bytes > this.#limit) {
      this.growthAllowed = false;
      for (const leaf of leavesOf(this.root)) leaf.deactivate();
      this.measure();
    }
    if (!this.growthAllowed) return;
    const leaves = leavesOf(this.root).sort((a, b) => a.promise - b.promise);
    const { classes } = this.#settings;
    let bytes = leaves.reduce((sum, leaf) => sum - leaf.bytes + leafBytes(classes), this.#bytes);
    let first = leaves.length;
    for (; first > 0; first--) {
      const more = leaves[first - 1]!.activeBytes - leafBytes(classes);
      if (bytes + more > this.#limit) break;
      bytes += more;
    }
    leaves.forEach((leaf, i) => {
      if (i < first) leaf.deactivate();
      else if (!leaf.isActive && leaf.depth < maxDepth) leaf.activate();
    });
    this.measure();
  }
}
