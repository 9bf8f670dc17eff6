/** A picture of a web page on this machine, by a headless Chromium that is spoken to through a pipe: no port is opened. */
import { spawn, type ChildProcess } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { checkInteger, checkMs, refuseUnknownOptions, type OptionNames } from '../options.ts';
import { endProcess, makeTemporaryFolder, pause, removeTemporaryFolder } from '../process/index.ts';
import { PagePictureError } from './errors.ts';

/** How a page is pictured. */
export interface PagePictureOptions {
  /** JavaScript that is true in the page once it shows what is to be seen; asked again and again. Default: it has loaded. */
  ready?: string;
  /** JavaScript that is run once before the picture is taken, such as what closes a box that lies above the rest. */
  prepare?: string;
  /** In pixels; default 1200 and 800. */
  width?: number;
  height?: number;
  /** Give up after this long, ms; default 60,000. */
  timeoutMs?: number;
  /** Where to look for the program; default `process.env`. */
  env?: NodeJS.ProcessEnv;
}

const optionNames: OptionNames<PagePictureOptions> = {
  ...{ ready: true, prepare: true, width: true, height: true, timeoutMs: true, env: true },
};

const PROGRAMS = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];

/** The Chromium of this machine: `STREAMTRAIN_CHROMIUM`, else the first known one on PATH; `undefined` when there is none. */
export function findChromium(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const named = env['STREAMTRAIN_CHROMIUM'];
  if (named) return named;
  const folders = (env['PATH'] ?? '').split(path.delimiter).filter(Boolean);
  return PROGRAMS.flatMap((name) => folders.map((folder) => path.join(folder, name))).find(isExecutable);
}

/**
 * Opens a page in a headless Chromium with an empty profile, waits until it shows what is to be seen, and takes a picture.
 *
 * @returns a PNG
 * @throws {@link PagePictureError} (`ST_ENGINES_PAGE_PICTURE`) where there is no Chromium, or the page does not become ready
 * @example
 * ```ts
 * const png = await picturePage(deployed.url, { ready: 'document.querySelectorAll("g.processor").length === 5' });
 * ```
 */
export async function picturePage(url: string, options: PagePictureOptions = {}): Promise<Buffer> {
  refuseUnknownOptions('picturePage', options, optionNames);
  const { ready = 'document.readyState === "complete"', timeoutMs = 60_000, env = process.env } = options;
  checkMs('timeoutMs', timeoutMs);
  const width = checkInteger('width', options.width ?? 1200, { least: 100, most: 10_000 });
  const height = checkInteger('height', options.height ?? 800, { least: 100, most: 10_000 });
  const program = findChromium(env);
  if (program === undefined)
    throw new PagePictureError({ url, problem: 'there is no Chromium on this machine' });
  const profile = makeTemporaryFolder('page');
  const child = spawn(
    program,
    [
      '--headless',
      '--remote-debugging-pipe',
      ...QUIET_FLAGS,
      `--user-data-dir=${profile}`,
      `--window-size=${width},${height}`,
    ],
    {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
      windowsHide: true,
      env: { ...env, HOME: profile },
    },
  );
  const limit = AbortSignal.timeout(timeoutMs);
  try {
    const { prepare = '' } = options;
    return await photograph(new Browser(child, limit), url, { ready, prepare, width, height, limit });
  } catch (error) {
    const problem = limit.aborted ? `it was not ready in ${timeoutMs / 1000} s (${ready})` : String(error);
    throw error instanceof PagePictureError ? error : new PagePictureError({ url, problem, cause: error });
  } finally {
    await endProcess(child, 'SIGKILL');
    await removeTemporaryFolder(profile);
  }
}

interface Wanted {
  readonly ready: string;
  readonly prepare: string;
  readonly width: number;
  readonly height: number;
  readonly limit: AbortSignal;
}

async function photograph(
  browser: Browser,
  url: string,
  { ready, prepare, width, height, limit }: Wanted,
): Promise<Buffer> {
  const { targetId } = await browser.ask<{ targetId: string }>('Target.createTarget', { url: 'about:blank' });
  const attach = { targetId, flatten: true };
  const { sessionId } = await browser.ask<{ sessionId: string }>('Target.attachToTarget', attach);
  const size = { width, height, deviceScaleFactor: 1, mobile: false };
  await browser.ask('Emulation.setDeviceMetricsOverride', size, sessionId);
  const { errorText } = await browser.ask<{ errorText?: string }>('Page.navigate', { url }, sessionId);
  if (errorText !== undefined)
    throw new PagePictureError({ url, problem: `it cannot be opened (${errorText})` });
  for (;;) {
    type Value = { readonly result: { readonly value?: unknown } };
    const asked = { expression: `Boolean(${ready})`, returnByValue: true };
    const { result } = await browser.ask<Value>('Runtime.evaluate', asked, sessionId);
    if (result.value === true) break;
    await pause(200, limit);
  }
  await browser.ask('Runtime.evaluate', { expression: prepare }, sessionId);
  const { data } = await browser.ask<{ data: string }>(
    'Page.captureScreenshot',
    { format: 'png' },
    sessionId,
  );
  return Buffer.from(data, 'base64');
}

/** Chrome's protocol for tools over a pipe: JSON texts with a zero byte behind each. */
class Browser {
  readonly #out: Writable;
  readonly #limit: AbortSignal;
  readonly #asked = new Map<number, { done: (result: unknown) => void; fail: (error: Error) => void }>();
  #next = 1;

  constructor(child: ChildProcess, limit: AbortSignal) {
    this.#out = child.stdio[3] as Writable;
    this.#limit = limit;
    let text = '';
    (child.stdio[4] as Readable).setEncoding('utf8').on('data', (piece: string) => {
      const messages = (text + piece).split('\0');
      text = messages.pop() ?? '';
      for (const message of messages) this.#receive(JSON.parse(message) as Answer);
    });
    const failAll = (problem: string) => () => {
      for (const { fail } of this.#asked.values()) fail(new Error(problem));
    };
    this.#out.on('error', failAll('Chromium ended'));
    child.once('error', failAll('Chromium could not be started'));
    child.once('exit', failAll('Chromium ended'));
    limit.addEventListener('abort', failAll('it took too long'), { once: true });
  }

  ask<Result>(method: string, params: object, sessionId?: string): Promise<Result> {
    this.#limit.throwIfAborted();
    const id = this.#next++;
    const answer = new Promise<unknown>((done, fail) => this.#asked.set(id, { done, fail }));
    this.#out.write(`${JSON.stringify({ id, method, params, ...(sessionId ? { sessionId } : {}) })}\0`);
    return answer as Promise<Result>;
  }

  #receive({ id, result, error }: Answer): void {
    const asked = id === undefined ? undefined : this.#asked.get(id);
    if (id === undefined || asked === undefined) return; // an event
    this.#asked.delete(id);
    if (error === undefined) asked.done(result);
    else asked.fail(new Error(error.message));
  }
}

interface Answer {
  readonly id?: number;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

/** Nothing of its own to download, nothing to ask. */
export const QUIET_FLAGS: readonly string[] = [
  '--no-sandbox',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--disable-quic',
  '--disable-gpu',
];

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
