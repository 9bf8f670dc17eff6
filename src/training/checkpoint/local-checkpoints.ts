/** Checkpoints in a local folder, which one living process at a time may write. */
import { randomUUID } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import {
  CheckpointDamagedError,
  CheckpointSaveError,
  CheckpointStateError,
  CheckpointLockedError,
  CheckpointLockLostError,
} from './errors.ts';
import { platform } from '../../platform.ts';
import { DEFAULT_LEASE_MS, acquireFileLock, type FileLock } from '../../process/index.ts';
import {
  invalidOption,
  checkNumber,
  checkInteger,
  refuseUnknownOptions,
  type OptionNames,
} from '../../options.ts';
import { files, readCheckpoint, writeCheckpoint, type CheckpointFiles } from './manifest.ts';
import type { Checkpoint, CheckpointContent, CheckpointLock, CheckpointStore } from './store.ts';

/** Options of {@link localCheckpoints}. */
export interface LocalCheckpointsOptions {
  /** How many are kept (default 3). The newest may be damaged by a failing disk; the one before it is then used. */
  keep?: number;
  /**
   * A trainer whose process cannot be seen from here (in another container, or on another machine) counts as dead when it
   * has not shown itself for so long, ms (default 30,000, at least 1,000). One that was only suspended finds out when it
   * goes on, and ends with `ST_TRAINING_CHECKPOINT_LOCK_LOST`.
   */
  leaseMs?: number;
}

const known: OptionNames<LocalCheckpointsOptions> = { keep: true, leaseMs: true };

const namePattern = /^checkpoint-(\d{12})$/;
const draftPrefix = '.writing-';

/**
 * Keeps checkpoints in a folder, each a folder of its own (`checkpoint-000000000042/`) with a `manifest.json` and the
 * arrays' bytes in `arrays.bin`. Each is written under another name, synced to disk, then renamed, so it is there as a
 * whole or not at all. Refused checkpoints are left alone and not counted: whether to delete them is yours to decide.
 *
 * @param folder is created with the first checkpoint
 * @throws InvalidOptionError (`ST_OPTION_INVALID`)
 * @example
 * ```ts
 * const model = compileTrainStep(buildClassifier({ inputs: 9 }));
 * const store = localCheckpoints('checkpoints/cancer', { keep: 5 });
 * await trainOnline({ source: { topics: 'cancer-train', groupId: 'cg' }, model, decode: codec, checkpoint: store });
 * console.log(await store.list()); // [ 'checkpoint-000000000059', ... ]
 * ```
 */
export function localCheckpoints(folder: string, options: LocalCheckpointsOptions = {}): CheckpointStore {
  refuseUnknownOptions('localCheckpoints', options, known);
  const { keep = 3, leaseMs = DEFAULT_LEASE_MS } = options;
  if (typeof folder !== 'string' || folder === '') throw invalidOption('folder', folder, "a folder's path");
  checkInteger('keep', keep, { least: 1 });
  checkNumber('leaseMs', leaseMs, { least: 1000 });
  return new LocalCheckpoints(path.resolve(folder), keep, leaseMs);
}

class LocalCheckpoints implements CheckpointStore {
  readonly place: string;
  readonly #keep: number;
  readonly #leaseMs: number;
  readonly #refused = new Set<string>();
  /** While this process is the owner, or believes to be. */
  #lock: FolderLock | undefined;

  constructor(folder: string, keep: number, leaseMs: number) {
    this.place = folder;
    this.#keep = keep;
    this.#leaseMs = leaseMs;
  }

  async lock(): Promise<CheckpointLock> {
    try {
      await fs.mkdir(this.place, { recursive: true });
    } catch (error) {
      throw new CheckpointSaveError({ store: this.place, cause: error });
    }
    const lock = await lockFolder(this.place, this.#leaseMs);
    try {
      // Nobody else writes here now: what is half written was left by a process that died, or that has lost the lock.
      for (const name of await fs.readdir(this.place))
        if (name.startsWith(draftPrefix)) await this.#remove(name);
    } catch (error) {
      await lock.release().catch(() => {});
      throw new CheckpointSaveError({ store: this.place, cause: error });
    }
    this.#lock = lock;
    return {
      check: () => lock.check(),
      release: async () => {
        if (this.#lock === lock) this.#lock = undefined;
        await lock.release();
      },
    };
  }

  async save(content: CheckpointContent): Promise<string> {
    const draft = path.join(this.place, `${draftPrefix}${randomUUID()}`);
    try {
      const written = writeCheckpoint(content);
      await fs.mkdir(draft, { recursive: true });
      // Side by side: most of it is waiting for the disk.
      const work = [
        this.list(),
        writeSynced(path.join(draft, files.arrays), written.arrays),
        writeSynced(path.join(draft, files.manifest), written.manifest),
      ] as const;
      await Promise.allSettled(work);
      const [existing] = await Promise.all(work);
      await syncFolder(draft);
      const last = Number(namePattern.exec(existing[0] ?? '')?.[1] ?? 0);
      const id = `checkpoint-${String(last + 1).padStart(12, '0')}`;
      // Whoever takes over after this removes the draft, so that a process suspended right here cannot rename it.
      await this.#lock?.check(true);
      await fs.rename(draft, path.join(this.place, id));
      await syncFolder(this.place);
      await this.#prune([id, ...existing]);
      return id;
    } catch (error) {
      await fs.rm(draft, { recursive: true, force: true }).catch(() => {});
      if (error instanceof CheckpointStateError) throw error;
      await this.#lock?.check(true);
      throw new CheckpointSaveError({ store: this.place, cause: error });
    }
  }

  async list(): Promise<readonly string[]> {
    try {
      const names = await fs.readdir(this.place);
      return names
        .filter((name) => namePattern.test(name))
        .sort()
        .reverse();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  }

  async load(id: string): Promise<Checkpoint> {
    try {
      return readCheckpoint(path.join(this.place, id), id, await this.#read(id));
    } catch (error) {
      this.#refused.add(id);
      throw error;
    }
  }

  async #read(id: string): Promise<CheckpointFiles> {
    const read = async (part: keyof typeof files): Promise<Uint8Array> => {
      try {
        return await fs.readFile(path.join(this.place, id, files[part]));
      } catch (error) {
        const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
        const problem = missing ? 'is missing' : `cannot be read: ${String(error)}`;
        const fault = missing ? 'torn' : 'damaged';
        throw new CheckpointDamagedError({
          checkpoint: path.join(this.place, id),
          file: files[part],
          fault,
          problem,
          cause: error,
        });
      }
    };
    return { manifest: await read('manifest'), arrays: await read('arrays') };
  }

  async #prune(newestFirst: readonly string[]): Promise<void> {
    const usable = newestFirst.filter((id) => !this.#refused.has(id));
    for (const id of usable.slice(this.#keep)) await this.#remove(id);
  }

  /** Under another name first, so that a process that dies here leaves no torn checkpoint behind. Gone already is fine. */
  async #remove(name: string): Promise<void> {
    const draft = path.join(this.place, `${draftPrefix}${randomUUID()}`);
    try {
      await fs.rename(path.join(this.place, name), draft);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
    await removeCheckpoint(draft);
  }
}

/** Removes a checkpoint's folder: file by file, which asks the disk three times instead of ten, or with what else is in it. */
async function removeCheckpoint(folder: string): Promise<void> {
  try {
    await Promise.all(Object.values(files).map((name) => fs.unlink(path.join(folder, name))));
    await fs.rmdir(folder);
  } catch {
    await fs.rm(folder, { recursive: true, force: true });
  }
}

async function writeSynced(file: string, bytes: Uint8Array): Promise<void> {
  const handle = await fs.open(file, 'wx');
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes a folder's entries last; not possible on Windows, and not needed there. */
async function syncFolder(folder: string): Promise<void> {
  if (!platform.syncsFolders) return;
  const handle = await fs.open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** A folder's lock, as its store needs it. */
interface FolderLock extends CheckpointLock {
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
async function lockFolder(folder: string, leaseMs: number): Promise<FolderLock> {
  const found = await acquire(folder, leaseMs);
  if ('heldBy' in found) {
    const { heldBy, silentForMs } = found;
    throw new CheckpointLockedError({ store: folder, pid: heldBy.pid, host: heldBy.host, silentForMs });
  }
  return {
    check: async (now = false) => {
      if (await stillHeld(folder, found, now)) return;
      const { lostTo } = found;
      const owner = lostTo === 'nobody' ? undefined : lostTo;
      throw new CheckpointLockLostError({ store: folder, pid: owner?.pid, host: owner?.host, leaseMs });
    },
    release: () => found.release(),
  };
}

async function acquire(folder: string, leaseMs: number) {
  try {
    return await acquireFileLock(path.join(folder, 'lock.json'), leaseMs);
  } catch (error) {
    throw new CheckpointSaveError({ store: folder, cause: error });
  }
}

async function stillHeld(folder: string, lock: FileLock, now: boolean): Promise<boolean> {
  try {
    return await lock.check(now);
  } catch (error) {
    throw new CheckpointSaveError({ store: folder, cause: error });
  }
}
