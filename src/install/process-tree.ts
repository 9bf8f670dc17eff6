/** Knows a process's descendants, and ends what is left of them. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** A process as it was seen; the start time tells it from a later one with the same number. */
export interface SeenProcess {
  readonly pid: number;
  readonly parent: number;
  /** Kernel ticks since boot (Linux), else ''. */
  readonly start: string;
  readonly command: string;
}

/**
 * Lists everything that descends from a process, nearest first.
 *
 * @param pid default: this process
 * @example
 * ```ts
 * const before = descendants(jupyter.pid);
 * await jupyter.stop();
 * await endLeftovers(before);
 * ```
 */
export function descendants(pid: number = process.pid): SeenProcess[] {
  const all = listProcesses();
  const found: SeenProcess[] = [];
  const parents = new Set([pid]);
  for (let grew = true; grew;) {
    grew = false;
    for (const seen of all) {
      if (parents.has(seen.parent) && !parents.has(seen.pid)) {
        parents.add(seen.pid);
        found.push(seen);
        grew = true;
      }
    }
  }
  return found;
}

/** Whether this very process still runs (a zombie does not). */
export function isRunning({ pid, start }: SeenProcess): boolean {
  if (fs.existsSync('/proc/self/stat')) {
    const now = readStat(pid);
    return now !== undefined && now.start === start && now.state !== 'Z';
  }
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/**
 * Ends those processes that still run: asks first (SIGTERM), then insists (SIGKILL).
 *
 * @param graceMs time between the two
 * @returns the processes that had to be ended
 */
export async function endLeftovers(seen: readonly SeenProcess[], graceMs = 2_000): Promise<SeenProcess[]> {
  const left = seen.filter(isRunning);
  for (const { pid } of left) signal(pid, 'SIGTERM');
  const deadline = performance.now() + graceMs;
  while (left.some(isRunning) && performance.now() < deadline) await sleep(50);
  for (const { pid } of left.filter(isRunning)) signal(pid, 'SIGKILL');
  while (left.some(isRunning) && performance.now() < deadline + 1_000) await sleep(20);
  return left;
}

/** Kills every descendant of this process at once; for the second Ctrl-C. */
export function killDescendants(): void {
  for (const { pid } of descendants()) signal(pid, 'SIGKILL');
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // it ended by itself in between
  }
}

function listProcesses(): SeenProcess[] {
  if (fs.existsSync('/proc/self/stat')) {
    return fs
      .readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((name) => readStat(Number(name)))
      .filter((seen) => seen !== undefined)
      .filter((seen) => seen.state !== 'Z')
      .map(({ pid, parent, start, command }) => ({ pid, parent, start, command }));
  }
  return execFileSync('ps', ['-A', '-o', 'pid=,ppid=,comm='], { encoding: 'utf8' })
    .split('\n')
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line))
    .filter((match) => match !== null)
    .map(([, pid, parent, command = '']) => ({
      pid: Number(pid),
      parent: Number(parent),
      start: '',
      command,
    }));
}

/** `/proc/PID/stat`: the name in brackets may hold anything, so fields count from the last bracket. */
function readStat(pid: number): (SeenProcess & { state: string }) | undefined {
  try {
    const text = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
    const end = text.lastIndexOf(')');
    const fields = text.slice(end + 2).split(' ');
    const command = text.slice(text.indexOf('(') + 1, end);
    return { pid, parent: Number(fields[1]), state: fields[0] ?? '', start: fields[19] ?? '', command };
  } catch {
    return undefined;
  }
}
