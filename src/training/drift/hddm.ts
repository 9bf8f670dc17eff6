/** HDDM-A and HDDM-W: they compare means of errors, plain and exponentially weighted, by a bound on chance. */
import { checkNumber, refuseUnknownOptions, type OptionNames } from '../../options.ts';
import { RecordDetector, nextMean, problemOfCounts } from './drift-detector.ts';

/** Options of {@link HddmA}; the defaults are River's. */
export interface HddmAOptions {
  /** How likely a false drift may be at one look, 0 to 1 (default 0.001); there is one at every row. */
  driftConfidence?: number;
  /** The same for a warning (default 0.005). */
  warningConfidence?: number;
  /** Report falls of the error rate too (default false). */
  twoSided?: boolean;
}

const hddmAOptionNames: OptionNames<HddmAOptions> = {
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
 * ```ts run
 * const hddm = new HddmA();
 * const found = [];
 * for (let i = 0; i < 400; i++) {
 *   hddm.update(i < 200 ? Number(i % 5 === 0) : Number(i % 5 !== 0));
 *   if (hddm.driftDetected) found.push(i);
 * }
 * console.log(found); // [ 209 ]
 * ```
 */
export class HddmA extends RecordDetector<HddmAMemory, Required<HddmAOptions>> {
  readonly kind = 'hddmA';
  readonly takes = 'error';

  /** @throws InvalidOptionError (`ST_OPTION_INVALID`) for options that cannot be */
  constructor(options: HddmAOptions = {}) {
    refuseUnknownOptions('HddmA', options, hddmAOptionNames);
    const { driftConfidence = 0.001, warningConfidence = 0.005, twoSided = false } = options;
    super({ driftConfidence, warningConfidence, twoSided }, () => ({
      zCount: 0,
      zMean: 0,
      xCount: 0,
      xMean: 0,
      yCount: 0,
      yMean: 0,
    }));
    checkNumber('hddmA.driftConfidence', driftConfidence, { above: 0, most: 1 });
    checkNumber('hddmA.warningConfidence', warningConfidence, { above: 0, most: 1 });
  }

  protected problemOf({ zCount, xCount, yCount }: HddmAMemory): string | undefined {
    return problemOfCounts({ zCount, xCount, yCount });
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
    this.drift = this.#hasRisen(this.options.driftConfidence);
    this.warning = !this.drift && this.#hasRisen(this.options.warningConfidence);
    if (!this.options.twoSided) return;
    if (this.#hasFallen(this.options.driftConfidence)) this.drift = true;
    else if (this.#hasFallen(this.options.warningConfidence)) this.warning = true;
  }

  #bound(n: number): number {
    return Math.sqrt((1 / (2 * n)) * Math.log(1 / this.options.driftConfidence));
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

const hddmWOptionNames: OptionNames<HddmWOptions> = {
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
 * ```ts run
 * const hddm = new HddmW();
 * const found = [];
 * for (let i = 0; i < 400; i++) {
 *   hddm.update(i < 200 ? Number(i % 5 === 0) : Number(i % 5 !== 0));
 *   if (hddm.driftDetected) found.push(i);
 * }
 * console.log(found); // [ 223 ]
 * ```
 */
export class HddmW extends RecordDetector<HddmWMemory, Required<HddmWOptions>> {
  readonly kind = 'hddmW';
  readonly takes = 'error';

  /** @throws InvalidOptionError (`ST_OPTION_INVALID`) for options that cannot be */
  constructor(options: HddmWOptions = {}) {
    refuseUnknownOptions('HddmW', options, hddmWOptionNames);
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
    checkNumber('hddmW.driftConfidence', driftConfidence, { above: 0, most: 1 });
    checkNumber('hddmW.warningConfidence', warningConfidence, { above: 0, most: 1 });
    checkNumber('hddmW.lambda', lambda, { least: 0, most: 1 });
  }

  protected problemOf({ total, riseCut, fallCut }: HddmWMemory): string | undefined {
    return problemOfCounts({ rows: total[FILLED]! }, { riseCut, fallCut });
  }

  protected observe(error: number): void {
    const { memory: m } = this;
    this.#add(m.total, error);
    const mean = m.total[MEAN]!;
    const bound = mcDiarmid(m.total[BOUND]!, this.options.driftConfidence);
    if (mean + bound < m.riseCut) {
      m.riseCut = mean + bound;
      m.beforeRise = m.total.slice();
      m.afterRise = emptyMean();
    } else this.#add(m.afterRise, error);
    this.drift = isGreater(m.afterRise, m.beforeRise, this.options.driftConfidence);
    this.warning = !this.drift && isGreater(m.afterRise, m.beforeRise, this.options.warningConfidence);

    if (mean - bound > m.fallCut) {
      m.fallCut = mean - bound;
      m.beforeFall = m.total.slice();
      m.afterFall = emptyMean();
    } else this.#add(m.afterFall, error);
    if (!this.options.twoSided) return;
    if (isGreater(m.beforeFall, m.afterFall, this.options.driftConfidence)) this.drift = true;
    else if (isGreater(m.beforeFall, m.afterFall, this.options.warningConfidence)) this.warning = true;
  }

  #add(sample: Float64Array, error: number): void {
    const lambda = this.options.lambda;
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
