/** Reads the runner's three pipes as one: pieces come out in order, as far as barriers say what the order is. */
import { StringDecoder } from 'node:string_decoder';
import {
  barrierMark,
  barrierMarkLength,
  cutsCharacters,
  frameHeader,
  frameKind,
} from '../runner/protocol.ts';

/** Something that a pipe carried: a frame or raw text to be handled, or a barrier to be waited at. */
type Item = { readonly barrier: number } | { readonly handle: () => void };

/** Lets each pipe run up to its next barrier, and on when all pipes that are open have come to it. */
export class OrderedPipes {
  readonly #queues: Item[][];
  readonly #closed: boolean[];

  constructor(count: number) {
    this.#queues = Array.from({ length: count }, () => []);
    this.#closed = Array.from({ length: count }, () => false);
  }

  /** Adds items of one pipe, and handles all that can be handled. */
  push(pipe: number, items: readonly Item[]): void {
    this.#queues[pipe]!.push(...items);
    this.#advance();
  }

  /** The pipe has ended: nobody waits for its barriers any more. */
  close(pipe: number): void {
    this.#closed[pipe] = true;
    this.#advance();
  }

  #advance(): void {
    for (;;) {
      for (const queue of this.#queues) {
        let at = 0;
        for (let item; (item = queue[at]) && 'handle' in item; at += 1) item.handle();
        queue.splice(0, at);
      }
      const heads = this.#queues.map(([item]) => (item && 'barrier' in item ? item.barrier : undefined));
      const waited = heads.filter((barrier) => barrier !== undefined);
      if (waited.length === 0) return;
      const next = Math.min(...waited);
      // A pipe with nothing at its head may still be on its way to this barrier.
      if (heads.some((barrier, pipe) => barrier === undefined && !this.#closed[pipe])) return;
      for (const queue of this.#queues) {
        const [item] = queue;
        if (item && 'barrier' in item && item.barrier === next) queue.shift();
      }
    }
  }
}

/** Cuts the event pipe into frames. */
export class FrameReader {
  #chunks: Uint8Array[] = [];
  #size = 0;
  #needed = frameHeader;
  readonly #onFrame: (kind: number, run: number, payload: Buffer) => Item;

  constructor(onFrame: (kind: number, run: number, payload: Buffer) => Item) {
    this.#onFrame = onFrame;
  }

  read(chunk: Uint8Array): Item[] {
    this.#chunks.push(chunk);
    this.#size += chunk.byteLength;
    if (this.#size < this.#needed) return [];
    const bytes = Buffer.concat(this.#chunks);
    const items: Item[] = [];
    let at = 0;
    this.#needed = frameHeader;
    while (bytes.length - at >= frameHeader) {
      const size = bytes.readUInt32LE(at);
      if (bytes.length - at < frameHeader + size) {
        this.#needed = frameHeader + size;
        break;
      }
      const payload = bytes.subarray(at + frameHeader, at + frameHeader + size);
      const kind = bytes.readUInt8(at + 4);
      items.push(
        kind === frameKind.barrier
          ? { barrier: payload.readUInt32LE() }
          : this.#onFrame(kind, bytes.readUInt32LE(at + 5), payload),
      );
      at += frameHeader + size;
    }
    const rest = bytes.subarray(at);
    this.#chunks = rest.length > 0 ? [rest] : [];
    this.#size = rest.length;
    return items;
  }
}

/** Cuts a raw pipe into text and barriers. */
export class RawReader {
  readonly #decoder = new StringDecoder('utf8');
  readonly #prefix: Buffer;
  readonly #markLength: number;
  readonly #onText: (text: string) => Item;
  #held: Buffer = Buffer.alloc(0);

  constructor(secret: string, onText: (text: string) => Item) {
    this.#prefix = Buffer.from(barrierMark(secret, 0).split(':')[0]! + ':', 'latin1');
    this.#markLength = barrierMarkLength(secret);
    this.#onText = onText;
  }

  read(chunk: Buffer): Item[] {
    let bytes = this.#held.length > 0 ? Buffer.concat([this.#held, chunk]) : chunk;
    const items: Item[] = [];
    for (let at; (at = bytes.indexOf(this.#prefix)) >= 0 && bytes.length - at >= this.#markLength;) {
      this.#text(items, bytes.subarray(0, at));
      const digits = bytes.subarray(at + this.#prefix.length, at + this.#prefix.length + 10);
      const barrier = Number(digits.toString('latin1'));
      if (cutsCharacters(barrier)) this.#rest(items);
      items.push({ barrier });
      bytes = bytes.subarray(at + this.#markLength);
    }
    const held = this.#possibleMark(bytes);
    this.#text(items, bytes.subarray(0, bytes.length - held));
    this.#held = bytes.subarray(bytes.length - held);
    return items;
  }

  /** What was held back when the pipe ended. */
  end(): Item[] {
    const items: Item[] = [];
    this.#text(items, this.#held);
    this.#rest(items);
    return items;
  }

  /** What is left of a character whose other bytes did not come. */
  #rest(items: Item[]): void {
    const text = this.#decoder.end();
    if (text !== '') items.push(this.#onText(text));
  }

  #text(items: Item[], bytes: Buffer): void {
    const text = this.#decoder.write(bytes);
    if (text !== '') items.push(this.#onText(text));
  }

  /** How many of the last bytes may be the beginning of a mark. */
  #possibleMark(bytes: Buffer): number {
    const from = Math.max(0, bytes.length - this.#markLength + 1);
    for (let at = bytes.indexOf(0, from); at >= 0; at = bytes.indexOf(0, at + 1)) {
      const tail = bytes.subarray(at, at + this.#prefix.length);
      if (tail.equals(this.#prefix.subarray(0, tail.length))) return bytes.length - at;
    }
    return 0;
  }
}
