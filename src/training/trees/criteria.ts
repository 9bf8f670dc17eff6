/** Weights of classes, and how much a split parts them: information gain, Gini, Hellinger distance. */

/**
 * So many numbers that are 0. A leaf holds many short lists of them: typed arrays would take ten times the memory, most of
 * it outside the heap, and the garbage collector's time.
 */
export function zeros(count: number): number[] {
  const numbers = new Array<number>(count);
  // First with a fraction: V8 then keeps them as float64 for good.
  for (let i = 0; i < count; i++) numbers[i] = 0.5;
  return numbers.fill(0);
}

/** How much of each class there is. Classes are gone through in the order they came in, as River's dictionaries are. */
export class ClassWeights {
  readonly weights: number[];
  /** Classes that came, in that order, a weight may be 0 nevertheless: the first {@link count}. */
  readonly order: number[];
  /** How many classes came. */
  count = 0;

  constructor(classes: number) {
    this.weights = zeros(classes);
    this.order = new Array<number>(classes).fill(0);
  }

  add(label: number, weight: number): void {
    if (!this.has(label)) this.order[this.count++] = label;
    this.weights[label]! += weight;
  }

  has(label: number): boolean {
    if (this.weights[label]! > 0) return true;
    for (let i = 0; i < this.count; i++) if (this.order[i] === label) return true;
    return false;
  }

  get total(): number {
    const { weights, order, count } = this;
    let sum = 0;
    for (let i = 0; i < count; i++) sum += weights[order[i]!]!;
    return sum;
  }

  /** The class with the greatest weight, the earlier of two; -1 before the first. */
  get greatest(): number {
    return this.greatestOf(this.weights);
  }

  /** The one with the greatest of these values, the earlier of two; -1 before the first. */
  greatestOf(values: readonly number[]): number {
    const { order, count } = this;
    let greatest = -1;
    for (let i = 0; i < count; i++) {
      const label = order[i]!;
      if (greatest === -1 || values[label]! > values[greatest]!) greatest = label;
    }
    return greatest;
  }

  /** Whether fewer than two classes have any weight. */
  get isPure(): boolean {
    let count = 0;
    for (const weight of this.weights) if (weight !== 0) count++;
    return count < 2;
  }

  clear(): void {
    this.weights.fill(0);
    this.count = 0;
  }
}

/** How good splits are measured. */
export type SplitCriterion = 'infoGain' | 'gini' | 'hellinger';

/** The names of all. */
export const splitCriteria = ['infoGain', 'gini', 'hellinger'] as const satisfies readonly SplitCriterion[];

/** How good the splits of a node are, in River 0.23's order of operations. */
export class Merits {
  readonly #criterion: SplitCriterion;
  readonly #minBranchFraction: number;
  /** The same for all of them. */
  readonly #entropyBefore: number;

  constructor(criterion: SplitCriterion, before: ClassWeights, minBranchFraction: number) {
    this.#criterion = criterion;
    this.#minBranchFraction = minBranchFraction;
    this.#entropyBefore = criterion === 'infoGain' ? entropy(before) : 0;
  }

  /** How good the split is; -Infinity where fewer than two branches have more than the least share of the weight. */
  of(branches: readonly ClassWeights[]): number {
    let total = 0;
    for (const branch of branches) total += branch.total;
    if (!(total > 0)) return -Infinity;
    let large = 0;
    for (const branch of branches) if (branch.total / total > this.#minBranchFraction) large++;
    if (large < 2) return -Infinity;
    if (this.#criterion === 'hellinger') return hellinger(branches);
    let sum = 0;
    if (this.#criterion === 'gini') {
      for (const branch of branches) sum += (branch.total / total) * gini(branch, branch.total);
      return 1 - sum;
    }
    for (const branch of branches) sum += branch.total * entropy(branch);
    return this.#entropyBefore - sum / total;
  }
}

/** The range that merits of a node with these classes lie in. */
export function rangeOfMerit(criterion: SplitCriterion, before: ClassWeights): number {
  return criterion === 'gini' ? 1 : Math.log2(Math.max(2, before.count));
}

function entropy({ weights, order, count }: ClassWeights): number {
  let sum = 0;
  let total = 0;
  for (let i = 0; i < count; i++) {
    const weight = weights[order[i]!]!;
    if (weight <= 0) continue;
    sum -= weight * Math.log2(weight);
    total += weight;
  }
  return total > 0 ? (sum + total * Math.log2(total)) / total : 0;
}

function gini({ weights, order, count }: ClassWeights, total: number): number {
  let impurity = 1;
  if (total === 0) return impurity;
  for (let i = 0; i < count; i++) {
    const share = weights[order[i]!]! / total;
    impurity -= share * share;
  }
  return impurity;
}

/** Of two classes and the first two branches; 0 where a branch lacks one of them. */
function hellinger([left, right]: readonly ClassWeights[]): number {
  const lacking = [left!, right!].some((branch) => !branch.has(0) || !branch.has(1));
  if (lacking) return 0;
  const share = (branch: ClassWeights, label: number): number =>
    Math.sqrt(branch.weights[label]! / (left!.weights[label]! + right!.weights[label]!));
  const distance = Math.sqrt(
    (share(left!, 0) - share(left!, 1)) ** 2 + (share(right!, 0) - share(right!, 1)) ** 2,
  );
  return Number.isNaN(distance) ? 0 : distance;
}
