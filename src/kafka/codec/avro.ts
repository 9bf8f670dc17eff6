/** The Avro codec: the numbers of a record that Avro's schema describes, with or without a schema registry, and back. */
import { z } from 'zod';
import type { RowValues } from '../../finite.ts';
import { InvalidOptionError } from '../../options.ts';
import type { KafkaRecord } from '../record.ts';
import type { SchemaRegistry } from '../registry/registry.ts';
import { allPaths, avroSchema, isInt, leafAt, type AvroSchema } from './avro-fields.ts';
import { AvroReader, addUnits, valueAt, type Units, type WantedNumber } from './avro-reader.ts';
import { AvroWriter } from './avro-writer.ts';
import { codecOf, codecOptions, isReadable, labelFromKey, type EncodableRow } from './codec.ts';
import { badRecord, excerpt } from './errors.ts';
import {
  FRAME_BYTES,
  FramedSchemas,
  filledValue,
  hintOfFrame,
  registering,
  type SchemaCodec,
  schemaOptions,
} from './framing.ts';

/** Options of {@link avroCodec}. */
export interface AvroCodecOptions {
  /**
   * The schema that values are read as, and written by: its text, or what its JSON holds. Without a registry values were
   * written by this very schema. With one it is the reader's schema, to which what was written is resolved by Avro's
   * rules (defaults, aliases, promotions); left out, each value is read by the schema it was written by.
   */
  schema?: string | object;
  /** Where schemas are looked up by the id before each value. Left out: values have no id before them. */
  registry?: SchemaRegistry;
  /**
   * The fields that are features, in the order of `xs`; `cell.clump` is a field of a record in a field. Default: all of
   * `schema` but the label, in its order.
   */
  fields?: readonly string[];
  /** `'key'` (default): the record's key; `'none'`: `ys` is NaN; else a field. An enum's classes are its symbols' places. */
  label?: 'key' | 'none' | (string & {});
  /** What to read for a feature that is null or not there. Default: such a record is bad. */
  missing?: number;
  /** Longest value accepted, in bytes. Default 65,536. */
  maxBytes?: number;
}

const optionsSchema = z.strictObject({
  ...schemaOptions,
  fields: z.array(z.string().min(1)).min(1).optional(),
  label: z.string().min(1).default('key'),
  missing: z.union([z.number(), z.nan()]).optional(),
  maxBytes: z.int().positive().default(65_536),
});

/**
 * A codec for Avro. Features are int, long, float, double (their logical types of dates and times in their own units), and
 * boolean (0 or 1), each alone or with null for a missing value; an enum can be the label. Anything else is refused with
 * its path: decimals, strings, bytes, arrays, unions of several types. A long beyond 2^53 and what is not finite are bad
 * records; so are bytes that are too few or too many. Fields that are neither feature nor label are passed over.
 *
 * @example
 * ```ts
 * const registry = schemaRegistry({ url: 'http://127.0.0.1:8081' });
 * const fields = [{ name: 'clump', type: 'int' }, { name: 'class', type: 'int' }];
 * const codec = avroCodec({ registry, schema: { type: 'record', name: 'Cell', fields }, label: 'class' });
 * await codec.register('cells'); // for encode: the schema's id under the subject cells-value
 * ```
 * @throws InvalidOptionError (`ST_OPTION_INVALID`), SchemaInvalidError (`ST_KAFKA_SCHEMA_INVALID`)
 */
export function avroCodec(options: AvroCodecOptions): SchemaCodec {
  const given = codecOptions('avroCodec', optionsSchema, options);
  const { registry, label, missing, maxBytes } = given;
  const own =
    given.schema === undefined
      ? undefined
      : avroSchema('The schema of avroCodec', { text: textOf(given.schema), references: [] });
  const labelField = label === 'key' || label === 'none' ? undefined : label;
  const fields = featurePaths(given, own, labelField);
  const paths = labelField === undefined ? fields : [...fields, labelField];
  const units: Units = new Map();
  if (own !== undefined) addUnits(units, "the codec's schema", unitsOf(own, paths));
  const readers =
    registry &&
    new FramedSchemas(
      registry,
      'AVRO',
      (what, schema) => new AvroReader(what, avroSchema(what, schema), own, paths, units),
    );
  const plain = registry === undefined ? new AvroReader('the schema', own!, own, paths, units) : undefined;
  const features = fields.length;

  function read(record: KafkaRecord, xs: RowValues, at: number): number {
    const bytes = filledValue(record, maxBytes);
    const reader = plain ?? readers!.of(record, bytes);
    const got = reader.read(bytes, plain === undefined ? FRAME_BYTES : 0);
    const schemaId = plain === undefined ? bytes.readUInt32BE(1) : undefined;
    if (!('value' in got)) {
      const hint = plain === undefined ? '' : hintOfFrame(bytes);
      const [reason, detail] = got.exact
        ? (['malformed', got.problem + hint] as const)
        : ([
            'not-exact',
            `${longsOf(reader)} holds a long beyond 2^53, which no number holds exactly${hint}`,
          ] as const);
      throw badRecord(record, reason, detail, { cause: got.cause, schemaId });
    }
    const { wanted } = reader;
    const object = got.value as Readonly<Record<string, unknown>>;
    for (let i = 0; i < features; i++) {
      const one = wanted[i]!;
      const value = numberOf(object, one);
      if (typeof value === 'number' && isReadable(value)) {
        if (one.isInt && !isInt(value))
          throw badRecord(record, 'malformed', notInt(one.path, value), { schemaId });
        xs[at + i] = value;
      } else xs[at + i] = missingOf(record, one.path, value, missing, schemaId);
    }
    if (labelField === undefined) return label === 'key' ? labelFromKey(record) : NaN;
    const ys = numberOf(object, wanted[features]!);
    if (wanted[features]!.isInt && typeof ys === 'number' && !isInt(ys))
      throw badRecord(record, 'malformed', notInt(labelField, ys), { schemaId });
    if (typeof ys === 'number' && isReadable(ys)) return ys;
    const detail = `the label, field ${excerpt(labelField)}, ${ys === null || ys === undefined ? 'is not there' : `holds ${ys as number}`}`;
    throw badRecord(record, 'bad-label', detail, { schemaId });
  }

  const toRegister = given.schema === undefined ? undefined : { schema: given.schema };
  let writer: AvroWriter | undefined;
  const encode = (row: EncodableRow): Buffer => {
    writer ??= new AvroWriter(own, fields, labelField, missing);
    return registered.framed(writer.bytesOf(row));
  };
  const codec = codecOf(features, read, encode);
  const registered = registering('avroCodec', { registry, schema: toRegister, maxBytes }, codec.decode);
  return { ...codec, ready: registered.ready, register: registered.register };
}

const unitsOf = (schema: AvroSchema, paths: readonly string[]) =>
  paths.map((path) => {
    const leaf = leafAt(schema, path);
    return { path, unit: typeof leaf === 'string' ? undefined : leaf.unit };
  });

const textOf = (schema: string | object): string =>
  typeof schema === 'string' ? schema : JSON.stringify(schema);

/** A wanted number of a record; null or undefined where it is missing. An enum's symbol is its place. */
function numberOf(object: Readonly<Record<string, unknown>>, wanted: WantedNumber): unknown {
  const { names, leaf } = wanted;
  const value =
    names === undefined ? wanted.otherwise : names.length === 1 ? object[names[0]!] : valueAt(object, names);
  if (typeof value === 'number' || value === null || value === undefined) return value;
  if (typeof value === 'boolean') return Number(value);
  // Of a union of several types avsc says which it was: { int: 5 }.
  if (typeof value === 'object')
    return numberOf(value as typeof object, { ...wanted, names: Object.keys(value) });
  const { symbols, otherwise } = leaf;
  const place = symbols.includes(value as string)
    ? symbols.indexOf(value as string)
    : symbols.indexOf(otherwise ?? '');
  return place < 0 ? undefined : place;
}

const notInt = (path: string, value: number): string =>
  `field ${excerpt(path)} is an int, and holds ${value}`;

function missingOf(
  record: KafkaRecord,
  path: string,
  value: unknown,
  missing: number | undefined,
  schemaId: number | undefined,
): number {
  if (typeof value === 'number')
    throw badRecord(record, 'not-finite', `field ${excerpt(path)} holds ${value}, not finite as float32`, {
      schemaId,
    });
  if (missing !== undefined) return missing;
  const found = value === null ? 'null' : 'not there';
  throw badRecord(record, 'missing-field', `field ${excerpt(path)} is ${found}`, { schemaId });
}

function longsOf({ wanted }: AvroReader): string {
  return `one of the fields ${wanted.map(({ path }) => excerpt(path)).join(', ')}`;
}

/** The paths of the features, checked as far as there is a schema. */
function featurePaths(
  given: z.infer<typeof optionsSchema>,
  own: AvroSchema | undefined,
  label: string | undefined,
): readonly string[] {
  const invalid = (option: string, value: unknown, expected: string) =>
    new InvalidOptionError({ option, value, expected });
  if (own === undefined && given.registry === undefined)
    throw new InvalidOptionError({
      option: 'schema',
      found: 'not given',
      expected: 'a schema, a registry, or both',
    });
  if (given.missing !== undefined && !Number.isNaN(given.missing) && !isReadable(given.missing))
    throw invalid('missing', given.missing, 'NaN, or a number that float32 holds');
  if (own === undefined && given.fields === undefined)
    throw new InvalidOptionError({
      option: 'fields',
      found: 'not given',
      expected: 'the fields that are features, where no schema says them',
    });
  const fields = given.fields ?? allPaths(own!.type).filter((path) => path !== label);
  const twice = fields.find((field, at) => fields.indexOf(field) !== at || field === label);
  if (twice !== undefined)
    throw invalid(
      'fields',
      fields,
      `each field once, the label's included; ${excerpt(twice)} is there twice`,
    );
  if (own === undefined) return fields;
  for (const path of fields) {
    const leaf = leafAt(own, path);
    const why =
      typeof leaf === 'string' ? leaf : leaf.kind === 'enum' ? 'an enum, which can be the label only' : '';
    if (why !== '') throw invalid('fields', fields, `fields that are numbers; ${excerpt(path)} is ${why}`);
  }
  const leaf = label === undefined ? '' : leafAt(own, label);
  if (typeof leaf === 'string' && label !== undefined)
    throw invalid('label', label, `'key', 'none', or a field that is a number or an enum; it is ${leaf}`);
  if (fields.length === 0) throw invalid('schema', '{…}', 'a record with a field that is a number');
  return fields;
}
