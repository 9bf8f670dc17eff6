/** An engine that goes on after the program that started it: its note in its folder, and how it is found and stopped. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { defaultDataFolder } from '../broker/data-folder.ts';
import { readJson, writeFileAtomically } from '../install/files.ts';
import {
  endForeignProcess,
  fetchDirectly,
  livenessOf,
  ownIdentity,
  type ProcessIdentity,
} from '../process/index.ts';
import { processTable } from '../process/table.ts';

/** What is written down about a running engine. */
export interface RunningEngine {
  /** `flink`. */
  readonly engine: string;
  readonly version: string;
  readonly pid: number;
  /** Its REST interface, on the loopback address. */
  readonly url: string;
  /** When it was started, ISO 8601. */
  readonly startedAt: string;
  /** Whether it goes on after the program that started it. */
  readonly daemon: boolean;
  /** Tells the process apart from a later one of the same number. */
  readonly identity: ProcessIdentity;
}

/** Where an engine works by default: `.streamtrain/engines/<name>` in the project. Not created. */
export function defaultEngineFolder(name: string): string {
  return path.join(path.dirname(defaultDataFolder(undefined, {})), 'engines', name);
}

/** The engine that runs in a folder, whoever started it; a note of one that has ended is removed. */
export async function findRunningEngine(folder: string): Promise<RunningEngine | undefined> {
  const noted = await readJson<RunningEngine>(noteIn(folder));
  if (noted?.identity === undefined || typeof noted.url !== 'string') return undefined;
  const liveness = livenessOf(noted.identity);
  if (liveness === 'alive') return noted;
  // Of one in another container nothing is known.
  if (liveness === 'dead') await forgetRunningEngine(folder, noted.pid);
  return undefined;
}

/**
 * Whether an engine answers: one that is on its way, or hangs, does not.
 *
 * @example
 * ```ts
 * const running = await findRunningEngine(defaultEngineFolder('flink'));
 * console.log(running && (await engineAnswers(running)) ? running.url : 'no Flink that answers');
 * ```
 */
export async function engineAnswers({ url }: RunningEngine, signal?: AbortSignal): Promise<boolean> {
  try {
    await statusAt(url, signal);
    return true;
  } catch {
    signal?.throwIfAborted();
    return false;
  }
}

/** Whether what an engine answers at an address is a success; what it says beside that is not read. */
export async function isWellAt(url: string): Promise<boolean> {
  const status = await statusAt(url);
  return status >= 200 && status < 300;
}

/** The status of the answer of an address, within 2 s. */
async function statusAt(url: string, signal?: AbortSignal): Promise<number> {
  const late = AbortSignal.timeout(2_000);
  const within = signal ? AbortSignal.any([signal, late]) : late;
  const { status, body } = await fetchDirectly(url, { signal: within });
  // Unread, it would keep its connection until it is collected.
  await body?.cancel();
  return status;
}

/** Writes down that an engine runs, or is on its way. */
export async function noteRunningEngine(
  folder: string,
  running: Omit<RunningEngine, 'identity'>,
): Promise<void> {
  const processStart = processTable().look(running.pid)?.start ?? '';
  const identity = { ...ownIdentity(), pid: running.pid, processStart };
  await writeFileAtomically(noteIn(folder), `${JSON.stringify({ ...running, identity }, null, 2)}\n`);
}

/** Forgets the engine of a folder; a later one in the same folder stays noted. */
export async function forgetRunningEngine(folder: string, pid: number): Promise<void> {
  const noted = await readJson<RunningEngine>(noteIn(folder));
  if (noted !== undefined && noted.pid !== pid) return;
  await fs.rm(noteIn(folder), { force: true });
}

/**
 * Ends the engine that runs in a folder, and waits until it has ended; what it wrote stays.
 *
 * @returns what it was, or undefined when nothing ran
 */
export async function stopRunningEngine(folder: string): Promise<RunningEngine | undefined> {
  const running = await findRunningEngine(folder);
  if (running === undefined) return undefined;
  await endForeignProcess(running.pid);
  await forgetRunningEngine(folder, running.pid);
  return running;
}

function noteIn(folder: string): string {
  return path.join(folder, 'running.json');
}
