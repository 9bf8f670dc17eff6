/** KSWIN: compares the distribution of the newest numbers with that of older ones. */
import type { State } from '../../model/state.ts';
import { refuseUnknownOptions, type OptionNames } from '../../options.ts';
import { LearnerInputError } from '../errors.ts';
import { checkOptions, fieldsOf, fittingRecord } from '../state-record.ts';
import { PythonRandom } from '../streams/python-random.ts';
import { checkRange, checkValue, checkWhole, type DriftDetector } from './drift-detector.ts';
import { kolmogorovSmirnov } from './kolmogorov-smirnov.ts';

/** Options of {@link Kswin}; the defaults are River's. */
export interface KswinOptions {
  /**
   * At this p-value or below it is a drift (default 0.005). It is the risk of one test, and there is one at every number: some
   * 14 false alarms in 10,000 numbers that are all different, far fewer in errors, which are 0 or 1 (ties).
   */
  alpha?: number;
  /** Numbers in the window (default 100). */
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
 * River 0.23 with the same seed, draws included; like River it starts anew, also with its draws, after a drift.
 *
 * C. Raab, M. Heusinger, F.-M. Schleif: "Reactive soft prototype computing for concept drift streams", Neurocomputing 2020.
 *
 * @example
 * ```ts
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

  /** @throws LearnerInputError (`ST_TRAINING_LEARNER_INPUT`) for options that cannot be */
  constructor(options: KswinOptions = {}) {
    refuseUnknownOptions('Kswin', options, optionNames);
    const { alpha = 0.005, windowSize = 100, statSize = 30, seed = 1 } = options;
    checkRange(this.kind, 'alpha', alpha, 0, 1);
    checkWhole(this.kind, 'statSize', statSize, 1);
    checkRange(this.kind, 'statSize', statSize, 1, 10_000);
    if (!Number.isSafeInteger(windowSize) || windowSize < 2 * statSize)
      throw new LearnerInputError(this.kind, 'the option windowSize', windowSize, 'at least twice statSize');
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
    checkOptions(this.kind, { ...this.#options }, options);
    const flags = fittingRecord(this.kind, { drift: false }, { drift: drift ?? null });
    const nextRing = fittingRecord(this.kind, this.#emptyRing(), ring);
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
