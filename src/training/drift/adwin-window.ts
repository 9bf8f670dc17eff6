/** ADWIN's window: sums of 1, 2, 4, 8, ... numbers in rows of buckets, the newest numbers in row 0. */
import type { AdwinOptions } from './adwin.ts';

/** What the window is as a whole. */
export interface AdwinSums extends Record<string, number> {
  total: number;
  /** Sum of squared distances from the mean. */
  variance: number;
  width: number;
  tick: number;
}

/** A part of the window while a cut is looked for. */
interface Part {
  length: number;
  total: number;
}

/**
 * The window and its buckets. Operations are in River's order (`adwin_c.pyx`), so that rounding is the same too.
 */
export class AdwinWindow {
  sums: AdwinSums = { total: 0, variance: 0, width: 0, tick: 0 };
  /** Row i holds the buckets of 2^i numbers, oldest first: total, variance, total, variance, ... */
  rows: number[][] = [[]];
  readonly #options: Required<AdwinOptions>;

  constructor(options: Required<AdwinOptions>) {
    this.#options = options;
  }

  /** Takes a number in; returns whether the window had to be cut. */
  add(value: number): boolean {
    this.#insert(value);
    this.sums.tick++;
    const { clock, gracePeriod } = this.#options;
    if (this.sums.tick % clock !== 0 || this.sums.width <= gracePeriod) return false;
    let cut = false;
    while (this.#hasCut()) {
      cut = true;
      this.#removeOldest();
    }
    return cut;
  }

  #insert(value: number): void {
    const { sums } = this;
    this.rows[0]!.push(value, 0);
    sums.width += 1;
    if (sums.width > 1) {
      const before = sums.width - 1;
      sums.variance += (before * (value - sums.total / before) * (value - sums.total / before)) / sums.width;
    }
    sums.total += value;
    this.#compress();
  }

  /** Merges the two oldest buckets of each row that has too many into one of the next row. */
  #compress(): void {
    const full = 2 * (this.#options.maxBuckets + 1);
    for (let i = 0; this.rows[i]?.length === full; i++) {
      const [total1, variance1, total2, variance2] = this.rows[i]!.splice(0, 4) as [
        number,
        number,
        number,
        number,
      ];
      const n = 2 ** i;
      const apart = total1 / n - total2 / n;
      (this.rows[i + 1] ??= []).push(
        total1 + total2,
        variance1 + variance2 + (n * n * apart * apart) / (n + n),
      );
    }
  }

  #removeOldest(): void {
    const { sums, rows } = this;
    const row = rows.at(-1)!;
    const n = 2 ** (rows.length - 1);
    const [total, variance] = row.splice(0, 2) as [number, number];
    sums.width -= n;
    sums.total -= total;
    const apart = total / n - sums.total / sums.width;
    sums.variance -= variance + (n * sums.width * apart * apart) / (n + sums.width);
    if (row.length === 0) rows.pop();
  }

  /** Whether some cut of the window leaves two parts with different means. */
  #hasCut(): boolean {
    const { minWindowLength } = this.#options;
    const older: Part = { length: 0, total: 0 };
    const newer: Part = { length: this.sums.width, total: this.sums.total };
    for (let i = this.rows.length - 1; i >= 0; i--) {
      const row = this.rows[i]!;
      const n = 2 ** i;
      for (let k = 0; k < row.length; k += 2) {
        older.length += n;
        newer.length -= n;
        older.total += row[k]!;
        newer.total -= row[k]!;
        if (i === 0 && k === row.length - 2) return false;
        if (newer.length < minWindowLength || older.length < minWindowLength) continue;
        if (this.#isCut(older, newer)) return true;
      }
    }
    return false;
  }

  #isCut(older: Part, newer: Part): boolean {
    const { delta, minWindowLength } = this.#options;
    const { width, variance } = this.sums;
    const confidence = Math.log((2 * Math.log(width)) / delta);
    const reciprocal = 1 / (older.length - minWindowLength + 1) + 1 / (newer.length - minWindowLength + 1);
    const epsilon =
      Math.sqrt(2 * reciprocal * (variance / width) * confidence) + (2 / 3) * confidence * reciprocal;
    return Math.abs(older.total / older.length - newer.total / newer.length) > epsilon;
  }
}
