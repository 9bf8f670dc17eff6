/** One question to one broker in Kafka's wire protocol, for what the embedding must ask before any client is there. */
import net from 'node:net';

/** Where to ask, and how long to wait. */
export interface WireOptions {
  host: string;
  port: number;
  /** Give up after this long, ms; default 2000. */
  timeoutMs?: number;
}

/** One kind of request. */
export interface WireRequest {
  /** Kafka's number of the request: 3 is Metadata. */
  readonly apiKey: number;
  readonly version: number;
  /** Whether this version is flexible (KIP-482): tagged fields in both headers. */
  readonly flexible?: boolean;
  readonly body: WireWriter;
}

const CORRELATION = 0x5354;
const CLIENT = 'streamtrain';

/**
 * Sends one request over a new plain connection and hands its answer back, the header taken off.
 *
 * @throws Error when nothing listens there, no answer comes in time, or what listens does not speak plain Kafka
 * @see https://kafka.apache.org/protocol.html#protocol_messages
 */
export async function exchange(options: WireOptions, request: WireRequest): Promise<WireReader> {
  const { host, port, timeoutMs = 2000 } = options;
  const answer = await askOnce({ host, port, timeoutMs }, frame(request));
  const reader = new WireReader(answer);
  const correlation = answer.length < 4 ? undefined : reader.int32();
  if (correlation !== CORRELATION) throw new Error(`${host}:${port} does not speak Kafka's protocol`);
  if (request.flexible) reader.tags();
  return reader;
}

/** Sends bytes and waits for one whole answer: four bytes of length, then so many bytes. */
function askOnce({ host, port, timeoutMs }: Required<WireOptions>, request: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ host, port });
    let received = Buffer.alloc(0);
    const fail = (error: Error) => {
      socket.destroy();
      reject(error);
    };
    const timer = setTimeout(
      () => fail(new Error(`${host}:${port} gave no answer in ${timeoutMs} ms`)),
      timeoutMs,
    );
    socket.once('close', () => {
      clearTimeout(timer);
      reject(new Error(`${host}:${port} closed the connection without an answer`));
    });
    socket.once('error', fail);
    socket.once('connect', () => socket.write(request));
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 4) return;
      const size = received.readInt32BE(0);
      if (size < 8 || size > 64 << 20)
        return fail(new Error(`${host}:${port} does not speak Kafka's protocol`));
      if (received.length < 4 + size) return;
      resolve(received.subarray(4, 4 + size));
      socket.destroy();
    });
  });
}

function frame({ apiKey, version, flexible = false, body }: WireRequest): Buffer {
  const header = new WireWriter().int16(apiKey).int16(version).int32(CORRELATION).text(CLIENT);
  if (flexible) header.tags();
  const message = Buffer.concat([header.bytes(), body.bytes()]);
  return Buffer.concat([new WireWriter().int32(message.length).bytes(), message]);
}

/** Writes the protocol's types one after another; `compact...` are those of flexible versions. */
export class WireWriter {
  readonly #parts: Buffer[] = [];

  int8(value: number): this {
    return this.#fixed(1, (part) => part.writeInt8(value));
  }
  int16(value: number): this {
    return this.#fixed(2, (part) => part.writeInt16BE(value));
  }
  int32(value: number): this {
    return this.#fixed(4, (part) => part.writeInt32BE(value));
  }
  float64(value: number): this {
    return this.#fixed(8, (part) => part.writeDoubleBE(value));
  }
  /** An unsigned number in groups of seven bits. */
  uvarint(value: number): this {
    const bytes: number[] = [];
    for (; value > 0x7f; value >>>= 7) bytes.push((value & 0x7f) | 0x80);
    this.#parts.push(Buffer.from([...bytes, value]));
    return this;
  }
  text(value: string | null): this {
    if (value === null) return this.int16(-1);
    this.int16(Buffer.byteLength(value));
    this.#parts.push(Buffer.from(value));
    return this;
  }
  compactText(value: string): this {
    this.uvarint(Buffer.byteLength(value) + 1);
    this.#parts.push(Buffer.from(value));
    return this;
  }
  /** Null is written as the protocol's null array. */
  list<T>(items: readonly T[] | null, write: (item: T) => void): this {
    this.int32(items === null ? -1 : items.length);
    items?.forEach(write);
    return this;
  }
  compactList<T>(items: readonly T[], write: (item: T) => void): this {
    this.uvarint(items.length + 1);
    items.forEach(write);
    return this;
  }
  /** No tagged fields. */
  tags(): this {
    return this.uvarint(0);
  }
  bytes(): Buffer {
    return Buffer.concat(this.#parts);
  }

  #fixed(size: number, write: (part: Buffer) => void): this {
    const part = Buffer.alloc(size);
    write(part);
    this.#parts.push(part);
    return this;
  }
}

/** Reads the protocol's types one after another; beyond the end of the answer it throws a RangeError. */
export class WireReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  int8(): number {
    return this.#bytes.readInt8(this.#skip(1));
  }
  int16(): number {
    return this.#bytes.readInt16BE(this.#skip(2));
  }
  int32(): number {
    return this.#bytes.readInt32BE(this.#skip(4));
  }
  uvarint(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.#bytes.readUInt8(this.#skip(1));
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
  }
  text(): string | null {
    return this.#chars(this.int16());
  }
  compactText(): string | null {
    return this.#chars(this.uvarint() - 1);
  }
  list<T>(read: () => T): T[] {
    return Array.from({ length: Math.max(0, this.int32()) }, read);
  }
  compactList<T>(read: () => T): T[] {
    return Array.from({ length: Math.max(0, this.uvarint() - 1) }, read);
  }
  /** Skips tagged fields. */
  tags(): void {
    for (let left = this.uvarint(); left > 0; left--) {
      this.uvarint();
      this.#skip(this.uvarint());
    }
  }

  #chars(length: number): string | null {
    if (length < 0) return null;
    const start = this.#skip(length);
    return this.#bytes.toString('utf8', start, start + length);
  }

  /** Steps over so many bytes; returns where they begin. */
  #skip(bytes: number): number {
    const start = this.#at;
    this.#at += bytes;
    if (this.#at > this.#bytes.length) throw new RangeError('the answer ends too early');
    return start;
  }
}
