/** Undoes the compression of record batches: gzip and zstd by Node, snappy and lz4 by our own readers. */
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import { decompressLz4 } from './lz4.ts';
import { decompressSnappy } from './snappy.ts';

const GZIP = 1;
const SNAPPY = 2;
const LZ4 = 3;
const ZSTD = 4;

interface CodecModule {
  readonly lookupCodec: (type: number) => { decompress(bytes: Buffer): Promise<Buffer> } | null;
}

const require = createRequire(import.meta.url);
const gunzip = promisify(zlib.gunzip);
type Unzip = (bytes: Buffer, callback: (error: Error | null, result: Buffer) => void) => void;
// Node 22.15 and later.
const { zstdDecompress } = zlib as { zstdDecompress?: Unzip };

/**
 * Decompresses the records of a batch. On a Node without zstd, a codec registered in kafkajs' `CompressionCodecs` is
 * used.
 *
 * @param compression Kafka's number: 1 gzip, 2 snappy, 3 lz4, 4 zstd
 * @throws Error when the bytes are damaged or no codec for the type is there
 */
export async function decompress(compression: number, bytes: Buffer): Promise<Buffer> {
  if (compression === GZIP) return gunzip(bytes);
  if (compression === SNAPPY) return decompressSnappy(bytes);
  if (compression === LZ4) return decompressLz4(bytes);
  if (compression === ZSTD && zstdDecompress) return promisify(zstdDecompress)(bytes);
  const { lookupCodec } = require('kafkajs/src/protocol/message/compression') as CodecModule;
  const codec = lookupCodec(compression);
  if (!codec) throw new Error(`compression type ${compression} is unknown`);
  return codec.decompress(bytes);
}
