/** The messages of one WebSocket connection as an async iterable that holds the sender back while nobody reads. */
import { WebSocket } from 'ws';
import { Dropped, saidWait } from './back-off.ts';
import { SourceRefusedError } from './errors.ts';

/** Messages kept for the reader; at the first the socket is paused, at the second it goes on. */
const HIGH = 256;
const LOW = 64;
/** Longest message accepted, bytes. */
const LONGEST = 1 << 20;

/** What {@link webSocketMessages} needs to know. */
export interface WebSocketRequest {
  /** For error messages: `Bluesky`. */
  readonly source: string;
  readonly url: URL;
  /** Take the connection for dead after so long without any sign of life, ms; a ping asks for one at half of it. */
  readonly silence: number;
  readonly signal: AbortSignal;
  /** Told of each binary message, which is passed over: only compressed streams have such. */
  readonly onBinary?: () => void;
}

/**
 * Connects and yields the text messages. While more than 256 wait for the reader the socket is not read, so that the
 * network holds the sender back.
 *
 * @throws Dropped when the connection ends or cannot be made; SourceRefusedError (`ST_SOURCES_REFUSED`) for an HTTP 4xx
 */
export async function* webSocketMessages(request: WebSocketRequest): AsyncGenerator<string, void, undefined> {
  const { url, silence, signal } = request;
  const socket = new WebSocket(url, {
    handshakeTimeout: Math.min(silence, 2 ** 31 - 1),
    maxPayload: LONGEST,
  });
  const waiting: string[] = [];
  let end: Error | undefined;
  let wake = () => {};
  let heard = performance.now();
  const finish = (error: Error) => {
    end ??= error;
    wake();
  };
  const hear = () => (heard = performance.now());
  socket.on('message', (data: Buffer, isBinary) => {
    hear();
    if (isBinary) {
      request.onBinary?.();
      return;
    }
    waiting.push(data.toString('utf8'));
    if (waiting.length >= HIGH) socket.pause();
    wake();
  });
  for (const event of ['open', 'ping', 'pong'] as const) socket.on(event, hear);
  socket.on('unexpected-response', (_, response) => {
    finish(failureOf(request, response.statusCode ?? 0, response.headers));
    response.destroy();
  });
  socket.on('error', (error) => finish(new Dropped('network', error.message)));
  socket.on('close', (code, reason) =>
    finish(new Dropped('network', `the service closed the connection (${code} ${reason.toString()})`)),
  );
  const onAbort = () => {
    waiting.length = 0;
    finish(new Dropped('network', 'aborted'));
  };
  signal.addEventListener('abort', onAbort);
  const isSilent = () => !socket.isPaused && performance.now() - heard >= silence;
  // Where the program itself was busy for long, what has arrived meanwhile is looked at first.
  const judge = () => {
    if (isSilent()) finish(new Dropped('network', `nothing arrived for ${silence / 1000} s`));
  };
  const watch = setInterval(
    () => {
      // A paused socket hears nothing, which is not its fault.
      if (socket.isPaused) hear();
      else if (isSilent()) setImmediate(judge);
      else if (socket.readyState === WebSocket.OPEN) socket.ping();
    },
    Math.min(silence / 2, 2 ** 31 - 1),
  );
  try {
    if (signal.aborted) onAbort();
    for (;;) {
      const message = waiting.shift();
      if (message !== undefined) {
        if (socket.isPaused && waiting.length <= LOW) socket.resume();
        yield message;
      } else if (end) throw end;
      else await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    clearInterval(watch);
    signal.removeEventListener('abort', onAbort);
    socket.terminate();
  }
}

function failureOf(
  { source, url }: WebSocketRequest,
  status: number,
  headers: Record<string, string | string[] | undefined>,
): Error {
  const get = (name: string) => String(headers[name] ?? '');
  if (status === 429) return new Dropped('rateLimit', 'HTTP 429', saidWait({ get }));
  if (status >= 400 && status < 500)
    return new SourceRefusedError(source, `${url.origin}${url.pathname}`, status, '');
  return new Dropped('server', `HTTP ${status}`, saidWait({ get }));
}
