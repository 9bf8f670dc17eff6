/** HDDM-W: compares exponentially weighted means by McDiarmid's bound. */
import { refuseUnknownOptions, type OptionNames } from '../../options.ts';
import { checkRange, RecordDetector } from './drift-detector.ts';

/** Options of {@link HddmW}; the defaults are River's. */
export interface HddmWOptions {
  /** How likely a false drift may be at one look, 0 to 1 (default 0.001); there is one at every row. */
  driftConfidence?: number;
  /** The same for a warning (default 0.005). */
  warningConfidence?: number;
  /** Weight of the newest row in the moving mean, 0 to 1 (default 0.05). */
  lambda?: number;
  /** Report falls of the error rate too (default false). */
  twoSided?: boolean;
}

const optionNames: OptionNames<HddmWOptions> = {
  driftConfidence: true,
  warningConfidence: true,
  lambda: true,
  twoSided: true,
};

/** A weighted mean in an array: mean, bound, whether it has had a row. */
const MEAN = 0;
const BOUND = 1;
const FILLED = 2;

interface HddmWMemory extends Record<string, number | Float64Array> {
  total: Float64Array;
  beforeRise: Float64Array;
  afterRise: Float64Array;
  beforeFall: Float64Array;
  afterFall: Float64Array;
  riseCut: number;
  fallCut: number;
}

const emptyMean = () => Float64Array.of(0, 1, 0);

/**
 * Drift detection by McDiarmid's bound on weighted moving averages: takes errors (1 wrong, 0 right). For gradual changes.
 * Equal to River 0.23, including its weighted mean, which takes the next value whole whenever it stands at exactly 0.
 *
 * I. Frías-Blanco and others: "Online and non-parametric drift detection methods based on Hoeffding's bounds", IEEE TKDE
 * 27(3), 2014.
 *
 * @example
 * ```ts
 * const hddm = new HddmW();
 * const found = [];
 * for (let i = 0; i < 400; i++) {
 *   hddm.update(i < 200 ? Number(i % 5 === 0) : Number(i % 5 !== 0));
 *   if (hddm.driftDetected) found.push(i);
 * }
 * console.log(found); // [ 223 ]
 * ```
 */
export class HddmW extends RecordDetector<HddmWMemory> {
  readonly kind = 'hddmW';
  readonly takes = 'error';
  readonly #driftConfidence: number;
  readonly #warningConfidence: number;
  readonly #lambda: number;
  readonly #twoSided: boolean;

  /** @throws LearnerInputError (`ST_TRAINING_LEARNER_INPUT`) for options that cannot be */
  constructor(options: HddmWOptions = {}) {
    refuseUnknownOptions('HddmW', options, optionNames);
    const { driftConfidence = 0.001, warningConfidence = 0.005, lambda = 0.05, twoSided = false } = options;
    super({ driftConfidence, warningConfidence, lambda, twoSided }, () => ({
      total: emptyMean(),
      beforeRise: emptyMean(),
      afterRise: emptyMean(),
      beforeFall: emptyMean(),
      afterFall: emptyMean(),
      riseCut: Infinity,
      fallCut: -Infinity,
    }));
    checkRange('hddmW', 'driftConfidence', driftConfidence, Number.MIN_VALUE, 1);
    checkRange('hddmW', 'warningConfidence', warningConfidence, Number.MIN_VALUE, 1);
    checkRange('hddmW', 'lambda', lambda, 0, 1);
    this.#driftConfidence = driftConfidence;
    this.#warningConfidence = warningConfidence;
    this.#lambda = lambda;
    this.#twoSided = twoSided;
  }

  protected observe(error: number): void {
    const { memory: m } = this;
    this.#add(m.total, error);
    const mean = m.total[MEAN]!;
    const bound = mcDiarmid(m.total[BOUND]!, this.#driftConfidence);
    if (mean + bound < m.riseCut) {
      m.riseCut = mean + bound;
      m.beforeRise = m.total.slice();
      m.afterRise = emptyMean();
    } else this.#add(m.afterRise, error);
    this.drift = isGreater(m.afterRise, m.beforeRise, this.#driftConfidence);
    this.warning = !this.drift && isGreater(m.afterRise, m.beforeRise, this.#warningConfidence);

    if (mean - bound > m.fallCut) {
      m.fallCut = mean - bound;
      m.beforeFall = m.total.slice();
      m.afterFall = emptyMean();
    } else this.#add(m.afterFall, error);
    if (!this.#twoSided) return;
    if (isGreater(m.beforeFall, m.afterFall, this.#driftConfidence)) this.drift = true;
    else if (isGreater(m.beforeFall, m.afterFall, this.#warningConfidence)) this.warning = true;
  }

  #add(sample: Float64Array, error: number): void {
    const lambda = this.#lambda;
    const mean = sample[MEAN]!;
    sample[MEAN] = mean === 0 ? error : lambda * error + (1 - lambda) * mean;
    sample[BOUND] = lambda * lambda + (1 - lambda) ** 2 * sample[BOUND]!;
    sample[FILLED] = 1;
  }
}

function isGreater(one: Float64Array, other: Float64Array, confidence: number): boolean {
  if (one[FILLED] === 0 || other[FILLED] === 0) return false;
  return one[MEAN]! - other[MEAN]! > mcDiarmid(other[BOUND]! + one[BOUND]!, confidence);
}

function mcDiarmid(bound: number, confidence: number): number {
  return Math.sqrt((bound * Math.log(1 / confidence)) / 2);
}
