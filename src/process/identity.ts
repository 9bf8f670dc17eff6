/** Which process is which, and whether it lives: across reuse of process ids, containers and reboots. A zombie is dead. */
import fs from 'node:fs';
import os from 'node:os';
import { processTable, statOf, type ProcessTable } from './table.ts';

/** What tells a process apart from every other one. What the platform does not say is ''. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly host: string;
  /** When it started, in the words of the system's table of processes: tells a reused process id apart. */
  readonly processStart: string;
  /** Of this run of the machine (Linux): process ids of another run or machine mean nothing here. */
  readonly bootId: string;
  /** The table of process ids it is in (Linux): in two containers the same id is two processes. */
  readonly pidNamespace: string;
  /** The clock by which it counts when processes started (Linux): in two containers it may stand differently. */
  readonly timeNamespace?: string;
}

/** `'unknown'`: it is in another machine or container, where this process cannot see. */
export type Liveness = 'alive' | 'dead' | 'unknown';

/**
 * The identity of this process. Run, machine and container are known on Linux; elsewhere the host's name stands for them.
 *
 * @param table default: this system's
 * @example
 * ```ts
 * await fs.writeFile('owner.json', JSON.stringify(ownIdentity()));
 * ```
 */
export function ownIdentity(table: ProcessTable = processTable()): ProcessIdentity {
  const { pid } = process;
  const host = os.hostname();
  if (!table.isProc) {
    ownStart ??= table.look(pid)?.start;
    return { pid, host, processStart: ownStart ?? '', bootId: '', pidNamespace: '' };
  }
  return {
    ...{ pid, host },
    // By its own name: /proc may be of an outer container, where our process id is another process.
    processStart: statOf('self')?.start ?? '',
    bootId: orNothing(() => fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    pidNamespace: orNothing(() => fs.readlinkSync('/proc/self/ns/pid')),
    timeNamespace: orNothing(() => fs.readlinkSync('/proc/self/ns/time')),
  };
}

/** Where a program has to be asked: once. */
let ownStart: string | undefined;

/**
 * Whether that process lives, as far as this one can see.
 *
 * @param other as {@link ownIdentity} gave it there; without `bootId` and `pidNamespace` the host's name decides
 * @param table default: this system's
 */
export function livenessOf(other: ProcessIdentity, table: ProcessTable = processTable()): Liveness {
  const own = ownIdentity(table);
  const { pid, processStart } = other;
  if (!Number.isSafeInteger(pid) || pid < 1 || !sharesProcessIds(own, other)) return 'unknown';
  if (!isInUse(pid)) return 'dead';
  if (processStart === '') return isAlive(pid) ? 'alive' : 'dead';
  if (pid === own.pid && own.processStart !== '') return processStart === own.processStart ? 'alive' : 'dead';
  // Where /proc is not ours, the id is in use, but by whom cannot be seen.
  if (table.isProc && !seesOwnProcesses()) return 'unknown';
  const now = table.look(pid);
  // It ended meanwhile, or cannot be seen: hidden (hidepid), not permitted, too many open files.
  if (now === undefined) return isInUse(pid) ? 'unknown' : 'dead';
  return now.start === processStart && !now.hasEnded ? 'alive' : 'dead';
}

/**
 * Whether a process of this id lives, be it of another user. One that has ended and that its parent has not asked
 * about yet (a zombie) does not, where that can be seen at once (Linux).
 */
export function isAlive(pid: number): boolean {
  return isInUse(pid) && !(seesOwnProcesses() && statOf(pid)?.hasEnded);
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
  // What was written down by earlier versions says nothing of the clock.
  const { timeNamespace = own.timeNamespace } = other;
  return (
    own.bootId === other.bootId &&
    own.pidNamespace === other.pidNamespace &&
    own.timeNamespace === timeNamespace
  );
}

/** What the system says; '' where it does not. */
function orNothing(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}
