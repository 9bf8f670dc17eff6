/** A lock between processes, so that two clones setting up at once download a thing only once. */
import { randomUUID } from 'node:crypto';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LockError } from './errors.ts';

/** Who holds a lock, as written into its file. */
export interface LockOwner {
  /** Unique to this acquisition. */
  readonly id: string;
  readonly pid: number;
  readonly host: string;
  /** When the owning process started, in the kernel's ticks (Linux), else ''; tells a reused process id apart. */
  readonly processStart: string;
}

/** How {@link withLock} waits. */
export interface LockOptions {
  /** Called once when the lock is held by someone else, before waiting. */
  onWait?: (owner: LockOwner) => void;
  /** Give up after this many ms; default 45 minutes. */
  timeoutMs?: number;
  /** Time between two looks, ms; default 250. */
  pollMs?: number;
}

/** An owner on another machine that has not shown itself for so long is taken for dead, ms. */
const SILENCE_MS = 60_000;

/**
 * Runs `work` while holding the lock file; waits while another live process holds it. A lock whose owner died is taken
 * over, whether it crashed, was killed, or its process id now belongs to someone else.
 *
 * @param file the lock's path; its folder is created
 * @throws {@link LockError} (`ST_INSTALL_LOCK`) after `timeoutMs`
 * @example
 * ```ts
 * await withLock(path.join(cache, 'tensorflow.lock'), () => build(), {
 *   onWait: ({ pid }) => console.log(`waiting for process ${pid}`),
 * });
 * ```
 */
export async function withLock<T>(
  file: string,
  work: () => Promise<T>,
  options: LockOptions = {},
): Promise<T> {
  const { timeoutMs = 45 * 60_000, pollMs = 250 } = options;
  await fs.mkdir(path.dirname(file), { recursive: true });
  const owner = await ownIdentity();
  const deadline = Date.now() + timeoutMs;
  let told = false;
  while (!(await tryAcquire(file, owner))) {
    const holder = await readOwner(file);
    if (holder === undefined || !(await isAlive(file, holder))) {
      await removeStale(file, holder);
      continue;
    }
    if (!told) options.onWait?.(holder);
    told = true;
    if (Date.now() > deadline) throw timeout(file, holder, timeoutMs);
    await sleep(pollMs);
  }
  const heartbeat = setInterval(() => void touch(file), 5_000);
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    if ((await readOwner(file))?.id === owner.id) await fs.rm(file, { force: true });
  }
}

/** Creates the lock file with its content in one step (a hard link), so nobody ever reads half an owner. */
async function tryAcquire(file: string, owner: LockOwner): Promise<boolean> {
  const draft = `${file}.${owner.id}`;
  await fs.writeFile(draft, JSON.stringify(owner));
  try {
    await fs.link(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await fs.rm(draft, { force: true });
  }
}

/** Takes a dead owner's file away; puts it back if a live process was quicker and it is now theirs. */
async function removeStale(file: string, stale: LockOwner | undefined): Promise<void> {
  const aside = `${file}.stale-${randomUUID()}`;
  try {
    await fs.rename(file, aside);
  } catch {
    return; // someone else removed it first
  }
  const taken = await readOwner(aside);
  if (taken !== undefined && taken.id !== stale?.id) await fs.link(aside, file).catch(() => undefined);
  await fs.rm(aside, { force: true });
}

async function readOwner(file: string): Promise<LockOwner | undefined> {
  try {
    return JSON.parse(await fs.readFile(file, 'utf8')) as LockOwner;
  } catch {
    return undefined;
  }
}

/** On this machine the process table decides; elsewhere (a home folder on the network) the file's heartbeat does. */
async function isAlive(file: string, owner: LockOwner): Promise<boolean> {
  if (owner.host !== os.hostname()) {
    const changed = await fs.stat(file).then(
      (stat) => stat.mtimeMs,
      () => 0,
    );
    return Date.now() - changed < SILENCE_MS;
  }
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return owner.processStart === (await processStart(owner.pid));
}

async function ownIdentity(): Promise<LockOwner> {
  return {
    id: randomUUID(),
    pid: process.pid,
    host: os.hostname(),
    processStart: await processStart(process.pid),
  };
}

/** Field 22 of `/proc/PID/stat`; '' where there is no such file. The name (field 2) may hold spaces and brackets. */
async function processStart(pid: number): Promise<string> {
  const stat = await fs.readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}

async function touch(file: string): Promise<void> {
  const now = new Date();
  await fs.utimes(file, now, now).catch(() => undefined);
}

function timeout(file: string, { pid, host }: LockOwner, timeoutMs: number): LockError {
  return new LockError({
    what: 'get a turn at setting up',
    tried: `the lock ${file}, for ${Math.round(timeoutMs / 1000)} s`,
    answered: `process ${pid} on ${host} holds it and is alive`,
    toDo: `Wait for that process or end it, then run again.`,
  });
}
