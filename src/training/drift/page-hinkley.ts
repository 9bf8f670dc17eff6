/** Page-Hinkley: sums how far numbers lie from their mean, and reports when the sum has come far from its extreme. */
import {
  checkInteger,
  checkNumber,
  checkOneOf,
  refuseUnknownOptions,
  type OptionNames,
} from '../../options.ts';
import { RecordDetector, nextMean, problemOfCounts } from './drift-detector.ts';

/** Options of {@link PageHinkley}; the defaults are River's. */
export interface PageHinkleyOptions {
  /** No change is looked for before so many numbers (default 30). */
  minInstances?: number;
  /** Changes up to this size are borne (default 0.005). */
  delta?: number;
  /** How far the sum may come from its extreme (default 50). */
  threshold?: number;
  /** What is kept of the sum at each number, 0 to 1 (default 0.9999). */
  alpha?: number;
  /** Which changes are looked for (default `'both'`). */
  mode?: 'up' | 'down' | 'both';
}

const optionNames: OptionNames<PageHinkleyOptions> = {
  minInstances: true,
  delta: true,
  threshold: true,
  alpha: true,
  mode: true,
};

interface PageHinkleyMemory extends Record<string, number> {
  n: number;
  mean: number;
  rise: number;
  fall: number;
  leastRise: number;
  greatestFall: number;
}

/**
 * The Page-Hinkley test: any numbers. Equal to River 0.23.
 *
 * E. S. Page: "Continuous inspection schemes", Biometrika 41, 1954.
 *
 * @example
 * ```ts run
 * const test = new PageHinkley();
 * const found = [];
 * for (let i = 0; i < 2000; i++) {
 *   test.update(i < 1000 ? i % 2 : 4 + (i % 4));
 *   if (test.driftDetected) found.push(i);
 * }
 * console.log(found); // [ 1010 ]
 * ```
 */
export class PageHinkley extends RecordDetector<PageHinkleyMemory, Required<PageHinkleyOptions>> {
  readonly kind = 'pageHinkley';
  readonly takes = 'number';

  /** @throws InvalidOptionError (`ST_OPTION_INVALID`) for options that cannot be */
  constructor(options: PageHinkleyOptions = {}) {
    refuseUnknownOptions('PageHinkley', options, optionNames);
    const { minInstances = 30, delta = 0.005, threshold = 50, alpha = 1 - 0.0001, mode = 'both' } = options;
    super({ minInstances, delta, threshold, alpha, mode }, () => ({
      n: 0,
      mean: 0,
      rise: 0,
      fall: 0,
      leastRise: Infinity,
      greatestFall: -1,
    }));
    checkInteger('pageHinkley.minInstances', minInstances);
    checkNumber('pageHinkley.delta', delta, { least: 0 });
    checkNumber('pageHinkley.threshold', threshold, { least: 0 });
    checkNumber('pageHinkley.alpha', alpha, { least: 0, most: 1 });
    checkOneOf('pageHinkley.mode', mode, ['up', 'down', 'both']);
  }

  protected problemOf({ n, leastRise }: PageHinkleyMemory): string | undefined {
    return problemOfCounts({ n }, { leastRise });
  }

  protected observe(value: number): void {
    const { memory: m } = this;
    const { minInstances, delta, threshold, alpha, mode } = this.options;
    m.n++;
    m.mean = nextMean(m.mean, m.n, value);
    const distance = value - m.mean;
    m.rise = alpha * m.rise + distance - delta;
    m.fall = alpha * m.fall + distance + delta;
    if (m.rise < m.leastRise) m.leastRise = m.rise;
    if (m.fall > m.greatestFall) m.greatestFall = m.fall;
    if (m.n < minInstances) return;
    const risen = m.rise - m.leastRise > threshold;
    const fallen = m.greatestFall - m.fall > threshold;
    this.drift = (mode !== 'down' && risen) || (mode !== 'up' && fallen);
  }
}
