/** What can go wrong with scalers and imputers. */
import { failure } from '../errors.ts';
import { missingValuesCure } from '../finite.ts';

/** A scaler was made, fed or restored with something that does not fit it. `scaler` is its kind, such as `standardScaler`. */
export class ScalerInputError extends failure({
  code: 'ST_TRAINING_SCALER_INPUT',
  says: ({ scaler, problem }: { scaler: string; problem: string }) => `${scaler}: ${problem}.`,
  cure: '',
}) {}

/** Rows for a scaler hold a value that is NaN or infinite, at `row` and `feature` (from 0); nothing was learnt from them. */
export class ScalerValueError extends failure({
  code: 'ST_TRAINING_SCALER_VALUE',
  says: ({ scaler, row, feature, value }: { scaler: string; row: number; feature: number; value: number }) =>
    `${scaler}: row ${row} holds ${value} as its feature ${feature} (both from 0), not a finite number;`,
  cure: ({ value }) =>
    Number.isNaN(value)
      ? `${missingValuesCure}.`
      : 'mend it at its source, or decode it as missing (NaN) and fill it with OnlineMedianImputer.',
}) {}
