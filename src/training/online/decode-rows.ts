/** Decodes the records of a mini data set into typed arrays. */
import { giveTurn, turnIsDue } from '../../kafka/dataset/breathe.ts';
import { BadRecordError, BatchBuilder, type Codec, type KafkaRecord } from '../../kafka/index.ts';
import type { RowArray } from '../../finite.ts';
import type { OnBadRecord } from '../../kafka/codec/policy.ts';
import type { LabelledRow } from '../streams/labelled-row.ts';
import { TrainingOptionError } from './errors.ts';
import type { LabelledRows } from './evaluation.ts';
import { finiteCodec } from './finite-rows.ts';

/** A codec (the fast way), or any function of a record. */
export type RowDecoder = Codec | ((record: KafkaRecord) => LabelledRow);

/** Rows that were decoded, and how many records were refused. */
export interface DecodedRows extends LabelledRows {
  readonly bad: number;
  /** The record that a row came from. */
  readonly recordOf: (row: number) => KafkaRecord | undefined;
}

/**
 * Makes the function that decodes one mini data set after the other; it resolves when bad records are safe.
 *
 * @param gaps whether rows may hold NaN
 * @param Values what features are decoded to
 */
export function rowsDecoder(
  decode: RowDecoder,
  features: number,
  onBad: OnBadRecord | undefined,
  gaps: boolean,
  Values: RowArray,
): (records: readonly KafkaRecord[]) => Promise<DecodedRows> {
  const codec = finiteCodec(codecOf(decode, features), gaps);
  return async (records) => {
    // One more than there are records: it never counts as full, so all of them end in one batch.
    const builder = new BatchBuilder(codec, records.length + 1, onBad, Values);
    for (const [i, record] of records.entries()) {
      builder.add(record);
      if (builder.crowded) await builder.settle();
      else if (i % ROWS_BETWEEN_LOOKS === 0 && turnIsDue()) await giveTurn();
    }
    const { xs, ys, rows, bad } = await builder.take();
    const recordOf = (row: number) => (bad === 0 ? records : records.filter(isGood(codec)))[row];
    return { xs, ys, rows, bad, recordOf };
  };
}

/** How often the clock is looked at while rows are decoded. */
export const ROWS_BETWEEN_LOOKS = 64;

/** Whether a record is one that becomes a row; looked up again only to say where a row came from. */
function isGood(codec: Codec): (record: KafkaRecord) => boolean {
  return (record) => {
    try {
      codec.decode(record);
      return true;
    } catch (error) {
      if (error instanceof BadRecordError) return false;
      throw error;
    }
  };
}

/**
 * The decoder as a codec.
 *
 * @throws TrainingOptionError (`ST_TRAINING_OPTION`) when it gives another number of features
 */
export function codecOf(decode: RowDecoder, features: number): Codec {
  if (typeof decode === 'function') return codecOfFunction(decode, features);
  if (decode.features === features) return decode;
  const expected = `a codec of as many features as the model has (${features})`;
  throw new TrainingOptionError('decode', `a codec of ${decode.features} features`, expected);
}

function codecOfFunction(decode: (record: KafkaRecord) => LabelledRow, features: number): Codec {
  return {
    features,
    decode: (record) => {
      const { xs, ys } = decode(record);
      return { xs: Float64Array.from(xs), ys };
    },
    decodeInto: (record, into, row, labels) => {
      const { xs, ys } = decode(record);
      if (xs.length !== features)
        throw new TrainingOptionError(
          'decode',
          `a function that gave ${xs.length} features`,
          `${features} of them`,
        );
      into.set(xs, row * features);
      if (labels) labels[row] = ys;
    },
    encode: () => '',
  };
}
