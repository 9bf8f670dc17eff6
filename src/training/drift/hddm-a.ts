/** HDDM-A: compares means of rows by Hoeffding's bound. */
import { refuseUnknownOptions, type OptionNames } from '../../options.ts';
import { checkRange, RecordDetector } from './drift-detector.ts';
import { nextMean } from './running-mean.ts';

/** Options of {@link HddmA}; the defaults are River's. */
export interface HddmAOptions {
  /** How likely a false drift may be at one look, 0 to 1 (default 0.001); there is one at every row. */
  driftConfidence?: number;
  /** The same for a warning (default 0.005). */
  warningConfidence?: number;
  /** Report falls of the error rate too (default false). */
  twoSided?: boolean;
}

const optionNames: OptionNames<HddmAOptions> = {
  driftConfidence: true,
  warningConfidence: true,
  twoSided: true,
};

/** Count and mean of all rows (z), and of those up to the cut that gives the least (x) and the greatest (y) bound. */
interface HddmAMemory extends Record<string, number> {
  zCount: number;
  zMean: number;
  xCount: number;
  xMean: number;
  yCount: number;
  yMean: number;
}

/**
 * Drift detection by Hoeffding's bound on moving averages: takes errors (1 wrong, 0 right); no assumption on how they are
 * distributed. For abrupt changes. Equal to River 0.23.
 *
 * I. Frías-Blanco and others: "Online and non-parametric drift detection methods based on Hoeffding's bounds", IEEE TKDE
 * 27(3), 2014.
 *
 * @example
 * ```ts
 * const hddm = new HddmA();
 * const found = [];
 * for (let i = 0; i < 400; i++) {
 *   hddm.update(i < 200 ? Number(i % 5 === 0) : Number(i % 5 !== 0));
 *   if (hddm.driftDetected) found.push(i);
 * }
 * console.log(found); // [ 209 ]
 * ```
 */
export class HddmA extends RecordDetector<HddmAMemory> {
  readonly kind = 'hddmA';
  readonly takes = 'error';
  readonly #driftConfidence: number;
  readonly #warningConfidence: number;
  readonly #twoSided: boolean;

  /** @throws LearnerInputError (`ST_TRAINING_LEARNER_INPUT`) for options that cannot be */
  constructor(options: HddmAOptions = {}) {
    refuseUnknownOptions('HddmA', options, optionNames);
    const { driftConfidence = 0.001, warningConfidence = 0.005, twoSided = false } = options;
    super({ driftConfidence, warningConfidence, twoSided }, () => ({
      zCount: 0,
      zMean: 0,
      xCount: 0,
      xMean: 0,
      yCount: 0,
      yMean: 0,
    }));
    checkRange('hddmA', 'driftConfidence', driftConfidence, Number.MIN_VALUE, 1);
    checkRange('hddmA', 'warningConfidence', warningConfidence, Number.MIN_VALUE, 1);
    this.#driftConfidence = driftConfidence;
    this.#warningConfidence = warningConfidence;
    this.#twoSided = twoSided;
  }

  protected observe(error: number): void {
    const { memory: m } = this;
    m.zCount++;
    m.zMean = nextMean(m.zMean, m.zCount, error);
    const bound = this.#bound(m.zCount);
    if (m.xCount === 0 || m.xMean + this.#bound(m.xCount) >= m.zMean + bound) {
      m.xCount = m.zCount;
      m.xMean = m.zMean;
    }
    if (m.yCount === 0 || m.yMean - this.#bound(m.yCount) <= m.zMean - bound) {
      m.yCount = m.zCount;
      m.yMean = m.zMean;
    }
    this.drift = this.#hasRisen(this.#driftConfidence);
    this.warning = !this.drift && this.#hasRisen(this.#warningConfidence);
    if (!this.#twoSided) return;
    if (this.#hasFallen(this.#driftConfidence)) this.drift = true;
    else if (this.#hasFallen(this.#warningConfidence)) this.warning = true;
  }

  #bound(n: number): number {
    return Math.sqrt((1 / (2 * n)) * Math.log(1 / this.#driftConfidence));
  }

  #hasRisen(confidence: number): boolean {
    const { zCount, zMean, xCount, xMean } = this.memory;
    return xCount !== zCount && zMean - xMean >= difference(zCount, xCount, confidence);
  }

  #hasFallen(confidence: number): boolean {
    const { zCount, zMean, yCount, yMean } = this.memory;
    return yCount !== zCount && yMean - zMean >= difference(zCount, yCount, confidence);
  }
}

/** What the means of `part` of `all` rows, and of all, may differ by. */
function difference(all: number, part: number, confidence: number): number {
  const m = ((all - part) / part) * (1 / all);
  return Math.sqrt((m / 2) * Math.log(2 / confidence));
}
