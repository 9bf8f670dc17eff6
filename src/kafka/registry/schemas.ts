/** Schemas as registries keep them, made ready to use by the libraries that know them: `avsc` for Avro, `ajv` for JSON Schema. */
import { createRequire } from 'node:module';
import type { Ajv, ValidateFunction } from 'ajv';
import type avsc from 'avsc';
import { messageOf } from '../../errors.ts';
import { withInnerNames } from './avro-names.ts';
import { SchemaInvalidError } from './errors.ts';

/** The kinds of schema that registries have. Protobuf is not read here. */
export type SchemaKind = 'AVRO' | 'JSON' | 'PROTOBUF';

/** A schema with what it refers to. */
export interface SchemaText {
  readonly kind: SchemaKind;
  /** As it was registered. */
  readonly text: string;
  /** Schemas it refers to by name; one comes after those it refers to itself. */
  readonly references: readonly { readonly name: string; readonly text: string }[];
}

/** A type of Avro, as `avsc` has it. */
export type AvroType = avsc.Type;

const require = createRequire(import.meta.url);

/** `avsc`, loaded when it is first needed. */
export const avro = (): typeof avsc => require('avsc') as typeof avsc;

/** A schema as text or as what its JSON holds, as JSON. @throws SchemaInvalidError (`ST_KAFKA_SCHEMA_INVALID`) */
export function parsedSchema(what: string, given: string | object): unknown {
  if (typeof given !== 'string') return given;
  try {
    return JSON.parse(given);
  } catch (cause) {
    // A bare name, such as that of a primitive type, is a schema, too.
    if (/^\s*[A-Za-z_][\w.]*\s*$/.test(given)) return given.trim();
    throw new SchemaInvalidError({ what, problem: `it is no JSON (${messageOf(cause)})`, cause });
  }
}

/** A schema of Avro as `avsc` takes it. @throws SchemaInvalidError (`ST_KAFKA_SCHEMA_INVALID`) */
export const avroJson = (what: string, text: string): avsc.Schema =>
  withInnerNames(parsedSchema(what, text)) as avsc.Schema;

/**
 * The type that an Avro schema describes.
 *
 * @param what names it in errors, such as `The schema 7`
 * @throws SchemaInvalidError (`ST_KAFKA_SCHEMA_INVALID`)
 */
export function avroType(what: string, { text, references }: Omit<SchemaText, 'kind'>): AvroType {
  const schema = avroJson(what, text);
  const registry: Record<string, AvroType> = {};
  try {
    for (const one of references) avro().Type.forSchema(avroJson(what, one.text), { registry });
    return avro().Type.forSchema(schema, { registry });
  } catch (cause) {
    throw new SchemaInvalidError({ what, problem: messageOf(cause), cause });
  }
}

/** The drafts of JSON Schema that are read, by what their `$schema` holds. */
const drafts: readonly (readonly [RegExp, string])[] = [
  [/draft\/2020-12\//, 'ajv/dist/2020.js'],
  [/draft\/2019-09\//, 'ajv/dist/2019.js'],
  [/draft-0[67]\//, 'ajv'],
];

/**
 * What checks values by a JSON Schema (drafts 6, 7, 2019-09, 2020-12; 7 where it says none). Unknown keywords and formats
 * are remarks, as the standard has it.
 *
 * @throws SchemaInvalidError (`ST_KAFKA_SCHEMA_INVALID`), also for other drafts
 */
export function jsonValidator(
  what: string,
  { text, references }: Omit<SchemaText, 'kind'>,
): ValidateFunction {
  const schema = parsedSchema(what, text);
  if (typeof schema !== 'boolean' && (typeof schema !== 'object' || schema === null || Array.isArray(schema)))
    throw new SchemaInvalidError({ what, problem: 'a JSON Schema is an object, true, or false' });
  const draft = (schema as { $schema?: unknown }).$schema;
  const found = draft === undefined ? 'ajv' : drafts.find(([says]) => says.test(JSON.stringify(draft)))?.[1];
  if (found === undefined)
    throw new SchemaInvalidError({
      what,
      problem: `its draft, ${JSON.stringify(draft)}, is not one that is read`,
    });
  const load = require(found) as { default: typeof Ajv };
  let validator: ValidateFunction;
  try {
    // 19.99 is a multiple of 0.01, although their quotient as floats is no whole number.
    const options = { strict: false, validateFormats: false, logger: false, multipleOfPrecision: 9 } as const;
    const ajv = new load.default(options);
    if (found === 'ajv') ajv.addMetaSchema(require('ajv/dist/refs/json-schema-draft-06.json') as object);
    const { $id: base } = schema as { $id?: unknown };
    for (const one of references) {
      const name =
        typeof base === 'string' && URL.canParse(one.name, base) ? new URL(one.name, base).href : one.name;
      const given = parsedSchema(what, one.text) as object;
      // A registry's names stand beside the schema's own address, as its $ref does.
      ajv.addSchema(given, one.name);
      // Its own $id may be that address already.
      const known = ajv.refs[name.replace(/#\/?$/, '')];
      const isKnown = typeof known === 'object' && known.schema === given;
      if (name !== one.name && !isKnown) ajv.addSchema(given, name);
    }
    validator = ajv.compile(schema as object);
  } catch (cause) {
    throw new SchemaInvalidError({ what, problem: messageOf(cause), cause });
  }
  // Such a validator answers by a promise, which is no answer here. A schema in it is refused above where it is one.
  if ('$async' in validator)
    throw new SchemaInvalidError({ what, problem: 'it is for checks that take time ($async)' });
  return validator;
}
