/** `process.stdout` and `process.stderr` of cells: what is written goes under the cell that writes it. */
import { Writable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { Buffer, Object, TypeError, Uint8Array, process } from '../primordials.ts';
import type { EventPipe } from './event-pipe.ts';
import { frameKind } from './protocol.ts';
import { runOfCaller } from './runs.ts';

type Callback = (error?: Error | null) => void;

/** A stream that is never full: the pipe behind it blocks instead. */
export class CellStream extends Writable {
  readonly fd: 1 | 2;
  readonly isTTY = false;
  readonly #pipe: EventPipe;
  readonly #decoder = new StringDecoder('utf8');

  constructor(fd: 1 | 2, pipe: EventPipe) {
    super({ decodeStrings: false });
    this.fd = fd;
    this.#pipe = pipe;
  }

  /** Straight to the pipe: `Writable`'s own queue would cost more than the writing. */
  override write(chunk: unknown, encoding?: BufferEncoding | Callback, callback?: Callback): boolean {
    const done = typeof encoding === 'function' ? encoding : callback;
    let text: string;
    if (typeof chunk === 'string') {
      const isText = typeof encoding !== 'string' || /^utf-?8$/i.test(encoding);
      text = isText ? chunk : this.#decoder.write(Buffer.from(chunk, encoding));
    } else if (chunk instanceof Uint8Array) {
      text = this.#decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    } else {
      throw Object.assign(
        new TypeError('The "chunk" argument must be of type string or an instance of Uint8Array'),
        {
          code: 'ERR_INVALID_ARG_TYPE',
        },
      );
    }
    if (text !== '')
      this.#pipe.text(this.fd === 1 ? frameKind.stdout : frameKind.stderr, runOfCaller().id, text);
    if (done) process.nextTick(done);
    return true;
  }

  override _write(chunk: unknown, encoding: BufferEncoding, callback: Callback): void {
    this.write(chunk, encoding);
    callback();
  }

  /** Like Node's own stdout, it cannot be ended: the next cell needs it. */
  override end(...args: unknown[]): this {
    const [chunk] = args;
    if (typeof chunk === 'string' || chunk instanceof Uint8Array) this.write(chunk);
    const done = args.findLast((arg): arg is () => void => typeof arg === 'function');
    if (done) process.nextTick(done);
    return this;
  }

  override _destroy(_error: Error | null, callback: Callback): void {
    callback();
  }
}

/** Puts {@link CellStream}s in the place of the process's own, before anything has used those. */
export function installCellStreams(pipe: EventPipe): void {
  for (const [name, fd] of [
    ['stdout', 1],
    ['stderr', 2],
  ] as const) {
    let stream = new CellStream(fd, pipe);
    Object.defineProperty(process, name, {
      configurable: true,
      enumerable: true,
      get: () => (stream = stream.destroyed ? new CellStream(fd, pipe) : stream),
    });
  }
}
