/** KSWIN: compares the distribution of the newest numbers with that of older ones, by the Kolmogorov-Smirnov test. */
import type { State } from '../../state.ts';
import {
  checkInteger,
  checkNumber,
  invalidOption,
  refuseUnknownOptions,
  type OptionNames,
} from '../../options.ts';
import { checkRing, checkStateOptions, fieldsOf, fittingRecord } from '../state-record.ts';
import { PythonRandom } from '../streams/python-random.ts';
import { checkValue, type DriftDetector } from './drift-detector.ts';
import { firstNonFinite } from '../../finite.ts';
import { learnerInput } from '../errors.ts';

/** Options of {@link Kswin}; the defaults are River's. */
export interface KswinOptions {
  /**
   * At this p-value or below it is a drift (default 0.005). It is the risk of one test, and there is one at every number: some
   * 14 false alarms in 10,000 numbers that are all different, far fewer in errors, which are 0 or 1 (ties).
   */
  alpha?: number;
  /** Numbers in the window (default 100; up to 10,000,000). */
  windowSize?: number;
  /** The newest so many are compared with as many older ones (default 30; up to 10,000). */
  statSize?: number;
  /** Fixes which older ones are drawn, 0 to 2^53 - 1 (default 1). */
  seed?: number;
}

const optionNames: OptionNames<KswinOptions> = { alpha: true, windowSize: true, statSize: true, seed: true };

/** As the state holds it: the numbers, the place of the oldest, how many there are. */
interface Ring extends Record<string, number | Float64Array> {
  values: Float64Array;
  at: number;
  length: number;
}

/**
 * Kolmogorov-Smirnov windowing: any numbers; sees changes of the whole distribution, not of the mean alone. Equal to
 * River 0.23 with the same seed, draws included; like River it starts over, also with its draws, after a drift.
 *
 * C. Raab, M. Heusinger, F.-M. Schleif: "Reactive soft prototype computing for concept drift streams", Neurocomputing 2020.
 *
 * @example
 * ```ts run
 * const kswin = new Kswin({ alpha: 0.0001, seed: 42 });
 * const found = [];
 * for (let i = 0; i < 2000; i++) {
 *   kswin.update(i < 1000 ? i % 2 : 4 + (i % 4));
 *   if (kswin.driftDetected) found.push(i);
 * }
 * console.log(found); // [ 1016 ]
 * ```
 */
export class Kswin implements DriftDetector {
  readonly kind = 'kswin';
  readonly takes = 'number';
  readonly warningDetected = false;
  readonly #options: Required<KswinOptions>;
  #ring: Ring;
  #random: PythonRandom;
  #drift = false;

  /** @throws InvalidOptionError (`ST_OPTION_INVALID`) for options that cannot be */
  constructor(options: KswinOptions = {}) {
    refuseUnknownOptions('Kswin', options, optionNames);
    const { alpha = 0.005, windowSize = 100, statSize = 30, seed = 1 } = options;
    checkNumber(`${this.kind}.alpha`, alpha, { least: 0, most: 1 });
    checkInteger(`${this.kind}.statSize`, statSize, { least: 1, most: 10_000 });
    checkInteger(`${this.kind}.windowSize`, windowSize, { least: 2, most: 10_000_000 });
    if (windowSize < 2 * statSize)
      throw invalidOption(`${this.kind}.windowSize`, windowSize, 'at least twice statSize');
    this.#options = { alpha, windowSize, statSize, seed };
    this.#random = new PythonRandom(seed);
    this.#ring = this.#emptyRing();
  }

  get driftDetected(): boolean {
    return this.#drift;
  }

  update(value: number): void {
    checkValue(this, value);
    if (this.#drift) this.reset();
    const { windowSize } = this.#options;
    const ring = this.#ring;
    if (ring.length < windowSize) ring.values[ring.length++] = value;
    else {
      ring.values[ring.at] = value;
      ring.at = (ring.at + 1) % windowSize;
    }
    if (ring.length === windowSize) this.#drift = this.#hasChanged();
  }

  reset(): void {
    this.#ring = this.#emptyRing();
    this.#random = new PythonRandom(this.#options.seed);
    this.#drift = false;
  }

  save(): State {
    const { values, at, length } = this.#ring;
    return {
      options: { ...this.#options },
      drift: this.#drift,
      ring: { values: values.slice(), at, length },
      random: this.#random.save(),
    };
  }

  restore(state: State): void {
    const { options, drift, ring, random } = fieldsOf(this.kind, state);
    checkStateOptions(this.kind, { ...this.#options }, options);
    const flags = fittingRecord(this.kind, { drift: false }, { drift: drift ?? null });
    const nextRing = fittingRecord(this.kind, this.#emptyRing(), ring);
    checkRing(this.kind, this.#options.windowSize, nextRing.at, nextRing.length);
    const nextRandom = new PythonRandom(0);
    nextRandom.restore(random ?? null);
    this.#ring = nextRing;
    this.#random = nextRandom;
    this.#drift = flags.drift;
  }

  #hasChanged(): boolean {
    const { alpha, windowSize, statSize } = this.#options;
    const { values, at } = this.#ring;
    const older = windowSize - statSize;
    const place = (i: number) => values[(at + i) % windowSize]!;
    const drawn = Float64Array.from(this.#random.sample(older, statSize), place);
    const newest = Float64Array.from({ length: statSize }, (_, i) => place(older + i));
    const { statistic, pValue } = kolmogorovSmirnov(drawn, newest);
    return pValue <= alpha && statistic > 0.1;
  }

  #emptyRing(): Ring {
    return { values: new Float64Array(this.#options.windowSize), at: 0, length: 0 };
  }
}

/** What the test says. */
export interface KolmogorovSmirnov {
  /** The greatest distance of the two empirical distributions, 0 to 1. */
  readonly statistic: number;
  /** How likely a distance of at least this is if both samples come from the same distribution (exact). */
  readonly pValue: number;
}

/**
 * Two-sided test with the exact p-value, as SciPy's `ks_2samp(method='auto')` gives it for samples of the same size of up
 * to 10,000 (J. L. Hodges: "The significance probability of the Smirnov two-sample test", 1958). Like SciPy it takes ties
 * into account for the statistic and not for the p-value, which is too large where there are many: a test of numbers with
 * few values reports a difference less often than its p-value says.
 *
 * @param first not changed; of the same length as `second`, at least 1
 * @throws LearnerInputError (`ST_TRAINING_LEARNER_INPUT`) for samples of other sizes, or a number that is not finite
 * @example
 * ```ts run
 * kolmogorovSmirnov([1, 2, 3, 4], [3, 4, 5, 6]); // { statistic: 0.5, pValue: 0.7714285714285716 }
 * ```
 */
export function kolmogorovSmirnov(first: ArrayLike<number>, second: ArrayLike<number>): KolmogorovSmirnov {
  const n = first.length;
  if (n === 0 || second.length !== n) {
    const sizes = `${n} and ${second.length}`;
    throw learnerInput('kolmogorovSmirnov', 'the sizes', sizes, 'the same one, at least 1');
  }
  for (const sample of [first, second]) {
    const found = firstNonFinite(sample, 1);
    if (found) throw learnerInput('kolmogorovSmirnov', `number ${found.row}`, found.value, 'a finite one');
  }
  const a = Float64Array.from(first).sort();
  const b = Float64Array.from(second).sort();
  let greatest = 0;
  for (let i = 0, j = 0; i < n && j < n;) {
    const value = Math.min(a[i]!, b[j]!);
    while (i < n && a[i]! <= value) i++;
    while (j < n && b[j]! <= value) j++;
    greatest = Math.max(greatest, Math.abs(i - j));
  }
  return { statistic: greatest / n, pValue: exactPValue(n, greatest) };
}

/** Share of the lattice paths from (0, 0) to (n, n) that come `h` or more away from the diagonal. */
function exactPValue(n: number, h: number): number {
  if (h === 0) return 1;
  let outside = 0;
  for (let k = Math.floor(n / h); k >= 0; k--) {
    let factor = 1;
    for (let j = 0; j < h; j++) factor = ((n - k * h - j) * factor) / (n + k * h + j + 1);
    outside = factor * (1 - outside);
  }
  return Math.min(1, Math.max(0, 2 * outside));
}
