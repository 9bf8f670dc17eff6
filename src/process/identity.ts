/** Which process is which, and whether it lives: across reuse of process ids, containers and reboots. A zombie is dead. */
import fs from 'node:fs';
import fsp from 'node:fs/promises';
import os from 'node:os';

/** What tells a process apart from every other one. What the platform does not say is ''. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly host: string;
  /** When it started, in the kernel's ticks since boot (Linux): tells a reused process id apart. */
  readonly processStart: string;
  /** Of this run of the machine (Linux): process ids of another run or machine mean nothing here. */
  readonly bootId: string;
  /** The table of process ids it is in (Linux): in two containers the same id is two processes. */
  readonly pidNamespace: string;
}

/** `'unknown'`: it is in another machine or container, where this process cannot see. */
export type Liveness = 'alive' | 'dead' | 'unknown';

/**
 * The identity of this process.
 *
 * @example
 * ```ts
 * await fs.writeFile('owner.json', JSON.stringify(await ownIdentity()));
 * ```
 */
export async function ownIdentity(): Promise<ProcessIdentity> {
  const [stat, bootId, pidNamespace] = await Promise.all([
    // By its own name: /proc may be of an outer container, where our process id is another process.
    textOf('/proc/self/stat'),
    textOf('/proc/sys/kernel/random/boot_id'),
    fsp.readlink('/proc/self/ns/pid').catch(() => ''),
  ]);
  const processStart = parseStat(stat)?.start ?? '';
  return { pid: process.pid, host: os.hostname(), processStart, bootId: bootId.trim(), pidNamespace };
}

/**
 * Whether that process lives, as far as this one can see.
 *
 * @param other as {@link ownIdentity} gave it there; without `bootId` and `pidNamespace` the host's name decides
 */
export async function livenessOf(other: ProcessIdentity): Promise<Liveness> {
  const own = await ownIdentity();
  const { pid, processStart } = other;
  if (!Number.isSafeInteger(pid) || pid < 1 || !sharesProcessIds(own, other)) return 'unknown';
  if (!isInUse(pid)) return 'dead';
  if (processStart === '') return isAlive(pid) ? 'alive' : 'dead';
  if (pid === own.pid && own.processStart !== '') return processStart === own.processStart ? 'alive' : 'dead';
  // Where /proc is not ours, the id is in use, but by whom cannot be seen.
  if (!seesOwnProcesses()) return 'unknown';
  const stat = await textOf(`/proc/${pid}/stat`);
  // It ended meanwhile, or cannot be read: hidden (hidepid), not permitted, too many open files.
  if (stat === '') return isInUse(pid) ? 'unknown' : 'dead';
  const now = parseStat(stat);
  return now?.start === processStart && now.state !== ZOMBIE ? 'alive' : 'dead';
}

/**
 * Whether a process of this id lives, be it of another user. One that has ended and that its parent has not asked
 * about yet (a zombie) does not.
 */
export function isAlive(pid: number): boolean {
  return isInUse(pid) && !(seesOwnProcesses() && statOf(pid)?.state === ZOMBIE);
}

/** What `/proc/PID/stat` says of a process. */
interface ProcessStat {
  /** Its program's name, cut at 15 characters. */
  readonly command: string;
  /** One letter; {@link ZOMBIE}: it has ended. */
  readonly state: string;
  readonly parent: number;
  /** Kernel ticks since boot. */
  readonly start: string;
}

/** The state of a process that has ended and whose parent has not asked for its exit code yet. */
export const ZOMBIE = 'Z';

/** Linux's facts of a process; undefined where there is no such process, or no `/proc`. */
export function statOf(pid: number): ProcessStat | undefined {
  try {
    return parseStat(fs.readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return undefined;
  }
}

/** The name (field 2, in brackets) may hold anything, so fields count from the last bracket; the start is field 22. */
function parseStat(text: string): ProcessStat | undefined {
  const end = text.lastIndexOf(')');
  if (end < 0) return undefined;
  const [state = '', parent, ...more] = text.slice(end + 2).split(' ');
  const command = text.slice(text.indexOf('(') + 1, end);
  return { command, state, parent: Number(parent), start: more[17] ?? '' };
}

/** Whether a process id is given to anything, a zombie included. */
function isInUse(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Whether `/proc` shows our table of process ids; in a container it may be the outer one's. */
function seesOwnProcesses(): boolean {
  try {
    return fs.readlinkSync('/proc/self') === String(process.pid);
  } catch {
    return false;
  }
}

function sharesProcessIds(own: ProcessIdentity, other: ProcessIdentity): boolean {
  const known = (one: ProcessIdentity) => Boolean(one.bootId) && Boolean(one.pidNamespace);
  // Where only our own cannot be read, nothing is equal.
  if (!known(other)) return own.host === other.host;
  return own.bootId === other.bootId && own.pidNamespace === other.pidNamespace;
}

async function textOf(file: string): Promise<string> {
  return fsp.readFile(file, 'utf8').catch(() => '');
}
