/** What can go wrong while a model learns from a stream or a data set. */
import { StreamTrainError } from '../../errors.ts';
import { missingValuesCure } from '../../finite.ts';

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

/** Where a row came from: a record of Kafka, or the number of the row (from 0) in data of one's own. */
export type RowPlace =
  { readonly topic: string; readonly partition: number; readonly offset: number } | { readonly row: number };

/** A row has a gap (NaN) or an infinite value among its features; nothing was learnt from its mini data set. */
export class FeatureNotFiniteError extends StreamTrainError {
  readonly code = 'ST_TRAINING_FEATURE_NOT_FINITE';
  /** Which feature, from 0. */
  readonly column: number;
  readonly value: number;
  /** Where the row came from. */
  readonly place: RowPlace;

  constructor(
    { column, value }: { readonly column: number; readonly value: number },
    place: RowPlace,
    stage: 'decoded' | 'transformed',
  ) {
    const where =
      'topic' in place
        ? `offset ${place.offset} of partition ${place.partition} of topic ${place.topic}`
        : `row ${place.row}`;
    const after = stage === 'transformed' ? ' after scaling' : '';
    const cure = Number.isNaN(value)
      ? `${missingValuesCure}`
      : 'look for values that float32 cannot hold, and leave such rows out or scale them before they are written; ' +
        `for gaps, ${missingValuesCure}`;
    super(
      `Feature ${column} (from 0) of ${where} is ${value}${after}; a model must not learn that: ${cure}.`,
    );
    this.column = column;
    this.value = value;
    this.place = place;
  }
}

/** A model's state holds numbers that are none any more; it was not kept. */
export class StateNotFiniteError extends StreamTrainError {
  readonly code = 'ST_TRAINING_STATE_NOT_FINITE';
  /** Where in the state, such as `model.arrays.weights[12]`. */
  readonly path: string;

  constructor(path: string, value: number, step: number) {
    super(
      `${path} is ${value} after step ${step}: training has diverged, and no checkpoint was written of it. Lower the ` +
        'learning rate, or clip the gradients, and start again: training goes on from the last checkpoint.',
    );
    this.path = path;
  }
}
