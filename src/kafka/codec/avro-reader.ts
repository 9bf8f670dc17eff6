/** Reads the wanted numbers out of Avro's bytes, as the schema they were written by and the reader's say together. */
import type avsc from 'avsc';
import { messageOf } from '../../errors.ts';
import { avro, type AvroType } from '../registry/schemas.ts';
import {
  isRecord,
  isUnion,
  leafAt,
  namesOf,
  withoutNull,
  type AvroRecord,
  type AvroSchema,
  type Leaf,
} from './avro-fields.ts';
import { valueReader } from './avro-checked.ts';
import { LongBeyond } from './avro-long.ts';
import { SchemaMismatch } from './framing.ts';

/** A number that is wanted, and where the value of a record has it. */
export interface WantedNumber {
  readonly path: string;
  /** The names to it in what was written; undefined: it is not in there. */
  readonly names: readonly string[] | undefined;
  /** What it is where it was not written: the reader's default. */
  readonly otherwise: unknown;
  readonly leaf: Leaf;
  /** It was written as an int: bytes of a larger number are no such record. */
  readonly isInt: boolean;
  /** Its unit as it was written, of a date or a time. */
  readonly unit: string | undefined;
}

/** The units that numbers of a codec have, by their paths, and what says so. All that are read are in these. */
export type Units = Map<string, { readonly unit: string; readonly what: string }>;

/** Bytes that are no such value. */
interface NotRead {
  readonly problem: string;
  readonly exact: boolean;
  readonly cause?: unknown;
}

/** Reads values that one schema wrote. Fields that are not wanted are passed over, whatever they hold. */
export class AvroReader {
  readonly wanted: readonly WantedNumber[];
  readonly #read: ReturnType<typeof valueReader>;

  /**
   * @param reader the schema that values are read as; undefined: that they were written by
   * @param units so far; those of this schema are added
   * @throws SchemaMismatch when `writer` cannot be read as `reader`, or a wanted field is no number, or in another unit
   */
  constructor(
    what: string,
    writer: AvroSchema,
    reader: AvroSchema | undefined,
    paths: readonly string[],
    units: Units,
  ) {
    if (reader !== undefined && reader !== writer) checkResolves(what, writer, reader);
    this.wanted = paths.map((path) => wantedNumber(what, writer, reader, path));
    const trees: Tree = new Map();
    for (const { names } of this.wanted) if (names !== undefined) plant(trees, names);
    const type = avro().Type.forSchema(projected(writer.type, trees, { count: 0 }) as avsc.Schema, {
      omitRecordMethods: true,
    });
    this.#read = valueReader(type, writer.type);
    for (const { path, unit } of this.wanted) checkUnit(units, what, path, unit);
    addUnits(units, what, this.wanted);
  }

  /** The value that begins at `from` and ends with the bytes, or why it cannot be read. */
  read(bytes: Buffer, from: number): { readonly value: object } | NotRead {
    let found: { readonly value: unknown; readonly offset: number };
    try {
      found = this.#read(bytes, from);
    } catch (cause) {
      const exact = !(cause instanceof LongBeyond);
      return { problem: `the bytes are no such record: ${messageOf(cause)}`, exact, cause };
    }
    const { value, offset } = found;
    if (offset === bytes.length) return { value: value as object };
    const problem =
      offset < 0
        ? `the ${bytes.length - from} bytes end before the record does`
        : `${bytes.length - offset} of ${bytes.length - from} bytes are left over behind the record`;
    return { problem, exact: true };
  }
}

/** The value of a field in what was read; undefined or null where there is none. */
export function valueAt(value: unknown, names: readonly string[]): unknown {
  let inner = value;
  for (const name of names) {
    if (inner === null || inner === undefined) return inner;
    inner = (inner as Readonly<Record<string, unknown>>)[name];
  }
  return inner;
}

/** Refuses schemas that Avro's rules of resolution do not bring together. */
function checkResolves(what: string, writer: AvroSchema, reader: AvroSchema): void {
  try {
    reader.type.createResolver(writer.type);
  } catch (cause) {
    throw new SchemaMismatch(`${what} cannot be read as the codec's schema: ${messageOf(cause)}`, { cause });
  }
}

/** Refuses a unit that is not that of the rows so far: nothing is converted, so that one feature would be in two. */
function checkUnit(units: Units, what: string, path: string, unit: string | undefined): void {
  const known = units.get(path);
  if (unit === undefined || known === undefined || known.unit === unit) return;
  throw new SchemaMismatch(
    `the field ${path} is a ${unit} in ${what}, and a ${known.unit} in ${known.what}; units are not converted`,
  );
}

/** Keeps units that are not known yet. */
export function addUnits(
  units: Units,
  what: string,
  numbers: Iterable<{ readonly path: string; readonly unit: string | undefined }>,
): void {
  for (const { path, unit } of numbers)
    if (unit !== undefined && !units.has(path)) units.set(path, { unit, what });
}

function wantedNumber(
  what: string,
  writer: AvroSchema,
  reader: AvroSchema | undefined,
  path: string,
): WantedNumber {
  const leaf = leafAt(reader ?? writer, path);
  if (reader !== undefined) {
    if (typeof leaf === 'string') throw new SchemaMismatch(`the field ${path} is ${leaf}`);
    const where = resolvedPath(what, writer.type, reader.type, namesOf(path));
    const written = where.names && leafAt(writer, where.names.join('.'));
    const { kind, unit } = typeof written === 'object' ? written : nothing;
    return { path, leaf, ...where, isInt: kind === 'int', unit };
  }
  if (leaf === 'not there')
    return { path, names: undefined, otherwise: undefined, leaf: nothing, isInt: false, unit: undefined };
  if (typeof leaf === 'string') throw new SchemaMismatch(`the field ${path} of ${what} is ${leaf}`);
  if (leaf.kind === 'enum')
    throw new SchemaMismatch(
      `the field ${path} of ${what} is an enum; give the codec a schema, whose symbols say which is which class`,
    );
  const { kind, unit } = leaf;
  return { path, leaf, names: namesOf(path), otherwise: undefined, isInt: kind === 'int', unit };
}

const nothing: Leaf = { kind: 'double', symbols: [], otherwise: undefined, unit: undefined };

/**
 * Where a field of the reader's is in what was written: by its name or an alias, or else its default.
 *
 * @throws SchemaMismatch where it was written in one of several records: none of them is the field's place
 */
function resolvedPath(
  what: string,
  writer: AvroRecord,
  reader: AvroRecord,
  path: readonly string[],
): Pick<WantedNumber, 'names' | 'otherwise'> {
  const names: string[] = [];
  let [from, to]: [AvroType | undefined, AvroType | undefined] = [writer, reader];
  for (const [depth, name] of path.entries()) {
    const field: Field | undefined = fieldsOf(to).find((one) => one.name === name);
    const written: Field | undefined = fieldsOf(from).find(
      (one) => one.name === name || field?.aliases.includes(one.name),
    );
    if (field === undefined) return { names: undefined, otherwise: undefined };
    if (written === undefined)
      return { names: undefined, otherwise: valueAt(field.defaultValue(), path.slice(depth + 1)) };
    names.push(written.name);
    [from, to] = [withoutNull(written.type), withoutNull(field.type)];
    if (from === undefined && depth < path.length - 1)
      throw new SchemaMismatch(
        `the field ${names.join('.')} of ${what} is a union of several types, within which ${path.join('.')} is not read`,
      );
  }
  return { names, otherwise: undefined };
}

type Field = AvroRecord['fields'][number];

const fieldsOf = (type: AvroType | undefined): readonly Field[] => (isRecord(type) ? type.fields : []);

/** Names, and those beneath each. */
type Tree = Map<string, Tree>;

function plant(tree: Tree, [name, ...rest]: readonly string[]): void {
  if (name === undefined) return;
  const beneath = tree.get(name) ?? new Map<string, Tree>();
  tree.set(name, beneath);
  plant(beneath, rest);
}

/** The schema of a record with the wanted fields only; it has a name of its own, and reads the record by an alias. */
function projected(type: AvroType, tree: Tree, names: { count: number }): unknown {
  if (isUnion(type)) return type.types.map((one) => projected(one, tree, names));
  if (!isRecord(type) || tree.size === 0) return type;
  return {
    type: 'record',
    name: `Wanted${names.count++}`,
    aliases: [type.name],
    fields: type.fields
      .filter(({ name }) => tree.has(name))
      .map((field) => ({ name: field.name, type: projected(field.type, tree.get(field.name)!, names) })),
  };
}
