/** What an active leaf remembers of the rows it took in: for each feature how its values lie in each class. */
import { ClassWeights, Merits, zeros } from './criteria.ts';
import { normalDensity, normalShareBelow } from './normal.ts';
import type { TreeSettings } from './options.ts';

/** A split that was thought of. */
export interface Split {
  readonly merit: number;
  /** The feature it looks at; -1: not to split. */
  readonly feature: number;
  /** `threshold`: up to it, or above. `equal`: that value, or another. `values`: a branch a value. */
  readonly kind: 'threshold' | 'equal' | 'values';
  readonly values: readonly number[];
}

/** Not to split. */
export const noSplit: Split = { merit: -Infinity, feature: -1, kind: 'threshold', values: [] };

/** Numbers kept of a feature in a class: mean, sum of squared distances from it, least, greatest. */
const NUMBERS = 4;

/** Bytes of a value of a nominal feature: its place in a map, and an array with its header. */
const valueBytes = (classes: number): number => 280 + 8 * classes;

/**
 * Weights since the leaf became active, and for each watched feature either a normal distribution a class, or the weights
 * of each value.
 */
export class Observers {
  readonly seen: ClassWeights;
  /** `watched x classes x 4`. */
  readonly numbers: number[];
  /** For each watched feature that is nominal: each value's weight in each class. */
  readonly nominal: (Map<number, Float64Array> | undefined)[] = [];
  readonly #watched: Int32Array;
  readonly #settings: TreeSettings;

  constructor(settings: TreeSettings, watched: Int32Array) {
    const { classes, nominal } = settings;
    this.#settings = settings;
    this.#watched = watched;
    this.seen = new ClassWeights(classes);
    this.numbers = zeros(watched.length * classes * NUMBERS);
    for (const feature of watched) this.nominal.push(nominal[feature] === 1 ? new Map() : undefined);
  }

  /** Bytes of such an object before any value of a nominal feature. */
  static bytes(watched: number, classes: number): number {
    return 600 + watched * (24 + classes * NUMBERS * 8) + classes * 16;
  }

  /** Bytes that the values of nominal features add. */
  get nominalBytes(): number {
    const values = this.nominal.reduce((sum, map) => sum + (map?.size ?? 0), 0);
    return values * valueBytes(this.#settings.classes);
  }

  /** Takes in a row. Returns the bytes that it added. */
  learn(xs: Float64Array, y: number, weight: number): number {
    const { seen, numbers } = this;
    const watched = this.#watched;
    const { classes } = this.#settings;
    const isFirst = !seen.has(y);
    seen.add(y, weight);
    const share = weight / seen.weights[y]!;
    let added = 0;
    for (let slot = 0; slot < watched.length; slot++) {
      const x = xs[watched[slot]!]!;
      const values = this.nominal[slot];
      if (values) {
        let counts = values.get(x);
        if (!counts) {
          values.set(x, (counts = new Float64Array(classes)));
          added += valueBytes(classes);
        }
        counts[y]! += weight;
        continue;
      }
      const at = (slot * classes + y) * NUMBERS;
      const before = numbers[at]!;
      const mean = before + share * (x - before);
      numbers[at] = mean;
      numbers[at + 1]! += weight * (x - before) * (x - mean);
      if (isFirst || x < numbers[at + 2]!) numbers[at + 2] = x;
      if (isFirst || x > numbers[at + 3]!) numbers[at + 3] = x;
    }
    return added;
  }

  /** Sum of the logarithms of how likely the row's values are in a class; what is not likely at all counts nothing. */
  logLikelihood(xs: Float64Array, label: number): number {
    const { seen, numbers } = this;
    if (!seen.has(label)) return 0;
    const { classes } = this.#settings;
    const watched = this.#watched;
    const weight = seen.weights[label]!;
    let sum = 0;
    for (let slot = 0; slot < watched.length; slot++) {
      const x = xs[watched[slot]!]!;
      const at = (slot * classes + label) * NUMBERS;
      const likely = this.nominal[slot]
        ? this.#shareOf(slot, x, label)
        : weight > 1
          ? normalDensity(x, numbers[at]!, numbers[at + 1]! / (weight - 1))
          : 0;
      if (likely > 0) sum += Math.log(likely);
    }
    return sum;
  }

  /** The best split of each watched feature that is not left out, in their order. */
  bestSplits(before: ClassWeights, leftOut: ReadonlySet<number>): Split[] {
    const { splitCriterion, minBranchFraction } = this.#settings;
    const merits = new Merits(splitCriterion, before, minBranchFraction);
    const splits: Split[] = [];
    for (let slot = 0; slot < this.#watched.length; slot++) {
      const feature = this.#watched[slot]!;
      if (leftOut.has(feature)) continue;
      const values = this.nominal[slot];
      splits.push(
        values ? this.#bestNominal(feature, values, merits) : this.#bestThreshold(feature, slot, merits),
      );
    }
    return splits;
  }

  /** The classes that go down each branch of a split. */
  branchesOf({ feature, kind, values: chosen }: Split): ClassWeights[] {
    const slot = this.#watched.indexOf(feature);
    const values = this.nominal[slot];
    if (values && kind === 'equal') return this.#equalOrNot(values, chosen[0]!);
    if (values) return chosen.map((value) => this.#classesOf(values.get(value)!));
    const branches = this.#twoBranches();
    this.#part(slot, chosen[0]!, branches);
    return branches;
  }

  #shareOf(slot: number, x: number, label: number): number {
    const counts = this.nominal[slot]!.get(x);
    return counts ? counts[label]! / this.seen.weights[label]! : 0;
  }

  /** The best of the thresholds between the least value and the greatest. */
  #bestThreshold(feature: number, slot: number, merits: Merits): Split {
    const { classes, splitPoints } = this.#settings;
    const { order, count } = this.seen;
    let least = Infinity;
    let greatest = -Infinity;
    for (let i = 0; i < count; i++) {
      const at = (slot * classes + order[i]!) * NUMBERS;
      least = Math.min(least, this.numbers[at + 2]!);
      greatest = Math.max(greatest, this.numbers[at + 3]!);
    }
    const step = (greatest - least) / (splitPoints + 1);
    // Used for each of them: most are worse than another.
    const branches = this.#twoBranches();
    let [merit, threshold] = [-Infinity, NaN];
    for (let i = 0; i < splitPoints; i++) {
      const value = least + step * (i + 1);
      if (!(least < value && value < greatest)) continue;
      this.#part(slot, value, branches);
      const found = merits.of(branches);
      if (found > merit) [merit, threshold] = [found, value];
    }
    return merit === -Infinity ? noSplit : { merit, feature, kind: 'threshold', values: [threshold] };
  }

  #twoBranches(): [ClassWeights, ClassWeights] {
    const { classes } = this.#settings;
    return [new ClassWeights(classes), new ClassWeights(classes)];
  }

  /** Writes the classes up to a value and above, by their normal distributions. */
  #part(slot: number, value: number, [below, above]: readonly [ClassWeights, ClassWeights]): void {
    const { classes } = this.#settings;
    const { numbers } = this;
    const { order, count, weights } = this.seen;
    below.clear();
    above.clear();
    for (let i = 0; i < count; i++) {
      const label = order[i]!;
      const weight = weights[label]!;
      const at = (slot * classes + label) * NUMBERS;
      if (value < numbers[at + 2]!) above.add(label, weight);
      else if (value >= numbers[at + 3]!) below.add(label, weight);
      else {
        const variance = weight > 1 ? numbers[at + 1]! / (weight - 1) : 0;
        const share = normalShareBelow(value, numbers[at]!, variance) * weight;
        below.add(label, share);
        above.add(label, weight - share);
      }
    }
  }

  /** The best of a branch a value (unless splits are binary), and each value against the others. */
  #bestNominal(feature: number, values: ReadonlyMap<number, Float64Array>, merits: Merits): Split {
    const sorted = [...values.keys()].sort((a, b) => a - b);
    let best = noSplit;
    const offer = (
      kind: Split['kind'],
      chosen: readonly number[],
      branches: readonly ClassWeights[],
    ): void => {
      const merit = merits.of(branches);
      if (merit > best.merit) best = { merit, feature, kind, values: chosen };
    };
    if (!this.#settings.binarySplit) {
      const each = sorted.map((value) => this.#classesOf(values.get(value)!));
      offer('values', sorted, each);
    }
    for (const value of sorted) offer('equal', [value], this.#equalOrNot(values, value));
    return best;
  }

  #equalOrNot(values: ReadonlyMap<number, Float64Array>, value: number): ClassWeights[] {
    const counts = values.get(value)!;
    return [this.#classesOf(counts), this.#otherThan(counts)];
  }

  /** The classes of the rows that had the value of these weights. */
  #classesOf(counts: Float64Array): ClassWeights {
    const found = new ClassWeights(this.#settings.classes);
    counts.forEach((weight, label) => {
      if (weight > 0) found.add(label, weight);
    });
    return found;
  }

  /** The classes of the rows that had another. */
  #otherThan(counts: Float64Array): ClassWeights {
    const found = new ClassWeights(this.#settings.classes);
    const { order, count, weights } = this.seen;
    for (let i = 0; i < count; i++) {
      const label = order[i]!;
      const weight = weights[label]! - counts[label]!;
      if (weight > 0) found.add(label, weight);
    }
    return found;
  }
}
