/** Decompresses Snappy, bare or in the blocks Java writes. Format: github.com/google/snappy, format_description.txt */
import { GrowingOutput, OutputTooLargeError } from './output.ts';

/** What the Java library puts before its blocks, two 4-byte version numbers after it. */
const JAVA_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0]);
const JAVA_HEADER_SIZE = 16;

/**
 * The content of Snappy bytes, at most `maxBytes` of it.
 *
 * @throws RangeError when the bytes are damaged; OutputTooLargeError
 */
export function decompressSnappy(bytes: Buffer, maxBytes = Infinity): Buffer {
  if (!bytes.subarray(0, JAVA_MAGIC.length).equals(JAVA_MAGIC)) return readBlock(bytes, maxBytes);
  let left = maxBytes;
  const parts: Buffer[] = [];
  for (let at = JAVA_HEADER_SIZE; at < bytes.length;) {
    const length = bytes.readInt32BE(at);
    at += 4;
    if (length < 0 || at + length > bytes.length)
      throw new RangeError('a Snappy block reaches beyond the bytes');
    const part = readBlock(bytes.subarray(at, at + length), left);
    left -= part.length;
    parts.push(part);
    at += length;
  }
  return Buffer.concat(parts);
}

function readBlock(bytes: Buffer, maxBytes: number): Buffer {
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
