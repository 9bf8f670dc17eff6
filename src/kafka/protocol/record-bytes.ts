/** The bytes that the records of a batch are made of: varints, keys and values, how many they take, and their checksum. */
import { headerEntries, type OutgoingHeaders, type OutgoingRecord } from '../record.ts';

/** Bytes of a batch before its first record. */
export const BATCH_HEADER = 61;

/** Length and bytes. Short ASCII texts, the usual case, are written letter by letter: cheaper than a native call. */
export function writeData(bytes: Buffer, start: number, data: string | Uint8Array | null): number {
  if (data === null) {
    bytes[start] = 1; // -1
    return start + 1;
  }
  if (typeof data !== 'string') {
    const { length } = data;
    const at = writeVarint(bytes, start, length);
    if (length > 32) bytes.set(data, at);
    else for (let index = 0; index < length; index++) bytes[at + index] = data[index]!;
    return at + length;
  }
  const { length } = data;
  if (length < 96) {
    let at = writeVarint(bytes, start, length);
    let index = 0;
    for (; index < length; index++) {
      const code = data.charCodeAt(index);
      if (code > 127) break;
      bytes[at++] = code;
    }
    if (index === length) return at;
  }
  const size = Buffer.byteLength(data);
  const at = writeVarint(bytes, start, size);
  bytes.write(data, at, size, 'utf8');
  return at + size;
}

/** A zigzag varint of up to 32 bits. */
export function writeVarint(bytes: Buffer, start: number, value: number): number {
  let rest = ((value << 1) ^ (value >> 31)) >>> 0;
  let at = start;
  while (rest > 127) {
    bytes[at++] = (rest & 127) | 128;
    rest >>>= 7;
  }
  bytes[at++] = rest;
  return at;
}

/** As a varint, but for differences of times, which may pass 31 bits. */
export function writeVarlong(bytes: Buffer, start: number, value: number): number {
  if (value >= -0x40000000 && value < 0x40000000) return writeVarint(bytes, start, value);
  let rest = BigInt.asUintN(64, (BigInt(value) << 1n) ^ (BigInt(value) >> 63n));
  let at = start;
  while (rest > 127n) {
    bytes[at++] = Number(rest & 127n) | 128;
    rest >>= 7n;
  }
  bytes[at++] = Number(rest);
  return at;
}

/** The number of headers, and each with its name and value. */
export function writeHeaders(bytes: Buffer, start: number, headers: OutgoingHeaders): number {
  const entries = headerEntries(headers);
  let at = writeVarint(bytes, start, entries.length);
  for (const [name, value] of entries) at = writeData(bytes, writeData(bytes, at, name), value);
  return at;
}

/** A larger buffer that holds what was used of this one. */
export function grown(bytes: Buffer, used: number, needed: number): Buffer {
  const larger = Buffer.allocUnsafe(Math.max(bytes.length * 2, needed));
  bytes.copy(larger, 0, 0, used);
  return larger;
}

/** Bytes of a batch that holds this record alone, uncompressed; never too few, at most some 30 too many. */
export function bytesAlone({ key, value, headers }: OutgoingRecord): number {
  const size = (data: string | Uint8Array | null): number =>
    data === null ? 0 : typeof data === 'string' ? Buffer.byteLength(data) : data.length;
  const pairs = headers === undefined ? [] : headerEntries(headers);
  return pairs.reduce(
    (sum, [name, own]) => sum + 10 + size(name) + size(own),
    BATCH_HEADER + 40 + size(key) + size(value),
  );
}

/** Whether a record alone is larger than a request may be; looks at the letters only where it may matter. */
export function isTooLarge(record: OutgoingRecord, limit: number): boolean {
  const { key, value, headers } = record;
  const letters = headers === undefined ? (key?.length ?? 0) + (value?.length ?? 0) : limit;
  return letters * 3 + 200 > limit && bytesAlone(record) > limit;
}

/** A size that is nearly always enough, from the first records. */
export function estimate(records: readonly OutgoingRecord[]): number {
  const some = Math.min(records.length, 16);
  let bytes = 0;
  for (let index = 0; index < some; index++) bytes += mostBytes(records[index]!);
  return Math.ceil((bytes / Math.max(some, 1)) * records.length) + 64;
}

/** No record can need more than this: a text's letter takes 3 bytes at most, all the varints 40. */
export function mostBytes({ key, value, headers }: OutgoingRecord): number {
  return 40 + dataBytes(key) + dataBytes(value) + (headers === undefined ? 0 : headersBytes(headers));
}

function dataBytes(data: string | Uint8Array | null): number {
  return data === null ? 0 : typeof data === 'string' ? data.length * 3 : data.length;
}

function headersBytes(headers: OutgoingHeaders): number {
  return headerEntries(headers).reduce(
    (sum, [name, value]) => sum + 10 + dataBytes(name) + dataBytes(value),
    0,
  );
}

const POLYNOMIAL = 0x82f63b78;
const SLICES = 8;

/** `TABLES[slice * 256 + byte]`, so that eight bytes are taken at a time. */
const TABLES = makeTables();

/**
 * CRC-32C (Castagnoli), the checksum of record batches, of `bytes[start, end)`, as a signed 32-bit number.
 *
 * Slicing-by-8: Kounavis and Berry, "Novel Table Lookup-Based Algorithms for High-Performance CRC Generation", 2008.
 */
export function crc32c(bytes: Uint8Array, start = 0, end = bytes.length): number {
  const t = TABLES;
  let crc = -1;
  let at = start;
  for (const last = end - 7; at < last; at += 8) {
    const one = crc ^ (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24));
    crc =
      t[1792 + (one & 255)]! ^
      t[1536 + ((one >>> 8) & 255)]! ^
      t[1280 + ((one >>> 16) & 255)]! ^
      t[1024 + (one >>> 24)]! ^
      t[768 + bytes[at + 4]!]! ^
      t[512 + bytes[at + 5]!]! ^
      t[256 + bytes[at + 6]!]! ^
      t[bytes[at + 7]!]!;
  }
  for (; at < end; at++) crc = t[(crc ^ bytes[at]!) & 255]! ^ (crc >>> 8);
  return ~crc;
}

function makeTables(): Int32Array {
  const tables = new Int32Array(SLICES * 256);
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    tables[byte] = crc;
  }
  for (let at = 256; at < tables.length; at++) {
    const before = tables[at - 256]!;
    tables[at] = tables[before & 255]! ^ (before >>> 8);
  }
  return tables;
}
