/** The failures of turning records into numbers and back: one class and one code each. */
import { failure } from '../../errors.ts';
import type { KafkaRecord } from '../record.ts';

/** Every reason for which a record can be refused, in the order they are looked for. */
export const badRecordReasons = [
  'null-value',
  'empty',
  'too-long',
  'unframed',
  'unknown-schema',
  'schema-mismatch',
  'binary',
  'malformed',
  'invalid',
  'column-count',
  'missing-field',
  'not-a-number',
  'not-finite',
  'not-exact',
  'bad-label',
] as const;

/**
 * Why a record was refused:
 * - `null-value`: a tombstone; `empty`: no bytes, or blanks only; `too-long`: more than `maxBytes`;
 * - `binary`: control bytes or invalid UTF-8 where text was expected;
 * - `unframed`: no byte 0 and id of a schema where a schema registry puts them; `unknown-schema`: the registry has no
 *   schema of that id; `schema-mismatch`: it has, and it is of another kind, or cannot be read as the codec's schema;
 * - `malformed`: a quote never closed, several lines in one record, invalid JSON, bytes that are too few or too many;
 * - `invalid`: JSON that its schema does not allow;
 * - `column-count`: too few or too many columns; `missing-field`: a JSON field is not there;
 * - `not-a-number`: a field's text is no decimal number; `not-finite`: NaN, Infinity, or beyond float32;
 * - `not-exact`: a whole number beyond 2^53, which no number of JavaScript holds exactly;
 * - `bad-label`: the label (key or column) is missing, no number, or not finite.
 */
export type BadRecordReason = (typeof badRecordReasons)[number];

/** Where a refused record stands. */
export type RecordPlace = Pick<KafkaRecord, 'topic' | 'partition' | 'offset'>;

/**
 * A record whose bytes do not hold what the codec expects. Thrown by `codec.decode` and `codec.decodeInto`;
 * `Dataset.decodeBatch` turns it into what its `onBad` says. `detail` is what was wrong, without the place: `expected 9 columns,
 * found 8`.
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
export class BadRecordError extends failure({
  code: 'ST_KAFKA_BAD_RECORD',
  says: (facts: {
    topic: string;
    partition: number;
    offset: number;
    reason: BadRecordReason;
    detail: string;
    /** The id of the schema that it names in a registry; undefined where it names none. */
    schemaId?: number | undefined;
  }) =>
    `Bad record in topic ${facts.topic}, partition ${facts.partition}, offset ${facts.offset}: ${facts.detail} ` +
    `(reason: ${facts.reason}).`,
  cure: "Correct the writer, or choose onBad: 'skip' or deadLetters(topic).",
}) {}

/** The error for a record, whose other fields are left out of it. */
export function badRecord(
  { topic, partition, offset }: RecordPlace,
  reason: BadRecordReason,
  detail: string,
  { cause, schemaId }: { readonly cause?: unknown; readonly schemaId?: number | undefined } = {},
): BadRecordError {
  const facts = { topic, partition, offset, reason, detail, cause };
  return new BadRecordError(schemaId === undefined ? facts : { ...facts, schemaId });
}

/** A row that cannot be written as a record: wrong length, or a value with no text form. */
export class EncodeRowError extends failure({
  code: 'ST_KAFKA_ENCODE_ROW',
  says: ({ codec, problem }: { codec: string; problem: string }) => `${codec}.encode: ${problem}`,
  cure: '',
}) {}

/** At most 40 characters of untrusted text, quoted and with control characters escaped, for a message. */
export function excerpt(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}

/** The same of a value that JSON held. One nested so deep that it cannot be written again is named only. */
export function excerptOf(value: unknown): string {
  try {
    return excerpt(JSON.stringify(value));
  } catch {
    return `${Array.isArray(value) ? 'an array' : 'an object'} of very many levels`;
  }
}
