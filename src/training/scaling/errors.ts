/** What can go wrong with online scalers. */
import { StreamTrainError } from '../../errors.ts';
import { missingValuesCure, type NonFiniteValue } from '../../finite.ts';

/** An online scaler was made, fed or restored with something that does not fit it. */
export class ScalerInputError extends StreamTrainError {
  readonly code = 'ST_TRAINING_SCALER_INPUT';
  /** Such as `standardScaler`. */
  readonly scaler: string;

  constructor(scaler: string, problem: string) {
    super(`${scaler}: ${problem}.`);
    this.scaler = scaler;
  }
}

/** Rows for an online scaler hold a value that is NaN or infinite; nothing was learnt from them. */
export class ScalerValueError extends StreamTrainError {
  readonly code = 'ST_TRAINING_SCALER_VALUE';
  readonly scaler: string;
  /** Row and feature of the first such value, from 0. */
  readonly row: number;
  readonly feature: number;
  readonly value: number;

  constructor(scaler: string, { row, column, value }: NonFiniteValue) {
    const cure = Number.isNaN(value)
      ? missingValuesCure
      : 'mend it at its source, or decode it as missing (NaN) and fill it with OnlineMedianImputer';
    super(
      `${scaler}: row ${row} holds ${value} as its feature ${column} (both from 0), not a finite number; ${cure}.`,
    );
    this.scaler = scaler;
    this.row = row;
    this.feature = column;
    this.value = value;
  }
}
