/** The distribution of one feature in bounded memory: exact while it has few values, a fine histogram beyond. */

/**
 * Counts values. While there are at most `limit` different ones every count is exact; beyond, neighbours in order are
 * merged until half as many are left, never so that one stands for more than `2 / limit` of all values. So the median
 * is exact for grades, counts and categories, and off by a small share of the ranks for measurements, in any order of
 * the stream. No random numbers: the same stream always gives the same state.
 */
export class ValueCounts {
  readonly #limit: number;
  #counts = new Map<number, number>();
  #total = 0;
  #median: number | undefined;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Takes a finite value into account. */
  add(value: number): void {
    this.#median = undefined;
    this.#total++;
    this.#counts.set(value, (this.#counts.get(value) ?? 0) + 1);
    if (this.#counts.size > this.#limit) this.#merge();
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
    this.#counts = new Map(merged);
  }
}
