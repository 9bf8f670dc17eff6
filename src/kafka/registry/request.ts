/** One question to a schema registry over HTTP: credentials, TLS, redirects, time limits, and asking again. */
import http from 'node:http';
import https from 'node:https';
import { performance } from 'node:perf_hooks';
import { messageOf } from '../../errors.ts';
import { checkMs, invalidOption, refuseUnknownOptions, type OptionNames } from '../../options.ts';
import { pause as sleep } from '../../process/index.ts';
import { readPem, Secret } from '../settings/secret.ts';
import { SchemaRegistryAwayError, SchemaRegistryRefusedError } from './errors.ts';
import type { Asking } from './schema-fetch.ts';

/** How a registry is reached. */
export interface RegistryAccess {
  /** Its address, such as `https://registry:8081`; a path in it is put before every request's. */
  url: string;
  /** Basic credentials, or a bearer token. They may stand in the address, too. */
  auth?: { username: string; password: string } | { token: string };
  /** For an `https` address: PEM texts or paths of PEM files. */
  tls?: { ca?: string; cert?: string; key?: string; passphrase?: string; rejectUnauthorized?: boolean };
  /** How long one try may take. Default 10,000 ms. */
  timeoutMs?: number;
  /**
   * For how long a registry that is away is asked again. Default 30,000 ms, at most 300,000; 0: one try. A reading that is
   * stopped does not wait for it.
   */
  retryForMs?: number;
}

/** Every option of {@link RegistryAccess}. */
const accessNames: OptionNames<RegistryAccess> = {
  ...{ url: true, auth: true, tls: true, timeoutMs: true, retryForMs: true },
};

/** What is asked. */
export interface RegistryRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** From the root, its parts encoded. */
  readonly path: string;
  readonly body?: object;
}

interface Answer {
  readonly status: number;
  readonly location: string | undefined;
  readonly text: string;
}

/** Answers are read up to here. */
const MOST_BYTES = 16 * 2 ** 20;
const MOST_REDIRECTS = 5;
/**
 * Codes of failures that no waiting mends: certificates that are not trusted, or not those that the registry wants, no TLS at
 * all, credentials that no header holds.
 */
const HOPELESS =
  /CERT|SELF_SIGNED|UNABLE_TO_(?:VERIFY|GET)|INVALID_CA|^ERR_(?:SSL|OSSL|TLS|INVALID)_|^EPROTO$/;
/** A reading waits so long at most for a registry: Kafka's default of how long a member may be silent. */
const MOST_RETRY_MS = 300_000;
/** The form of requests and answers. */
const form = 'application/vnd.schemaregistry.v1+json';

/** Asks a registry. Nothing it prints or throws shows credentials. */
export class RegistryHttp {
  readonly url: string;
  readonly #base: URL;
  readonly #authorization: Secret | undefined;
  readonly #tls: https.RequestOptions;
  readonly #timeoutMs: number;
  readonly #retryForMs: number;

  constructor(of: string, access: RegistryAccess) {
    refuseUnknownOptions(of, access, accessNames);
    this.#base = addressOf(access.url);
    this.#authorization = authorizationOf(access, this.#base);
    this.#base.username = '';
    this.#base.password = '';
    this.url = this.#base.href.replace(/\/$/, '');
    this.#timeoutMs = checkMs('timeoutMs', access.timeoutMs ?? 10_000, { above: 0 });
    this.#retryForMs = checkMs('retryForMs', access.retryForMs ?? 30_000, { most: MOST_RETRY_MS });
    const { ca, cert, key, passphrase, rejectUnauthorized } = access.tls ?? {};
    if (access.tls !== undefined && this.#base.protocol !== 'https:')
      throw invalidOption('tls', '{…}', 'none for an http address');
    const pems = { ca: readPem('tls.ca', ca), cert: readPem('tls.cert', cert), key: readPem('tls.key', key) };
    this.#tls = Object.fromEntries(
      Object.entries({ ...pems, passphrase, rejectUnauthorized }).filter(([, value]) => value !== undefined),
    );
  }

  /**
   * The answer's JSON. A registry that is away (no connection, no answer in time, 429 or 5xx) is asked again, with longer
   * and longer pauses; where it is not trusted, or its answer is too long, that would not help.
   *
   * @throws SchemaRegistryAwayError (`ST_KAFKA_REGISTRY_AWAY`), SchemaRegistryRefusedError (`ST_KAFKA_REGISTRY_REFUSED`)
   */
  async ask(request: RegistryRequest, { stop, isWanted }: Partial<Asking> = {}): Promise<unknown> {
    const began = performance.now();
    for (let tries = 1, pause = 100; ; tries++, pause = Math.min(pause * 2, 5_000)) {
      let problem: string;
      let cause: unknown;
      const asked = performance.now();
      try {
        const answer = await this.#followed(request, stop);
        if (answer.status < 500 && answer.status !== 429) return this.#read(request, answer);
        problem = `${nameOf(request)} was answered with HTTP ${answer.status}`;
      } catch (error) {
        stop?.throwIfAborted();
        if (error instanceof SchemaRegistryRefusedError) throw error;
        const { code } = error as NodeJS.ErrnoException;
        if (code !== undefined && HOPELESS.test(code))
          throw this.#refusal(request, 0, `${messageOf(error)} (${code})`, undefined, error);
        problem = messageOf(error) || (code ?? 'no connection');
        cause = error;
      }
      const waited = performance.now() - began;
      // Where this process itself stood still, the registry had no time to answer: it is asked once more.
      const stoodStill = performance.now() - asked > 1.5 * this.#timeoutMs + 1_000;
      const isOver = waited + pause > this.#retryForMs && !(stoodStill && tries === 1);
      if (isOver || isWanted?.() === false) {
        const seconds = Number((waited / 1000).toFixed(1));
        throw new SchemaRegistryAwayError({ url: this.url, tries, seconds, problem, cause });
      }
      await sleep(pause, stop);
    }
  }

  #read(request: RegistryRequest, { status, text }: Answer): unknown {
    let body: unknown;
    try {
      body = JSON.parse(text);
    } catch {
      body = undefined;
    }
    if (status >= 200 && status < 300 && body !== undefined) return body;
    const { error_code: code, message } = (body ?? {}) as { error_code?: unknown; message?: unknown };
    const problem =
      typeof message === 'string' && message !== ''
        ? message.slice(0, 500)
        : body === undefined
          ? 'the answer is no JSON; this may be no schema registry'
          : 'it gave no reason';
    throw this.#refusal(request, status, problem, typeof code === 'number' ? code : undefined);
  }

  #refusal(request: RegistryRequest, status: number, problem: string, errorCode?: number, cause?: unknown) {
    const facts = { request: nameOf(request), url: this.url, status, errorCode, problem, cause };
    return new SchemaRegistryRefusedError(facts);
  }

  /** Follows redirects, as far as credentials and schemas go where they were meant to go. */
  async #followed(request: RegistryRequest, stop: AbortSignal | undefined): Promise<Answer> {
    let url = new URL(this.url + request.path);
    for (let hops = 0; ; hops++) {
      const answer = await this.#once(url, request, stop);
      if (answer.status < 300 || answer.status > 399) return answer;
      const refuse = (problem: string) => this.#refusal(request, answer.status, problem);
      if (answer.location === undefined) throw refuse('a redirect without an address');
      const next = new URL(answer.location, url);
      if (hops === MOST_REDIRECTS) throw refuse(`more than ${MOST_REDIRECTS} redirects`);
      const other = next.origin !== url.origin;
      if (
        !/^https?:$/.test(next.protocol) ||
        (other && url.protocol === 'https:' && next.protocol === 'http:')
      )
        throw refuse(`redirected to ${next.origin}, which is not as safe`);
      if (other && (this.#authorization !== undefined || Object.keys(this.#tls).length > 0))
        throw refuse(`redirected to ${next.origin}, which is not given the credentials; give that address`);
      if (request.method !== 'GET' && answer.status !== 307 && answer.status !== 308)
        throw refuse(`redirected to ${next.origin}${next.pathname}; give that address`);
      url = next;
    }
  }

  #once(url: URL, request: RegistryRequest, stop: AbortSignal | undefined): Promise<Answer> {
    const { method, body } = request;
    const text = body === undefined ? undefined : JSON.stringify(body);
    const headers: http.OutgoingHttpHeaders = { accept: `${form}, application/json` };
    if (text !== undefined) {
      headers['content-type'] = form;
      headers['content-length'] = Buffer.byteLength(text);
    }
    if (this.#authorization !== undefined) headers['authorization'] = this.#authorization.reveal();
    const secure = url.protocol === 'https:';
    const late = AbortSignal.timeout(this.#timeoutMs);
    const signal = stop === undefined ? late : AbortSignal.any([late, stop]);
    return new Promise((resolve, reject) => {
      const failed = (error: Error) =>
        reject(late.aborted ? new Error(`no answer in ${this.#timeoutMs} ms`, { cause: error }) : error);
      const options = { method, headers, signal, ...(secure && this.#tls) };
      let isAnswered = false;
      const sent = (secure ? https : http).request(url, options, (response) => {
        isAnswered = true;
        const chunks: Buffer[] = [];
        let bytes = 0;
        response.on('data', (chunk: Buffer) => {
          chunks.push(chunk);
          bytes += chunk.length;
          if (bytes > MOST_BYTES) {
            const problem = `an answer of more than ${MOST_BYTES} bytes`;
            response.destroy(this.#refusal(request, response.statusCode ?? 0, problem));
          }
        });
        response.on('error', failed);
        response.on('end', () => {
          const { statusCode: status = 0, headers: given } = response;
          resolve({ status, location: given.location, text: Buffer.concat(chunks).toString('utf8') });
        });
      });
      sent.on('error', (error: NodeJS.ErrnoException) => {
        // A registry may close a connection that was idle just when it is used again: then a new one is opened.
        const isClosed = sent.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
        if (isClosed && !isAnswered && !signal.aborted) resolve(this.#once(url, request, stop));
        else failed(error);
      });
      sent.end(text);
    });
  }
}

const nameOf = ({ method, path }: RegistryRequest): string => `${method} ${path}`;

function addressOf(given: unknown): URL {
  const expected = 'an address such as http://127.0.0.1:8081';
  if (typeof given !== 'string' || !/^https?:\/\//i.test(given) || !URL.canParse(given))
    throw invalidOption(
      'url',
      typeof given === 'string' ? given.replace(/\/\/.*@/, '//***@') : given,
      expected,
    );
  const url = new URL(given);
  if (url.search !== '' || url.hash !== '')
    throw invalidOption('url', url.origin, `${expected}, without ? and #`);
  return url;
}

function authorizationOf({ auth }: RegistryAccess, url: URL): Secret | undefined {
  const basic = (username: string, password: string) =>
    new Secret(`Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`);
  if (auth === undefined)
    return url.username === '' ? undefined : basic(decoded(url.username), decoded(url.password));
  if ('token' in auth && typeof auth.token === 'string') return new Secret(`Bearer ${auth.token}`);
  if ('username' in auth && typeof auth.username === 'string' && typeof auth.password === 'string')
    return basic(auth.username, auth.password);
  throw invalidOption('auth', '{…}', '{ username, password } or { token }');
}

/** A part of an address as it was before it was put there. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    // What it holds is not shown, nor kept as a cause.
    throw invalidOption('url', '***', 'credentials whose % and @ are written as %25 and %40');
  }
}
