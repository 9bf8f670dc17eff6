/** What the set-up tests share: folders that vanish, a file server with faults, small programs run by Node. */
import { spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { typescriptFlags } from '../helpers/typescript.ts';

/** A folder that is removed after the test. */
export async function tempFolder(t: TestContext): Promise<string> {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'streamtrain test '));
  t.after(() => fs.rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A running file server that counts what it sends and can misbehave. */
export interface FileServer {
  readonly url: string;
  /** Requests so far: path and Range header. */
  readonly requests: { path: string; range: string | undefined }[];
  /** Cut the connection after so many bytes, once per entry. */
  readonly cuts: number[];
  /** The client's partial file: a cut waits until it holds what was sent, so that no timing decides what is kept. */
  keptIn?: string;
  /** Sent as ETag; '' for none. */
  etag: string;
}

/** Serves named contents on loopback, with Range and If-Range; stopped after the test. */
export async function fileServer(t: TestContext, files: Record<string, Buffer>): Promise<FileServer> {
  const state: FileServer & { url: string } = { url: '', requests: [], cuts: [], etag: '"one"' };
  const server = http.createServer((request, response) => {
    const name = decodeURIComponent((request.url ?? '/').split('?')[0] ?? '').slice(1);
    const range = request.headers.range;
    state.requests.push({ path: name, range });
    const content = files[name];
    if (content === undefined) return void response.writeHead(404).end('no such file');
    const resumes = range !== undefined && request.headers['if-range'] === state.etag;
    const start = resumes ? Number(/bytes=(\d+)-/.exec(range)?.[1]) : 0;
    const body = content.subarray(start);
    response.writeHead(resumes ? 206 : 200, {
      'content-length': body.length,
      ...(state.etag === '' ? {} : { etag: state.etag }),
      ...(resumes ? { 'content-range': `bytes ${start}-${content.length - 1}/${content.length}` } : {}),
    });
    const cut = state.cuts.shift();
    if (cut === undefined) return void response.end(body);
    const { keptIn } = state;
    const kept = keptIn === undefined ? sleep(50) : untilSize(keptIn, start + cut);
    response.write(body.subarray(0, cut), () => void kept.finally(() => response.destroy()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  state.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return state;
}

/** The hex digest of a buffer. */
export function digestOf(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}

/** Runs a TypeScript module text in a Node of its own; ended with the test. */
export function runModule(
  t: TestContext,
  code: string,
  env: NodeJS.ProcessEnv = {},
): ChildProcessByStdio<null, Readable, Readable> {
  const child = spawn(process.execPath, [...typescriptFlags(), '--input-type=module', '-e', code], {
    cwd: path.resolve(import.meta.dirname, '..', '..'),
    env: { ...process.env, NODE_TEST_CONTEXT: undefined, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  t.after(() => child.kill('SIGKILL'));
  return child;
}

/** Waits until a program has printed something that matches; fails when it ends first. */
export async function untilPrinted(
  child: ChildProcessByStdio<null, Readable, Readable>,
  pattern: RegExp,
): Promise<string> {
  let text = '';
  return new Promise((resolve, reject) => {
    const look = (chunk: Buffer) => {
      text += chunk.toString();
      if (pattern.test(text)) resolve(text);
    };
    child.stdout.on('data', look);
    child.stderr.on('data', look);
    child.once('close', (code) =>
      reject(new Error(`ended with ${code} before printing ${String(pattern)}: ${text}`)),
    );
  });
}

/** Waits for a program's end. */
export async function ended(
  child: ChildProcessByStdio<null, Readable, Readable>,
): Promise<number | string | null> {
  if (child.exitCode !== null) return child.exitCode;
  if (child.signalCode !== null) return child.signalCode;
  return new Promise((resolve) => child.once('close', (code, signal) => resolve(signal ?? code)));
}

/** Waits until a file has so many bytes; 10 s at most, then the test says by itself what is wrong. */
async function untilSize(file: string, bytes: number): Promise<void> {
  const deadline = Date.now() + 10_000;
  while ((await fs.stat(file).catch(() => ({ size: 0 }))).size < bytes && Date.now() < deadline)
    await sleep(5);
}
