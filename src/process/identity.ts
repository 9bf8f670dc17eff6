/** Which process is which: an identity that holds across process id reuse, PID namespaces (containers) and reboots. */
import fs from 'node:fs/promises';
import os from 'node:os';

/** What tells a process apart from every other one. What the platform does not tell is ''. */
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
    fs.readlink('/proc/self/ns/pid').catch(() => ''),
  ]);
  const processStart = startOf(stat) ?? '';
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
  if (processStart === '') return 'alive';
  if (pid === own.pid && own.processStart !== '') return processStart === own.processStart ? 'alive' : 'dead';
  // Where /proc is not ours, the id is in use, but by whom cannot be seen.
  if ((await fs.readlink('/proc/self').catch(() => '')) !== String(own.pid)) return 'unknown';
  const stat = await textOf(`/proc/${pid}/stat`);
  // It ended meanwhile, or cannot be read: hidden (hidepid), not permitted, too many open files.
  if (stat === '') return isInUse(pid) ? 'unknown' : 'dead';
  return startOf(stat) === processStart ? 'alive' : 'dead';
}

function isInUse(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function sharesProcessIds(own: ProcessIdentity, other: ProcessIdentity): boolean {
  const known = (one: ProcessIdentity) => Boolean(one.bootId) && Boolean(one.pidNamespace);
  // Where only our own cannot be read, nothing is equal.
  if (!known(other)) return own.host === other.host;
  return own.bootId === other.bootId && own.pidNamespace === other.pidNamespace;
}

/** Field 22 of `/proc/PID/stat`; undefined where there is none, or for a zombie. The name (field 2) may hold blanks. */
function startOf(stat: string): string | undefined {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' ? undefined : fields[19];
}

async function textOf(file: string): Promise<string> {
  return fs.readFile(file, 'utf8').catch(() => '');
}
