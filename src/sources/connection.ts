/** What arrives over one connection: a WebSocket's messages, the lines of an HTTP answer; and when nothing arrives any more. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { LONGEST_TIMER_MS } from '../options.ts';
import { pause } from '../process/index.ts';
import { Dropped, saidWait } from './back-off.ts';
import { SourceRefusedError } from './errors.ts';

/** So many messages wait for the reader before the socket is paused. */
const WAITING = 256;
/** Longest message (bytes) or line (characters) accepted: far above any post. */
const LONGEST = 1 << 20;

/** What {@link webSocketMessages} needs to know. */
interface WebSocketRequest {
  /** For error messages: `Bluesky`. */
  readonly source: string;
  readonly url: URL;
  /** Take the connection for dead after so long without any message or pong, ms; a ping is sent at half of it. */
  readonly silence: number;
  readonly signal: AbortSignal;
  /** Called for each binary message, which is passed over: only compressed streams have such. */
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
  // It is CommonJS, which Node reads twice for those who import it: a tenth of loading the whole library, for this one source.
  const { WebSocket, createWebSocketStream } = await import('ws');
  const socket = new WebSocket(url, {
    handshakeTimeout: Math.min(silence, LONGEST_TIMER_MS),
    maxPayload: LONGEST,
  });
  let end: Error | undefined;
  const finish = (error: Error) => {
    end ??= error;
    socket.terminate();
  };
  let lastArrival = performance.now();
  const noteArrival = () => (lastArrival = performance.now());
  for (const event of ['open', 'message', 'ping', 'pong'] as const) socket.on(event, noteArrival);
  socket.on('unexpected-response', (_, response) => {
    finish(failureOf(request, response.statusCode ?? 0, response.headers));
    response.destroy();
  });
  socket.on('error', (error) => (end ??= new Dropped('network', error.message)));
  socket.on('close', (code, reason) => {
    end ??= new Dropped('network', `the service closed the connection (${code} ${reason.toString()})`);
  });
  const messages = createWebSocketStream(socket, {
    readableObjectMode: true,
    readableHighWaterMark: WAITING,
  });
  const onAbort = () => {
    finish(new Dropped('network', 'aborted'));
    messages.destroy(); // what waits is not wanted any more
  };
  signal.addEventListener('abort', onAbort);
  const isSilent = () => !socket.isPaused && performance.now() - lastArrival >= silence;
  // Where the program itself was busy for long, what has arrived meanwhile is looked at first.
  const judge = () => {
    if (isSilent()) finish(new Dropped('network', `nothing arrived for ${silence / 1000} s`));
  };
  const watch = setInterval(
    () => {
      // A paused socket reads nothing, which is no silence of the service.
      if (socket.isPaused) noteArrival();
      else if (isSilent()) setImmediate(judge);
      else if (socket.readyState === WebSocket.OPEN) socket.ping();
    },
    Math.min(silence / 2, LONGEST_TIMER_MS),
  );
  try {
    if (signal.aborted) onAbort();
    for await (const message of messages) {
      if (typeof message === 'string') yield message;
      else request.onBinary?.();
    }
  } catch (error) {
    end ??= error as Error;
  } finally {
    clearInterval(watch);
    signal.removeEventListener('abort', onAbort);
    socket.terminate();
  }
  throw end ?? new Dropped('network', 'the connection ended');
}

function failureOf(
  { source, url }: WebSocketRequest,
  status: number,
  headers: Record<string, string | string[] | undefined>,
): Error {
  const get = (name: string) => String(headers[name] ?? '');
  if (status === 429) return new Dropped('rateLimit', 'HTTP 429', saidWait({ get }));
  if (status >= 400 && status < 500)
    return new SourceRefusedError({ source, url: `${url.origin}${url.pathname}`, status, answer: '' });
  return new Dropped('server', `HTTP ${status}`, saidWait({ get }));
}

/**
 * The chunks of a body; `alive` is called at each. Only the time spent waiting for the network counts as silence, not that
 * of a slow reader.
 *
 * @param silence ms
 * @throws Dropped after `silence` ms without a chunk
 */
export async function* watchedChunks(
  body: ReadableStream<Uint8Array>,
  silence: number,
  alive: () => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = body.getReader();
  let over = false;
  try {
    for (;;) {
      const { done, value } = await within(reader.read(), silence);
      over = done;
      if (done) return;
      alive();
      yield value;
    }
  } finally {
    if (!over) reader.cancel().catch(() => undefined);
  }
}

/** Settles as `work` does, or throws `Dropped` after `ms` without an outcome. */
export async function within<T>(work: Promise<T>, ms: number): Promise<T> {
  const over = new AbortController();
  const silent = (async () => {
    await pause(ms, over.signal);
    // Where the program itself was busy for long, what has arrived meanwhile is looked at first.
    await nextTurn();
    await nextTurn();
    throw new Dropped('network', `nothing arrived for ${ms / 1000} s`);
  })();
  try {
    return await Promise.race([work, silent]);
  } finally {
    over.abort();
    silent.catch(() => undefined);
    work.catch(() => undefined); // a read that was given up fails when the connection is ended
  }
}

/**
 * The whole lines of a stream of UTF-8 bytes, without their ends (`\n` or `\r\n`); empty ones too, since services send them
 * to show that they are there. What stands behind the last line end was cut off and is not given.
 *
 * @throws Dropped for a line without end
 */
export async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    const pieces = decoder.decode(chunk, { stream: true }).split('\n');
    pieces[0] = rest + pieces[0]!;
    rest = pieces.pop()!;
    for (const line of pieces) yield line.endsWith('\r') ? line.slice(0, -1) : line;
    if (rest.length > LONGEST) throw new Dropped('network', `a line of more than ${LONGEST} characters`);
  }
}
