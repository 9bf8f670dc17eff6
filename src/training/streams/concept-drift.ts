/** Joins two streams at a drift: at once, or one fading into the other. */
import { refuseUnknownOptions, type OptionNames } from '../../options.ts';
import { LearnerInputError } from '../errors.ts';
import { checkSeed } from './options.ts';
import { PythonRandom } from './python-random.ts';

/** Options of {@link conceptDrift}. */
export interface ConceptDriftOptions {
  /** Rows before the middle of the drift. */
  position: number;
  /** Rows over which the second stream takes over; 0 (default): abruptly, row `position` (from 0) is its first. */
  width?: number;
  /** Fixes from which stream each row comes in a gradual drift, 0 to 2^53 - 1 (default 0). */
  seed?: number;
}

const optionNames: OptionNames<ConceptDriftOptions> = { position: true, width: true, seed: true };

/**
 * Rows of `before`, then of `after`. In a gradual drift the chance of a row from `after` follows a sigmoid around
 * `position` (J. P. Barddal and others' and MOA's way), and rows are those of River 0.23's `ConceptDriftStream`. It ends
 * when the stream whose turn it is ends. Joins chain: the result can be joined again.
 *
 * @throws LearnerInputError (`ST_TRAINING_LEARNER_INPUT`) for options that cannot be
 * @example
 * ```ts
 * const abrupt = conceptDrift(staggerStream({ rule: 0 }), staggerStream({ rule: 2 }), { position: 500 });
 * const gradual = conceptDrift(seaStream(), seaStream({ variant: 3 }), { position: 5000, width: 1000 });
 * ```
 */
export function conceptDrift<Row>(
  before: Iterable<Row>,
  after: Iterable<Row>,
  options: ConceptDriftOptions,
): Iterable<Row> {
  refuseUnknownOptions('conceptDrift', options, optionNames);
  const { position, width = 0, seed = 0 } = options;
  checkSeed('conceptDrift', seed);
  for (const [name, value] of Object.entries({ position, width })) {
    if (!Number.isSafeInteger(value) || value < 0)
      throw new LearnerInputError('conceptDrift', `the option ${name}`, value, 'a whole number >= 0');
  }
  return {
    *[Symbol.iterator]() {
      const random = new PythonRandom(seed);
      const streams = [before[Symbol.iterator](), after[Symbol.iterator]()] as const;
      try {
        for (let row = 0; ; row++) {
          const next = streams[hasDrifted(row, position, width, random) ? 1 : 0].next();
          if (next.done === true) return;
          yield next.value;
        }
      } finally {
        for (const stream of streams) stream.return?.();
      }
    },
  };
}

function hasDrifted(row: number, position: number, width: number, random: PythonRandom): boolean {
  if (width === 0) return row >= position;
  // River counts rows from 1.
  const probability = 1 / (1 + Math.exp((-4 * (row + 1 - position)) / width));
  return random.random() <= probability;
}
