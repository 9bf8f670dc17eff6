/** ADWIN: a window that grows while the mean stays and is cut where it changed. */
import type { State } from '../../state.ts';
import { checkInteger, checkNumber, refuseUnknownOptions, type OptionNames } from '../../options.ts';
import { StateMismatchError } from '../errors.ts';
import { checkCounts, checkStateOptions, fieldsOf, fittingRecord } from '../state-record.ts';
import { checkValue, type DriftDetector } from './drift-detector.ts';

/** Options of {@link Adwin}; the defaults are River's. */
export interface AdwinOptions {
  /** How likely a false alarm may be at one look, in all its comparisons together, 0 to 1 (default 0.002). */
  delta?: number;
  /** Look for a change at each so many-th number (default 32). */
  clock?: number;
  /** Buckets of one size before two are merged (default 5; up to 1,000). */
  maxBuckets?: number;
  /** Shorter parts of the window are not compared (default 5). */
  minWindowLength?: number;
  /** No change is looked for before so many numbers (default 10). */
  gracePeriod?: number;
}

/** Of buckets: one of the next would hold more numbers than can be counted. */
const MOST_ROWS = 53;

const optionNames: OptionNames<AdwinOptions> = {
  delta: true,
  clock: true,
  maxBuckets: true,
  minWindowLength: true,
  gracePeriod: true,
};

/**
 * Adaptive windowing: keeps the longest window in which no two parts have different means, in memory that grows with
 * its logarithm. Any numbers; finds rises and falls. Equal to River 0.23, which starts a new window after a drift.
 *
 * A. Bifet, R. Gavaldà: "Learning from time-changing data with adaptive windowing", SDM 2007.
 *
 * @example
 * ```ts run
 * const adwin = new Adwin();
 * const found = [];
 * for (let i = 0; i < 2000; i++) {
 *   adwin.update(i < 1000 ? i % 2 : 4 + (i % 4));
 *   if (adwin.driftDetected) found.push(i);
 * }
 * console.log(found); // [ 1023 ]
 * ```
 */
export class Adwin implements DriftDetector {
  readonly kind = 'adwin';
  readonly takes = 'number';
  readonly warningDetected = false;
  readonly #options: Required<AdwinOptions>;
  #window: AdwinWindow;
  #drift = false;

  /** @throws InvalidOptionError (`ST_OPTION_INVALID`) for options that cannot be */
  constructor(options: AdwinOptions = {}) {
    refuseUnknownOptions('Adwin', options, optionNames);
    const { delta = 0.002, clock = 32, maxBuckets = 5, minWindowLength = 5, gracePeriod = 10 } = options;
    checkNumber(`${this.kind}.delta`, delta, { above: 0, most: 1 });
    for (const [option, value] of Object.entries({ clock, minWindowLength }))
      checkInteger(`${this.kind}.${option}`, value, { least: 1 });
    checkInteger(`${this.kind}.maxBuckets`, maxBuckets, { least: 1, most: 1000 });
    checkInteger(`${this.kind}.gracePeriod`, gracePeriod);
    this.#options = { delta, clock, maxBuckets, minWindowLength, gracePeriod };
    this.#window = new AdwinWindow(this.#options);
  }

  get driftDetected(): boolean {
    return this.#drift;
  }

  /** Numbers in the window. */
  get width(): number {
    return this.#window.sums.width;
  }

  /** The mean of the window; 0 before the first number. */
  get estimation(): number {
    const { total, width } = this.#window.sums;
    return width === 0 ? 0 : total / width;
  }

  update(value: number): void {
    checkValue(this, value);
    if (this.#drift) this.reset();
    this.#drift = this.#window.add(value);
  }

  reset(): void {
    this.#window = new AdwinWindow(this.#options);
    this.#drift = false;
  }

  save(): State {
    return {
      options: { ...this.#options },
      drift: this.#drift,
      sums: { ...this.#window.sums },
      rows: this.#window.rows.map(({ numbers, length }) => Float64Array.from(numbers.slice(0, length))),
    };
  }

  restore(state: State): void {
    const { options, drift, sums, rows, ...others } = fieldsOf(this.kind, state);
    fittingRecord(this.kind, {}, others as State);
    checkStateOptions(this.kind, { ...this.#options }, options);
    const window = new AdwinWindow(this.#options);
    window.sums = fittingRecord(this.kind, window.sums, sums);
    const most = 2 * (this.#options.maxBuckets + 1);
    const fits = (row: State): row is Float64Array =>
      row instanceof Float64Array && row.length % 2 === 0 && row.length <= most && row.every(Number.isFinite);
    if (typeof drift !== 'boolean')
      throw new StateMismatchError({ kind: this.kind, problem: 'it says nothing of a drift' });
    if (
      !Array.isArray(rows) ||
      rows.length === 0 ||
      rows.length > MOST_ROWS ||
      !(rows as State[]).every(fits)
    )
      throw new StateMismatchError({ kind: this.kind, problem: 'it does not hold the rows of buckets' });
    window.rows = (rows as Float64Array[]).map((row) => window.newRow(row));
    const { width, tick, total, variance } = window.sums;
    checkCounts(this.kind, { width, tick });
    const held = window.rows.reduce((sum, row, i) => sum + (row.length / 2) * 2 ** i, 0);
    if (held !== width || !Number.isFinite(total) || !Number.isFinite(variance))
      throw new StateMismatchError({ kind: this.kind, problem: 'its sums are not those of its buckets' });
    this.#window = window;
    this.#drift = drift;
  }
}

/** What the window is as a whole. */
interface AdwinSums extends Record<string, number> {
  total: number;
  /** Sum of squared distances from the mean. */
  variance: number;
  width: number;
  tick: number;
}

/** Buckets of one size, oldest first: total, variance, total, variance, ... */
interface BucketRow {
  /** As many as there may be; the first `length` hold. */
  readonly numbers: number[];
  length: number;
}

function push(row: BucketRow, total: number, variance: number): void {
  row.numbers[row.length] = total;
  row.numbers[row.length + 1] = variance;
  row.length += 2;
}

/** Drops the first numbers. So few are moved faster by hand than by `copyWithin`. */
function shift(row: BucketRow, count: number): void {
  row.length -= count;
  for (let i = 0; i < row.length; i++) row.numbers[i] = row.numbers[i + count]!;
}

/** A part of the window while a cut is looked for. */
interface Part {
  length: number;
  total: number;
}

/**
 * The window and its buckets. Operations are in River's order (`adwin_c.pyx`), so that rounding is the same too.
 */
class AdwinWindow {
  sums: AdwinSums = { total: 0, variance: 0, width: 0, tick: 0 };
  /** Row i holds the buckets of 2^i numbers. */
  rows: BucketRow[];
  readonly #options: Required<AdwinOptions>;

  constructor(options: Required<AdwinOptions>) {
    this.#options = options;
    this.rows = [this.newRow()];
  }

  /** A row with these buckets. */
  newRow(buckets: ArrayLike<number> = []): BucketRow {
    const numbers = new Array<number>(2 * (this.#options.maxBuckets + 1)).fill(0);
    for (let i = 0; i < buckets.length; i++) numbers[i] = buckets[i]!;
    return { numbers, length: buckets.length };
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
    push(this.rows[0]!, value, 0);
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
    const { rows } = this;
    for (let i = 0, n = 1; i < rows.length; i++, n *= 2) {
      const row = rows[i]!;
      const { numbers } = row;
      if (row.length < numbers.length) return;
      const [total1, variance1, total2, variance2] = [numbers[0]!, numbers[1]!, numbers[2]!, numbers[3]!];
      shift(row, 4);
      const apart = total1 / n - total2 / n;
      const variance = variance1 + variance2 + (n * n * apart * apart) / (n + n);
      push((rows[i + 1] ??= this.newRow()), total1 + total2, variance);
    }
  }

  #removeOldest(): void {
    const { sums, rows } = this;
    const row = rows.at(-1)!;
    const n = 2 ** (rows.length - 1);
    const [total, variance] = [row.numbers[0]!, row.numbers[1]!];
    shift(row, 2);
    sums.width -= n;
    sums.total -= total;
    const apart = total / n - sums.total / sums.width;
    sums.variance -= variance + (n * sums.width * apart * apart) / (n + sums.width);
    if (row.length === 0) rows.pop();
  }

  /** Whether some cut of the window leaves two parts with different means. */
  #hasCut(): boolean {
    const { minWindowLength, delta } = this.#options;
    const confidence = Math.log((2 * Math.log(this.sums.width)) / delta);
    const older: Part = { length: 0, total: 0 };
    const newer: Part = { length: this.sums.width, total: this.sums.total };
    for (let i = this.rows.length - 1; i >= 0; i--) {
      const { numbers, length } = this.rows[i]!;
      const n = 2 ** i;
      for (let k = 0; k < length; k += 2) {
        older.length += n;
        newer.length -= n;
        older.total += numbers[k]!;
        newer.total -= numbers[k]!;
        if (i === 0 && k === length - 2) return false;
        if (newer.length < minWindowLength || older.length < minWindowLength) continue;
        if (this.#isCut(older, newer, confidence)) return true;
      }
    }
    return false;
  }

  #isCut(older: Part, newer: Part, confidence: number): boolean {
    const { minWindowLength } = this.#options;
    const { width, variance } = this.sums;
    const reciprocal = 1 / (older.length - minWindowLength + 1) + 1 / (newer.length - minWindowLength + 1);
    const epsilon =
      Math.sqrt(2 * reciprocal * (variance / width) * confidence) + (2 / 3) * confidence * reciprocal;
    return Math.abs(older.total / older.length - newer.total / newer.length) > epsilon;
  }
}
