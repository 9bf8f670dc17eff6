/** The JSON codec: `{"clump": 5, "size": 1, "class": 0}` in a record's value to float32 and back. */
import { z } from 'zod';
import type { Codec, EncodableRow } from './codec.ts';
import { checkFeatures, checkedLabel, codecOf, codecOptions, decimalOf } from './codec.ts';
import { isReadable, labelFromKey, shown, valueOf, withinBytes } from './codec.ts';
import { mayBeInexact, namedTwice, parsedWithInexactAsText, whyInexact } from '../../exact-json.ts';
import { whyBinary } from './csv-row.ts';
import { EncodeRowError, badRecord, excerpt, excerptOf } from './errors.ts';
import type { RowValues } from '../../finite.ts';
import { InvalidOptionError } from '../../options.ts';
import { FRAME_BYTES } from './framing.ts';
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
 * A codec for JSON objects with number fields; other fields are ignored, numbers in quotes are refused, and so are fields that
 * are there twice, and whole numbers beyond 2^53 that no number holds exactly (`not-exact`).
 * Throws `InvalidOptionError` for options that make no sense.
 *
 * @example
 * ```ts
 * const codec = jsonCodec({ fields: ['clump', 'size'], label: 'class' });
 * codec.decode(record); // {xs: Float32Array [5, 1], ys: 0} from {"clump":5,"size":1,"class":0}
 * ```
 */
export function jsonCodec(options: JsonCodecOptions): Codec<string> {
  const { features, parse, read, encode } = jsonRows('jsonCodec', options);
  return codecOf(features, (record, xs, at) => read(record, parse(record), xs, at), encode);
}

/** What codecs of JSON have in common. */
interface JsonRows {
  readonly features: number;
  /** Longest value accepted, in bytes. */
  readonly maxBytes: number;
  /** The object in a record's value, from a byte on. Throws `BadRecordError` when it is none. */
  readonly parse: (record: KafkaRecord, from?: number, schemaId?: number) => Record<string, unknown>;
  /** Its features to `xs` from `at` on, and its label. Throws `BadRecordError`. */
  readonly read: (
    record: KafkaRecord,
    object: object,
    xs: RowValues,
    at: number,
    schemaId?: number,
  ) => number;
  readonly encode: (row: EncodableRow) => string;
}

/**
 * Rows of JSON objects for a codec of this name.
 *
 * @throws InvalidOptionError (`ST_OPTION_INVALID`), UnknownOptionError (`ST_OPTION_UNKNOWN`)
 */
export function jsonRows(codec: string, options: JsonCodecOptions): JsonRows {
  const { fields, label, missing, maxBytes } = codecOptions(codec, optionsSchema, options);
  const labelField = label === 'key' || label === 'none' ? undefined : label;
  const names = labelField === undefined ? fields : [...fields, labelField];
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

  const read: JsonRows['read'] = (record, given, xs, at, schemaId) => {
    const object = given as Readonly<Record<string, unknown>>;
    fields.forEach((field, i) => {
      const value = Object.hasOwn(object, field) ? object[field] : undefined;
      if (value === undefined || value === null) {
        if (missing === undefined)
          throw badRecord(
            record,
            'missing-field',
            `field ${excerpt(field)} is ${value === null ? 'null' : 'not there'}`,
            { schemaId },
          );
        xs[at + i] = missing;
      } else if (typeof value !== 'number')
        throw badRecord(record, 'not-a-number', `field ${excerpt(field)} holds ${excerptOf(value)}`, {
          schemaId,
        });
      else if (!Number.isFinite(Math.fround(value)))
        throw badRecord(record, 'not-finite', `field ${excerpt(field)} holds ${value}, beyond float32`, {
          schemaId,
        });
      else {
        if (mayBeInexact(value)) checkExact(record, field, value, schemaId);
        xs[at + i] = value;
      }
    });
    if (labelField === undefined) return label === 'key' ? labelFromKey(record) : NaN;
    const ys = Object.hasOwn(object, labelField) ? object[labelField] : undefined;
    if (typeof ys === 'number' && Number.isFinite(Math.fround(ys))) {
      if (mayBeInexact(ys)) checkExact(record, labelField, ys, schemaId);
      return ys;
    }
    const found = ys === undefined ? 'is not there' : `holds ${excerptOf(ys)}`;
    throw badRecord(record, 'bad-label', `the label, field ${excerpt(labelField)}, ${found}`, { schemaId });
  };

  function encode(row: EncodableRow): string {
    checkFeatures(codec, row, fields.length);
    const narrow = row.xs instanceof Float32Array;
    const parts = fields.map((field, i) => {
      const value = row.xs[i]!;
      if (!isReadable(value) && !(Number.isNaN(value) && missing !== undefined && Number.isNaN(missing)))
        throw new EncodeRowError({
          codec,
          problem: `field ${excerpt(field)} is ${shown(value)}, ${whyNot(value)}`,
        });
      return `${JSON.stringify(field)}:${Number.isNaN(value) ? 'null' : decimalOf(value, narrow)}`;
    });
    if (labelField !== undefined) {
      const label = checkedLabel(codec, row, `field ${excerpt(labelField)}`);
      parts.push(`${JSON.stringify(labelField)}:${decimalOf(label, false)}`);
    }
    return withinBytes(codec, `{${parts.join(',')}}`, maxBytes);
  }

  const parse: JsonRows['parse'] = (record, from = 0, schemaId) => {
    const bytes = valueOf(record, maxBytes);
    return objectIn(record, from === 0 ? bytes : bytes.subarray(from), names, schemaId);
  };
  return { features: fields.length, maxBytes, parse, read, encode };
}

/** Refuses a field whose number is not what its record says. Looks at the text again, as few numbers are so large. */
function checkExact(record: KafkaRecord, field: string, value: number, schemaId: number | undefined): void {
  if (!Number.isInteger(value)) return;
  const text = record.value!.toString('utf8', schemaId === undefined ? 0 : FRAME_BYTES);
  const exact = (parsedWithInexactAsText(text) as Readonly<Record<string, unknown>>)[field];
  if (typeof exact !== 'string') return;
  throw badRecord(record, 'not-exact', `field ${excerpt(field)} holds ${whyInexact(exact)}`, { schemaId });
}

function whyNot(value: number): string {
  if (Number.isNaN(value)) return 'which JSON cannot hold; set missing: NaN to write null';
  return 'which JSON or float32 cannot hold';
}

/** The JSON object that bytes hold. Throws `BadRecordError` when it is none, or has one of `names` twice. */
function objectIn(
  record: KafkaRecord,
  bytes: Buffer,
  names: readonly string[],
  schemaId: number | undefined,
): Record<string, unknown> {
  const text = bytes.toString('utf8');
  if (text.trim() === '')
    throw badRecord(record, 'empty', `the value holds nothing (${bytes.length} bytes)`, { schemaId });
  let object: unknown;
  try {
    object = JSON.parse(text);
  } catch (cause) {
    const binary = whyBinary(bytes);
    if (binary !== undefined) throw badRecord(record, 'binary', binary, { cause, schemaId });
    throw badRecord(record, 'malformed', `the value is no JSON: ${excerpt(text)}`, { cause, schemaId });
  }
  if (typeof object !== 'object' || object === null || Array.isArray(object))
    throw badRecord(record, 'malformed', `the value is no JSON object: ${excerpt(text)}`, { schemaId });
  const twice = namedTwice(text, object, names);
  if (twice !== undefined)
    throw badRecord(record, 'malformed', `field ${excerpt(twice)} is there twice`, { schemaId });
  return object as Record<string, unknown>;
}
