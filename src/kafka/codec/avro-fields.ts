/** The numbers in an Avro record: which of its fields can be a feature or a label, found by their paths. */
import type avsc from 'avsc';
import { messageOf } from '../../errors.ts';
import { SchemaInvalidError } from '../registry/errors.ts';
import { checkedType } from './avro-checked.ts';
import { exactLong } from './avro-long.ts';
import { innerName, outerName } from '../registry/avro-names.ts';
import { avro, avroJson, type AvroType, type SchemaText } from '../registry/schemas.ts';

/** An Avro schema with what its library does not keep. */
export interface AvroSchema {
  readonly type: AvroRecord;
  /** The logical types, by the types they stand on. */
  readonly logical: ReadonlyMap<AvroType, string>;
}

/** A record's type. */
export type AvroRecord = avsc.types.RecordType;

/** A field that is a number, or can stand for one. */
export interface Leaf {
  readonly kind: 'int' | 'long' | 'float' | 'double' | 'boolean' | 'enum';
  /** Of an enum. */
  readonly symbols: readonly string[];
  /** What an enum reads symbols as that it does not have. */
  readonly otherwise: string | undefined;
  /** Of a date or a time: its logical type. */
  readonly unit: string | undefined;
}

/** Logical types that are numbers in a unit of their own; they are read as these. */
const timeTypes = /^(?:date|time-(?:millis|micros)|(?:local-)?timestamp-(?:millis|micros|nanos))$/;

/**
 * The schema of a record.
 *
 * @param what names it in errors
 * @throws SchemaInvalidError (`ST_KAFKA_SCHEMA_INVALID`), also where it is no record
 */
export function avroSchema(what: string, { text, references }: Omit<SchemaText, 'kind'>): AvroSchema {
  const logical = new Map<AvroType, string>();
  const { Type } = avro();
  const typeHook = (given: avsc.Schema, options: object): AvroType | undefined => {
    if (given === 'long') return exactLong();
    if (typeof given !== 'object' || !('type' in given)) return checkedType(given, options);
    const { logicalType, ...plain } = given as { logicalType?: unknown; type: unknown };
    if (logicalType === undefined) return plain.type === 'long' ? exactLong() : checkedType(given, options);
    const type = Type.forSchema(plain as avsc.Schema, options);
    logical.set(type, typeof logicalType === 'string' ? logicalType : JSON.stringify(logicalType));
    return type;
  };
  const options = { registry: {}, noAnonymousTypes: true, omitRecordMethods: true, typeHook };
  let type: AvroType | undefined;
  try {
    for (const one of [...references.map((reference) => reference.text), text])
      type = Type.forSchema(avroJson(what, one), options);
  } catch (cause) {
    if (cause instanceof SchemaInvalidError) throw cause;
    throw new SchemaInvalidError({ what, problem: messageOf(cause), cause });
  }
  if (isRecord(type)) return { type, logical };
  throw new SchemaInvalidError({ what, problem: `it is no record but ${type?.typeName ?? 'nothing'}` });
}

/** Whether a type is that of records. */
export function isRecord(type: AvroType | undefined): type is AvroRecord {
  return type?.typeName === 'record';
}

/** Whether Avro's int holds it. */
export const isInt = (value: number): boolean => value === (value | 0);

/** A type without the null that it may be instead. Undefined for unions of several others. */
export function withoutNull(type: AvroType): AvroType | undefined {
  if (!isUnion(type)) return type;
  const others = type.types.filter(({ typeName }) => typeName !== 'null');
  return others.length === 1 ? others[0] : undefined;
}

/** Whether a type is a union. */
export function isUnion(type: AvroType): type is avsc.types.UnwrappedUnionType {
  return type.typeName.startsWith('union:');
}

/** What a type is as a number, or in words why it is none. */
function leafOf({ logical }: Pick<AvroSchema, 'logical'>, given: AvroType): Leaf | string {
  const type = withoutNull(given);
  if (type === undefined) return 'a union of several types';
  const meant = logical.get(type) ?? logical.get(given);
  if (meant !== undefined && !timeTypes.test(meant))
    return `of the logical type ${JSON.stringify(meant)}, which is not read as a number`;
  const kind = type.typeName.replace('abstract:', '');
  if (kind === 'enum') {
    const { symbols, default: otherwise } = type as AvroType & { symbols: string[]; default?: string };
    return { kind, symbols, otherwise, unit: undefined };
  }
  if (['int', 'long', 'float', 'double', 'boolean'].includes(kind))
    return { kind: kind as Leaf['kind'], symbols: [], otherwise: undefined, unit: meant };
  return `${/^[aeiou]/.test(kind) ? 'an' : 'a'} ${kind}`;
}

/** The names of a path, as `avsc` has them. */
export const namesOf = (path: string): string[] => path.split('.').map(innerName);

/** The field of a record by its path, `cell.clump`: its type, or in words why there is none. */
export function fieldAt(record: AvroRecord, path: string): AvroType | string {
  let type: AvroType = record;
  const names = path.split('.');
  for (const [depth, name] of names.entries()) {
    const inner = withoutNull(type);
    if (!isRecord(inner)) return `not there: ${names.slice(0, depth).join('.')} is no record`;
    const field = inner.fields.find((one) => one.name === innerName(name));
    if (field === undefined) return 'not there';
    type = field.type;
  }
  return type;
}

/** A leaf by its path, or in words why it is none. */
export function leafAt(schema: AvroSchema, path: string): Leaf | string {
  const type = fieldAt(schema.type, path);
  return typeof type === 'string' ? type : leafOf(schema, type);
}

/** The paths of all fields that are not records, in order; records in records are gone into. */
export function allPaths(record: AvroRecord, before = '', within: readonly AvroRecord[] = []): string[] {
  return record.fields.flatMap(({ name, type }) => {
    const path = before + outerName(name);
    const inner = withoutNull(type);
    const isInner = isRecord(inner) && inner !== record && !within.includes(inner);
    return isInner ? allPaths(inner, `${path}.`, [...within, record]) : [path];
  });
}
