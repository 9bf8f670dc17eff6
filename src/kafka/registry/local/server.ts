/** A small schema registry on this machine, for the course and for tests: Confluent's REST API as far as codecs use it. */
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { messageOf } from '../../../errors.ts';
import { checkInteger, refuseUnknownOptions, type OptionNames } from '../../../options.ts';
import { Refusal, Subjects, type KeptVersion, type SchemaGiven } from './subjects.ts';

/** Options of {@link startSchemaRegistry}. */
export interface LocalRegistryOptions {
  /** Default: any that is free. */
  port?: number;
  /** Only who gives these is answered. */
  auth?: { readonly username: string; readonly password: string };
  /** PEM texts: it is then reached by https. */
  tls?: { readonly cert: string; readonly key: string };
}

const optionNames: OptionNames<LocalRegistryOptions> = { port: true, auth: true, tls: true };

/** A registry that runs; see {@link startSchemaRegistry}. */
export interface LocalRegistry extends AsyncDisposable {
  /** Its address, without credentials. */
  readonly url: string;
  /** The requests it was sent, such as `GET /schemas/ids/1`, in order; the last 10,000. */
  readonly requests: readonly string[];
  /** Ends it; what was registered is gone. */
  close(): Promise<void>;
}

const MOST_BYTES = 1_000_000;
const MOST_REQUESTS = 10_000;

/**
 * Starts a schema registry on 127.0.0.1 that keeps everything in memory: subjects, versions, ids, levels of compatibility,
 * for Avro and JSON Schema. It is a small one of this library, not Confluent's: it answers in the same form, keeps nothing
 * when it is closed, does not delete, knows no Protobuf, and does not judge whether versions of JSON Schema go together.
 *
 * @example
 * ```ts
 * await using local = await startSchemaRegistry();
 * const registry = schemaRegistry({ url: local.url });
 * ```
 */
export async function startSchemaRegistry(options: LocalRegistryOptions = {}): Promise<LocalRegistry> {
  refuseUnknownOptions('startSchemaRegistry', options, optionNames);
  const { auth, tls } = options;
  const port = checkInteger('port', options.port ?? 0, { most: 65_535 });
  const subjects = new Subjects();
  const requests: string[] = [];
  const expected = auth && `Basic ${Buffer.from(`${auth.username}:${auth.password}`).toString('base64')}`;
  const listener: http.RequestListener = (request, response) => {
    void answer(request).then(([status, body]) => {
      const text = JSON.stringify(body);
      response.writeHead(status, { 'content-type': 'application/vnd.schemaregistry.v1+json' }).end(text);
    });
  };

  async function answer(request: http.IncomingMessage): Promise<[number, unknown]> {
    try {
      const [path = '/'] = (request.url ?? '/').split('?');
      requests.push(`${request.method} ${path}`);
      if (requests.length > MOST_REQUESTS) requests.shift();
      const body = await bodyOf(request);
      if (expected !== undefined && request.headers.authorization !== expected)
        throw new Refusal(401, 401, 'Unauthorized');
      const parts = path
        .split('/')
        .filter((part) => part !== '')
        .map(decoded);
      return [200, routed(subjects, request.method ?? 'GET', parts, body)];
    } catch (error) {
      const [status, code] = error instanceof Refusal ? [error.status, error.code] : [500, 50001];
      return [status, { error_code: code, message: messageOf(error) }];
    }
  }

  const server = tls === undefined ? http.createServer(listener) : https.createServer({ ...tls }, listener);
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const close = async (): Promise<void> => {
    const closed = server.listening ? once(server, 'close') : undefined;
    server.close();
    server.closeAllConnections();
    await closed;
  };
  const url = `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, requests, close, [Symbol.asyncDispose]: close };
}

async function bodyOf(request: http.IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // One that is too long is read to its end, so that its sender gets the answer.
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= MOST_BYTES) chunks.push(chunk);
  }
  if (bytes > MOST_BYTES) throw new Refusal(413, 413, `a request of more than ${MOST_BYTES} bytes`);
  const text = Buffer.concat(chunks).toString('utf8');
  if (text === '') return {};
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new Refusal(400, 400, 'the request is no JSON');
  }
  if (typeof body === 'object' && body !== null) return body;
  throw new Refusal(400, 400, 'the request is no object of JSON');
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw new Refusal(400, 400, `no part of an address: ${part}`);
  }
}

/** What is answered, by method and path. */
function routed(subjects: Subjects, method: string, parts: readonly string[], body: unknown): unknown {
  const [root, name = '', what, last = ''] = parts;
  const given = body as SchemaGiven;
  switch (`${method} ${shapeOf(parts)}`) {
    case 'GET ':
      return {};
    case 'GET schemas/types':
      return ['JSON', 'AVRO'];
    case 'GET schemas/ids/*': {
      const { id: _id, kind, text, given: references } = subjects.byId(idOf(what ?? ''));
      return { ...kindGiven(kind), schema: text, ...(references.length > 0 && { references }) };
    }
    case 'GET subjects':
      return subjects.names;
    case 'POST subjects/*':
      return facts(subjects.lookUp(name, given));
    case 'GET subjects/*/versions':
      return subjects.versions(name).map(({ version }) => version);
    case 'POST subjects/*/versions':
      return { id: subjects.register(name, given).id };
    case 'GET subjects/*/versions/*':
      return facts(subjects.version(name, last));
    case 'POST compatibility/subjects/*/versions/*': {
      const messages = subjects.problemsWith(what ?? '', parts[4] ?? '', given);
      return { is_compatible: messages.length === 0, ...(messages.length > 0 && { messages }) };
    }
    case 'GET config':
    case 'GET config/*': {
      const level = subjects.levelOf(root === 'config' && name !== '' ? name : undefined);
      if (level !== undefined) return { compatibilityLevel: level };
      throw new Refusal(404, 40408, `Subject '${name}' does not have subject-level compatibility configured`);
    }
    case 'PUT config':
    case 'PUT config/*': {
      const { compatibility } = body as { compatibility?: unknown };
      return { compatibility: subjects.setLevel(name === '' ? undefined : name, compatibility) };
    }
    default:
      throw new Refusal(
        404,
        404,
        `HTTP 404 Not Found: this small registry has no ${method} /${parts.join('/')}`,
      );
  }
}

/** Words of paths; what is between them is a name. */
const words = new Set(['schemas', 'types', 'ids', 'subjects', 'versions', 'compatibility', 'config']);

/** A path with `*` where names are: those at even places behind `subjects`, `ids` and `config`, whatever they are. */
function shapeOf(parts: readonly string[]): string {
  const shape: string[] = [];
  for (const part of parts) {
    const before = shape.at(-1);
    const isName = before !== undefined && ['subjects', 'ids', 'versions', 'config'].includes(before);
    shape.push(isName || !words.has(part) ? '*' : part);
  }
  return shape.join('/');
}

function idOf(text: string): number {
  if (/^\d{1,10}$/.test(text)) return Number(text);
  throw new Refusal(404, 404, 'HTTP 404 Not Found');
}

/** Left out for Avro. */
const kindGiven = (kind: string): object => (kind === 'AVRO' ? {} : { schemaType: kind });

function facts({ subject, version, schema }: KeptVersion): object {
  const { id, kind, text, given } = schema;
  return {
    ...{ subject, version, id, ...kindGiven(kind) },
    ...(given.length > 0 && { references: given }),
    schema: text,
  };
}
