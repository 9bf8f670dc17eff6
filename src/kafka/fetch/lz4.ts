/** Decompresses LZ4 frames, as Kafka's lz4 batches are. Format: github.com/lz4/lz4, doc/lz4_Frame_format.md */

const MAGIC = 0x184d2204;
const UNCOMPRESSED = 0x8000_0000;

/**
 * The content of one LZ4 frame. Checksums are not looked at.
 *
 * @throws RangeError when the bytes are damaged
 */
export function decompressLz4(bytes: Buffer): Buffer {
  if (bytes.length < 7 || bytes.readUInt32LE(0) !== MAGIC) throw new RangeError('not an LZ4 frame');
  const flags = bytes[4] as number;
  const hasBlockChecksum = (flags & 0x10) !== 0;
  const hasContentSize = (flags & 0x08) !== 0;
  const output = new GrowingOutput(bytes.length * 4);
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

/** Bytes that grow at the end and may repeat what they hold already. */
export class GrowingOutput {
  #bytes: Buffer;
  #length = 0;

  constructor(size: number) {
    this.#bytes = Buffer.allocUnsafe(Math.max(64, size));
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
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#length + more));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}
