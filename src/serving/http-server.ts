/** A small HTTP server: a table of routes, limits on bodies, and errors as `{"error": "..."}`. */
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { messageOf } from '../errors.ts';
import { LOOPBACK, orAfter } from '../process/index.ts';
import { HttpListenError, HttpRefusedError } from './errors.ts';

/** A request, as a route's handler sees it. */
interface HttpRequest {
  /** What the named groups of the route's path matched, decoded. */
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly headers: http.IncomingHttpHeaders;
  /** Empty unless the method is POST. */
  readonly body: Buffer;
}

/** What a handler answers. */
interface HttpAnswer {
  /** Default 200. */
  readonly status?: number;
  /** Default `application/json`. */
  readonly type?: string;
  /** Text or bytes as they are; anything else becomes JSON. */
  readonly body: unknown;
}

/** One row of the table of routes. */
export interface HttpRoute {
  readonly method: 'GET' | 'POST';
  /** Matched against the whole path, without the query: `/^\/v1\/models\/(?<name>[^/:]+)$/`. */
  readonly path: RegExp;
  /** The most bytes of a body; default the server's. */
  readonly maxBodyBytes?: number;
  /** What it throws is answered as an error: an {@link HttpRefusedError} with its status, all else with 500. */
  readonly handle: (request: HttpRequest) => HttpAnswer | Promise<HttpAnswer>;
}

/** How {@link startHttpServer} listens. */
export interface HttpServerOptions {
  readonly routes: readonly HttpRoute[];
  /** Default loopback: nobody else reaches it. */
  readonly host?: string;
  /** Default 0: a free one, which is in `port` then. */
  readonly port?: number;
  /** The most bytes of a body (default 1 MiB); a larger one is answered with 413. */
  readonly maxBodyBytes?: number;
}

/** A server that listens. */
export interface HttpServer extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  /** `http://host:port`. */
  readonly url: string;
  /** Answers what is being asked, for at most a second, and closes all connections. */
  close(): Promise<void>;
}

const MAX_BODY_BYTES = 1024 * 1024;
const MAX_CONNECTIONS = 1_000;
/** Requests that are answered while the server closes may take so long, ms. */
const CLOSING_MS = 1_000;

/**
 * Listens, on loopback unless `host` says otherwise. A path that no route has is answered with 404, a method that it has not with
 * 405, and every error with `{"error": "..."}`; HEAD is answered as GET, without the body.
 *
 * @throws HttpListenError (`ST_SERVING_HTTP_LISTEN`)
 */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const { routes, host = LOOPBACK, port = 0, maxBodyBytes = MAX_BODY_BYTES } = options;
  const isLocal = isLoopback(host);
  const server = http.createServer((request, response) => {
    void respond(request, response, { routes, maxBodyBytes, isLocal, isClosing: () => !server.listening });
  });
  server.maxConnections = MAX_CONNECTIONS;
  await listening(server, host, port);
  const { port: bound } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeIdleConnections();
    await orAfter(closed, CLOSING_MS);
    server.closeAllConnections();
    await closed;
  };
  const name = host.includes(':') ? `[${host}]` : host;
  return { host, port: bound, url: `http://${name}:${bound}`, close, [Symbol.asyncDispose]: close };
}

function listening(server: http.Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (cause: Error): void =>
      reject(new HttpListenError({ host, port, problem: messageOf(cause), cause }));
    server.once('error', onError);
    try {
      server.listen({ host, port }, () => {
        server.off('error', onError);
        resolve();
      });
    } catch (error) {
      onError(error as Error);
    }
  });
}

interface Answering {
  readonly routes: readonly HttpRoute[];
  readonly maxBodyBytes: number;
  /** It listens on loopback: pages of the web whose names lead there are not answered. */
  readonly isLocal: boolean;
  /** Connections are closed behind the answer under way: the next request on one of them would be cut off. */
  readonly isClosing: () => boolean;
}

const isLoopback = (name: string): boolean => /^(localhost|127(\.\d+){3}|\[?::1\]?)$/i.test(name);

/** Whether a request names this machine. Browsers always say a name; HTTP/1.0, which need not, is no browser. */
const isForLoopback = ({ headers: { host } }: http.IncomingMessage): boolean =>
  host === undefined || isLoopback(host.replace(/:\d*$/, ''));

/** Answers one request, whatever happens. */
async function respond(
  request: http.IncomingMessage,
  response: http.ServerResponse,
  how: Answering,
): Promise<void> {
  try {
    const { status = 200, type = 'application/json', body } = await answerOf(request, response, how);
    const bytes = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
    if (how.isClosing()) response.setHeader('connection', 'close');
    send(request, response, status, type, bytes);
  } catch (error) {
    const status = error instanceof HttpRefusedError ? error.status : 500;
    // What was not read of the body must not be taken for the next request.
    if (!request.complete || how.isClosing()) response.setHeader('connection', 'close');
    send(request, response, status, 'application/json', JSON.stringify({ error: messageOf(error) }));
  }
}

function send(
  request: http.IncomingMessage,
  response: http.ServerResponse,
  status: number,
  type: string,
  bytes: string | Buffer,
): void {
  if (response.destroyed) return;
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(bytes) });
  response.end(request.method === 'HEAD' ? undefined : bytes);
}

async function answerOf(
  request: http.IncomingMessage,
  response: http.ServerResponse,
  { routes, maxBodyBytes, isLocal }: Answering,
): Promise<HttpAnswer> {
  if (isLocal && !isForLoopback(request))
    throw new HttpRefusedError({
      status: 403,
      problem: `This server answers this machine alone, by the name localhost, not ${request.headers.host}.`,
    });
  // As requests through a proxy are written, an address may be whole: RFC 9112, section 3.2.2.
  const address = (request.url ?? '').replace(/^https?:\/\/[^/?]*/i, '');
  const mark = address.indexOf('?');
  const path = (mark < 0 ? address : address.slice(0, mark)) || '/';
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  const others = new Set<string>();
  for (const route of routes) {
    const found = route.path.exec(path);
    if (found?.[0] !== path) continue;
    if (route.method !== method) {
      others.add(route.method);
      continue;
    }
    const params: Record<string, string> = {};
    for (const name in found.groups) params[name] = decoded(found.groups[name]);
    const body = method === 'POST' ? await bodyOf(request, route.maxBodyBytes ?? maxBodyBytes) : NOTHING;
    const query = new URLSearchParams(mark < 0 ? '' : address.slice(mark));
    return route.handle({ params, query, headers: request.headers, body });
  }
  if (others.size === 0) throw new HttpRefusedError({ status: 404, problem: `There is no ${path} here.` });
  const allowed = [...others].join(', ');
  response.setHeader('allow', allowed);
  throw new HttpRefusedError({
    status: 405,
    problem: `${path} does not answer ${request.method}: ${allowed}.`,
  });
}

const NOTHING = Buffer.alloc(0);

function decoded(text: string | undefined): string {
  try {
    return decodeURIComponent(text ?? '');
  } catch (cause) {
    throw new HttpRefusedError({ status: 400, problem: `The path holds ${text}, which is no text.`, cause });
  }
}

/** The whole body. Reading stops where it is too long: what its sender says is not trusted. */
async function bodyOf(request: http.IncomingMessage, most: number): Promise<Buffer> {
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding.toLowerCase() !== 'identity')
    throw new HttpRefusedError({
      status: 415,
      problem: `The body is packed (content-encoding: ${encoding}); send it as it is.`,
    });
  const tooLong = (): HttpRefusedError =>
    new HttpRefusedError({ status: 413, problem: `The body is longer than ${most} bytes.` });
  if (Number(request.headers['content-length'] ?? 0) > most) throw tooLong();
  const pieces: Buffer[] = [];
  let length = 0;
  return new Promise<Buffer>((resolve, reject) => {
    request.on('data', (piece: Buffer) => {
      length += piece.length;
      if (length <= most) pieces.push(piece);
      else {
        request.pause();
        reject(tooLong());
      }
    });
    request.on('end', () => resolve(pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces, length)));
    request.on('error', (cause) =>
      reject(new HttpRefusedError({ status: 400, problem: `The body broke off: ${cause.message}.`, cause })),
    );
  });
}
