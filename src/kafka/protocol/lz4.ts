/** Decompresses LZ4 frames, as Kafka's lz4 batches are. Format: github.com/lz4/lz4, doc/lz4_Frame_format.md */

import { GrowingOutput } from './output.ts';

const MAGIC = 0x184d2204;
const UNCOMPRESSED = 0x8000_0000;

/**
 * The content of one LZ4 frame, at most `maxBytes` of it. Checksums are not looked at.
 *
 * @throws RangeError when the bytes are damaged; OutputTooLargeError
 */
export function decompressLz4(bytes: Buffer, maxBytes = Infinity): Buffer {
  if (bytes.length < 7 || bytes.readUInt32LE(0) !== MAGIC) throw new RangeError('not an LZ4 frame');
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
    else readBlock(bytes, at, at + length, output);
    at += length + (hasBlockChecksum ? 4 : 0);
  }
}

function readBlock(bytes: Buffer, start: number, end: number, output: GrowingOutput): void {
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
