/** What can go wrong while a model learns from a stream or a data set. */
import { StreamTrainError } from '../../errors.ts';

/** An option of a training function cannot be. */
export class TrainingOptionError extends StreamTrainError {
  readonly code = 'ST_TRAINING_OPTION';
  readonly option: string;
  readonly value: unknown;

  constructor(option: string, value: unknown, expected: string) {
    super(`The option ${option} is ${String(value)}; expected ${expected}.`);
    this.option = option;
    this.value = value;
  }
}

/** The loss is no number any more: the weights are of no use, and are not kept in a checkpoint. */
export class LossNotFiniteError extends StreamTrainError {
  readonly code = 'ST_TRAINING_LOSS_NOT_FINITE';
  readonly loss: number;
  /** The model's step at which it was found. */
  readonly step: number;

  constructor(loss: number, step: number) {
    super(
      `The loss is ${loss} after step ${step}: training has diverged, and this state was not kept. Look for features ` +
        'that are NaN or very large (an imputer and a scaler help), or lower the learning rate.',
    );
    this.loss = loss;
    this.step = step;
  }
}
