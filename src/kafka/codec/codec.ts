/** What a codec is, and what all of them share: checked options, labels from keys, numbers as text. */
import type { z } from 'zod';
import { isInexact, mayBeInexact, whyInexact } from '../../exact-json.ts';
import type { RowValues } from '../../finite.ts';
import { InvalidOptionError, UnknownOptionError, invalidOption } from '../../options.ts';
import type { KafkaRecord } from '../record.ts';
import { readCsvRow, readField, singleNumberPlan } from './csv-row.ts';
import { EncodeRowError, badRecord, excerpt, excerptOf } from './errors.ts';

/** One decoded row: features `[features]`, and the label (NaN when the codec has none). */
export interface DecodedRow {
  /**
   * Float32; float64 where a number beyond 2^24 (a moment in time, say) would lose digits in float32 before anything has
   * scaled it. Mini-batches take both; a tensor is made by `tf.tensor1d(Float32Array.from(xs))`.
   */
  xs: RowValues;
  ys: number;
}

/** A row to be written: features, and the label where it is a part of the value. */
export interface EncodableRow {
  xs: ArrayLike<number>;
  ys?: number | undefined;
}

/** Anything that makes something of a record; `decode` is bound, so it can be handed to `dataset.map`. */
export interface Decoder<T> {
  readonly decode: (record: KafkaRecord) => T;
}

/**
 * Turns records into rows of numbers and rows into values. All functions are bound. No tensors are made.
 *
 * @example
 * ```ts
 * const codec = csvCodec({ columns: 9 });
 * const dataset = fromKafka('cancer-train').map(codec.decode); // {xs: Float32Array(9), ys: 0 or 1}
 * ```
 */
export interface Codec<Value extends string | Buffer = string | Buffer> extends Decoder<DecodedRow> {
  /** How many features a row has: the length of `xs`. */
  readonly features: number;
  /** One record as its own row. Throws `BadRecordError`. */
  readonly decode: (record: KafkaRecord) => DecodedRow;
  /**
   * One record into row `row` of a mini-batch, float32 or float64: features to `xs[row * features ...]`, label to
   * `ys[row]`. Makes no object. When it throws `BadRecordError`, that row's cells hold rubbish and the row may be used for the next one.
   */
  readonly decodeInto: (record: KafkaRecord, xs: RowValues, row: number, ys?: Float32Array) => void;
  /** The value for a row: text, or bytes for packed numbers. Throws `EncodeRowError`. */
  readonly encode: (row: EncodableRow) => Value;
}

/**
 * A codec's options as its schema gives them back.
 *
 * @param codec its name, for the message
 * @throws UnknownOptionError (`ST_OPTION_UNKNOWN`), InvalidOptionError (`ST_OPTION_INVALID`) for the first that is wrong
 */
export function codecOptions<Schema extends z.ZodObject>(
  codec: string,
  schema: Schema,
  options: object,
): z.infer<Schema> {
  const parsed = schema.safeParse(options);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  if (issue?.code === 'unrecognized_keys')
    throw new UnknownOptionError({
      of: codec,
      option: issue.keys[0] ?? '',
      known: Object.keys(schema.shape),
    });
  const path = issue?.path ?? [];
  const value = path.reduce<unknown>(
    (inner, key) => (inner as Readonly<Record<PropertyKey, unknown>> | undefined)?.[key],
    options,
  );
  const expected = issue?.message.replace(/^.*?\bexpected |^must be /, '') ?? 'other options';
  throw new InvalidOptionError({ option: path.join('.') || 'options', value, expected });
}

/**
 * A codec of rows with so many features.
 *
 * @param read puts the features of a record into `xs` from `at` on, and gives the label
 */
export function codecOf<Value extends string | Buffer>(
  features: number,
  read: (record: KafkaRecord, xs: RowValues, at: number) => number,
  encode: (row: EncodableRow) => Value,
): Codec<Value> {
  /** Where a single row is decoded before it is copied out. */
  const row = new Float64Array(features);
  return {
    features,
    decode: (record) => {
      const ys = read(record, row, 0);
      return { xs: narrowed(row), ys };
    },
    decodeInto: (record, xs, row, ys) => {
      const label = read(record, xs, row * features);
      if (ys !== undefined) ys[row] = label;
    },
    encode,
  };
}

/** The record's value. Throws `BadRecordError` when there is none, or it is longer than `maxBytes`. */
export function valueOf(record: KafkaRecord, maxBytes = Infinity): Buffer {
  const value: unknown = (record as KafkaRecord | null | undefined)?.value;
  if (value === null) throw badRecord(record, 'null-value', 'the value is null (a tombstone)');
  if (!Buffer.isBuffer(value))
    throw invalidOption(
      record ? 'record.value' : 'record',
      record ? value : record,
      'a record whose value is a Buffer or null',
    );
  if (value.length > maxBytes)
    throw badRecord(record, 'too-long', `${value.length} bytes, at most ${maxBytes} are accepted`);
  return value;
}

/** Refuses what is no row, or one that has another number of features. Throws `EncodeRowError`. */
export function checkFeatures(codec: string, row: EncodableRow, features: number): void {
  const xs: unknown = (row as EncodableRow | null | undefined)?.xs;
  if (typeof xs !== 'object' || xs === null || typeof (xs as ArrayLike<unknown>).length !== 'number')
    throw new EncodeRowError({
      codec,
      problem: `a row is an object such as { xs: [5, 1], ys: 0 }; it was given ${whatIs(row, xs)}`,
    });
  if (row.xs.length === features) return;
  throw new EncodeRowError({ codec, problem: `expected ${features} features, got ${row.xs.length}` });
}

/** What was given for a row, in words. */
function whatIs(row: unknown, xs: unknown): string {
  if (typeof row !== 'object' || row === null) return String(row);
  return xs === undefined ? 'an object without xs' : `one whose xs is ${xs === null ? 'null' : typeof xs}`;
}

/** The label of a row, to be written at `place` in the value. Throws `EncodeRowError` when it is no finite number. */
export function checkedLabel(codec: string, { ys }: EncodableRow, place: string): number {
  if (ys !== undefined && isReadable(ys)) return ys;
  throw new EncodeRowError({
    codec,
    problem: `${place} is the label, and ys is ${shown(ys)}; give a finite number`,
  });
}

const keyPlan = singleNumberPlan();
const noFeatures = new Float32Array(0);
/** No number worth reading as a label is longer than this, in bytes. */
const longestLabel = 1_024;

/** The record's key read as a number. Throws `BadRecordError` with reason `bad-label`. */
export function labelFromKey(record: KafkaRecord): number {
  const key = record.key;
  if (key === null) throw badRecord(record, 'bad-label', 'the label is the key, and the record has no key');
  if (key.length <= longestLabel) {
    if (readCsvRow(key, keyPlan, noFeatures, 0)) return keyPlan.label;
    const value = readField(key.toString('utf8'));
    if (typeof value === 'number') return value;
  }
  const text = key.toString('utf8', 0, Math.min(key.length, longestLabel));
  const found = isInexact(text.trim()) ? whyInexact(excerpt(text)) : excerpt(text);
  throw badRecord(record, 'bad-label', `the label is the key, and the key is ${found}`);
}

/** A copy in float32, unless a number beyond 2^24, where its whole numbers begin to have gaps, would be another one in it. */
function narrowed(row: Float64Array): RowValues {
  for (let i = 0; i < row.length; i++) {
    const value = row[i]!;
    if (Math.abs(value) > 2 ** 24 && Math.fround(value) !== value) return row.slice();
  }
  return new Float32Array(row);
}

/** Whether a codec reads this number back: it is finite also as a float32. */
export function isReadable(value: number): boolean {
  return typeof value === 'number' && Number.isFinite(Math.fround(value));
}

/** What a caller gave for a number, as it may stand in a sentence. */
export function shown(value: unknown): string {
  if (typeof value === 'number' || value === undefined) return String(value);
  if (typeof value === 'string') return `the text ${excerpt(value)}`;
  return typeof value === 'object' ? excerptOf(value) : `a ${typeof value}`;
}

/** The text, if a codec with this limit reads it. Throws `EncodeRowError`. */
export function withinBytes(codec: string, text: string, maxBytes: number): string {
  if (text.length * 3 <= maxBytes || Buffer.byteLength(text) <= maxBytes) return text;
  const problem = `the row takes ${Buffer.byteLength(text)} bytes, at most ${maxBytes} are read; raise maxBytes`;
  throw new EncodeRowError({ codec, problem });
}

/**
 * Shortest decimal text that reads back as the same number; for a float32 value, as the same float32 (so 0.1 in a
 * Float32Array is `0.1`, not `0.10000000149011612`).
 */
export function decimalOf(value: number, narrow: boolean): string {
  if (Object.is(value, -0)) return '-0';
  // All digits of a large one: as a whole number it is exactly this one, for whoever reads it as an integer.
  if (mayBeInexact(value) && Number.isInteger(value)) return String(BigInt(value));
  if (!narrow || Number.isInteger(value)) return String(value);
  for (let digits = 6; digits <= 8; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return String(short);
  }
  return String(Number(value.toPrecision(9)));
}
