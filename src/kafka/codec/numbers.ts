/** Numbers as text, and labels from keys: what the codecs share. */
import { BadRecordError, EncodeRowError, excerpt } from './errors.ts';
import { readField } from './csv-fields.ts';
import { readCsvRow, singleNumberPlan } from './csv-row.ts';
import type { RowValues } from '../../finite.ts';
import type { KafkaRecord } from '../record.ts';

const keyPlan = singleNumberPlan();
const noFeatures = new Float32Array(0);
/** No number worth reading as a label is longer than this, in bytes. */
const longestLabel = 1_024;

/** The record's key read as a number. Throws `BadRecordError` with reason `bad-label`. */
export function labelFromKey(record: KafkaRecord): number {
  const key = record.key;
  if (key === null)
    throw new BadRecordError(record, 'bad-label', 'the label is the key, and the record has no key');
  if (key.length <= longestLabel) {
    if (readCsvRow(key, keyPlan, noFeatures, 0)) return keyPlan.label;
    const value = readField(key.toString('utf8'));
    if (typeof value === 'number') return value;
  }
  const text = key.toString('utf8', 0, Math.min(key.length, longestLabel));
  throw new BadRecordError(record, 'bad-label', `the label is the key, and the key is ${excerpt(text)}`);
}

/** A copy in float32, unless a number beyond 2^24, where its whole numbers begin to have gaps, would be another one in it. */
export function narrowed(row: Float64Array): RowValues {
  for (let i = 0; i < row.length; i++) {
    const value = row[i]!;
    if (Math.abs(value) > 2 ** 24 && Math.fround(value) !== value) return row.slice();
  }
  return new Float32Array(row);
}

/** Whether a codec reads this number back: it is finite also as a float32. */
export function isReadable(value: number): boolean {
  return Number.isFinite(Math.fround(value));
}

/** The text, if a codec with this limit reads it. Throws `EncodeRowError`. */
export function withinBytes(codec: string, text: string, maxBytes: number): string {
  if (text.length * 3 <= maxBytes || Buffer.byteLength(text) <= maxBytes) return text;
  const problem = `the row takes ${Buffer.byteLength(text)} bytes, at most ${maxBytes} are read; raise maxBytes`;
  throw new EncodeRowError(codec, problem);
}

/**
 * Shortest decimal text that reads back as the same number; for a float32 value, as the same float32 (so 0.1 in a
 * Float32Array is `0.1`, not `0.10000000149011612`).
 */
export function decimalOf(value: number, narrow: boolean): string {
  if (Object.is(value, -0)) return '-0';
  if (!narrow || Number.isInteger(value)) return String(value);
  for (let digits = 6; digits <= 8; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return String(short);
  }
  return String(Number(value.toPrecision(9)));
}
