/** Reads and writes the plain types of Kafka's protocol: big-endian numbers, length-prefixed texts, lists. */

import type { EncodedBody } from './kafkajs/internals.ts';

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

  /** What was written, in the shape kafkajs takes a request body. */
  body(): EncodedBody {
    const bytes = this.written();
    return { buf: bytes, buffer: bytes };
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

/** Reads one after the other. */
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
    return Number(this.#bytes.readBigInt64BE(this.#step(8)));
  }

  string(): string | null {
    const length = this.int16();
    if (length < 0) return null;
    const at = this.#step(length);
    return this.#bytes.toString('utf8', at, at + length);
  }

  /** How many bytes have not been read. */
  get left(): number {
    return this.#bytes.length - this.#at;
  }

  /** Bytes after their length as an int32; missing ones read as empty. */
  bytes(): Buffer {
    const length = Math.max(0, this.int32());
    const at = this.#step(length);
    if (at + length > this.#bytes.length) throw new RangeError(`${length} bytes wanted, ${this.left} left`);
    return this.#bytes.subarray(at, at + length);
  }

  /** A missing list reads as an empty one. */
  list<Item>(each: () => Item): Item[] {
    const items: Item[] = [];
    for (let left = this.int32(); left > 0; left--) items.push(each());
    return items;
  }

  #step(length: number): number {
    const at = this.#at;
    this.#at += length;
    return at;
  }
}
