/** What all engines have in common: parts, Java and a folder in, a running engine with one owner out. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { findJava, type Java } from '../broker/java.ts';
import { messageOf } from '../errors.ts';
import { cacheFolder } from '../install/folders.ts';
import { checkMs, invalidOption } from '../options.ts';
import { chooseFreePorts, makeTemporaryFolder, removeTemporaryFolder, withLock } from '../process/index.ts';
import { EngineRunningError, EngineStartError } from './errors.ts';
import { launchJava, type JavaProcess } from './launch.ts';
import { requireParts, type EngineParts, type PartsOptions } from './parts.ts';
import { defaultEngineFolder, findRunningEngine, forgetRunningEngine, noteRunningEngine } from './running.ts';

/** How to start an engine; every setting has a default. */
export interface StartEngineOptions extends PartsOptions {
  /** Where it works: settings, log, and what it writes. Default: a temporary folder, removed when it is stopped. */
  folder?: string;
  /** Java's heap, MB. */
  heapMb?: number;
  /** Called with a line for what takes long. */
  log?: (line: string) => void;
  /** Let it go on after this process ends; wants a `folder`. Default false: it ends with us, even if we are killed. */
  daemon?: boolean;
  /** Give up when it is not ready after this long, ms; default 120 000. */
  timeoutMs?: number;
  /** Ends the start. */
  signal?: AbortSignal;
}

/** What an engine's own part of the start is given. */
export interface EnginePlace {
  readonly java: Java;
  /** Where its parts are. Not to be written to. */
  readonly parts: string;
  /** Where it works; exists. */
  readonly folder: string;
  /** As many free ports of the loopback address as were asked for. */
  readonly ports: readonly number[];
}

/** How an engine is started. */
export interface EnginePlan {
  /** Everything behind `java`. */
  readonly args: readonly string[];
  /** Where it answers. */
  readonly url: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Asks it whether it is ready; what it throws counts as no. */
  readonly isReady: () => Promise<boolean>;
  /** How long it may take to end in order, ms; default 10 000. */
  readonly patienceMs?: number | undefined;
}

/** A started engine, before it has become one of its own kind. */
export interface StartedEngine {
  readonly parts: EngineParts;
  readonly java: Java;
  readonly process: JavaProcess;
  readonly url: string;
  readonly folder: string;
  readonly isTemporary: boolean;
}

/** So often a start is tried when a port is taken meanwhile. */
const ATTEMPTS = 3;

/**
 * Starts an engine: finds its parts (never fetches them) and Java, writes what it needs into its folder, starts it with free
 * ports, and waits until it answers.
 *
 * @param ports how many it needs
 * @param plan writes its settings, and says how it is started
 * @throws {@link EnginePartsError} (`ST_ENGINES_PARTS_MISSING`), {@link EngineStartError} (`ST_ENGINES_START`),
 *   {@link EngineRunningError} (`ST_ENGINES_RUNNING`), `JavaMissingError` (`ST_BROKER_JAVA_MISSING`), `TemporaryFolderError`
 *   (`ST_PROCESS_TEMPORARY_FOLDER`); `InvalidOptionError` (`ST_OPTION_INVALID`) for a `daemon` without a folder
 */
export async function startEngine(
  parts: EngineParts,
  options: StartEngineOptions,
  ports: number,
  plan: (place: EnginePlace) => Promise<EnginePlan>,
): Promise<StartedEngine> {
  const { env = process.env, log, daemon = false, timeoutMs } = options;
  if (timeoutMs !== undefined) checkMs('timeoutMs', timeoutMs, { most: Infinity });
  if (daemon && options.folder === undefined)
    throw invalidOption('daemon', daemon, 'false without a folder, by which it could be found again');
  const partsFolder = await requireParts(parts, options);
  const cache = options.cache ?? cacheFolder().folder;
  const java = await findJava({ env, cache, neededBy: parts.title, ...(log ? { log } : {}) });
  const isTemporary = options.folder === undefined;
  const folder = isTemporary ? makeTemporaryFolder(parts.name) : path.resolve(options.folder ?? '');
  try {
    await fs.mkdir(folder, { recursive: true });
    const start = async (): Promise<StartedEngine> => {
      await refuseSecond(parts, folder);
      for (let attempt = 1; ; attempt++) {
        const place = { java, parts: partsFolder, folder, ports: await chooseFreePorts(ports) };
        const { args, url, env: more, isReady, patienceMs } = await plan(place);
        let noted: number | undefined;
        try {
          const launched = await launchJava({
            ...{ title: parts.title, java, args, folder, isReady, daemon, patienceMs },
            ...(more ? { env: more } : {}),
            ...(timeoutMs === undefined ? {} : { timeoutMs }),
            signal: options.signal,
            // At once: one whose starter is killed before it is ready can be found and stopped, too.
            onSpawned: async (pid) => {
              noted = pid;
              const startedAt = new Date().toISOString();
              const facts = { engine: parts.name, version: parts.version, pid, url, startedAt, daemon };
              await noteRunningEngine(folder, facts);
            },
          });
          return { parts, java, process: launched, url, folder, isTemporary };
        } catch (error) {
          if (noted !== undefined) await forgetRunningEngine(folder, noted);
          const isPortTaken =
            error instanceof EngineStartError && /Address already in use|BindException/.test(error.logTail);
          if (attempt === ATTEMPTS || !isPortTaken) throw error;
          log?.('another program took a port in the meantime; starting again with others');
        }
      }
    };
    return await withLock(path.join(folder, 'start.lock'), start, { signal: options.signal });
  } catch (error) {
    if (isTemporary) await removeTemporaryFolder(folder);
    throw folderTrouble(parts, folder, error) ?? error;
  }
}

/** What the system answers where a file cannot be made or written. */
const UNWRITABLE = new Set(['EACCES', 'EDQUOT', 'EEXIST', 'ENOSPC', 'ENOTDIR', 'EPERM', 'EROFS']);

/** The error for a folder that cannot be written to, or has no room; what is about another place or no file is not. */
export function folderTrouble(
  { title }: EngineParts,
  folder: string,
  cause: unknown,
): EngineStartError | undefined {
  const { code, syscall, path: from, dest } = cause as NodeJS.ErrnoException & { dest?: string };
  const file = dest ?? from;
  if (typeof syscall !== 'string' || !UNWRITABLE.has(code ?? '')) return undefined;
  // Node names no file where a write to one that is open failed; only disks answer that they are full.
  const isFull = code === 'ENOSPC' || code === 'EDQUOT';
  if (!(file === undefined ? isFull : isInside(folder, file))) return undefined;
  return new EngineStartError({
    what: `start ${title}`,
    tried: [`writing into ${folder}`],
    answered: messageOf(cause),
    toDo: isFull
      ? 'The disk is full: free some space, then start again.'
      : 'Make it a folder that can be written to, or choose another.',
    logTail: '',
    cause,
  });
}

/** Whether a file is in a folder, is the folder, or is above it, where it cannot be made. */
function isInside(folder: string, file: string): boolean {
  const place = path.resolve(file);
  const [inner, outer] = [`${place}${path.sep}`, `${folder}${path.sep}`];
  return inner.startsWith(outer) || outer.startsWith(inner);
}

/** @throws {@link EngineRunningError} (`ST_ENGINES_RUNNING`) where one runs in this folder already */
export async function refuseSecond({ title, name }: EngineParts, folder: string): Promise<void> {
  const running = await findRunningEngine(folder);
  if (running === undefined) return;
  // The command looks nowhere else.
  const isDefault = path.resolve(folder) === path.resolve(defaultEngineFolder(name));
  const stop = isDefault ? `stop it ("npx streamtrain engines stop ${name}")` : `end process ${running.pid}`;
  throw new EngineRunningError({
    pid: running.pid,
    url: running.url,
    what: `start a second ${title} in ${folder}`,
    tried: [path.join(folder, 'running.json')],
    answered: `process ${running.pid} is one, at ${running.url}`,
    toDo: `Use that one, ${stop}, or choose another folder.`,
  });
}

/** A running engine. Whoever started it stops it. */
export class Engine implements AsyncDisposable {
  readonly #started: StartedEngine;

  /** @param started what `startEngine` gave */
  constructor(started: StartedEngine) {
    this.#started = started;
  }

  /** `Apache Flink`. */
  get title(): string {
    return this.#started.parts.title;
  }
  /** `2.0.0`. */
  get version(): string {
    return this.#started.parts.version;
  }
  /** Its REST interface, on the loopback address. It has no login. */
  get url(): string {
    return this.#started.url;
  }
  /** Where it works. Absolute path. */
  get folder(): string {
    return this.#started.folder;
  }
  /** What it printed. Absolute path. */
  get logFile(): string {
    return this.#started.process.logFile;
  }
  /** Java's process id. */
  get pid(): number {
    return this.#started.process.pid;
  }
  /** Whether its process is there. */
  get isRunning(): boolean {
    return this.#started.process.isRunning;
  }
  /** From starting Java to the first answer, ms. */
  get startedInMs(): number {
    return this.#started.process.startedInMs;
  }
  /** `17.0.15+6`. */
  get javaVersion(): string {
    return this.#started.java.version;
  }

  /** Ends it in order and waits until it has ended; a temporary folder is removed. Again: does nothing. */
  async stop(): Promise<void> {
    await this.#started.process.stop();
    await forgetRunningEngine(this.folder, this.pid);
    if (this.#started.isTemporary) await removeTemporaryFolder(this.folder);
  }

  /** Ends it at once with SIGKILL, as a crash would; what it wrote stays until {@link stop}. */
  async kill(): Promise<void> {
    await this.#started.process.kill();
    await forgetRunningEngine(this.folder, this.pid);
  }

  /** {@link stop}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
