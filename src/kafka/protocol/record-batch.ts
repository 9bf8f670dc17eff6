/**
 * Kafka's record batches (message format 2): read straight from the bytes of a fetch answer, and written fast, one buffer a
 * batch and no object a record. Format: https://kafka.apache.org/documentation/#recordbatch
 */
import { headerFields, PlainRecord } from '../record.ts';
import type { HeaderFields, KafkaRecord, OutgoingRecord, RecordHeaders } from '../record.ts';
import { readInt64 } from './bytes.ts';
import { BATCH_HEADER, crc32c, estimate, grown, mostBytes } from './record-bytes.ts';
import { writeData, writeHeaders, writeVarint, writeVarlong } from './record-bytes.ts';

/** What the 61 bytes before the records of a batch say. */
export interface BatchHeader {
  readonly baseOffset: number;
  /** The last offset the batch covers, also if compaction removed the record there. */
  readonly lastOffset: number;
  /** Bytes of the whole batch, header included. */
  readonly size: number;
  readonly magic: number;
  /** The epoch of the leader that wrote it. */
  readonly leaderEpoch: number;
  /** 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd. */
  readonly compression: number;
  readonly attributes: number;
  readonly isTransactional: boolean;
  /** A transaction marker, no data. */
  readonly isControl: boolean;
  /** The time all records of the batch have, when the broker stamps them; else `undefined`. */
  readonly appendTime: number | undefined;
  readonly baseTimestamp: number;
  readonly producerId: number;
  readonly recordCount: number;
}

/** Bytes of a batch before those its length field counts. */
const LOG_OVERHEAD = 12;
const MAGIC_AT = 16;
const CRC_AT = 17;
/** The attribute of batches that are part of a transaction. */
const TRANSACTIONAL = 0x10;
/** Where the checksummed part begins. */
const CRC_FROM = 21;

/**
 * The header of the batch at `at`; `undefined` when the batch is cut off by the end of `bytes`, as the last one of an
 * answer may be.
 */
export function readBatchHeader(bytes: Buffer, at: number): BatchHeader | undefined {
  if (bytes.length - at < LOG_OVERHEAD + 5) return undefined;
  const size = LOG_OVERHEAD + bytes.readInt32BE(at + 8);
  const magic = bytes.readInt8(at + MAGIC_AT);
  if (bytes.length - at < size) return undefined;
  if (magic !== 2 || size < BATCH_HEADER)
    return { ...EMPTY_HEADER, baseOffset: readInt64(bytes, at), size, magic };
  const attributes = bytes.readInt16BE(at + 21);
  const baseOffset = readInt64(bytes, at);
  return {
    baseOffset,
    lastOffset: baseOffset + bytes.readInt32BE(at + 23),
    size,
    magic,
    leaderEpoch: bytes.readInt32BE(at + 12),
    compression: attributes & 0x07,
    attributes,
    isTransactional: (attributes & TRANSACTIONAL) !== 0,
    isControl: (attributes & 0x20) !== 0,
    appendTime: (attributes & 0x08) !== 0 ? readInt64(bytes, at + 35) : undefined,
    baseTimestamp: readInt64(bytes, at + 27),
    producerId: readInt64(bytes, at + 43),
    recordCount: bytes.readInt32BE(at + 57),
  };
}

/**
 * Whether the batch at `at` is as its producer sealed it: CRC-32C over all that follows the checksum. Base offset,
 * length and leader epoch stand before it; the broker writes them, and they are not covered.
 */
export function isIntact(bytes: Buffer, at: number, size: number): boolean {
  return crc32c(bytes, at + CRC_FROM, at + size) === bytes.readInt32BE(at + CRC_AT);
}

const EMPTY_HEADER: BatchHeader = {
  baseOffset: 0,
  lastOffset: 0,
  size: 0,
  magic: 0,
  leaderEpoch: -1,
  compression: 0,
  attributes: 0,
  isTransactional: false,
  isControl: false,
  appendTime: undefined,
  baseTimestamp: 0,
  producerId: -1,
  recordCount: 0,
};

/** Whether the control batch at `at` ends its transaction by aborting it. One whose record was compacted away does not. */
export function isAbortMarker(bytes: Buffer, at: number, { size, recordCount }: BatchHeader): boolean {
  const place = { topic: '', partition: 0 };
  const reader = new RecordReader(bytes.subarray(at + BATCH_HEADER, at + size), recordCount, place);
  const marker = reader.next({ baseOffset: 0, baseTimestamp: 0, appendTime: undefined });
  return marker?.key?.length === 4 && marker.key.readInt16BE(2) === 0;
}

const NO_HEADERS: RecordHeaders = Object.freeze({});

/** Steps through the (decompressed) records of one batch; the records' bytes are views, not copies. */
export class RecordReader {
  readonly #bytes: Buffer;
  readonly #topic: string;
  readonly #partition: number;
  #at = 0;
  #left: number;

  constructor(
    bytes: Buffer,
    recordCount: number,
    { topic, partition }: { topic: string; partition: number },
  ) {
    this.#bytes = bytes;
    this.#left = recordCount;
    this.#topic = topic;
    this.#partition = partition;
  }

  /** Records not yet read. */
  get left(): number {
    return this.#left;
  }

  /** The next record, or `undefined` after the last. @throws RangeError where it does not end where it says, or bytes are left over */
  next(batch: Pick<BatchHeader, 'baseOffset' | 'baseTimestamp' | 'appendTime'>): KafkaRecord | undefined {
    if (this.#left === 0) return undefined;
    this.#left--;
    const length = this.#varint();
    const end = this.#at + length;
    if (length < 0 || end > this.#bytes.length) throw new RangeError('a record reaches beyond its batch');
    this.#at++; // attributes, unused by Kafka
    const timestampDelta = this.#varlong();
    const offset = batch.baseOffset + this.#varint();
    const key = this.#field();
    const value = this.#field();
    const headerCount = this.#varint();
    const fields = headerCount === 0 ? undefined : this.#headers(headerCount);
    if (this.#at !== end) throw new RangeError('the parts of a record take not as many bytes as it says');
    if (this.#left === 0 && end < this.#bytes.length)
      throw new RangeError('bytes are left over behind the last record');
    const timestamp = batch.appendTime ?? batch.baseTimestamp + timestampDelta;
    const headers = fields === undefined ? NO_HEADERS : fields.headers;
    const record = new PlainRecord(this.#topic, this.#partition, offset, timestamp, key, value, headers);
    return fields?.headerList === undefined ? record : { ...record, headerList: fields.headerList };
  }

  #field(): Buffer | null {
    const length = this.#varint();
    if (length < 0) return null;
    const start = this.#at;
    this.#at += length;
    return this.#bytes.subarray(start, this.#at);
  }

  #headers(count: number): HeaderFields {
    const list: [string, Buffer | null][] = [];
    for (let i = 0; i < count; i++) {
      const name = this.#field()?.toString('utf8') ?? '';
      list.push([name, this.#field()]);
    }
    return headerFields(list);
  }

  /** A zigzag varint of up to 32 bits. */
  #varint(): number {
    const bytes = this.#bytes;
    let byte = bytes[this.#at++] as number;
    let raw = byte & 0x7f;
    for (let shift = 7; byte >= 0x80; shift += 7) {
      byte = bytes[this.#at++] as number;
      raw |= (byte & 0x7f) << shift;
    }
    return (raw >>> 1) ^ -(raw & 1);
  }

  /** A zigzag varint of up to 64 bits; exact up to 2^53, which holds any time in ms. */
  #varlong(): number {
    const bytes = this.#bytes;
    let byte = bytes[this.#at++] as number;
    let raw = byte & 0x7f;
    for (let factor = 0x80; byte >= 0x80; factor *= 0x80) {
      byte = bytes[this.#at++] as number;
      raw += (byte & 0x7f) * factor;
    }
    return raw % 2 === 0 ? raw / 2 : -(raw + 1) / 2;
  }
}

/** A batch, encoded but for what is known only when it is sent: whose it is, and its place in the sequence. */
export interface EncodedBatch {
  readonly bytes: Buffer;
  readonly records: number;
}

/** Who sends, and the sequence number of the batch's first record; -1 everywhere when not idempotent. */
interface BatchOwner {
  readonly producerId: bigint;
  readonly producerEpoch: number;
  readonly sequence: number;
  /** Whether the batch is part of a transaction. */
  readonly isTransactional?: boolean;
}

/** Records that were handed over together; those without a timestamp get `now`, ms since 1970. */
export interface RecordChunk {
  readonly records: readonly OutgoingRecord[];
  readonly now: number;
}

/**
 * Encodes records, uncompressed, with room for the header in front; {@link sealBatch} must follow.
 * Records without a timestamp get `now`.
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
  if (owner.isTransactional === true) bytes.writeInt16BE(bytes.readInt16BE(21) | TRANSACTIONAL, 21);
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
