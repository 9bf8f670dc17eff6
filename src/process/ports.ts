/** Ports: free ones of the loopback address, who sits on one that is taken, and whether anybody answers on one. */
import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { Readable } from 'node:stream';

/** What the project starts listens on this address: on this machine only. */
export const LOOPBACK = '127.0.0.1';

/**
 * Listens on a port of the loopback address and stops again.
 *
 * @param port 0: any free one
 * @returns the port that was had
 * @throws what the system answers where it cannot be had
 */
export function listenOnce(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once('error', reject);
    server.listen({ port, host: LOOPBACK, exclusive: true }, () => {
      const address = server.address() as net.AddressInfo;
      server.close(() => resolve(address.port));
    });
  });
}

/**
 * Whether a port of the loopback address can be listened on now.
 *
 * @example
 * ```ts
 * if (!(await isPortFree(9092))) console.log('taken');
 * ```
 */
export async function isPortFree(port: number): Promise<boolean> {
  return listenOnce(port).then(
    () => true,
    () => false,
  );
}

/**
 * Free ports, all different. They are taken later, so they come from below the range that systems give to connections
 * going out (from 32768 on Linux): else a client's connection might sit on one by then, even a client's that tries to
 * reach this very broker.
 */
export async function chooseFreePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  for (let tried = 0; ports.size < count; tried++) {
    if (tried === 1000) throw new Error(`of 1000 ports between ${LOWEST} and ${HIGHEST} hardly any is free`);
    const port = randomInt(LOWEST, HIGHEST);
    if (await isPortFree(port)) ports.add(port);
  }
  return [...ports];
}

const LOWEST = 20_000;
const HIGHEST = 32_000;

/**
 * Who listens on a port, in words: `java (process 4711)`; `another program` where the system does not say (it
 * does on Linux for processes of the same user).
 */
export async function describePortOwner(port: number): Promise<string> {
  const inode = await listeningInode(port);
  const pids = inode === undefined ? [] : await fs.readdir('/proc').catch(() => []);
  for (const pid of pids.filter((name) => /^\d+$/.test(name))) {
    const files = await fs.readdir(`/proc/${pid}/fd`).catch(() => []);
    for (const file of files) {
      const target = await fs.readlink(`/proc/${pid}/fd/${file}`).catch(() => '');
      if (target !== `socket:[${inode}]`) continue;
      const name = await fs.readFile(`/proc/${pid}/comm`, 'utf8').catch(() => 'a program');
      return `${name.trim()} (process ${pid})`;
    }
  }
  return 'another program';
}

/** The socket's inode from the kernel's tables: columns local address (hex), state (0A is listening), inode. */
async function listeningInode(port: number): Promise<string | undefined> {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    const rows = (await fs.readFile(table, 'utf8').catch(() => '')).split('\n').slice(1);
    for (const row of rows) {
      const columns = row.trim().split(/\s+/);
      if (columns[1]?.endsWith(wanted) && columns[3] === '0A') return columns[9];
    }
  }
  return undefined;
}

/** What {@link fetchDirectly} takes of the options of `fetch`. */
interface DirectRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

/**
 * `fetch` of what runs on this machine or beside it: past the proxy that Node takes from the environment (`NODE_USE_ENV_PROXY`),
 * which would look for it on its own machine. An answer that leads elsewhere is given as it is.
 *
 * @throws what the system answers where nobody does; the signal's reason, also while the answer is read
 */
export async function fetchDirectly(url: string, given: DirectRequest = {}): Promise<Response> {
  const { method = 'GET', headers = {}, body, signal } = given;
  signal?.throwIfAborted();
  const { request, Agent } = url.startsWith('https:') ? https : http;
  // Only Node's own agent asks the environment.
  const asked = request(url, { method, headers, signal, agent: new Agent() });
  asked.end(body);
  try {
    const [answer] = (await once(asked, 'response')) as [http.IncomingMessage];
    const { statusCode: status = 0, statusMessage: statusText = '', headersDistinct } = answer;
    const all = Object.entries(headersDistinct).flatMap(([name, values = []]) =>
      values.map((value): [string, string] => [name, value]),
    );
    const isEmpty = [204, 205, 304].includes(status);
    if (isEmpty) answer.resume();
    // Else an end of it before it is read would be one of this process.
    answer.on('error', () => undefined);
    // Of itself it would say of an answer that is ended half way that the other side did.
    const abort = () => void answer.destroy(signal?.reason as Error);
    signal?.addEventListener('abort', abort);
    answer.once('close', () => signal?.removeEventListener('abort', abort));
    const stream = isEmpty ? null : (Readable.toWeb(answer) as ReadableStream<Uint8Array>);
    return new Response(stream, { status, statusText, headers: all });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}

/**
 * Connects and hangs up again.
 *
 * @throws what the system answers; an error after `timeoutMs` without an answer
 */
export async function connectOnce(host: string, port: number, timeoutMs: number): Promise<void> {
  const socket = net.connect({ host, port, timeout: timeoutMs });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve).once('error', reject);
      socket.once('timeout', () => reject(new Error(`no answer within ${timeoutMs / 1000} s`)));
    });
  } finally {
    socket.destroy();
  }
}
