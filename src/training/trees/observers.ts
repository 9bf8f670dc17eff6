/** What an active leaf remembers of the rows it took in: for each feature how its values lie in each class. */
import { ClassWeights, meritOf } from './criteria.ts';
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
  readonly branches: readonly ClassWeights[];
}

/** Not to split. */
export const noSplit: Split = { merit: -Infinity, feature: -1, kind: 'threshold', values: [], branches: [] };

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
  readonly numbers: Float64Array;
  /** For each watched feature that is nominal: each value's weight in each class. */
  readonly nominal: (Map<number, Float64Array> | undefined)[];
  readonly #watched: Int32Array;
  readonly #settings: TreeSettings;

  constructor(settings: TreeSettings, watched: Int32Array) {
    const { classes, nominal } = settings;
    this.#settings = settings;
    this.#watched = watched;
    this.seen = new ClassWeights(classes);
    this.numbers = new Float64Array(watched.length * classes * NUMBERS);
    this.nominal = Array.from(watched, (feature) => (nominal[feature] === 1 ? new Map() : undefined));
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
    const splits: Split[] = [];
    this.#watched.forEach((feature, slot) => {
      if (leftOut.has(feature)) return;
      const values = this.nominal[slot];
      const tried = values
        ? this.#nominalSplits(feature, values, before)
        : this.#numericSplits(feature, slot, before);
      splits.push(tried.reduce((best, one) => (one.merit > best.merit ? one : best), tried[0] ?? noSplit));
    });
    return splits;
  }

  #shareOf(slot: number, x: number, label: number): number {
    const counts = this.nominal[slot]!.get(x);
    return counts ? counts[label]! / this.seen.weights[label]! : 0;
  }

  #numericSplits(feature: number, slot: number, before: ClassWeights): Split[] {
    const { classes, splitPoints, splitCriterion, minBranchFraction } = this.#settings;
    const base = slot * classes * NUMBERS;
    const ends = this.seen.order.map((label) => this.numbers.subarray(base + label * NUMBERS + 2));
    const least = Math.min(...ends.map((end) => end[0]!));
    const greatest = Math.max(...ends.map((end) => end[1]!));
    const step = (greatest - least) / (splitPoints + 1);
    const splits: Split[] = [noSplit];
    for (let i = 0; i < splitPoints; i++) {
      const value = least + step * (i + 1);
      if (!(least < value && value < greatest)) continue;
      const branches = this.#parted(base, value);
      const merit = meritOf(splitCriterion, before, branches, minBranchFraction);
      splits.push({
        merit,
        feature: merit === -Infinity ? -1 : feature,
        kind: 'threshold',
        values: [value],
        branches,
      });
    }
    return splits;
  }

  /** The classes below and above a value, by their normal distributions. */
  #parted(base: number, value: number): [ClassWeights, ClassWeights] {
    const { classes } = this.#settings;
    const [below, above] = [new ClassWeights(classes), new ClassWeights(classes)];
    for (const label of this.seen.order) {
      const weight = this.seen.weights[label]!;
      const at = base + label * NUMBERS;
      if (value < this.numbers[at + 2]!) above.add(label, weight);
      else if (value >= this.numbers[at + 3]!) below.add(label, weight);
      else {
        const variance = weight > 1 ? this.numbers[at + 1]! / (weight - 1) : 0;
        const share = normalShareBelow(value, this.numbers[at]!, variance) * weight;
        below.add(label, share);
        above.add(label, weight - share);
      }
    }
    return [below, above];
  }

  #nominalSplits(feature: number, values: ReadonlyMap<number, Float64Array>, before: ClassWeights): Split[] {
    const { splitCriterion, minBranchFraction, binarySplit } = this.#settings;
    const split = (
      kind: Split['kind'],
      chosen: readonly number[],
      branches: readonly ClassWeights[],
    ): Split => {
      const merit = meritOf(splitCriterion, before, branches, minBranchFraction);
      return { merit, feature: merit === -Infinity ? -1 : feature, kind, values: chosen, branches };
    };
    const sorted = [...values.keys()].sort((a, b) => a - b);
    const classesOf = (chosen: readonly number[]): ClassWeights => this.#classesOf(values, chosen);
    const each = sorted.map((value) =>
      split('equal', [value], [classesOf([value]), this.#otherThan(values.get(value)!)]),
    );
    if (binarySplit) return [noSplit, ...each];
    return [
      split(
        'values',
        sorted,
        sorted.map((value) => classesOf([value])),
      ),
      ...each,
    ];
  }

  /** The classes of the rows that had one of these values. */
  #classesOf(values: ReadonlyMap<number, Float64Array>, chosen: readonly number[]): ClassWeights {
    const found = new ClassWeights(this.#settings.classes);
    for (const value of chosen) {
      const counts = values.get(value)!;
      counts.forEach((weight, label) => {
        if (weight > 0) found.add(label, weight);
      });
    }
    return found;
  }

  /** The classes of the rows that had another value than the one of these weights. */
  #otherThan(counts: Float64Array): ClassWeights {
    const found = new ClassWeights(this.#settings.classes);
    for (const label of this.seen.order) {
      const weight = this.seen.weights[label]! - counts[label]!;
      if (weight > 0) found.add(label, weight);
    }
    return found;
  }
}
