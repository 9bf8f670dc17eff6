/** Undoes the compression of record batches: gzip and zstd by Node, snappy and lz4 by our own readers. */
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import { decompressLz4 } from './lz4.ts';
import { OutputTooLargeError } from './output.ts';
import { decompressSnappy } from './snappy.ts';

const GZIP = 1;
const SNAPPY = 2;
const LZ4 = 3;
const ZSTD = 4;

interface CodecModule {
  readonly lookupCodec: (type: number) => { decompress(bytes: Buffer): Promise<Buffer> } | null;
}

const require = createRequire(import.meta.url);
/** Node's bounds are 32-bit. */
const MOST_BYTES = 2 ** 31 - 1;

type Unzip = (
  bytes: Buffer,
  options: { maxOutputLength: number },
  callback: (error: Error | null, result: Buffer) => void,
) => void;
// Node 22.15 and later.
const { zstdDecompress } = zlib as { zstdDecompress?: Unzip };

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
  const { lookupCodec } = require('kafkajs/src/protocol/message/compression') as CodecModule;
  let codec: ReturnType<typeof lookupCodec>;
  try {
    codec = lookupCodec(compression);
  } catch {
    codec = null;
  }
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
