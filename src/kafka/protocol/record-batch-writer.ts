/** Writes records in Kafka's own format (record batch, magic 2), fast: one buffer a batch, no object a record. */

import { crc32c } from './crc32c.ts';
import type { OutgoingHeaders, OutgoingRecord } from '../client/client.ts';
import { headerEntries } from '../record-headers.ts';

/** Bytes before the first record. */
export const BATCH_HEADER = 61;
/** Where the checksummed part begins. */
const CRC_FROM = 21;

/** A batch, encoded but for what is known only when it is sent: whose it is, and its place in the sequence. */
export interface EncodedBatch {
  readonly bytes: Buffer;
  readonly records: number;
}

/** Who sends, and the sequence number of the batch's first record; -1 everywhere when not idempotent. */
export interface BatchOwner {
  readonly producerId: bigint;
  readonly producerEpoch: number;
  readonly sequence: number;
}

/** Records that were handed over together; those without a timestamp get `now`, ms since 1970. */
export interface RecordChunk {
  readonly records: readonly OutgoingRecord[];
  readonly now: number;
}

/**
 * Encodes records, uncompressed, with room for the header in front; {@link sealBatch} must follow.
 * Records without a timestamp get `now`.
 * Format: https://kafka.apache.org/documentation/#recordbatch
 */
export function encodeRecords(records: readonly OutgoingRecord[], now: number): EncodedBatch {
  return encodeChunks([{ records, now }]);
}

/** The same for several groups of records, which become one batch in their order. */
export function encodeChunks(chunks: readonly RecordChunk[]): EncodedBatch {
  const [opening] = chunks;
  const first = opening?.records[0]?.timestamp ?? opening?.now ?? 0;
  const size = chunks.reduce((sum, { records }) => sum + estimate(records), 0);
  let latest = first;
  let bytes: Buffer = Buffer.allocUnsafe(BATCH_HEADER + size);
  let at = BATCH_HEADER;
  let count = 0;
  for (const { records, now } of chunks) {
    for (let index = 0; index < records.length; index++) {
      const record = records[index]!;
      const most = mostBytes(record);
      if (at + most > bytes.length) bytes = grown(bytes, at, at + most);
      const timestamp = record.timestamp ?? now;
      if (timestamp > latest) latest = timestamp;
      at = writeRecord(bytes, at, record, count++, timestamp - first);
    }
  }
  const used = bytes.subarray(0, at);
  used.fill(0, 0, BATCH_HEADER);
  used.writeInt8(2, 16);
  used.writeInt32BE(count - 1, 23);
  used.writeBigInt64BE(BigInt(first), 27);
  used.writeBigInt64BE(BigInt(latest), 35);
  used.writeInt32BE(count, 57);
  return { bytes: used, records: count };
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

/** Puts compressed records in the place of the plain ones. `codec` is Kafka's number of the compression. */
export function withCompressed(batch: EncodedBatch, compressed: Uint8Array, codec: number): EncodedBatch {
  const bytes = Buffer.allocUnsafe(BATCH_HEADER + compressed.length);
  bytes.set(batch.bytes.subarray(0, BATCH_HEADER));
  bytes.set(compressed, BATCH_HEADER);
  bytes.writeInt16BE(codec, 21);
  return { bytes, records: batch.records };
}

/** Fills in owner, length and checksum; may be done again when the owner changes. */
export function sealBatch({ bytes }: EncodedBatch, owner: BatchOwner): void {
  bytes.writeInt32BE(bytes.length - 12, 8);
  bytes.writeBigInt64BE(owner.producerId, 43);
  bytes.writeInt16BE(owner.producerEpoch, 51);
  bytes.writeInt32BE(owner.sequence, 53);
  bytes.writeInt32BE(crc32c(bytes, CRC_FROM), 17);
}

/** Body first, with one byte kept for its length: most records need no more, the others are moved up. */
function writeRecord(
  bytes: Buffer,
  start: number,
  record: OutgoingRecord,
  offsetDelta: number,
  timeDelta: number,
): number {
  let at = start + 1;
  bytes[at++] = 0; // attributes
  at = writeVarlong(bytes, at, timeDelta);
  at = writeVarint(bytes, at, offsetDelta);
  at = writeData(bytes, at, record.key);
  at = writeData(bytes, at, record.value);
  at = record.headers === undefined ? writeVarint(bytes, at, 0) : writeHeaders(bytes, at, record.headers);
  const length = at - start - 1;
  if (length < 64) {
    bytes[start] = length << 1;
    return at;
  }
  const moved = length < 8192 ? 1 : length < 1_048_576 ? 2 : length < 134_217_728 ? 3 : 4;
  bytes.copyWithin(start + 1 + moved, start + 1, at);
  writeVarint(bytes, start, length);
  return at + moved;
}

function writeHeaders(bytes: Buffer, start: number, headers: OutgoingHeaders): number {
  const entries = headerEntries(headers);
  let at = writeVarint(bytes, start, entries.length);
  for (const [name, value] of entries) at = writeData(bytes, writeData(bytes, at, name), value);
  return at;
}

/** Length and bytes. Short ASCII texts, the usual case, are written letter by letter: cheaper than a native call. */
function writeData(bytes: Buffer, start: number, data: string | Uint8Array | null): number {
  if (data === null) {
    bytes[start] = 1; // -1
    return start + 1;
  }
  if (typeof data !== 'string') {
    const at = writeVarint(bytes, start, data.length);
    bytes.set(data, at);
    return at + data.length;
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

function writeVarint(bytes: Buffer, start: number, value: number): number {
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
function writeVarlong(bytes: Buffer, start: number, value: number): number {
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

/** A size that is nearly always enough, from the first records. */
function estimate(records: readonly OutgoingRecord[]): number {
  const some = Math.min(records.length, 16);
  let bytes = 0;
  for (let index = 0; index < some; index++) bytes += mostBytes(records[index]!);
  return Math.ceil((bytes / Math.max(some, 1)) * records.length) + 64;
}

/** No record can need more than this: a text's letter takes 3 bytes at most, all the varints 40. */
function mostBytes({ key, value, headers }: OutgoingRecord): number {
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

function grown(bytes: Buffer, used: number, needed: number): Buffer {
  const larger = Buffer.allocUnsafe(Math.max(bytes.length * 2, needed));
  bytes.copy(larger, 0, 0, used);
  return larger;
}
