/** An engine's Java process: started on request, ready when it answers, ended with whoever started it. */
import type { ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import fsp from 'node:fs/promises';
import path from 'node:path';
import type { Java } from '../broker/java.ts';
import { logTail, rotateLog } from '../broker/jvm.ts';
import { messageOf } from '../errors.ts';
import { endProcess, ended, hasEnded, orAfter, pause, spawnWithParent } from '../process/index.ts';
import { EngineEndedError, EngineStartError } from './errors.ts';
import { adviceFor, howItEnded } from './java-output.ts';

/** What is to be started, and how to see that it is ready. */
export interface LaunchOptions {
  /** `Flink`: for messages. */
  title: string;
  java: Java;
  /** Everything behind `java`. */
  args: readonly string[];
  /** Where it works; its log is in it. */
  folder: string;
  /** The log's name in the folder; default `engine.log`. */
  logName?: string;
  /** Variables besides those of this process. */
  env?: NodeJS.ProcessEnv;
  /** Given the process id as soon as there is one; what it throws ends the start. */
  onSpawned?: (pid: number) => Promise<void>;
  /** Asks it; what it throws counts as no. */
  isReady: () => Promise<boolean>;
  /** Let it go on after this process; default false. */
  daemon?: boolean;
  /** Give up when it is not ready after this long, ms; default 120 000. */
  timeoutMs?: number;
  /** Ends the start, and the process with it. */
  signal?: AbortSignal | undefined;
  /** How long it may take to end in order, ms; default 10 000. */
  patienceMs?: number | undefined;
}

/** A Java process that answered. */
export interface JavaProcess {
  readonly pid: number;
  readonly isRunning: boolean;
  /** Absolute path. */
  readonly logFile: string;
  /** From starting Java to its first answer, ms. */
  readonly startedInMs: number;
  /** Ends it in order and waits until it has ended. Again: does nothing. */
  stop(): Promise<void>;
  /** Ends it at once with SIGKILL, as a crash would, and waits until it has ended. */
  kill(): Promise<void>;
  /** Resolves when it has ended. */
  readonly ended: Promise<void>;
  /** The error for something that was asked of it and not answered, where it has ended. */
  endedError(what: string): Promise<EngineEndedError | undefined>;
}

/** How long Java may take to end in order, ms; it has nothing to save that its checkpoints do not hold. */
const PATIENCE_MS = 10_000;

/**
 * Starts Java, and resolves when it is ready.
 *
 * @throws {@link EngineStartError} (`ST_ENGINES_START`) with the end of its log, when it ends or is not ready in time; nothing
 *   goes on then
 */
export async function launchJava(options: LaunchOptions): Promise<JavaProcess> {
  const { title, java, args, folder, isReady, daemon = false, timeoutMs = 120_000, signal } = options;
  signal?.throwIfAborted();
  await fsp.mkdir(folder, { recursive: true });
  const logFile = path.join(folder, options.logName ?? 'engine.log');
  await rotateLog(logFile);
  const began = performance.now();
  const child = spawnLogged(options, logFile, daemon);
  let spawnFailure: Error | undefined;
  child.once('error', (error) => (spawnFailure = error));
  const end = ended(child);
  const failed = async (reason: string): Promise<EngineStartError> => {
    const tail = await logTail(logFile);
    // Its log may have had no room to say so.
    const how = (await isFull(folder)) ? `${reason}; No space left on device, where ${folder} is` : reason;
    return new EngineStartError({
      what: `start ${title}`,
      tried: [`${java.program} ${args.at(-1) ?? ''}`.trim()],
      answered: tail === '' ? how : `${how}; the last lines of its log:\n${tail}`,
      toDo: adviceFor(`${how}\n${tail}`, logFile),
      logTail: tail,
      ...(spawnFailure ? { cause: spawnFailure } : {}),
    });
  };
  try {
    if (child.pid !== undefined) await options.onSpawned?.(child.pid);
    while (!(await isReady().catch(() => false))) {
      await Promise.race([end, pause(100, signal)]);
      signal?.throwIfAborted();
      if (hasEnded(child) || spawnFailure !== undefined)
        throw await failed(spawnFailure ? messageOf(spawnFailure) : howItEnded(child));
      if (performance.now() - began > timeoutMs) throw await failed(`no answer in ${timeoutMs / 1000} s`);
    }
  } catch (error) {
    await endProcess(child, 'SIGKILL');
    throw error;
  }
  return watched(options, child, logFile, Math.round(performance.now() - began));
}

/** Whether a folder's disk has no room for a page of a log; some file systems do not say how much they have (0 blocks). */
async function isFull(folder: string): Promise<boolean> {
  const disk = await fsp.statfs(folder).catch(() => undefined);
  return disk !== undefined && disk.blocks > 0 && disk.bavail * disk.bsize < 4_096;
}

function spawnLogged({ title, java, args, folder, env }: LaunchOptions, logFile: string, daemon: boolean) {
  const log = fs.openSync(logFile, 'a');
  try {
    return spawnWithParent(java.program, args, {
      title: `streamtrain-${title.toLowerCase().replaceAll(/\W+/g, '-')}`,
      cwd: folder,
      log,
      daemon,
      env: { ...process.env, ...env },
    });
  } finally {
    fs.closeSync(log);
  }
}

function watched(
  { title, patienceMs = PATIENCE_MS }: LaunchOptions,
  child: ChildProcess,
  logFile: string,
  startedInMs: number,
): JavaProcess {
  return {
    pid: child.pid ?? 0,
    get isRunning() {
      return !hasEnded(child);
    },
    logFile,
    startedInMs,
    stop: () => endProcess(child, 'SIGTERM', patienceMs),
    kill: () => endProcess(child, 'SIGKILL'),
    ended: ended(child),
    async endedError(what) {
      // Its connections break a moment before its end is known.
      await orAfter(ended(child), 300);
      if (!hasEnded(child)) return undefined;
      const tail = await logTail(logFile, 8);
      const how = howItEnded(child);
      return new EngineEndedError({
        what,
        tried: [`${title}, process ${child.pid ?? 0}`],
        answered: `${how}; the last lines of its log:\n${tail}`,
        toDo: adviceFor(`${how}\n${tail}`, logFile),
        logTail: tail,
      });
    },
  };
}
