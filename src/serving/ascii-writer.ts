/** Writes texts and numbers as bytes, one after the other, into memory that is shared by many short values. */

/** Text up to so many letters is copied here; a native call for more. */
const SHORT = 64;
/** What a number takes at most as text: `-1.2345678901234567e-300`. */
export const NUMBER_BYTES = 25;

/** Bytes of many values in one piece of memory. */
export class AsciiWriter {
  #bytes: Buffer;
  #at = 0;

  /** @param size what will be needed, about */
  constructor(size: number) {
    this.#bytes = Buffer.allocUnsafe(Math.max(size, 64));
  }

  /** Where the next byte goes. */
  get at(): number {
    return this.#at;
  }

  /** There is room for so many more bytes: to be called before these are written. Values cut off before stay what they are. */
  reserve(bytes: number): void {
    if (this.#at + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#at + bytes));
    this.#bytes.copy(larger, 0, 0, this.#at);
    this.#bytes = larger;
  }

  /** What was written from `start` on; a view. */
  from(start: number): Buffer {
    return this.#bytes.subarray(start, this.#at);
  }

  /** ASCII alone. */
  text(text: string): void {
    if (text.length > SHORT) {
      this.#at += this.#bytes.write(text, this.#at, 'latin1');
      return;
    }
    let at = this.#at;
    for (let i = 0; i < text.length; i++) this.#bytes[at++] = text.charCodeAt(i);
    this.#at = at;
  }

  bytes(bytes: Uint8Array): void {
    this.#bytes.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  /** A whole number. */
  integer(value: number): void {
    if (!(value >= 0 && value <= Number.MAX_SAFE_INTEGER)) return this.text(String(value));
    if (value < 1e9) return this.#digits(value, widthOf(value));
    const high = Math.floor(value / 1e9);
    this.integer(high);
    this.#digits(value - high * 1e9, 9);
  }

  /** A float32: few digits that read back as the same one where that is cheap to find, else all of them. */
  float(value: number): void {
    const billionths = Math.round(value * 1e9);
    const short = billionths / 1e9;
    if (Math.fround(short) !== value) return this.text(String(value));
    // From a millionth on, numbers below 1 are written without an exponent.
    if (!(billionths >= 1e3 && billionths < 1e9)) return this.text(String(short));
    let [digits, rest] = [9, billionths];
    while (rest % 10 === 0) {
      rest /= 10;
      digits--;
    }
    this.#bytes[this.#at++] = ZERO;
    this.#bytes[this.#at++] = POINT;
    this.#digits(rest, digits);
  }

  /** A number below 1e9 in so many digits, with zeros in front. */
  #digits(value: number, width: number): void {
    let rest = value | 0;
    for (let at = this.#at + width - 1; at >= this.#at; at--) {
      const next = (rest / 10) | 0;
      this.#bytes[at] = ZERO + rest - next * 10;
      rest = next;
    }
    this.#at += width;
  }
}

const ZERO = 48;
const POINT = 46;

function widthOf(value: number): number {
  let width = 1;
  for (let limit = 10; value >= limit; limit *= 10) width++;
  return width;
}
