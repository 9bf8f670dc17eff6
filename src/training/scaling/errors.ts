/** What can go wrong with online scalers. */
import { StreamTrainError } from '../../errors.ts';

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
