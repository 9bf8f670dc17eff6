/** Where decompressed bytes go: a buffer that grows, up to a bound. */

/** More comes out of compressed bytes than is allowed. */
export class OutputTooLargeError extends RangeError {
  constructor(maxBytes: number, options?: ErrorOptions) {
    super(`more than ${maxBytes} bytes come out`, options);
    this.name = 'OutputTooLargeError';
  }
}

/** Bytes that grow at the end and may repeat what they hold already. */
export class GrowingOutput {
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
