/** Streams of generated rows: taking some, and joining two of them at a drift. */
import type { LabelledRow } from '../rows/labelled-rows.ts';
import { checkInteger, refuseUnknownOptions, type OptionNames } from '../../options.ts';
import { PythonRandom } from './python-random.ts';
import { learnerInput } from '../errors.ts';

/** A row of a generator: float64 features of its own memory. */
export interface GeneratedRow extends LabelledRow {
  readonly xs: Float64Array;
}

/** Rows without end, from the first one again in each loop: `take` some, or `break` out. */
export type RowStream = Iterable<GeneratedRow>;

/** The next class and features, out of a generator's own randomness. */
export function streamOf(start: () => () => GeneratedRow): RowStream {
  return {
    *[Symbol.iterator]() {
      const next = start();
      for (;;) yield next();
    },
  };
}

/**
 * The first `count` rows of a stream; fewer where it ends before.
 *
 * @throws LearnerInputError (`ST_TRAINING_LEARNER_INPUT`) for a count that is no whole number >= 0
 * @example
 * ```ts
 * const rows = takeRows(seaStream({ seed: 1 }), 1000);
 * ```
 */
export function takeRows<Row>(stream: Iterable<Row>, count: number): Row[] {
  if (!Number.isSafeInteger(count) || count < 0)
    throw learnerInput('takeRows', 'the count', count, 'a whole number >= 0');
  const rows: Row[] = [];
  if (count === 0) return rows;
  for (const row of stream) {
    rows.push(row);
    if (rows.length >= count) break;
  }
  return rows;
}

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
 * @throws InvalidOptionError (`ST_OPTION_INVALID`) for options that cannot be
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
  checkInteger('conceptDrift.seed', seed);
  for (const [name, value] of Object.entries({ position, width }))
    checkInteger(`conceptDrift.${name}`, value);
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
