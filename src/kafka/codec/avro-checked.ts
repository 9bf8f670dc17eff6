/**
 * Avro's arrays, maps and booleans, refused where their bytes are none, also where they are passed over. Private parts of
 * `avsc`, tried on 5.7.9: there, a block's length and count are taken as they come, so that damaged bytes are read again and
 * again, for ever, or from another place; and any byte is a boolean. It asks types for `_read` and `_skip`, which are
 * written here again; where a version has none of these names, making a type throws.
 */
import type avsc from 'avsc';
import { avro, type AvroType } from '../registry/schemas.ts';

/** Where `avsc` stands in a record's bytes. */
interface Tap {
  readonly buf: Buffer;
  pos: number;
}

/** What `avsc` does with the bytes of a type. */
interface ReadAndSkip {
  _read(tap: Tap): unknown;
  _skip(tap: Tap): void;
}

/** The type of a schema of one of these kinds; undefined for the others. */
export function checkedType(schema: avsc.Schema, options: object): AvroType | undefined {
  const kind: unknown = typeof schema === 'object' && 'type' in schema ? schema.type : schema;
  if (kind === 'boolean') return new (checkedTypes().Boolean)();
  if (typeof schema !== 'object') return undefined;
  if (kind === 'array') return new (checkedTypes().Array)(schema, options);
  return kind === 'map' ? new (checkedTypes().Map)(schema, options) : undefined;
}

let types: ReturnType<typeof makeTypes> | undefined;

const checkedTypes = () => (types ??= makeTypes());

function makeTypes() {
  const { ArrayType, MapType, BooleanType } = avro().types;
  for (const { prototype } of [ArrayType, MapType, BooleanType]) inner(prototype);
  return {
    Array: class extends ArrayType {
      _skip(tap: Tap): void {
        const items = inner(this.itemsType);
        skipBlocks(tap, () => items._skip(tap));
      }
    },
    Map: class extends MapType {
      _skip(tap: Tap): void {
        const values = inner(this.valuesType as AvroType);
        skipBlocks(tap, () => {
          const length = countAt(tap, 'the key of a map');
          tap.pos += length;
          values._skip(tap);
        });
      }
    },
    Boolean: class extends BooleanType {
      _read(tap: Tap): boolean {
        const byte = tap.buf[tap.pos++];
        // Bytes that end too early are told where the record ends.
        if (byte === undefined || byte <= 1) return byte === 1;
        throw new Error(`a boolean is 0 or 1, not ${byte}`);
      }
    },
  };
}

function inner(type: AvroType): ReadAndSkip {
  const found = type as unknown as Partial<ReadAndSkip>;
  if (typeof found._read === 'function' && typeof found._skip === 'function') return found as ReadAndSkip;
  throw new Error('this version of avsc passes over values in another way than 5.7.9, on which it was tried');
}

/**
 * Passes over blocks of items, up to the one of none. A block whose count is negative says its length in bytes, too; that is
 * held against what its items take.
 */
function skipBlocks(tap: Tap, skipItem: () => void): void {
  for (;;) {
    const count = integerAt(tap);
    if (count === 0) return;
    const length = count < 0 ? countAt(tap, 'a block') : undefined;
    const began = tap.pos;
    for (let left = Math.abs(count); left > 0; left--) {
      const before = tap.pos;
      skipItem();
      // The bytes have ended, which is told where the record is at its end.
      if (tap.pos > tap.buf.length) return;
      // Items of no bytes, such as null, all are.
      if (tap.pos === before) break;
    }
    if (length !== undefined && tap.pos - began !== length)
      throw new Error(`a block of ${length} bytes holds items of ${tap.pos - began}`);
  }
}

/** The length of something that lies within the bytes; 0 where they have ended. */
function countAt(tap: Tap, of: string): number {
  const count = integerAt(tap);
  const left = tap.buf.length - tap.pos;
  if (left < 0) return 0;
  if (count >= 0 && count <= left) return count;
  throw new Error(`${of} of ${count} bytes, where ${left} are left`);
}

/** A zigzag varint of at most 10 bytes; beyond 2^53 about so many. It is 0 where the bytes have ended. */
function integerAt(tap: Tap): number {
  let size = 0;
  let isNegative = false;
  for (let i = 0; ; i++) {
    if (i === 10) throw new Error('a count of more than 10 bytes');
    const byte = tap.buf[tap.pos++] ?? 0;
    if (i === 0) isNegative = (byte & 1) === 1;
    size += i === 0 ? (byte & 0x7f) >>> 1 : (byte & 0x7f) * 2 ** (7 * i - 1);
    if (byte < 0x80) return isNegative ? -size - 1 : size;
  }
}
