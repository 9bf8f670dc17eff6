/** Fills missing values with the median, learning it from the stream. */
import type { RowValues } from '../finite.ts';
import type { State } from '../state.ts';
import { refuseUnknownOptions, type OptionNames } from '../options.ts';
import {
  checkFeatures,
  checkRestored,
  checkRows,
  newValues,
  type OnlineTransformer,
  type RowTransformation,
  ScalerInputError,
  ScalerValueError,
} from './online-transformer.ts';

/** Options of {@link OnlineMedianImputer}. */
export interface OnlineMedianImputerOptions {
  /** Up to so many different values of a feature the median is exact (default 1024); beyond, it is estimated. */
  exactValues?: number;
  /** What a feature is filled with before its first value (default 0). */
  initial?: number;
}

const optionNames: OptionNames<OnlineMedianImputerOptions> = { exactValues: true, initial: true };

/**
 * Replaces missing values (NaN) of each feature by the median of all its values so far; infinite ones are refused. Memory is bounded: exact for
 * features of up to `exactValues` different values (grades, counts, categories), beyond that from a histogram with at
 * least half as many bins, each of at most `2 / exactValues` of the values: with the default the estimate lies within
 * half a percent of the ranks (measured in the tests, in sorted streams too).
 *
 * @example
 * ```ts run
 * const imputer = new OnlineMedianImputer(1);
 * imputer.learn(Float32Array.of(1, NaN, 3, 10), 4);
 * imputer.transform(Float32Array.of(NaN, 7), 2); // Float32Array(2) [ 3, 7 ]
 * ```
 */
export class OnlineMedianImputer implements OnlineTransformer {
  readonly kind = 'medianImputer';
  readonly takesMissing = true;
  readonly features: number;
  readonly #exactValues: number;
  readonly #initial: number;
  #counts: ValueCounts[];

  /** @throws ScalerInputError (`ST_TRAINING_SCALER_INPUT`) for options that cannot be */
  constructor(features: number, options: OnlineMedianImputerOptions = {}) {
    refuseUnknownOptions('OnlineMedianImputer', options, optionNames);
    const { exactValues = 1024, initial = 0 } = options;
    checkFeatures(this.kind, features);
    if (!Number.isInteger(exactValues) || exactValues < 16)
      throw new ScalerInputError({
        scaler: this.kind,
        problem: `exactValues is ${exactValues}; expected a whole number >= 16`,
      });
    if (!Number.isFinite(initial))
      throw new ScalerInputError({
        scaler: this.kind,
        problem: `initial is ${initial}; expected a finite number`,
      });
    this.features = features;
    this.#exactValues = exactValues;
    this.#initial = initial;
    this.#counts = this.#empty();
  }

  /** The median of each feature so far; NaN before the first value. */
  get medians(): Float64Array {
    return Float64Array.from(this.#counts, ({ median }) => median);
  }

  get transformation(): RowTransformation {
    return { kind: 'fill', values: Float64Array.from(this.#counts, (_, feature) => this.#fill(feature)) };
  }

  learn(xs: RowValues, rows: number): void {
    const { features } = this;
    checkRows(this.kind, features, rows, xs);
    this.#checkValues(xs, rows);
    for (let feature = 0; feature < features; feature++) {
      const counts = this.#counts[feature]!;
      counts.keep();
      for (let row = 0, at = feature; row < rows; row++, at += features) {
        const value = xs[at]!;
        if (value === value) counts.add(value);
      }
    }
  }

  transform<Out extends RowValues = Float32Array>(
    xs: RowValues,
    rows: number,
    out: Out = newValues(rows, this.features),
  ): Out {
    const { features } = this;
    checkRows(this.kind, features, rows, xs, out);
    this.#checkValues(xs, rows);
    for (let at = 0; at < rows * features; at++) {
      const value = xs[at]!;
      out[at] = value === value ? value : this.#fill(at % features);
    }
    return out;
  }

  save(): State {
    return { exactValues: this.#exactValues, counts: this.#counts.map(({ entries }) => entries) };
  }

  restore(state: State): void {
    const { exactValues, counts } = (state ?? {}) as { exactValues?: unknown; counts?: unknown };
    if (exactValues !== this.#exactValues)
      throw new ScalerInputError({
        scaler: this.kind,
        problem: `the state is of exactValues ${String(exactValues)}, not ${this.#exactValues}`,
      });
    if (!Array.isArray(counts) || counts.length !== this.features || !counts.every(isEntries))
      throw new ScalerInputError({
        scaler: this.kind,
        problem: `the state does not hold the counts of ${this.features} features`,
      });
    for (const { values, counts: times } of counts) {
      const isOrdered = values.every((value, i) => Number.isFinite(value) && !(value <= values[i - 1]!));
      checkRestored(this.kind, isOrdered, 'its values are no finite ones in order');
      const isCount = (count: number) => Number.isSafeInteger(count) && count > 0;
      checkRestored(this.kind, times.every(isCount), 'it counts what are no values');
    }
    this.#counts = this.#empty();
    for (const [feature, entries] of counts.entries()) this.#counts[feature]!.entries = entries;
  }

  undoLearn(): void {
    for (const counts of this.#counts) counts.undo();
  }

  /** Refuses infinite values; missing ones are what it is for. */
  #checkValues(xs: RowValues, rows: number): void {
    for (let at = 0; at < rows * this.features; at++) {
      const value = xs[at]!;
      if (value === Infinity || value === -Infinity)
        throw new ScalerValueError({
          scaler: this.kind,
          row: Math.floor(at / this.features),
          feature: at % this.features,
          value,
        });
    }
  }

  #fill(feature: number): number {
    const { median } = this.#counts[feature]!;
    return median === median ? median : this.#initial;
  }

  #empty(): ValueCounts[] {
    return Array.from({ length: this.features }, () => new ValueCounts(this.#exactValues));
  }
}

function isEntries(value: unknown): value is ValueCounts['entries'] {
  const { values, counts } = (value ?? {}) as { values?: unknown; counts?: unknown };
  return values instanceof Float64Array && counts instanceof Float64Array && values.length === counts.length;
}

/**
 * Counts values. While there are at most `limit` different ones every count is exact; beyond, neighbours in order are
 * merged until half as many are left, never so that one stands for more than `2 / limit` of all values. So the median
 * is exact for grades, counts and categories, and off by a small share of the ranks for measurements, in any order of
 * the stream. No random numbers: the same stream always gives the same state.
 */
class ValueCounts {
  readonly #limit: number;
  #counts = new Map<number, number>();
  #total = 0;
  #median: number | undefined;
  /** What came since {@link keep}, until neighbours were merged: then the counts before that are `#unmerged`. */
  #added: number[] = [];
  #unmerged: Map<number, number> | undefined;
  #totalBefore = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Takes a finite value into account. */
  add(value: number): void {
    this.#median = undefined;
    this.#total++;
    this.#counts.set(value, (this.#counts.get(value) ?? 0) + 1);
    if (!this.#unmerged) this.#added.push(value);
    if (this.#counts.size > this.#limit) this.#merge();
  }

  /** From here on {@link undo} can take back what is added. */
  keep(): void {
    this.#added = [];
    this.#unmerged = undefined;
    this.#totalBefore = this.#total;
  }

  /** Takes back what was added since {@link keep}. */
  undo(): void {
    const counts = this.#unmerged ?? this.#counts;
    for (const value of this.#added) {
      const count = counts.get(value)! - 1;
      if (count > 0) counts.set(value, count);
      else counts.delete(value);
    }
    this.#counts = counts;
    this.#total = this.#totalBefore;
    this.#median = undefined;
    this.keep();
  }

  /** The median: with an even number of values the mean of the middle two; NaN before the first value. */
  get median(): number {
    this.#median ??= this.#findMedian();
    return this.#median;
  }

  /** Different values, in order, and how often each came. */
  get entries(): { readonly values: Float64Array; readonly counts: Float64Array } {
    const sorted = this.#sorted();
    return {
      values: Float64Array.from(sorted, ([value]) => value),
      counts: Float64Array.from(sorted, ([, count]) => count),
    };
  }

  /** Goes on from what {@link entries} gave. */
  set entries({ values, counts }: { readonly values: Float64Array; readonly counts: Float64Array }) {
    this.#counts = new Map(Array.from(values, (value, i) => [value, counts[i]!]));
    this.#total = counts.reduce((sum, count) => sum + count, 0);
    this.#median = undefined;
    this.keep();
  }

  #sorted(): [value: number, count: number][] {
    return [...this.#counts].sort(([a], [b]) => a - b);
  }

  #findMedian(): number {
    if (this.#total === 0) return NaN;
    const middle = this.#total / 2;
    let below = 0;
    let lower: number | undefined;
    for (const [value, count] of this.#sorted()) {
      below += count;
      if (lower !== undefined) return lower / 2 + value / 2;
      if (below > middle) return value;
      if (below === middle) lower = value;
    }
    return lower ?? NaN;
  }

  #merge(): void {
    const most = (2 * this.#total) / this.#limit;
    const merged: [value: number, count: number][] = [];
    for (const [value, count] of this.#sorted()) {
      const last = merged.at(-1);
      if (!last || last[1] + count > most) merged.push([value, count]);
      else {
        const sum = last[1] + count;
        // By the distance: products of large values and counts would leave float64.
        last[0] += (value - last[0]) * (count / sum);
        last[1] = sum;
      }
    }
    this.#unmerged ??= this.#counts;
    this.#counts = new Map(merged);
  }
}
