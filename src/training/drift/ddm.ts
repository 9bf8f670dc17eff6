/** DDM: warns, then reports, when the error rate rises above the best it has been. */
import { refuseUnknownOptions, type OptionNames } from '../../options.ts';
import { LearnerInputError } from '../errors.ts';
import { checkRange, checkWhole, RecordDetector } from './drift-detector.ts';
import { nextMean } from './running-mean.ts';

/** Options of {@link Ddm}; the defaults are River's. */
export interface DdmOptions {
  /** No change is looked for in so many first rows (default 30). */
  warmStart?: number;
  /** So many standard deviations above the best are a warning (default 2). */
  warningThreshold?: number;
  /** So many are a drift (default 3). */
  driftThreshold?: number;
}

const optionNames: OptionNames<DdmOptions> = {
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
 * ```ts
 * const ddm = new Ddm();
 * const found = [];
 * for (let i = 0; i < 400; i++) {
 *   ddm.update(i < 200 ? Number(i % 5 === 0) : Number(i % 5 !== 0));
 *   if (ddm.driftDetected) found.push(i);
 * }
 * console.log(found); // [ 219 ]
 * ```
 */
export class Ddm extends RecordDetector<DdmMemory> {
  readonly kind = 'ddm';
  readonly takes = 'error';
  readonly #warmStart: number;
  readonly #warningThreshold: number;
  readonly #driftThreshold: number;

  /** @throws LearnerInputError (`ST_TRAINING_LEARNER_INPUT`) for options that cannot be */
  constructor(options: DdmOptions = {}) {
    refuseUnknownOptions('Ddm', options, optionNames);
    const { warmStart = 30, warningThreshold = 2, driftThreshold = 3 } = options;
    super({ warmStart, warningThreshold, driftThreshold }, () => ({
      n: 0,
      rate: 0,
      least: Infinity,
      leastRate: 0,
      leastDeviation: 0,
    }));
    checkWhole('ddm', 'warmStart', warmStart, 0);
    checkRange('ddm', 'warningThreshold', warningThreshold, 0, Number.MAX_VALUE);
    if (!(driftThreshold >= warningThreshold))
      throw new LearnerInputError(
        'ddm',
        'the option driftThreshold',
        driftThreshold,
        'at least warningThreshold',
      );
    this.#warmStart = warmStart;
    this.#warningThreshold = warningThreshold;
    this.#driftThreshold = driftThreshold;
  }

  protected observe(error: number): void {
    const { memory } = this;
    memory.n++;
    memory.rate = nextMean(memory.rate, memory.n, error);
    const { n, rate } = memory;
    // Rounding can lift a rate of 1 by a bit, and its deviation is then of a negative number.
    const deviation = Math.sqrt(Math.max(0, rate * (1 - rate)) / n);
    if (n <= this.#warmStart) return;
    if (rate + deviation <= memory.least) {
      memory.leastRate = rate;
      memory.leastDeviation = deviation;
      memory.least = rate + deviation;
    }
    const above = (times: number) => rate + deviation > memory.leastRate + times * memory.leastDeviation;
    this.drift = above(this.#driftThreshold);
    this.warning = !this.drift && above(this.#warningThreshold);
  }
}
