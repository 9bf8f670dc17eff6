/** Ends processes and waits until they have ended: a child, one of somebody else's, a child with all its descendants. */
import { execFileSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAlive, statOf, ZOMBIE } from './identity.ts';

/** How long a process may take to close its files before it is ended by force, ms. */
const PATIENCE_MS = 30_000;

/** Whether a child has ended, or was never started. */
export function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
}

/** Resolves when a child has ended; does not keep this process alive while waiting, {@link endProcess} does. */
export async function ended(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  await new Promise<void>((resolve) => child.once('exit', () => resolve()));
}

/** Ends a child, by default politely, and waits until it has ended; after `patienceMs` (default 30 s) by force. */
export async function endProcess(
  child: ChildProcess,
  signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM',
  patienceMs = PATIENCE_MS,
): Promise<void> {
  if (hasEnded(child)) return;
  child.ref();
  const timer = setTimeout(() => child.kill('SIGKILL'), patienceMs);
  try {
    child.kill(signal);
    await ended(child);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Ends a process that is not our child and waits until it has ended; after 30 s by force.
 *
 * @throws Error when we may not, or it does not end; with what was done to it
 */
export async function endForeignProcess(pid: number): Promise<void> {
  const started = performance.now();
  let signal: NodeJS.Signals = 'SIGTERM';
  try {
    process.kill(pid, signal);
    while (isAlive(pid)) {
      const waited = performance.now() - started;
      if (waited > PATIENCE_MS && signal === 'SIGTERM') process.kill(pid, (signal = 'SIGKILL'));
      if (waited > PATIENCE_MS + 5000)
        throw new Error(`it is still there after ${Math.round(waited / 1000)} s`);
      await sleep(50);
    }
    // Where it was ours after all (a daemon), Node asks for its exit code in a moment, and its id is free then.
    for (let looks = 0; looks < 100 && statOf(pid)?.parent === process.pid; looks++) await sleep(10);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'ESRCH') throw new Error(`${signal} to process ${pid}: ${message}`, { cause: error });
  }
}

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
 * const jupyter = await startJupyter();
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
  if (!hasProc()) return isAlive(pid);
  const now = statOf(pid);
  return now !== undefined && now.start === start && now.state !== ZOMBIE;
}

/**
 * Ends those processes that still run: asks first (SIGTERM), then insists (SIGKILL).
 *
 * @param graceMs time between the two
 * @returns the processes that had to be ended
 */
export async function endLeftovers(seen: readonly SeenProcess[], graceMs = 2_000): Promise<SeenProcess[]> {
  const left = seen.filter(isRunning);
  for (const { pid } of left) send(pid, 'SIGTERM');
  const deadline = performance.now() + graceMs;
  while (left.some(isRunning) && performance.now() < deadline) await sleep(50);
  for (const { pid } of left.filter(isRunning)) send(pid, 'SIGKILL');
  while (left.some(isRunning) && performance.now() < deadline + 1_000) await sleep(20);
  return left;
}

/** Kills every descendant of this process at once; for the second Ctrl-C. */
export function killDescendants(): void {
  for (const { pid } of descendants()) send(pid, 'SIGKILL');
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // it ended by itself in between
  }
}

function hasProc(): boolean {
  return fs.existsSync('/proc/self/stat');
}

function listProcesses(): SeenProcess[] {
  if (hasProc()) {
    return fs
      .readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map((name) => ({ pid: Number(name), stat: statOf(Number(name)) }))
      .filter(({ stat }) => stat !== undefined && stat.state !== ZOMBIE)
      .map(({ pid, stat }) => ({ pid, parent: stat!.parent, start: stat!.start, command: stat!.command }));
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
