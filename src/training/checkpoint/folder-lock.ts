/** The lock of a checkpoint folder: one living process at a time, taken over at once from a dead one. */
import { randomUUID } from 'node:crypto';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { CheckpointLockedError } from './errors.ts';
import type { CheckpointLock } from './store.ts';

interface Owner {
  /** Unique to this acquisition. */
  readonly id: string;
  readonly pid: number;
  readonly host: string;
  /** When the process started (Linux: the kernel's ticks), which tells a reused process id apart; else ''. */
  readonly processStart: string;
}

const fileName = 'lock.json';
/** Shows an owner on another machine to be alive, ms. */
const heartbeatMs = 5_000;
/** An owner on another machine that was silent for so long is taken for dead, ms. */
const silenceMs = 60_000;

/**
 * Takes the folder's lock. A lock left by a process that has died (SIGKILL included) is taken over; on another machine
 * (a network folder) the owner counts as dead after a minute without a sign of life.
 *
 * @throws CheckpointLockedError (`ST_TRAINING_CHECKPOINT_LOCKED`) with the owner's process id and host
 */
export async function lockFolder(folder: string): Promise<CheckpointLock> {
  const file = path.join(folder, fileName);
  const own: Owner = {
    id: randomUUID(),
    pid: process.pid,
    host: os.hostname(),
    processStart: await processStart(process.pid),
  };
  while (!(await tryAcquire(file, own))) {
    const owner = await readOwner(file);
    if (owner && (await isAlive(file, owner))) throw new CheckpointLockedError(folder, owner.pid, owner.host);
    await removeStale(file, owner);
  }
  const heartbeat = setInterval(() => {
    const now = new Date();
    fs.utimes(file, now, now).catch(() => {});
  }, heartbeatMs);
  heartbeat.unref();
  return {
    release: async () => {
      clearInterval(heartbeat);
      if ((await readOwner(file))?.id === own.id) await fs.rm(file, { force: true });
    },
  };
}

/** Creates the file with its content in one step (a hard link), so that nobody ever reads half an owner. */
async function tryAcquire(file: string, own: Owner): Promise<boolean> {
  const draft = `${file}.${own.id}`;
  try {
    await fs.writeFile(draft, JSON.stringify(own));
    await fs.link(draft, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await fs.rm(draft, { force: true });
  }
}

/** Takes a dead owner's file away; puts it back if another process was quicker and it is now theirs. */
async function removeStale(file: string, stale: Owner | undefined): Promise<void> {
  const aside = `${file}.stale-${randomUUID()}`;
  try {
    await fs.rename(file, aside);
  } catch {
    return; // someone else removed it first
  }
  const taken = await readOwner(aside);
  if (taken && taken.id !== stale?.id) await fs.link(aside, file).catch(() => {});
  await fs.rm(aside, { force: true });
}

async function readOwner(file: string): Promise<Owner | undefined> {
  try {
    return JSON.parse(await fs.readFile(file, 'utf8')) as Owner;
  } catch {
    return undefined;
  }
}

async function isAlive(file: string, owner: Owner): Promise<boolean> {
  if (owner.host !== os.hostname()) {
    const changed = await fs.stat(file).then(
      (stat) => stat.mtimeMs,
      () => 0,
    );
    return Date.now() - changed < silenceMs;
  }
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return owner.processStart === (await processStart(owner.pid));
}

/** Field 22 of `/proc/PID/stat`; '' where there is none, or for a zombie. The name (field 2) may hold blanks. */
async function processStart(pid: number): Promise<string> {
  const stat = await fs.readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' ? '' : (fields[19] ?? '');
}
