/** The failures of turning records into numbers and back: one class and one code each. */
import { StreamTrainError, type StreamTrainErrorOptions } from '../../errors.ts';
import type { KafkaRecord } from '../record.ts';

/** Every reason for which a record can be refused, in the order they are looked for. */
export const badRecordReasons = [
  'null-value',
  'empty',
  'too-long',
  'binary',
  'malformed',
  'column-count',
  'missing-field',
  'not-a-number',
  'not-finite',
  'bad-label',
] as const;

/**
 * Why a record was refused:
 * - `null-value`: a tombstone; `empty`: no bytes, or blanks only; `too-long`: more than `maxBytes`;
 * - `binary`: control bytes or invalid UTF-8 where text was expected;
 * - `malformed`: a quote never closed, several lines in one record, invalid JSON;
 * - `column-count`: too few or too many columns; `missing-field`: a JSON field is not there;
 * - `not-a-number`: a field's text is no decimal number; `not-finite`: NaN, Infinity, or beyond float32;
 * - `bad-label`: the label (key or column) is missing, no number, or not finite.
 */
export type BadRecordReason = (typeof badRecordReasons)[number];

/** Where a refused record stands. */
export type RecordPlace = Pick<KafkaRecord, 'topic' | 'partition' | 'offset'>;

/**
 * A record whose bytes do not hold what the codec expects. Thrown by `codec.decode` and `codec.decodeInto`;
 * `decodeBatches` turns it into what its `onBad` says.
 *
 * @example
 * ```ts
 * try {
 *   codec.decode(record);
 * } catch (error) {
 *   if (error instanceof BadRecordError) console.log(error.reason, error.topic, error.partition, error.offset);
 * }
 * ```
 */
export class BadRecordError extends StreamTrainError {
  readonly code = 'ST_KAFKA_BAD_RECORD';
  readonly reason: BadRecordReason;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  /** What was wrong, without the place: `expected 9 columns, found 8`. */
  readonly detail: string;

  constructor(
    place: RecordPlace,
    reason: BadRecordReason,
    detail: string,
    options: StreamTrainErrorOptions = {},
  ) {
    super(
      `Bad record in topic ${place.topic}, partition ${place.partition}, offset ${place.offset}: ${detail} ` +
        `(reason: ${reason}). Correct the writer, or choose onBad: 'skip' or deadLetters(topic).`,
      options,
    );
    this.reason = reason;
    this.detail = detail;
    this.topic = place.topic;
    this.partition = place.partition;
    this.offset = place.offset;
  }
}

/** Options of a codec that contradict each other or cannot be met. */
export class CodecOptionsError extends StreamTrainError {
  readonly code = 'ST_KAFKA_CODEC_OPTIONS';
  /** Which codec was asked for: `csvCodec`, `jsonCodec`, ... */
  readonly codec: string;

  constructor(codec: string, detail: string) {
    super(`${codec}: ${detail}`);
    this.codec = codec;
  }
}

/** A row that cannot be written as a record: wrong length, or a value with no text form. */
export class EncodeRowError extends StreamTrainError {
  readonly code = 'ST_KAFKA_ENCODE_ROW';

  constructor(codec: string, detail: string) {
    super(`${codec}.encode: ${detail}`);
  }
}

/** At most 40 characters of untrusted text, quoted and with control characters escaped, for a message. */
export function excerpt(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}
