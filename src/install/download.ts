/** Downloads one file over HTTP: resumes where it stopped, checks its digest, appears only when it is whole. */
import { createWriteStream } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { messageOf } from '../errors.ts';
import { retrying } from '../process/index.ts';
import { diskFull, saysDiskFull } from './command.ts';
import { ChecksumError, DownloadError } from './errors.ts';
import { exists, fileDigest, readText } from './files.ts';
import type { OnProgress } from './steps.ts';

/** What to download, and how to know it is right. */
interface DownloadOptions {
  /** Where it is. */
  url: string;
  /** The file to write; its folder is created. */
  to: string;
  /** The published SHA-256 of the file, hex. */
  sha256: string;
  onProgress?: OnProgress;
  /** How often to go on after the connection broke; default 4. */
  retries?: number;
  /** Wait before going on, ms, doubled every time; default 500. */
  retryDelayMs?: number;
  /** Give an attempt up when nothing arrives for this long, ms; default 30 000. */
  stallMs?: number;
}

/** An answer after which asking again is no use. */
class FinalAnswer extends Error {}

/**
 * Downloads a file. What arrives is kept in `<to>.part`; after a broken connection, and also in a later call after
 * the process was killed, the transfer goes on from there (`Range` with `If-Range`, so a changed file starts over).
 * Returns at once when `to` is already there with the right digest.
 *
 * @returns bytes fetched from the network by this call
 * @throws {@link DownloadError} (`ST_INSTALL_DOWNLOAD`) when the server cannot be reached or refuses
 * @throws {@link ChecksumError} (`ST_INSTALL_CHECKSUM`) when the whole file has another digest; it is removed
 * @throws {@link DiskFullError} (`ST_INSTALL_DISK_FULL`)
 * @example
 * ```ts
 * await download({ url: 'https://example.org/data.csv.gz', to: 'data.csv.gz', sha256 });
 * ```
 * @see RFC 9110, sections 13.1.5 (If-Range) and 14 (Range)
 */
export async function download(options: DownloadOptions): Promise<number> {
  const { url, to, retries = 4, retryDelayMs = 500 } = options;
  if ((await exists(to)) && (await digestFault(to, options)) === undefined) return 0;
  await fs.mkdir(path.dirname(to), { recursive: true });
  const part = `${to}.part`;
  let fetched = 0;
  await retrying(
    () => fetchOnce(part, options, (bytes) => (fetched += bytes)),
    { first: retryDelayMs, longest: Infinity },
    (error, _ms, attempts) => {
      if (saysDiskFull(deepMessage(error)))
        return diskFull(`save ${to}`, `writing ${part}`, deepMessage(error));
      const isFinal = error instanceof FinalAnswer || attempts > retries;
      return isFinal ? failed(url, attempts, error) : undefined;
    },
  );
  const fault = await digestFault(part, options);
  if (fault !== undefined) {
    await forget(part);
    throw new ChecksumError({
      what: `use the download of ${path.basename(to)}`,
      tried: [url],
      answered: fault,
      toDo: 'Run again: the damaged file has been removed. If it happens again, something between you and the server changes the file (a proxy, a mirror).',
    });
  }
  await fs.rename(part, to);
  await forget(part);
  return fetched;
}

/** One request; appends to the partial file what the server sends. */
async function fetchOnce(
  part: string,
  options: DownloadOptions,
  count: (bytes: number) => void,
): Promise<void> {
  const { url, onProgress, stallMs = 30_000 } = options;
  const had = (await fs.stat(part).catch(() => ({ size: 0 }))).size;
  const validator = had > 0 ? await readText(`${part}.validator`) : undefined;
  const stall = new AbortController();
  const giveUp = () => stall.abort(new Error(`nothing arrived for ${stallMs / 1000} s`));
  let timer = setTimeout(giveUp, stallMs);
  try {
    const headers: Record<string, string> = { 'accept-encoding': 'identity' };
    if (validator) Object.assign(headers, { range: `bytes=${had}-`, 'if-range': validator });
    const response = await fetch(url, { headers, signal: stall.signal });
    if (response.status === 416 && validator) {
      await response.body?.cancel();
      await forget(part);
      throw new Error('the server has nothing after what was already here (416); starting over');
    }
    if (!response.ok) {
      const answer = `HTTP ${response.status} ${response.statusText}`;
      throw response.status < 500 && response.status !== 429 ? new FinalAnswer(answer) : new Error(answer);
    }
    const start = response.status === 206 ? had : 0;
    const length = Number(response.headers.get('content-length') ?? NaN);
    const total = Number.isFinite(length) ? start + length : undefined;
    await fs.writeFile(`${part}.validator`, strongValidator(response.headers));
    if (response.body === null) throw new Error('the server sent no body');
    let done = start;
    const meter = new Transform({
      transform(chunk: Buffer, _encoding, callback) {
        clearTimeout(timer);
        timer = setTimeout(giveUp, stallMs);
        done += chunk.length;
        count(chunk.length);
        onProgress?.({ done, total });
        callback(null, chunk);
      },
    });
    const sink = createWriteStream(part, { flags: start > 0 ? 'a' : 'w' });
    await pipeline(Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0]), meter, sink);
    if (total !== undefined && done !== total)
      throw new Error(`the connection ended at ${done} of ${total} bytes`);
  } finally {
    clearTimeout(timer);
  }
}

/** What may be sent as `If-Range`: a strong ETag, else the modification date; '' means the transfer cannot resume. */
function strongValidator(headers: Headers): string {
  const etag = headers.get('etag');
  if (etag !== null && !etag.startsWith('W/')) return etag;
  return headers.get('last-modified') ?? '';
}

/** What is wrong with the file's digest, or undefined. */
async function digestFault(file: string, { sha256 }: DownloadOptions): Promise<string | undefined> {
  const actual = await fileDigest(file);
  return actual === sha256.toLowerCase() ? undefined : `sha256 is ${actual}, published is ${sha256}`;
}

async function forget(part: string): Promise<void> {
  await fs.rm(part, { force: true });
  await fs.rm(`${part}.validator`, { force: true });
}

/** `fetch failed` says nothing; its cause does. */
function deepMessage(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? `: ${deepMessage(error.cause)}` : '';
  const code = error instanceof Error && 'code' in error ? ` (${String(error.code)})` : '';
  return `${messageOf(error)}${code}${cause}`;
}

function failed(url: string, attempts: number, error: unknown): DownloadError {
  const usesProxy = process.env['HTTPS_PROXY'] ?? process.env['https_proxy'];
  return new DownloadError({
    what: `download ${path.posix.basename(new URL(url).pathname)}`,
    tried: [`${url} (${attempts} ${attempts === 1 ? 'time' : 'times'})`],
    answered: deepMessage(error),
    toDo:
      'Check the network, then run again: what had arrived is kept.' +
      (usesProxy ? ' A proxy is set: Node uses it with NODE_USE_ENV_PROXY=1 (Node 22.21 or newer).' : ''),
    cause: error,
  });
}
