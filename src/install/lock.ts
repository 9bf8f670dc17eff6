/** A lock between processes, so that two clones setting up at once download a thing only once. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { acquireFileLock, type FileLock, type LockOwner } from '../process/index.ts';
import { LockError } from './errors.ts';

export type { LockOwner } from '../process/index.ts';

/** How {@link withLock} waits. */
export interface LockOptions {
  /** Called once when the lock is held by someone else, before waiting. */
  onWait?: (owner: LockOwner) => void;
  /** Give up after this many ms; default 45 minutes. */
  timeoutMs?: number;
  /** Time between two looks, ms; default 250. */
  pollMs?: number;
}

/**
 * Runs `work` while holding the lock file; waits while another live process holds it. A lock whose owner died is taken
 * over, whether it crashed, was killed, or its process id now belongs to someone else; in another container or on another
 * machine the owner counts as dead after half a minute without a sign of life.
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
  const since = performance.now();
  let told = false;
  let lock: FileLock | undefined;
  while (!lock) {
    const found = await acquireFileLock(file);
    if (!('heldBy' in found)) {
      lock = found;
      break;
    }
    if (!told) options.onWait?.(found.heldBy);
    told = true;
    if (performance.now() - since > timeoutMs) throw timeout(file, found.heldBy, timeoutMs);
    await sleep(pollMs);
  }
  try {
    return await work();
  } finally {
    await lock.release();
  }
}

function timeout(file: string, { pid, host }: LockOwner, timeoutMs: number): LockError {
  return new LockError({
    what: 'get a turn at setting up',
    tried: `the lock ${file}, for ${Math.round(timeoutMs / 1000)} s`,
    answered: `process ${pid} on ${host} holds it and is alive`,
    toDo: `Wait for that process or end it, then run again.`,
  });
}
