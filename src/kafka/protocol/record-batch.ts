/** Reads Kafka's record batches (message format 2) straight from the bytes of a fetch answer. */
import { crc32c } from './crc32c.ts';
import { headerFields, type HeaderFields } from '../record-headers.ts';
import type { KafkaRecord, RecordHeaders } from '../record.ts';

/** What the 61 bytes before the records of a batch say. Source: kafka.apache.org/documentation/#recordbatch */
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

/** Bytes before the first record. */
export const BATCH_HEADER_SIZE = 61;
/** Bytes of a batch before those its length field counts. */
const LOG_OVERHEAD = 12;
const MAGIC_AT = 16;
const CRC_AT = 17;
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
  if (magic !== 2 || size < BATCH_HEADER_SIZE)
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
    isTransactional: (attributes & 0x10) !== 0,
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

/** Whether the one record of a control batch at `at` ends its transaction by aborting it. */
export function isAbortMarker(bytes: Buffer, at: number): boolean {
  const reader = new RecordReader(bytes.subarray(at + BATCH_HEADER_SIZE), 1, { topic: '', partition: 0 });
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

  /** The next record, or `undefined` after the last. */
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
    this.#at = end;
    const record = {
      topic: this.#topic,
      partition: this.#partition,
      offset,
      timestamp: batch.appendTime ?? batch.baseTimestamp + timestampDelta,
      key,
      value,
      headers: fields === undefined ? NO_HEADERS : fields.headers,
    };
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

/** A signed 64-bit number; exact up to 2^53, beyond any offset a log can reach. */
export function readInt64(bytes: Buffer, at: number): number {
  return bytes.readInt32BE(at) * 0x1_0000_0000 + bytes.readUInt32BE(at + 4);
}
