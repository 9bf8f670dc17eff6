/** ADWIN: a window that grows while the mean stays and is cut where it changed. */
import type { State } from '../../model/state.ts';
import { refuseUnknownOptions, type OptionNames } from '../../options.ts';
import { StateMismatchError } from '../errors.ts';
import { checkOptions, fieldsOf, fittingRecord } from '../state-record.ts';
import { checkRange, checkValue, checkWhole, type DriftDetector } from './drift-detector.ts';
import { AdwinWindow } from './adwin-window.ts';

/** Options of {@link Adwin}; the defaults are River's. */
export interface AdwinOptions {
  /** How likely a false alarm may be at one look, in all its comparisons together, 0 to 1 (default 0.002). */
  delta?: number;
  /** Look for a change at each so many-th number (default 32). */
  clock?: number;
  /** Buckets of one size before two are merged (default 5). */
  maxBuckets?: number;
  /** Shorter parts of the window are not compared (default 5). */
  minWindowLength?: number;
  /** No change is looked for before so many numbers (default 10). */
  gracePeriod?: number;
}

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
 * ```ts
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

  /** @throws LearnerInputError (`ST_TRAINING_LEARNER_INPUT`) for options that cannot be */
  constructor(options: AdwinOptions = {}) {
    refuseUnknownOptions('Adwin', options, optionNames);
    const { delta = 0.002, clock = 32, maxBuckets = 5, minWindowLength = 5, gracePeriod = 10 } = options;
    checkRange(this.kind, 'delta', delta, Number.MIN_VALUE, 1);
    for (const [option, value] of Object.entries({ clock, maxBuckets, minWindowLength }))
      checkWhole(this.kind, option, value, 1);
    checkWhole(this.kind, 'gracePeriod', gracePeriod, 0);
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
      rows: this.#window.rows.map((row) => Float64Array.from(row)),
    };
  }

  restore(state: State): void {
    const { options, drift, sums, rows } = fieldsOf(this.kind, state);
    checkOptions(this.kind, { ...this.#options }, options);
    const window = new AdwinWindow(this.#options);
    window.sums = fittingRecord(this.kind, window.sums, sums);
    const most = 2 * (this.#options.maxBuckets + 1);
    const fits = (row: State): row is Float64Array =>
      row instanceof Float64Array && row.length % 2 === 0 && row.length <= most;
    if (typeof drift !== 'boolean') throw new StateMismatchError(this.kind, 'it says nothing of a drift');
    if (!Array.isArray(rows) || rows.length === 0 || !(rows as State[]).every(fits))
      throw new StateMismatchError(this.kind, 'it does not hold the rows of buckets');
    window.rows = (rows as Float64Array[]).map((row) => [...row]);
    this.#window = window;
    this.#drift = drift;
  }
}
