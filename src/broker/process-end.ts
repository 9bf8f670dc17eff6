/** Ends processes and waits until they are gone. */
import type { ChildProcess } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { BrokerStopError } from './errors.ts';

/** How long Kafka may take to close its files before it is ended by force, ms. */
const PATIENCE_MS = 30_000;

/** Whether a child has ended. */
export function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null || child.pid === undefined;
}

/** Resolves when a child has ended; does not keep this process alive while waiting, {@link endProcess} does. */
export async function ended(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  await new Promise<void>((resolve) => child.once('exit', () => resolve()));
}

/** Ends a child, by default politely, and waits until it is gone; after 30 s by force. */
export async function endProcess(
  child: ChildProcess,
  signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM',
): Promise<void> {
  if (hasEnded(child)) return;
  child.ref();
  const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
  try {
    child.kill(signal);
    await ended(child);
  } finally {
    clearTimeout(timer);
  }
}

/** Whether a process of this id exists (it may be a zombie, or someone else's). */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/**
 * Ends a process that is not our child and waits until it is gone; after 30 s by force.
 *
 * @throws {@link BrokerStopError} (`ST_BROKER_STOP`) when we may not, or it does not go
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
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return;
    throw new BrokerStopError(
      {
        what: 'stop the broker',
        tried: `${signal} to process ${pid}`,
        answered: (error as Error).message,
        toDo: `End process ${pid} yourself ("kill ${pid}").`,
      },
      { cause: error },
    );
  }
}
