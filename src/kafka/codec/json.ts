/** The JSON codec: `{"clump": 5, "size": 1, "class": 0}` in a record's value to float32 and back. */
import { z } from 'zod';
import type { Codec, EncodableRow } from './codec.ts';
import { codecOptions, decimalOf, isReadable, labelFromKey, narrowed, withinBytes } from './codec.ts';
import { whyBinary } from './csv-row.ts';
import { EncodeRowError, badRecord, excerpt } from './errors.ts';
import type { RowValues } from '../../finite.ts';
import { InvalidOptionError } from '../../options.ts';
import type { KafkaRecord } from '../record.ts';

/** Options of {@link jsonCodec}. */
export interface JsonCodecOptions {
  /** The fields that are features, in the order of `xs`. */
  fields: readonly string[];
  /** `'key'` (default): the record's key; `'none'`: `ys` is NaN; else the name of a field. */
  label?: 'key' | 'none' | (string & {});
  /** What to read for a feature that is `null` or not there. Default: such a record is bad. */
  missing?: number;
  /** Longest value accepted, in bytes. Default 65,536. */
  maxBytes?: number;
}

const optionsSchema = z.strictObject({
  fields: z.array(z.string().min(1)).min(1),
  label: z.string().min(1).default('key'),
  missing: z.union([z.number(), z.nan()]).optional(),
  maxBytes: z.int().positive().default(65_536),
});

/**
 * A codec for JSON objects with number fields; other fields are ignored, numbers in quotes are refused.
 * Throws `InvalidOptionError` for options that make no sense.
 *
 * @example
 * ```ts
 * const codec = jsonCodec({ fields: ['clump', 'size'], label: 'class' });
 * codec.decode(record); // {xs: Float32Array [5, 1], ys: 0} from {"clump":5,"size":1,"class":0}
 * ```
 */
export function jsonCodec(options: JsonCodecOptions): Codec<string> {
  const { fields, label, missing, maxBytes } = codecOptions('jsonCodec', optionsSchema, options);
  const labelField = label === 'key' || label === 'none' ? undefined : label;
  const twice =
    fields.find((field, at) => fields.indexOf(field) !== at) ?? fields.find((field) => field === labelField);
  if (missing !== undefined && !Number.isNaN(missing) && !isReadable(missing))
    throw new InvalidOptionError({
      option: 'missing',
      value: missing,
      expected: 'NaN, or a number that float32 holds',
    });
  if (twice !== undefined)
    throw new InvalidOptionError({
      option: 'fields',
      value: fields,
      expected: `each field once, the label's included; ${excerpt(twice)} is there twice`,
    });

  function read(record: KafkaRecord, xs: RowValues, at: number): number {
    const object = parseObject(record, maxBytes);
    fields.forEach((field, i) => {
      const value = Object.hasOwn(object, field) ? object[field] : undefined;
      if (value === undefined || value === null) {
        if (missing === undefined)
          throw badRecord(
            record,
            'missing-field',
            `field ${excerpt(field)} is ${value === null ? 'null' : 'not there'}`,
          );
        xs[at + i] = missing;
      } else if (typeof value !== 'number')
        throw badRecord(
          record,
          'not-a-number',
          `field ${excerpt(field)} holds ${excerpt(JSON.stringify(value))}`,
        );
      else if (!Number.isFinite(Math.fround(value)))
        throw badRecord(record, 'not-finite', `field ${excerpt(field)} holds ${value}, beyond float32`);
      else xs[at + i] = value;
    });
    if (labelField === undefined) return label === 'key' ? labelFromKey(record) : NaN;
    const ys = Object.hasOwn(object, labelField) ? object[labelField] : undefined;
    if (typeof ys === 'number' && Number.isFinite(Math.fround(ys))) return ys;
    const found = ys === undefined ? 'is not there' : `holds ${excerpt(JSON.stringify(ys))}`;
    throw badRecord(record, 'bad-label', `the label, field ${excerpt(labelField)}, ${found}`);
  }

  function encode(row: EncodableRow): string {
    if (row.xs.length !== fields.length)
      throw new EncodeRowError({
        codec: 'jsonCodec',
        problem: `expected ${fields.length} features, got ${row.xs.length}`,
      });
    const narrow = row.xs instanceof Float32Array;
    const parts = fields.map((field, i) => {
      const value = row.xs[i]!;
      if (!isReadable(value) && !(Number.isNaN(value) && missing !== undefined && Number.isNaN(missing)))
        throw new EncodeRowError({
          codec: 'jsonCodec',
          problem: `field ${excerpt(field)} is ${value}, ${whyNot(value)}`,
        });
      return `${JSON.stringify(field)}:${Number.isNaN(value) ? 'null' : decimalOf(value, narrow)}`;
    });
    if (labelField !== undefined) {
      if (row.ys === undefined || !isReadable(row.ys))
        throw new EncodeRowError({
          codec: 'jsonCodec',
          problem: `field ${excerpt(labelField)} is the label, and ys is ${row.ys}; give a finite number`,
        });
      parts.push(`${JSON.stringify(labelField)}:${decimalOf(row.ys, false)}`);
    }
    return withinBytes('jsonCodec', `{${parts.join(',')}}`, maxBytes);
  }

  /** Where a single row is decoded before it is copied out. */
  const row = new Float64Array(fields.length);
  return {
    features: fields.length,
    decode: (record) => {
      const ys = read(record, row, 0);
      return { xs: narrowed(row), ys };
    },
    decodeInto: (record, xs, row, ys) => {
      const value = read(record, xs, row * fields.length);
      if (ys !== undefined) ys[row] = value;
    },
    encode,
  };
}

function whyNot(value: number): string {
  if (Number.isNaN(value)) return 'which JSON cannot hold; set missing: NaN to write null';
  return 'which JSON or float32 cannot hold';
}

/** The value's JSON object. Throws `BadRecordError` when it is none. */
function parseObject(record: KafkaRecord, maxBytes: number): Record<string, unknown> {
  const bytes = record.value;
  if (bytes === null) throw badRecord(record, 'null-value', 'the value is null (a tombstone)');
  if (bytes.length > maxBytes)
    throw badRecord(record, 'too-long', `${bytes.length} bytes, at most ${maxBytes} are accepted`);
  const text = bytes.toString('utf8');
  if (text.trim() === '') throw badRecord(record, 'empty', `the value holds nothing (${bytes.length} bytes)`);
  let object: unknown;
  try {
    object = JSON.parse(text);
  } catch (cause) {
    const binary = whyBinary(bytes);
    if (binary !== undefined) throw badRecord(record, 'binary', binary, cause);
    throw badRecord(record, 'malformed', `the value is no JSON: ${excerpt(text)}`, cause);
  }
  if (typeof object === 'object' && object !== null && !Array.isArray(object))
    return object as Record<string, unknown>;
  throw badRecord(record, 'malformed', `the value is no JSON object: ${excerpt(text)}`);
}
