/** EDDM: warns, then reports, when errors come closer together than they did. */
import { refuseUnknownOptions, type OptionNames } from '../../options.ts';
import { LearnerInputError } from '../errors.ts';
import { checkRange, checkWhole, RecordDetector } from './drift-detector.ts';
import { nextMean } from './running-mean.ts';

/** Options of {@link Eddm}; the defaults are River's. */
export interface EddmOptions {
  /** No change is looked for in so many first rows and errors (default 30). */
  warmStart?: number;
  /** Below this share of the greatest distance it warns (default 0.95). */
  alpha?: number;
  /** Below this share it reports a drift (default 0.9). */
  beta?: number;
}

const optionNames: OptionNames<EddmOptions> = { warmStart: true, alpha: true, beta: true };

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
 * ```ts
 * const eddm = new Eddm();
 * const found = [];
 * for (let i = 0; i < 2000; i++) {
 *   eddm.update(Number(i < 1000 ? i % 10 === 9 : i % 3 === 0));
 *   if (eddm.driftDetected) found.push(i);
 * }
 * console.log(found[0]); // 1407
 * ```
 */
export class Eddm extends RecordDetector<EddmMemory> {
  readonly kind = 'eddm';
  readonly takes = 'error';
  readonly #warmStart: number;
  readonly #alpha: number;
  readonly #beta: number;

  /** @throws LearnerInputError (`ST_TRAINING_LEARNER_INPUT`) for options that cannot be */
  constructor(options: EddmOptions = {}) {
    refuseUnknownOptions('Eddm', options, optionNames);
    const { warmStart = 30, alpha = 0.95, beta = 0.9 } = options;
    super({ warmStart, alpha, beta }, () => ({
      rows: 0,
      errors: 0,
      lastError: 0,
      mean: 0,
      squares: 0,
      greatest: -1,
    }));
    checkWhole('eddm', 'warmStart', warmStart, 0);
    checkRange('eddm', 'beta', beta, 0, 1);
    if (!(alpha >= beta)) throw new LearnerInputError('eddm', 'the option alpha', alpha, 'at least beta');
    this.#warmStart = warmStart;
    this.#alpha = alpha;
    this.#beta = beta;
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
    if (memory.rows <= this.#warmStart) return;
    const variance = memory.errors > 1 ? memory.squares / (memory.errors - 1) : 0;
    const reach = memory.mean + 2 * Math.sqrt(variance);
    if (reach > memory.greatest) memory.greatest = reach;
    else if (memory.errors > this.#warmStart) {
      const level = reach / memory.greatest;
      if (level < this.#beta) this.drift = true;
      else this.warning = level < this.#alpha;
    }
  }
}
