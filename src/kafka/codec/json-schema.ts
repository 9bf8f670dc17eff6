/** The JSON Schema codec: JSON objects that are checked by a schema before their numbers are read. */
import { z } from 'zod';
import { messageOf } from '../../errors.ts';
import { InvalidOptionError } from '../../options.ts';
import type { SchemaRegistry } from '../registry/registry.ts';
import { jsonValidator } from '../registry/schemas.ts';
import { codecOf, codecOptions } from './codec.ts';
import { EncodeRowError, badRecord } from './errors.ts';
import {
  FRAME_BYTES,
  FramedSchemas,
  filledValue,
  hintOfFrame,
  registering,
  type SchemaCodec,
  schemaOptions,
} from './framing.ts';
import { jsonRows, type JsonCodecOptions } from './json.ts';

/** Options of {@link jsonSchemaCodec}. */
export interface JsonSchemaCodecOptions extends JsonCodecOptions {
  /**
   * The schema by which values are checked, read and written: its text, or what its JSON holds. Left out, with a registry:
   * each value is checked by the schema it was written by.
   */
  schema?: string | object;
  /** Where schemas are looked up by the id before each value. Left out: values have no id before them. */
  registry?: SchemaRegistry;
}

const ownSchema = z.looseObject({
  ...schemaOptions,
});

type Validator = ReturnType<typeof jsonValidator>;

/**
 * Like `jsonCodec`, for JSON with a schema (drafts 6, 7, 2019-09, 2020-12), with or without a schema registry. A value
 * that its schema does not allow is a bad record (`invalid`), a row that it does not allow is not written. Formats, such
 * as `date-time`, and keywords that the standard does not know are remarks and not checked; but `nullable` lets a `type` be
 * null, too, and keywords beside `$ref` count in every draft.
 *
 * @example
 * ```ts
 * const registry = schemaRegistry({ url: 'http://127.0.0.1:8081' });
 * const codec = jsonSchemaCodec({ registry, fields: ['clump', 'size'], label: 'class' });
 * const batches = fromKafka('cells').decodeBatch(codec, 32, { onBad: 'skip' });
 * ```
 * @throws InvalidOptionError (`ST_OPTION_INVALID`), SchemaInvalidError (`ST_KAFKA_SCHEMA_INVALID`)
 */
export function jsonSchemaCodec(options: JsonSchemaCodecOptions): SchemaCodec {
  const { schema, registry } = codecOptions('jsonSchemaCodec', ownSchema, options);
  const { schema: _schema, registry: _registry, ...rest } = options;
  const rows = jsonRows('jsonSchemaCodec', rest);
  if (schema === undefined && registry === undefined)
    throw new InvalidOptionError({
      option: 'schema',
      found: 'not given',
      expected: 'a schema, a registry, or both',
    });
  const text = typeof schema === 'string' ? schema : JSON.stringify(schema);
  const own = schema && jsonValidator('The schema of jsonSchemaCodec', { text, references: [] });
  const written = registry && new FramedSchemas<Validator>(registry, 'JSON', jsonValidator);
  const { maxBytes } = rows;

  const codec = codecOf(
    rows.features,
    (record, xs, at) => {
      const bytes = filledValue(record, maxBytes);
      const isFramed = written !== undefined;
      const writers = written?.of(record, bytes);
      const schemaId = isFramed ? bytes.readUInt32BE(1) : undefined;
      if (!isFramed && hintOfFrame(bytes) !== '')
        throw badRecord(record, 'binary', `the value is no JSON${hintOfFrame(bytes)}`);
      const object = rows.parse(record, isFramed ? FRAME_BYTES : 0, schemaId);
      const problem = problemOf(own || writers!, object);
      if (problem !== undefined) throw badRecord(record, 'invalid', problem, { schemaId });
      return rows.read(record, object, xs, at, schemaId);
    },
    (row) => {
      const value = rows.encode(row);
      if (!own)
        throw new EncodeRowError({
          codec: 'jsonSchemaCodec',
          problem: 'no schema was given; rows are written by one',
        });
      const problem = problemOf(own, JSON.parse(value));
      if (problem !== undefined) throw new EncodeRowError({ codec: 'jsonSchemaCodec', problem });
      return registered.framed(Buffer.from(value));
    },
  );
  const toRegister = schema === undefined ? undefined : ({ kind: 'JSON', schema } as const);
  const registered = registering('jsonSchemaCodec', { registry, schema: toRegister, maxBytes }, codec.decode);
  return { ...codec, ready: registered.ready, register: registered.register };
}

/** What a schema has against a value; undefined: nothing. */
function problemOf(validate: Validator, value: unknown): string | undefined {
  try {
    if (validate(value) === true) return undefined;
  } catch (cause) {
    // Levels without end, in the value or in a schema that refers to itself.
    return `its schema cannot be held against it: ${messageOf(cause)}`;
  }
  const [first] = validate.errors ?? [];
  const where =
    first?.instancePath === undefined || first.instancePath === '' ? 'the value' : first.instancePath;
  return `its schema does not allow it: ${where} ${first?.message ?? 'is not as it says'}`;
}
