/** DDM and EDDM: they watch the rate of errors, and the rows between errors. */
import {
  checkInteger,
  checkNumber,
  invalidOption,
  refuseUnknownOptions,
  type OptionNames,
} from '../../options.ts';
import { RecordDetector, nextMean, problemOfCounts } from './drift-detector.ts';

/** Options of {@link Ddm}; the defaults are River's. */
export interface DdmOptions {
  /** No change is looked for in so many first rows (default 30). */
  warmStart?: number;
  /** So many standard deviations above the best are a warning (default 2). */
  warningThreshold?: number;
  /** So many are a drift (default 3). */
  driftThreshold?: number;
}

const ddmOptionNames: OptionNames<DdmOptions> = {
  warmStart: true,
  warningThreshold: true,
  driftThreshold: true,
};

interface DdmMemory extends Record<string, number> {
  n: number;
  rate: number;
  /** The least sum of rate and deviation so far, and its parts. */
  least: number;
  leastRate: number;
  leastDeviation: number;
}

/**
 * Drift detection method: takes errors (1 wrong, 0 right). For abrupt changes; slow ones raise the rate too gently.
 * Equal to River 0.23.
 *
 * J. Gama, P. Medas, G. Castillo, P. Rodrigues: "Learning with drift detection", SBIA 2004.
 *
 * @example
 * ```ts run
 * const ddm = new Ddm();
 * const found = [];
 * for (let i = 0; i < 400; i++) {
 *   ddm.update(i < 200 ? Number(i % 5 === 0) : Number(i % 5 !== 0));
 *   if (ddm.driftDetected) found.push(i);
 * }
 * console.log(found); // [ 219 ]
 * ```
 */
export class Ddm extends RecordDetector<DdmMemory, Required<DdmOptions>> {
  readonly kind = 'ddm';
  readonly takes = 'error';

  /** @throws InvalidOptionError (`ST_OPTION_INVALID`) for options that cannot be */
  constructor(options: DdmOptions = {}) {
    refuseUnknownOptions('Ddm', options, ddmOptionNames);
    const { warmStart = 30, warningThreshold = 2, driftThreshold = 3 } = options;
    super({ warmStart, warningThreshold, driftThreshold }, () => ({
      n: 0,
      rate: 0,
      least: Infinity,
      leastRate: 0,
      leastDeviation: 0,
    }));
    checkInteger('ddm.warmStart', warmStart);
    checkNumber('ddm.warningThreshold', warningThreshold, { least: 0 });
    if (!(driftThreshold >= warningThreshold))
      throw invalidOption('ddm.driftThreshold', driftThreshold, 'at least warningThreshold');
  }

  protected problemOf({ n, least }: DdmMemory): string | undefined {
    const isWarm = n > this.options.warmStart;
    return problemOfCounts({ n }, isWarm ? { least } : {});
  }

  protected observe(error: number): void {
    const { memory } = this;
    memory.n++;
    memory.rate = nextMean(memory.rate, memory.n, error);
    const { n, rate } = memory;
    // Rounding can lift a rate of 1 by a bit, and its deviation is then of a negative number.
    const deviation = Math.sqrt(Math.max(0, rate * (1 - rate)) / n);
    if (n <= this.options.warmStart) return;
    if (rate + deviation <= memory.least) {
      memory.leastRate = rate;
      memory.leastDeviation = deviation;
      memory.least = rate + deviation;
    }
    const above = (times: number) => rate + deviation > memory.leastRate + times * memory.leastDeviation;
    this.drift = above(this.options.driftThreshold);
    this.warning = !this.drift && above(this.options.warningThreshold);
  }
}

/** Options of {@link Eddm}; the defaults are River's. */
export interface EddmOptions {
  /** No change is looked for in so many first rows and errors (default 30). */
  warmStart?: number;
  /** Below this share of the greatest distance it warns (default 0.95). */
  alpha?: number;
  /** Below this share it reports a drift (default 0.9). */
  beta?: number;
}

const eddmOptionNames: OptionNames<EddmOptions> = { warmStart: true, alpha: true, beta: true };

interface EddmMemory extends Record<string, number> {
  rows: number;
  errors: number;
  lastError: number;
  /** Mean distance between errors, and the sum of squared distances from it. */
  mean: number;
  squares: number;
  greatest: number;
}

/**
 * Early drift detection method: takes errors (1 wrong, 0 right), and looks at the rows between them. Better than DDM at
 * slow changes. Equal to River 0.23, with its ways: a warning stays until the next error clears it, also beside a drift.
 *
 * M. Baena-García and others: "Early drift detection method", 2006.
 *
 * @example
 * ```ts run
 * const eddm = new Eddm();
 * const found = [];
 * for (let i = 0; i < 2000; i++) {
 *   eddm.update(Number(i < 1000 ? i % 10 === 9 : i % 3 === 0));
 *   if (eddm.driftDetected) found.push(i);
 * }
 * console.log(found[0]); // 1407
 * ```
 */
export class Eddm extends RecordDetector<EddmMemory, Required<EddmOptions>> {
  readonly kind = 'eddm';
  readonly takes = 'error';

  /** @throws InvalidOptionError (`ST_OPTION_INVALID`) for options that cannot be */
  constructor(options: EddmOptions = {}) {
    refuseUnknownOptions('Eddm', options, eddmOptionNames);
    const { warmStart = 30, alpha = 0.95, beta = 0.9 } = options;
    super({ warmStart, alpha, beta }, () => ({
      rows: 0,
      errors: 0,
      lastError: 0,
      mean: 0,
      squares: 0,
      greatest: -1,
    }));
    checkInteger('eddm.warmStart', warmStart);
    checkNumber('eddm.beta', beta, { least: 0, most: 1 });
    if (!(alpha >= beta)) throw invalidOption('eddm.alpha', alpha, 'at least beta');
  }

  protected problemOf({ rows, errors, lastError }: EddmMemory): string | undefined {
    return problemOfCounts({ rows, errors, lastError });
  }

  protected observe(error: number): void {
    const { memory } = this;
    memory.rows++;
    if (error !== 1) return;
    memory.errors++;
    const distance = memory.rows - memory.lastError;
    const before = memory.mean;
    memory.mean = nextMean(before, memory.errors, distance);
    memory.squares += (distance - before) * (distance - memory.mean);
    memory.lastError = memory.rows;
    if (memory.rows <= this.options.warmStart) return;
    const variance = memory.errors > 1 ? memory.squares / (memory.errors - 1) : 0;
    const reach = memory.mean + 2 * Math.sqrt(variance);
    if (reach > memory.greatest) memory.greatest = reach;
    else if (memory.errors > this.options.warmStart) {
      const level = reach / memory.greatest;
      if (level < this.options.beta) this.drift = true;
      else this.warning = level < this.options.alpha;
    }
  }
}
