/** Weights of classes, and how much a split parts them: information gain, Gini, Hellinger distance. */

/** How much of each class there is. Classes are gone through in the order they came in, as River's dictionaries are. */
export class ClassWeights {
  readonly weights: Float64Array;
  /** Classes that came, in that order; a weight may be 0 nevertheless. */
  readonly order: number[];

  constructor(classes: number) {
    this.weights = new Float64Array(classes);
    this.order = [];
  }

  add(label: number, weight: number): void {
    if (!this.order.includes(label)) this.order.push(label);
    this.weights[label]! += weight;
  }

  has(label: number): boolean {
    return this.order.includes(label);
  }

  get total(): number {
    let sum = 0;
    for (const label of this.order) sum += this.weights[label]!;
    return sum;
  }

  /** The class with the greatest weight, the earlier of two; -1 before the first. */
  get greatest(): number {
    return greatestOf(this.weights, this.order);
  }

  /** Whether fewer than two classes have any weight. */
  get isPure(): boolean {
    let count = 0;
    for (const label of this.order) if (this.weights[label]! !== 0) count++;
    return count < 2;
  }

  clear(): void {
    this.weights.fill(0);
    this.order.length = 0;
  }
}

/** The label with the greatest value, the earlier of two; -1 if there is none. */
export function greatestOf(values: ArrayLike<number>, order: ArrayLike<number>): number {
  let greatest = -1;
  for (let i = 0; i < order.length; i++) {
    const label = order[i]!;
    if (greatest === -1 || values[label]! > values[greatest]!) greatest = label;
  }
  return greatest;
}

/** How good splits are measured. */
export type SplitCriterion = 'infoGain' | 'gini' | 'hellinger';

/** The names of all. */
export const splitCriteria = ['infoGain', 'gini', 'hellinger'] as const satisfies readonly SplitCriterion[];

/**
 * How good a split is; -Infinity where fewer than two branches have a larger share of the weight than `minBranchFraction`.
 * In River 0.23's order of operations.
 */
export function meritOf(
  criterion: SplitCriterion,
  before: ClassWeights,
  branches: readonly ClassWeights[],
  minBranchFraction: number,
): number {
  const totals = branches.map((branch) => branch.total);
  const total = totals.reduce((sum, one) => sum + one, 0);
  if (!(total > 0)) return -Infinity;
  if (totals.filter((one) => one / total > minBranchFraction).length < 2) return -Infinity;
  if (criterion === 'hellinger') return hellinger(branches);
  if (criterion === 'gini') {
    let sum = 0;
    branches.forEach((branch, i) => (sum += (totals[i]! / total) * gini(branch, totals[i]!)));
    return 1 - sum;
  }
  let sum = 0;
  branches.forEach((branch, i) => (sum += totals[i]! * entropy(branch)));
  return entropy(before) - sum / total;
}

/** The range that merits of a node with these classes lie in. */
export function rangeOfMerit(criterion: SplitCriterion, before: ClassWeights): number {
  return criterion === 'gini' ? 1 : Math.log2(Math.max(2, before.order.length));
}

function entropy({ weights, order }: ClassWeights): number {
  let [sum, total] = [0, 0];
  for (const label of order) {
    const weight = weights[label]!;
    if (weight <= 0) continue;
    sum -= weight * Math.log2(weight);
    total += weight;
  }
  return total > 0 ? (sum + total * Math.log2(total)) / total : 0;
}

function gini({ weights, order }: ClassWeights, total: number): number {
  let impurity = 1;
  if (total === 0) return impurity;
  for (const label of order) {
    const share = weights[label]! / total;
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
