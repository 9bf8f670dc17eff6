/** Finds the rows nearest to a given one by looking at all: exact, without allocating anything. */

/** One search after the other over rows that stand in a flat array. */
export class NearestRows {
  /** Where the nearest rows stand, nearest first; of equal distances, those looked at earlier. */
  readonly slots: Int32Array;
  /** How far away they are. */
  readonly distances: Float64Array;
  /** How many of both there are. */
  found = 0;
  readonly #features: number;
  readonly #p: 1 | 2;
  #query: Float64Array = new Float64Array(0);
  /** The distances, before the root is drawn. */
  readonly #sums: Float64Array;

  constructor(features: number, most: number, p: 1 | 2) {
    this.#features = features;
    this.#p = p;
    this.slots = new Int32Array(most);
    this.distances = new Float64Array(most);
    this.#sums = new Float64Array(most);
  }

  /** Begins a search for a row, which must stay as it is until its end. */
  begin(xs: Float64Array): void {
    this.#query = xs;
    this.found = 0;
    this.#sums[this.#sums.length - 1] = Infinity;
  }

  /** Looks at the rows from one place to before another. */
  look(rows: Float64Array, from: number, to: number): void {
    const [query, sums, features, last] = [this.#query, this.#sums, this.#features, this.#sums.length - 1];
    const isEuclidean = this.#p === 2;
    for (let slot = from, at = from * features; slot < to; slot++) {
      let sum = 0;
      if (isEuclidean) {
        for (let i = 0; i < features; i++, at++) {
          const distance = query[i]! - rows[at]!;
          sum += distance * distance;
        }
      } else {
        for (let i = 0; i < features; i++, at++) sum += Math.abs(query[i]! - rows[at]!);
      }
      // A root keeps the order, so what is no less than the last of the nearest is no nearer.
      if (sum < sums[last]!) this.#insert(slot, sum);
    }
  }

  /** Sorts by what the root gives: two sums may have the same one, and the earlier row is then the nearer. */
  #insert(slot: number, sum: number): void {
    const { slots, distances } = this;
    const sums = this.#sums;
    const most = sums.length;
    const distance = this.#p === 2 ? Math.sqrt(sum) : sum;
    let place = this.found < most ? this.found : most - 1;
    if (this.found === most && distance >= distances[most - 1]!) return;
    while (place > 0 && distances[place - 1]! > distance) {
      slots[place] = slots[place - 1]!;
      distances[place] = distances[place - 1]!;
      sums[place] = sums[place - 1]!;
      place--;
    }
    slots[place] = slot;
    distances[place] = distance;
    sums[place] = sum;
    if (this.found < most) this.found++;
  }
}
