/** The end of a flow in our own program: lines that NiFi posts are taken, and answered for when they are safe. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { messageOf } from '../../errors.ts';
import { LOOPBACK } from '../../process/index.ts';

/** More than this in one request is refused. */
const MAX_BYTES = 16 * 2 ** 20;

/** Takes the lines of one request, and resolves when they are safe; what it throws is answered with 503, and NiFi tries again. */
export type TakeLines = (lines: readonly string[]) => unknown;

/** Receives lines on the loopback address. Whoever opened it closes it. */
export class LineReceiver implements AsyncDisposable {
  readonly #server: Server;
  readonly #take: TakeLines;
  readonly #path = `/${randomBytes(16).toString('hex')}`;
  #turn: Promise<unknown> = Promise.resolve();
  #pause: Promise<void> | undefined;
  #goOn: (() => void) | undefined;
  #lines = 0;
  #requests = 0;
  #failed = 0;
  #emptyLines = 0;

  private constructor(take: TakeLines) {
    this.#take = take;
    this.#server = createServer((request, response) => {
      // One after the other, so that lines stay in the order in which they came.
      const before = this.#turn;
      const body = bodyOf(request);
      body.catch(() => undefined);
      this.#turn = before.then(() => this.#answer(request, response, body)).catch(() => undefined);
    });
  }

  /** Opens it at a free port. */
  static async open(take: TakeLines): Promise<LineReceiver> {
    const receiver = new LineReceiver(take);
    receiver.#server.listen(0, LOOPBACK);
    await once(receiver.#server, 'listening');
    return receiver;
  }

  /** Where to post to. Its last part is a secret of this receiver: other users of this machine do not know it. */
  get url(): string {
    return `http://${LOOPBACK}:${(this.#server.address() as AddressInfo).port}${this.#path}`;
  }
  /** Lines that were taken and answered for. */
  get lines(): number {
    return this.#lines;
  }
  /** Requests that were answered for. */
  get requests(): number {
    return this.#requests;
  }
  /** Requests whose lines could not be taken. */
  get failed(): number {
    return this.#failed;
  }

  /** Lines without a character in what was taken: left out. */
  get emptyLines(): number {
    return this.#emptyLines;
  }

  /** Takes nothing until {@link resume}: requests wait, and so, by back-pressure, does what is before them. */
  pause(): void {
    this.#pause ??= new Promise((resolve) => (this.#goOn = resolve));
  }

  /** Goes on. */
  resume(): void {
    this.#goOn?.();
    this.#pause = this.#goOn = undefined;
  }

  /** Ends it at once; requests that were not answered are for NiFi to send again. */
  async close(): Promise<void> {
    if (!this.#server.listening) return;
    this.resume();
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
    await this.#turn;
  }

  /** {@link close}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #answer(request: IncomingMessage, response: ServerResponse, body: Promise<Buffer>): Promise<void> {
    const end = (status: number, text: string) => response.writeHead(status).end(`${text}\n`);
    if (request.method !== 'POST' || request.url !== this.#path) return void end(404, 'not here');
    let bytes: Buffer;
    try {
      bytes = await body;
    } catch (error) {
      return void end(413, messageOf(error));
    }
    let text: string;
    try {
      text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      this.#failed++;
      return void end(400, 'it is not UTF-8');
    }
    while (this.#pause !== undefined) await this.#pause;
    // Whoever asked has gone, and sends the same again: taken now, it would be there twice.
    if (response.destroyed || request.socket.destroyed) return;
    // What is behind the last end of a line is no line.
    const all = text.replace(/\r?\n$/, '').split(/\r?\n/);
    const lines = all.filter((line) => line !== '');
    try {
      await this.#take(lines);
    } catch (error) {
      this.#failed++;
      return void end(503, messageOf(error));
    }
    this.#lines += lines.length;
    if (text !== '') this.#emptyLines += all.length - lines.length;
    this.#requests++;
    end(200, `${lines.length} lines`);
  }
}

/**
 * Receives the lines that a flow posts with `InvokeHTTP`. Each request is answered with 200 only when `take` has resolved, so that
 * NiFi keeps what was not written and sends it again. An answer that is lost on the way makes NiFi send lines a second time:
 * at least once, not exactly once.
 *
 * Lines are UTF-8: a request with other bytes is answered with 400, which NiFi gives to `No Retry`. Lines without a character are left
 * out, and counted.
 *
 * @param take writes the lines, and resolves when they are safe; called for one request at a time, in order
 * @example
 * ```ts
 * const writer = await KafkaWriter.open('cancer');
 * await using receiver = await receiveLines(async (lines) => {
 *   for (const value of lines) await writer.write({ value });
 *   await writer.flush();
 * });
 * console.log(receiver.url); // for the property "Remote URL"
 * ```
 */
export function receiveLines(take: TakeLines): Promise<LineReceiver> {
  return LineReceiver.open(take);
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of request as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > MAX_BYTES) throw new Error(`more than ${MAX_BYTES} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}
