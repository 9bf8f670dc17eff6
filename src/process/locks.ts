/**
 * Lock files between processes of one machine, of several containers, or of several machines on a network folder.
 *
 * Where the owner can be seen in the process table, that decides. Where it cannot, its lease does: the owner renews the
 * file; one that has not for `leaseMs` is taken for dead. It may only have been suspended, so every acquisition has an id
 * of its own (a fencing token): an owner that goes on asks {@link FileLock.check} whether the file still has its id
 * before it does anything that counts. Idea: M. Kleppmann, "How to do distributed locking", 2016.
 */
import { randomUUID } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import { failure } from '../errors.ts';
import { livenessOf, ownIdentity } from './identity.ts';
import {
  createLockFile,
  lookAtLockFile,
  ownerIn,
  removeLockFile,
  touchLockFile,
  type LockOwner,
  type SeenLock,
} from './lock-file.ts';
import { pause } from './waiting.ts';

/** Another living process held a lock for longer than was to be waited. */
export class LockError extends failure({
  code: 'ST_PROCESS_LOCK',
  canRetry: true,
  says: ({ file, pid, host, waitedMs }: { file: string; pid: number; host: string; waitedMs: number }) =>
    `Could not get the lock ${file} in ${Math.round(waitedMs / 1000)} s: process ${pid} on ${host} holds it and is alive.`,
  cure: 'Wait for that process or end it, then run again.',
}) {}

/** A lock that somebody else has. */
export interface HeldLock {
  readonly heldBy: LockOwner;
  /** How long ago the owner showed itself last, ms, by the clock of the file's folder. */
  readonly silentForMs: number;
}

/** For a moment nothing is there while another process looks whose a lock is: so often is looked, with a pause between. */
export const LOCK_LOOKS = { tries: 6, pauseMs: 20 } as const;

/** The lease where none is given, ms. */
export const DEFAULT_LEASE_MS = 30_000;

/**
 * Takes the lock if nobody living has it. A dead owner's is taken over: at once where its process can be seen to have
 * ended (a zombie has), else when its lease has run out and it is watched not to renew.
 *
 * @param file its folder must be there
 * @throws what the file system says when the file can neither be read nor written: no answer is not "nobody"
 */
export async function acquireFileLock(
  file: string,
  leaseMs: number = DEFAULT_LEASE_MS,
): Promise<FileLock | HeldLock> {
  const heartbeatMs = Math.min(3_000, Math.ceil(leaseMs / 10));
  const own: LockOwner = { id: randomUUID(), ...ownIdentity(), leaseMs, heartbeatMs };
  for (;;) {
    const since = performance.now();
    const now = await createLockFile(file, own);
    if (now === undefined) return new FileLock(file, own, since);
    const seen = await lookAtLockFile(file);
    if (!seen) continue;
    const silentForMs = Math.max(0, now - seen.changed);
    if (await isHeld(file, seen, silentForMs)) return { heldBy: seen.owner, silentForMs };
    await removeLockFile(file, seen.id, seen.changed);
  }
}

/** How {@link withLock} waits. */
export interface LockOptions {
  /** Called once when the lock is held by someone else, before waiting. */
  onWait?: (owner: LockOwner) => void;
  /** Give up after this many ms; default 45 minutes. */
  timeoutMs?: number;
  /** Time between two looks, ms; default 250. */
  pollMs?: number;
  /** Ends the waiting. */
  signal?: AbortSignal | undefined;
}

/**
 * Runs `work` while holding the lock file; waits while another live process holds it. A lock whose owner died is taken
 * over, whether it crashed, was killed, or its process id now belongs to someone else; in another container or on another
 * machine the owner counts as dead after half a minute without a sign of life.
 *
 * @param file the lock's path; its folder is created
 * @throws {@link LockError} (`ST_PROCESS_LOCK`) after `timeoutMs`; the signal's reason
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
  { timeoutMs = 45 * 60_000, pollMs = 250, onWait, signal }: LockOptions = {},
): Promise<T> {
  await fs.mkdir(path.dirname(file), { recursive: true });
  const since = performance.now();
  let found = await acquireFileLock(file);
  if ('heldBy' in found) onWait?.(found.heldBy);
  while ('heldBy' in found) {
    const { pid, host } = found.heldBy;
    if (performance.now() - since > timeoutMs) throw new LockError({ file, pid, host, waitedMs: timeoutMs });
    await pause(pollMs, signal);
    found = await acquireFileLock(file);
  }
  try {
    return await work();
  } finally {
    await found.release();
  }
}

/** The lock while it is ours. */
export class FileLock {
  readonly owner: LockOwner;
  /** Who has it now, when it is not ours any more; nobody if the file was removed. */
  lostTo: LockOwner | 'nobody' | undefined;
  readonly #file: string;
  readonly #timer: NodeJS.Timeout;
  /** When it was ours for certain: on the monotonic clock, and on the one that goes on while the machine sleeps. */
  #proven: readonly [number, number];

  /** Made by {@link acquireFileLock}. */
  constructor(file: string, owner: LockOwner, since: number) {
    this.owner = owner;
    this.#file = file;
    this.#proven = [since, Date.now() - (performance.now() - since)];
    this.#timer = setInterval(() => void this.#renew().catch(() => {}), owner.heartbeatMs);
    this.#timer.unref();
  }

  /**
   * Whether the lock is still ours. Costs a renewal of the file (0.5 ms), or nothing where the last one is so fresh that
   * nobody can have taken it since. `now`: look at the file then, too.
   *
   * @throws what the file system says when the file cannot be read
   */
  async check(now = false): Promise<boolean> {
    if (now && this.lostTo === undefined && this.#isFresh()) await this.#isOurs();
    // Once more if this process was suspended on the way.
    for (let tries = 0; tries < 3 && !this.#isFresh() && this.lostTo === undefined; tries++)
      await this.#renew();
    return this.lostTo === undefined;
  }

  /** Gives it back, if it is ours. */
  async release(): Promise<void> {
    clearInterval(this.#timer);
    if (this.lostTo === undefined) await removeLockFile(this.#file, this.owner.id);
  }

  #isFresh(): boolean {
    const [monotonic, wall] = this.#proven;
    const longest = this.owner.leaseMs / 4;
    const ago = Date.now() - wall;
    return performance.now() - monotonic < longest && ago < longest && ago >= 0;
  }

  async #renew(): Promise<void> {
    if (this.lostTo !== undefined) return;
    const begun = [performance.now(), Date.now()] as const;
    if (!(await this.#isOurs())) return;
    await touchLockFile(this.#file);
    // Another process may have taken the file away between the look and the touch.
    if (await this.#isOurs()) this.#proven = begun;
  }

  /** Looks whose it is; remembers when it is lost. */
  async #isOurs(): Promise<boolean> {
    let owner = await ownerIn(this.#file);
    // Nothing is there, or half of a copy, while another process looks whose it is.
    for (let tries = 1; !owner?.pid && tries < LOCK_LOOKS.tries; tries++) {
      await pause(LOCK_LOOKS.pauseMs);
      owner = await ownerIn(this.#file);
    }
    if (owner?.id === this.owner.id) return true;
    this.lostTo = owner ?? 'nobody';
    clearInterval(this.#timer);
    return false;
  }
}

async function isHeld(file: string, { owner, id, changed }: SeenLock, silentForMs: number): Promise<boolean> {
  const liveness = livenessOf(owner);
  if (liveness !== 'unknown') return liveness === 'alive';
  if (silentForMs <= owner.leaseMs) return true;
  // Clocks jump and machines sleep: a living owner renews while it is watched.
  await pause(owner.heartbeatMs * 1.25 + 200);
  const again = await lookAtLockFile(file);
  return again !== undefined && (again.id !== id || again.changed !== changed);
}
