/** Decodes the records of a mini data set into typed arrays. */
import { BatchBuilder, type Codec, type DecodedRow, type KafkaRecord } from '../../kafka/index.ts';
import type { OnBadRecord } from '../../kafka/codec/policy.ts';
import { TrainingOptionError } from './errors.ts';
import type { LabelledRows } from './evaluation.ts';

/** A codec (the fast way), or any function of a record. */
export type RowDecoder = Codec | ((record: KafkaRecord) => DecodedRow);

/** Rows that were decoded, and how many records were refused. */
export interface DecodedRows extends LabelledRows {
  readonly bad: number;
}

/** Makes the function that decodes one mini data set after the other; it resolves when bad records are safe. */
export function rowsDecoder(
  decode: RowDecoder,
  features: number,
  onBad: OnBadRecord | undefined,
): (records: readonly KafkaRecord[]) => Promise<DecodedRows> {
  const codec = codecOf(decode, features);
  return async (records) => {
    // One more than there are records: it never counts as full, so all of them end in one batch.
    const builder = new BatchBuilder(codec, records.length + 1, onBad);
    for (const record of records) {
      builder.add(record);
      if (builder.crowded) await builder.settle();
    }
    const { xs, ys, rows, bad } = await builder.take();
    return { xs, ys, rows, bad };
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

function codecOfFunction(decode: (record: KafkaRecord) => DecodedRow, features: number): Codec {
  return {
    features,
    decode,
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
