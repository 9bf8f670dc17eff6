/** Compresses record batches, and undoes it: gzip and zstd by Node, snappy and lz4 (reading only) by readers of our own. */
import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import { UnsupportedCompressionError } from '../errors.ts';
import { registeredCodec } from './kafkajs.ts';

/** Names as in Kafka's `compression.type`. */
export type Compression = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd';

/** A compression that is ready: Kafka's number for it, and the work itself (off the main thread). */
export interface Compressor {
  readonly codec: number;
  compress(bytes: Uint8Array): Promise<Uint8Array>;
}

type Compress = (bytes: Uint8Array, done: (error: Error | null, result: Buffer) => void) => void;
type Unzip = (
  bytes: Buffer,
  options: { maxOutputLength: number },
  callback: (error: Error | null, result: Buffer) => void,
) => void;

/** zstd came to `node:zlib` with Node 22.15 and 23.8. */
const { zstdCompress, zstdDecompress } = zlib as { zstdCompress?: Compress; zstdDecompress?: Unzip };

/**
 * The compressor of that name, `undefined` for `none`.
 *
 * @throws {UnsupportedCompressionError} for `zstd` on a Node without it, and for `snappy` and `lz4`.
 */
export function compressorFor(compression: Compression): Compressor | undefined {
  switch (compression) {
    case 'none':
      return undefined;
    case 'gzip': {
      // Level 1: a third of the time of the default level for a few percent more bytes.
      const gzip = promisify<Uint8Array, zlib.ZlibOptions, Buffer>(zlib.gzip);
      return { codec: 1, compress: (bytes) => gzip(bytes, { level: 1 }) };
    }
    case 'zstd': {
      if (zstdCompress === undefined) {
        const problem = `Node ${process.versions.node} has none; use Node 22.15 or later, or gzip`;
        throw new UnsupportedCompressionError({ compression, problem });
      }
      const compress = promisify<Uint8Array, Buffer>(zstdCompress);
      return { codec: 4, compress };
    }
    default:
      throw new UnsupportedCompressionError({
        compression,
        problem: 'Node brings no library for it; use gzip, or zstd on Node 22.15+',
      });
  }
}

const GZIP = 1;
const SNAPPY = 2;
const LZ4 = 3;
const ZSTD = 4;

/** Node's bounds are 32-bit. */
const MOST_BYTES = 2 ** 31 - 1;

/** zstd is not there; the message says what to do. */
export class MissingDecompressorError extends Error {
  constructor() {
    super(
      `Node ${process.versions.node} has no zstd: use Node 22.15 or later, register a codec in kafkajs' ` +
        'CompressionCodecs, or have it written with another compression',
    );
  }
}

/**
 * Decompresses the records of a batch, at most `maxBytes` of them. On a Node without zstd, a codec registered in
 * kafkajs' `CompressionCodecs` is used, and the bound looked at when it is done.
 *
 * @param compression Kafka's number: 1 gzip, 2 snappy, 3 lz4, 4 zstd
 * @throws OutputTooLargeError when more comes out; Error when the bytes are damaged or no codec for the type is there
 */
export async function decompress(compression: number, bytes: Buffer, maxBytes = Infinity): Promise<Buffer> {
  if (compression === GZIP) return unzip(zlib.gunzip, bytes, maxBytes);
  if (compression === SNAPPY) return decompressSnappy(bytes, maxBytes);
  if (compression === LZ4) return decompressLz4(bytes, maxBytes);
  if (compression === ZSTD && zstdDecompress) return unzip(zstdDecompress, bytes, maxBytes);
  if (compression < GZIP || compression > ZSTD) throw new Error(`compression type ${compression} is unknown`);
  const codec = registeredCodec(compression);
  if (!codec) throw new MissingDecompressorError();
  const content = await codec.decompress(bytes);
  if (content.length > maxBytes) throw new OutputTooLargeError(maxBytes);
  return content;
}

async function unzip(work: Unzip, bytes: Buffer, maxBytes: number): Promise<Buffer> {
  const options = { maxOutputLength: Math.min(maxBytes, MOST_BYTES) };
  try {
    return await promisify(work)(bytes, options);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
      throw new OutputTooLargeError(options.maxOutputLength, { cause: error });
    throw error;
  }
}

/** More comes out of compressed bytes than is allowed. */
export class OutputTooLargeError extends RangeError {
  constructor(maxBytes: number, options?: ErrorOptions) {
    super(`more than ${maxBytes} bytes come out`, options);
    this.name = 'OutputTooLargeError';
  }
}

/** Bytes that grow at the end and may repeat what they hold already. */
class GrowingOutput {
  #bytes: Buffer;
  #length = 0;
  readonly #maxBytes: number;

  /** Begins with room for `size` bytes and never grows beyond `maxBytes`. */
  constructor(size: number, maxBytes: number) {
    this.#maxBytes = maxBytes;
    this.#bytes = Buffer.allocUnsafe(Math.min(Math.max(64, size), maxBytes));
  }

  /** Appends bytes from elsewhere. */
  literals(from: Buffer, at: number, length: number): void {
    if (at + length > from.length) throw new RangeError('literals reach beyond the compressed bytes');
    this.#room(length);
    from.copy(this.#bytes, this.#length, at, at + length);
    this.#length += length;
  }

  /** Repeats `length` bytes from `distance` before the end; they may overlap what is being written. */
  copy(distance: number, length: number): void {
    if (distance === 0 || distance > this.#length)
      throw new RangeError('a match reaches before the beginning');
    this.#room(length);
    const bytes = this.#bytes;
    const from = this.#length - distance;
    if (distance >= length) bytes.copyWithin(this.#length, from, from + length);
    else for (let i = 0; i < length; i++) bytes[this.#length + i] = bytes[from + i] as number;
    this.#length += length;
  }

  /** What was written. */
  content(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  #room(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const needed = this.#length + more;
    if (needed > this.#maxBytes) throw new OutputTooLargeError(this.#maxBytes);
    const larger = Buffer.allocUnsafe(Math.min(this.#maxBytes, Math.max(this.#bytes.length * 2, needed)));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}

const LZ4_MAGIC = 0x184d2204;
const UNCOMPRESSED = 0x8000_0000;

/**
 * The content of one LZ4 frame, as Kafka's lz4 batches are, at most `maxBytes` of it. Checksums are not looked at.
 * Format: github.com/lz4/lz4, doc/lz4_Frame_format.md
 *
 * @throws RangeError when the bytes are damaged; OutputTooLargeError
 */
export function decompressLz4(bytes: Buffer, maxBytes = Infinity): Buffer {
  if (bytes.length < 7 || bytes.readUInt32LE(0) !== LZ4_MAGIC) throw new RangeError('not an LZ4 frame');
  const flags = bytes[4] as number;
  const hasBlockChecksum = (flags & 0x10) !== 0;
  const hasContentSize = (flags & 0x08) !== 0;
  const output = new GrowingOutput(bytes.length * 4, maxBytes);
  let at = 7 + (hasContentSize ? 8 : 0);
  for (;;) {
    const size = bytes.readUInt32LE(at);
    at += 4;
    if (size === 0) return output.content();
    const length = size % UNCOMPRESSED;
    if (at + length > bytes.length) throw new RangeError('an LZ4 block reaches beyond its frame');
    if (size >= UNCOMPRESSED) output.literals(bytes, at, length);
    else readLz4Block(bytes, at, at + length, output);
    at += length + (hasBlockChecksum ? 4 : 0);
  }
}

function readLz4Block(bytes: Buffer, start: number, end: number, output: GrowingOutput): void {
  let at = start;
  const length = (short: number): number => {
    let sum = short;
    for (let more = short === 15 ? 255 : 0; more === 255; sum += more) more = bytes[at++] as number;
    return sum;
  };
  while (at < end) {
    const token = bytes[at++] as number;
    const literals = length(token >> 4);
    output.literals(bytes, at, literals);
    at += literals;
    if (at >= end) return;
    const distance = bytes.readUInt16LE(at);
    at += 2;
    output.copy(distance, 4 + length(token & 0x0f));
  }
}

/** What the Java library puts before its blocks, two 4-byte version numbers after it. */
const JAVA_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0]);
const JAVA_HEADER_SIZE = 16;

/**
 * The content of Snappy bytes, bare or in the blocks Java writes, at most `maxBytes` of it.
 * Format: github.com/google/snappy, format_description.txt
 *
 * @throws RangeError when the bytes are damaged; OutputTooLargeError
 */
export function decompressSnappy(bytes: Buffer, maxBytes = Infinity): Buffer {
  if (!bytes.subarray(0, JAVA_MAGIC.length).equals(JAVA_MAGIC)) return readSnappyBlock(bytes, maxBytes);
  let left = maxBytes;
  const parts: Buffer[] = [];
  for (let at = JAVA_HEADER_SIZE; at < bytes.length;) {
    const length = bytes.readInt32BE(at);
    at += 4;
    if (length < 0 || at + length > bytes.length)
      throw new RangeError('a Snappy block reaches beyond the bytes');
    const part = readSnappyBlock(bytes.subarray(at, at + length), left);
    left -= part.length;
    parts.push(part);
    at += length;
  }
  return Buffer.concat(parts);
}

function readSnappyBlock(bytes: Buffer, maxBytes: number): Buffer {
  let at = 0;
  let size = 0;
  for (let factor = 1, byte = 0x80; byte >= 0x80; factor *= 0x80) {
    byte = bytes.readUInt8(at++);
    size += (byte & 0x7f) * factor;
  }
  if (size > maxBytes) throw new OutputTooLargeError(maxBytes);
  const output = new GrowingOutput(Math.min(size, bytes.length * 64), Math.max(size, 64));
  while (at < bytes.length) {
    const tag = bytes[at++] as number;
    const kind = tag & 0x03;
    if (kind === 0) {
      const short = tag >> 2;
      // 60 to 63: the length minus one follows in 1 to 4 bytes.
      const extra = Math.max(0, short - 59);
      const length = 1 + (extra > 0 ? bytes.readUIntLE(at, extra) : short);
      output.literals(bytes, at + extra, length);
      at += extra + length;
    } else if (kind === 1) {
      output.copy(((tag >> 5) << 8) | bytes.readUInt8(at), 4 + ((tag >> 2) & 0x07));
      at += 1;
    } else {
      const width = kind === 2 ? 2 : 4;
      output.copy(bytes.readUIntLE(at, width), 1 + (tag >> 2));
      at += width;
    }
  }
  const content = output.content();
  if (content.length !== size)
    throw new RangeError(`Snappy promised ${size} bytes and brought ${content.length}`);
  return content;
}
