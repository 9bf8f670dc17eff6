/** When the label of a row becomes known. */
import { refuseUnknownOptions } from '../../options.ts';
import { LearnerInputError } from '../errors.ts';
import type { LabelledRow } from '../streams/labelled-row.ts';

/** How late labels come: so many rows, or ms of the rows' timestamps. */
export type LabelDelay = { readonly rows: number } | { readonly ms: number };

/** A clock that rows drive: row numbers, or their timestamps. */
export interface DelayClock {
  /** The time of the row. */
  at(row: LabelledRow, index: number): number;
  /** How long its label takes; 0: it is known at once. */
  readonly delay: number;
}

/**
 * The clock of a delay.
 *
 * @throws LearnerInputError (`ST_TRAINING_LEARNER_INPUT`) for a delay that cannot be; its `at` for a row without timestamp
 */
export function delayClock(delay: LabelDelay = { rows: 0 }): DelayClock {
  const known: { readonly [unit: string]: true } =
    'ms' in delay && !('rows' in delay) ? { ms: true } : { rows: true };
  refuseUnknownOptions('the option delay of prequential', delay, known);
  const [unit, length] = 'rows' in delay ? (['rows', delay.rows] as const) : (['ms', delay.ms] as const);
  const fits = unit === 'rows' ? Number.isSafeInteger(length) : Number.isFinite(length);
  if (!fits || length < 0)
    throw new LearnerInputError('prequential', `the option delay.${unit}`, length, 'a number >= 0');
  if (unit === 'rows') return { delay: length, at: (_row, index) => index };
  let latest = -Infinity;
  return {
    delay: length,
    at({ timestamp }, index) {
      if (timestamp === undefined || !Number.isFinite(timestamp))
        throw new LearnerInputError(
          'prequential',
          `the timestamp of row ${index}`,
          timestamp,
          'a time in ms',
        );
      // Rows that come late do not turn the clock back.
      latest = Math.max(latest, timestamp);
      return latest;
    },
  };
}
