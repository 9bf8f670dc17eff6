/**
 * Avro's integers, arrays, maps, enums and booleans, refused where their bytes are none, also where they are passed over. Private
 * parts of `avsc`, tried on 5.7.9: there, an integer may have any number of bytes; a block's length and count are taken as they
 * come, so that damaged bytes are read again and again, for ever, or from another place; any byte is a boolean, and any
 * number the symbol of an enum that is passed over. It asks types for
 * `_read` and `_skip`, and its tap for integers, which are written here again; where a version has none of these names, making
 * a type throws.
 */
import { createRequire } from 'node:module';
import type avsc from 'avsc';
import { avro, type AvroType } from '../registry/schemas.ts';

/** Where `avsc` stands in a record's bytes. */
interface Tap {
  readonly buf: Buffer;
  pos: number;
  readLong(): number;
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
  if (kind === 'enum') return new (checkedTypes().Enum)(schema, options);
  return kind === 'map' ? new (checkedTypes().Map)(schema, options) : undefined;
}

/** What reads values by a schema. @throws where this version of `avsc` reads in another way than the one it was tried on */
export function valueReader(type: AvroType, writer: AvroType) {
  const resolver = type.createResolver(writer) as unknown as Pick<ReadAndSkip, '_read'>;
  const { Tap } = checkedTypes();
  if (typeof resolver._read !== 'function') throw otherVersion();
  /** The value that begins at `from`, and where it ends: -1 behind the bytes. */
  return (bytes: Buffer, from: number): { readonly value: unknown; readonly offset: number } => {
    const tap = new Tap(bytes, from);
    const value = resolver._read(tap);
    return { value, offset: tap.pos <= bytes.length ? tap.pos : -1 };
  };
}

let types: ReturnType<typeof makeTypes> | undefined;

const checkedTypes = () => (types ??= makeTypes());

const require = createRequire(import.meta.url);

type TapClass = new (bytes: Buffer, from: number) => Tap;

/** The most bytes of an int, a long. */
const INT_BYTES = 5;
const LONG_BYTES = 10;

function makeTypes() {
  const { ArrayType, MapType, EnumType, BooleanType } = avro().types;
  for (const { prototype } of [ArrayType, MapType, EnumType, BooleanType]) inner(prototype);
  const { Tap } = require('avsc/lib/utils') as { Tap: TapClass };
  const names = ['readInt', 'readLong', 'skipInt', 'skipLong'];
  const known = Tap.prototype as Readonly<Record<string, unknown>>;
  if (names.some((name) => typeof known[name] !== 'function')) throw otherVersion();
  return {
    Tap: class extends Tap {
      readInt(): number {
        return integerAt(this, INT_BYTES);
      }
      override readLong(): number {
        return integerAt(this, LONG_BYTES);
      }
      skipInt(): void {
        integerAt(this, INT_BYTES);
      }
      skipLong(): void {
        integerAt(this, LONG_BYTES);
      }
    },
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
    Enum: class extends EnumType {
      _skip(tap: Tap): void {
        const place = tap.readLong();
        if (this.symbols[place] === undefined)
          throw new Error(`an enum of ${this.symbols.length} symbols has none at ${place}`);
      }
    },
    Boolean: class extends BooleanType {
      _read(tap: Tap): boolean {
        const byte = tap.buf[tap.pos++];
        // Bytes that end too early are refused at the record's end.
        if (byte === undefined || byte <= 1) return byte === 1;
        throw new Error(`a boolean is 0 or 1, not ${byte}`);
      }
    },
  };
}

function inner(type: AvroType): ReadAndSkip {
  const found = type as unknown as Partial<ReadAndSkip>;
  if (typeof found._read === 'function' && typeof found._skip === 'function') return found as ReadAndSkip;
  throw otherVersion();
}

const otherVersion = (): Error =>
  new Error('this version of avsc reads values in another way than 5.7.9, on which it was tried');

/**
 * Passes over blocks of items, up to the one of none. A block whose count is negative says its length in bytes, too; that is
 * held against what its items take.
 */
function skipBlocks(tap: Tap, skipItem: () => void): void {
  for (;;) {
    const count = tap.readLong();
    if (count === 0) return;
    const length = count < 0 ? countAt(tap, 'a block') : undefined;
    const began = tap.pos;
    for (let left = Math.abs(count); left > 0; left--) {
      const before = tap.pos;
      skipItem();
      // The bytes have ended, which is refused at the record's end.
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
  const count = tap.readLong();
  const left = tap.buf.length - tap.pos;
  if (left < 0) return 0;
  if (count >= 0 && count <= left) return count;
  throw new Error(`${of} of ${count} bytes, where ${left} are left`);
}

/** A zigzag varint; beyond 2^53 about so many. It is 0 where the bytes have ended. */
function integerAt(tap: Tap, most: number): number {
  const { buf } = tap;
  let byte = buf[tap.pos++] ?? 0;
  if (byte < 0x80) return (byte >>> 1) ^ -(byte & 1);
  const isNegative = (byte & 1) === 1;
  let size = (byte & 0x7f) >>> 1;
  for (let i = 1; byte >= 0x80; i++) {
    if (i === most) throw new Error(`${most === INT_BYTES ? 'an int' : 'a long'} of more than ${most} bytes`);
    byte = buf[tap.pos++] ?? 0;
    size += (byte & 0x7f) * 2 ** (7 * i - 1);
  }
  return isNegative ? -size - 1 : size;
}
