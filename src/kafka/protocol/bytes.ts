/**
 * Reads and writes the types of Kafka's protocol: big-endian numbers, length-prefixed texts, lists; and the compact ones
 * of its "flexible" versions. Format: https://kafka.apache.org/protocol.html#protocol_types
 */

/** Writes into a buffer that grows. Every method returns the writer. */
export class BytesWriter {
  #bytes: Buffer;
  #at = 0;

  constructor(size: number) {
    this.#bytes = Buffer.allocUnsafe(size);
  }

  int8(value: number): this {
    this.#room(1).writeInt8(value, this.#at);
    this.#at += 1;
    return this;
  }

  int16(value: number): this {
    this.#room(2).writeInt16BE(value, this.#at);
    this.#at += 2;
    return this;
  }

  int32(value: number): this {
    this.#room(4).writeInt32BE(value, this.#at);
    this.#at += 4;
    return this;
  }

  int64(value: bigint): this {
    this.#room(8).writeBigInt64BE(value, this.#at);
    this.#at += 8;
    return this;
  }

  float64(value: number): this {
    this.#room(8).writeDoubleBE(value, this.#at);
    this.#at += 8;
    return this;
  }

  string(text: string | null): this {
    if (text === null) return this.int16(-1);
    this.int16(Buffer.byteLength(text));
    return this.raw(Buffer.from(text));
  }

  raw(bytes: Uint8Array): this {
    this.#room(bytes.length).set(bytes, this.#at);
    this.#at += bytes.length;
    return this;
  }

  /** Bytes after their length as an int32; `null` is none at all. */
  bytes(bytes: Uint8Array | null): this {
    if (bytes === null) return this.int32(-1);
    return this.int32(bytes.length).raw(bytes);
  }

  list<Item>(items: readonly Item[], each: (item: Item) => void): this {
    this.int32(items.length);
    for (const item of items) each(item);
    return this;
  }

  /** What was written. */
  written(): Buffer {
    return this.#bytes.subarray(0, this.#at);
  }

  /** A whole number >= 0 in seven bits a byte. */
  uvarint(value: number): this {
    let rest = value;
    for (; rest > 127; rest = Math.floor(rest / 128)) this.int8(((rest & 127) | 128) - 256);
    return this.int8(rest);
  }

  compactString(text: string | null): this {
    if (text === null) return this.uvarint(0);
    this.uvarint(Buffer.byteLength(text) + 1);
    return this.raw(Buffer.from(text));
  }

  compactList<Item>(items: readonly Item[], each: (item: Item) => void): this {
    this.uvarint(items.length + 1);
    for (const item of items) each(item);
    return this;
  }

  compactBytes(bytes: Uint8Array): this {
    return this.uvarint(bytes.length + 1).raw(bytes);
  }

  /** An id in the form Kafka's tools print: 16 bytes as base64 with `-` and `_`. */
  uuid(id: string): this {
    return this.raw(Buffer.from(id, 'base64url'));
  }

  /** No tagged fields. */
  tags(): this {
    return this.int8(0);
  }

  #room(more: number): Buffer {
    if (this.#at + more > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#at + more));
      this.#bytes.copy(larger, 0, 0, this.#at);
      this.#bytes = larger;
    }
    return this.#bytes;
  }
}

/** Reads one after the other; beyond the end it throws a RangeError. */
export class BytesReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  int8(): number {
    return this.#bytes.readInt8(this.#step(1));
  }

  int16(): number {
    return this.#bytes.readInt16BE(this.#step(2));
  }

  int32(): number {
    return this.#bytes.readInt32BE(this.#step(4));
  }

  /** An int64 that is known to be an offset or a time: exact up to 2^53. */
  int64(): number {
    return readInt64(this.#bytes, this.#step(8));
  }

  /** An int64 of any size. */
  bigint64(): bigint {
    return this.#bytes.readBigInt64BE(this.#step(8));
  }

  string(): string | null {
    const length = this.int16();
    return length < 0 ? null : this.#view(length).toString('utf8');
  }

  /** How many bytes have not been read. */
  get left(): number {
    return this.#bytes.length - this.#at;
  }

  /** Bytes after their length as an int32; missing ones read as empty. */
  bytes(): Buffer {
    return this.#view(this.int32());
  }

  /** A missing list reads as an empty one. */
  list<Item>(each: () => Item): Item[] {
    const items: Item[] = [];
    for (let left = this.int32(); left > 0; left--) items.push(each());
    return items;
  }

  uvarint(): number {
    let value = 0;
    for (let factor = 1, byte = 128; byte > 127; factor *= 128) {
      byte = this.#bytes.readUInt8(this.#step(1));
      value += (byte & 127) * factor;
    }
    return value;
  }

  compactString(): string | null {
    const length = this.uvarint() - 1;
    return length < 0 ? null : this.#view(length).toString('utf8');
  }

  /** A missing list reads as an empty one. */
  compactList<Item>(each: () => Item): Item[] {
    const items: Item[] = [];
    for (let left = this.uvarint() - 1; left > 0; left--) items.push(each());
    return items;
  }

  compactBytes(): Buffer {
    return this.#view(this.uvarint() - 1);
  }

  /** As {@link BytesWriter.uuid} writes it; `undefined` for the one that stands for none. */
  uuid(): string | undefined {
    const id = this.#view(16);
    return id.every((byte) => byte === 0) ? undefined : id.toString('base64url');
  }

  /** Passes over so many bytes. */
  skip(size: number): void {
    this.#view(size);
  }

  /** Passes over tagged fields. */
  tags(): void {
    for (let left = this.uvarint(); left > 0; left--) {
      this.uvarint();
      this.#view(this.uvarint());
    }
  }

  #view(length: number): Buffer {
    const size = Math.max(0, length);
    const at = this.#step(size);
    if (at + size > this.#bytes.length)
      throw new RangeError(`${size} bytes wanted, ${this.#bytes.length - at} left`);
    return this.#bytes.subarray(at, at + size);
  }

  #step(length: number): number {
    const at = this.#at;
    this.#at += length;
    return at;
  }
}

/** A signed 64-bit number; exact up to 2^53, beyond any offset a log can reach. */
export function readInt64(bytes: Buffer, at: number): number {
  return bytes.readInt32BE(at) * 0x1_0000_0000 + bytes.readUInt32BE(at + 4);
}
