/** Ends processes and waits until they have ended: a child, one of somebody else's, a child with all its descendants. */
import { spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { platform } from '../platform.ts';
import { isAlive } from './identity.ts';
import { processTable, statOf, type ProcessTable, type SeenProcess } from './table.ts';

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

/**
 * Lists everything that descends from a process, nearest first.
 *
 * @param pid default: this process
 * @param table default: this system's
 * @example
 * ```ts
 * const jupyter = await startJupyter();
 * const before = descendants(jupyter.pid);
 * await jupyter.stop();
 * await endLeftovers(before);
 * ```
 */
export function descendants(pid: number = process.pid, table: ProcessTable = processTable()): SeenProcess[] {
  const all = table.list().filter(({ hasEnded }) => !hasEnded);
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
  const table = processTable();
  // The first question costs nothing, and settles most.
  if (!isAlive(pid)) return false;
  const now = table.look(pid);
  // Where a program has to be asked, it may not have answered.
  if (now === undefined) return !table.isProc && isAlive(pid);
  return now.start === start && !now.hasEnded;
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

/**
 * Ends a process that leads a group of its own (spawned `detached`), with all that it started, at once. On Windows: any
 * process, with all that it started.
 */
export function endTree(pid: number): void {
  const ender = platform.endTree(pid);
  if (ender) spawnSync(ender.program, ender.args, { stdio: 'ignore', windowsHide: true });
  else send(-pid, 'SIGKILL');
}
