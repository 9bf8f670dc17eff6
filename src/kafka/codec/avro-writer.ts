/** Writes rows as Avro: features and label to their fields, defaults to the others. */
import { messageOf } from '../../errors.ts';
import {
  fieldAt,
  isInt,
  isRecord,
  isUnion,
  leafAt,
  namesOf,
  withoutNull,
  type AvroRecord,
  type AvroSchema,
  type Leaf,
} from './avro-fields.ts';
import { outerName } from '../registry/avro-names.ts';
import { checkFeatures, checkedLabel, isReadable, shown, type EncodableRow } from './codec.ts';
import { EncodeRowError, excerpt } from './errors.ts';

/** A field that is written. */
interface WrittenField {
  readonly path: string;
  readonly names: readonly string[];
  readonly leaf: Leaf;
  readonly mayBeNull: boolean;
}

/** Rows to bytes, by one schema. */
export class AvroWriter {
  readonly #type: AvroRecord;
  readonly #fields: readonly WrittenField[];
  readonly #label: WrittenField | undefined;
  readonly #missing: number | undefined;

  /** @throws EncodeRowError where the schema is not there, or has fields that no row fills */
  constructor(
    schema: AvroSchema | undefined,
    fields: readonly string[],
    label: string | undefined,
    missing: number | undefined,
  ) {
    if (schema === undefined) throw refused('no schema was given; rows are written by one');
    const written = (path: string): WrittenField => {
      const type = fieldAt(schema.type, path);
      const leaf = leafAt(schema, path);
      if (typeof type === 'string' || typeof leaf === 'string')
        throw refused(`field ${excerpt(path)} is no number`);
      return { path, leaf, names: namesOf(path), mayBeNull: isUnion(type) };
    };
    this.#type = schema.type;
    this.#fields = fields.map(written);
    this.#label = label === undefined ? undefined : written(label);
    this.#missing = missing;
    const unfilled = unfilledPaths(schema.type, new Set(label === undefined ? fields : [...fields, label]));
    if (unfilled.length > 0)
      throw refused(`no row fills ${unfilled.map(excerpt).join(', ')}, which the schema gives no default`);
  }

  /** @throws EncodeRowError for values that their fields cannot hold */
  bytesOf(row: EncodableRow): Buffer {
    checkFeatures('avroCodec', row, this.#fields.length);
    const object: Record<string, unknown> = {};
    for (const [i, field] of this.#fields.entries())
      put(object, field.names, this.#valueOf(field, row.xs[i]!));
    if (this.#label !== undefined) {
      const label = checkedLabel('avroCodec', row, `field ${excerpt(this.#label.path)}`);
      put(object, this.#label.names, this.#valueOf(this.#label, label));
    }
    try {
      return this.#type.toBuffer(object);
    } catch (cause) {
      throw refused(`the schema does not hold the row: ${messageOf(cause)}`, cause);
    }
  }

  #valueOf({ path, leaf, mayBeNull }: WrittenField, value: number): unknown {
    if (Number.isNaN(value) && mayBeNull && this.#missing !== undefined && Number.isNaN(this.#missing))
      return null;
    const wrong = (why: string) => refused(`field ${excerpt(path)} is ${shown(value)}, ${why}`);
    if (!isReadable(value))
      throw wrong('which cannot be written; with missing: NaN a field that may be null is');
    if (leaf.kind === 'float' || leaf.kind === 'double') return value;
    if (leaf.kind === 'boolean') {
      if (value === 0 || value === 1) return value === 1;
      throw wrong('and a boolean is 0 or 1');
    }
    if (leaf.kind === 'enum') {
      const symbol = leaf.symbols[value];
      if (symbol === undefined) throw wrong(`and the classes are 0 to ${leaf.symbols.length - 1}`);
      return symbol;
    }
    const isWhole = leaf.kind === 'int' ? isInt(value) : Number.isSafeInteger(value);
    if (!isWhole) throw wrong(`which ${leaf.kind} cannot hold exactly`);
    return value;
  }
}

function refused(problem: string, cause?: unknown): EncodeRowError {
  return new EncodeRowError({ codec: 'avroCodec', problem, cause });
}

function put(object: Record<string, unknown>, names: readonly string[], value: unknown): void {
  let inner = object;
  for (const name of names.slice(0, -1)) inner = (inner[name] ??= {}) as Record<string, unknown>;
  inner[names.at(-1)!] = value;
}

/** The fields that a row does not fill, and which have no default. */
function unfilledPaths(record: AvroRecord, filled: ReadonlySet<string>, before = ''): string[] {
  return record.fields.flatMap((field) => {
    const path = before + outerName(field.name);
    if (filled.has(path)) return [];
    const inner = withoutNull(field.type);
    const isFilled = [...filled].some((one) => one.startsWith(`${path}.`));
    if (isFilled && isRecord(inner)) return unfilledPaths(inner, filled, `${path}.`);
    return field.defaultValue() === undefined ? [path] : [];
  });
}
