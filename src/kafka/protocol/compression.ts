/** Compresses record batches with what Node brings along. */

import { promisify } from 'node:util';
import * as zlib from 'node:zlib';

import { UnsupportedCompressionError } from '../errors.ts';

/** Names as in Kafka's `compression.type`. */
export type Compression = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd';

/** A compression that is ready: Kafka's number for it, and the work itself (off the main thread). */
export interface Compressor {
  readonly codec: number;
  compress(bytes: Uint8Array): Promise<Uint8Array>;
}

type Compress = (bytes: Uint8Array, done: (error: Error | null, result: Buffer) => void) => void;

/** zstd came to `node:zlib` with Node 22.15 and 23.8. */
const { zstdCompress } = zlib as { zstdCompress?: Compress };

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
        throw new UnsupportedCompressionError(compression, problem);
      }
      const compress = promisify<Uint8Array, Buffer>(zstdCompress);
      return { codec: 4, compress };
    }
    default:
      throw new UnsupportedCompressionError(
        compression,
        'Node brings no library for it; use gzip, or zstd on Node 22.15+',
      );
  }
}
