/** The lock of a checkpoint folder: one living process at a time, which stops as soon as the folder is not its own any more. */
import path from 'node:path';
import { acquireFileLock, type FileLock } from '../../process/index.ts';
import { CheckpointLockedError, CheckpointLockLostError, CheckpointSaveError } from './errors.ts';
import type { CheckpointLock } from './store.ts';

/** A folder's lock, as its store needs it. */
export interface FolderLock extends CheckpointLock {
  /** @param now look at the file even where the last look was just now */
  check(now?: boolean): Promise<void>;
}

/**
 * Takes the folder's lock. A lock left by a process that has died (SIGKILL included) is taken over at once; where the
 * owner cannot be seen (another container, another machine on a network folder), after its lease has run out.
 *
 * @throws CheckpointLockedError (`ST_TRAINING_CHECKPOINT_LOCKED`) with the owner's process id and host;
 *   CheckpointSaveError (`ST_TRAINING_CHECKPOINT_SAVE`) where the lock can neither be read nor written
 */
export async function lockFolder(folder: string, leaseMs: number): Promise<FolderLock> {
  const found = await acquire(folder, leaseMs);
  if ('heldBy' in found) throw new CheckpointLockedError(folder, found.heldBy, found.silentForMs);
  return {
    check: async (now = false) => {
      if (await stillHeld(folder, found, now)) return;
      const { lostTo } = found;
      throw new CheckpointLockLostError(folder, lostTo === 'nobody' ? undefined : lostTo, leaseMs);
    },
    release: () => found.release(),
  };
}

async function acquire(folder: string, leaseMs: number) {
  try {
    return await acquireFileLock(path.join(folder, 'lock.json'), leaseMs);
  } catch (error) {
    throw new CheckpointSaveError(folder, error);
  }
}

async function stillHeld(folder: string, lock: FileLock, now: boolean): Promise<boolean> {
  try {
    return await lock.check(now);
  } catch (error) {
    throw new CheckpointSaveError(folder, error);
  }
}
