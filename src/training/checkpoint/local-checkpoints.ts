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
import { folderThread } from './folder-thread.ts';
import { CHECKPOINT_NAME, DRAFT_PREFIX } from './folder-writing.ts';
import { draftCheckpoint, files, readCheckpoint, type CheckpointFiles } from './manifest.ts';
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

const lockFile = (folder: string): string => path.join(folder, 'lock.json');

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
  readonly inThread = true;
  readonly #keep: number;
  readonly #leaseMs: number;
  readonly #refused = new Set<string>();
  /** While this process is the owner, or believes to be. */
  #lock: FolderLock | undefined;
  /** The memory of the last checkpoint under the lock, for the next one: new memory is written to more slowly. */
  #spare: ArrayBuffer | undefined;

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
      await folderThread().do({ task: 'clear', folder: this.place });
    } catch (error) {
      await lock.release().catch(() => {});
      throw new CheckpointSaveError({ store: this.place, cause: error });
    }
    this.#lock = lock;
    return {
      check: () => lock.check(),
      release: async () => {
        if (this.#lock === lock) this.#lock = this.#spare = undefined;
        await lock.release();
      },
    };
  }

  async save(content: CheckpointContent): Promise<string> {
    const folder = this.place;
    try {
      const thread = folderThread();
      // Before anything is waited for: what it is made of may change.
      const { manifest, memory } = draftCheckpoint(content, (bytes) => this.#memory(bytes));
      const job = {
        ...{ task: 'save' as const, folder, draft: `${DRAFT_PREFIX}${randomUUID()}`, files, manifest },
        ...{ keep: this.#keep, refused: [...this.#refused], syncsFolders: platform.syncsFolders },
        lock: this.#lock && { file: lockFile(folder), id: this.#lock.id },
      };
      const done = await thread.do(job, memory);
      if (this.#lock) this.#spare = done.memory;
      return done.id;
    } catch (error) {
      if (error instanceof CheckpointStateError) throw error;
      await this.#lock?.check(true);
      throw new CheckpointSaveError({ store: folder, cause: error });
    }
  }

  /** Memory of at least so many bytes, whose content is any: that of the last checkpoint, unless it is far too large. */
  #memory(bytes: number): ArrayBuffer {
    const spare = this.#spare;
    this.#spare = undefined;
    const fits = spare && spare.byteLength >= bytes && spare.byteLength <= 2 * bytes;
    return fits ? spare : new ArrayBuffer(bytes);
  }

  async list(): Promise<readonly string[]> {
    try {
      const names = await fs.readdir(this.place);
      return names
        .filter((name) => CHECKPOINT_NAME.test(name))
        .sort()
        .reverse();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  }

  async stamp(id: string): Promise<string | undefined> {
    try {
      const { ino, mtimeMs, ctimeMs } = await fs.stat(path.join(this.place, id, files.manifest));
      return `${ino} ${mtimeMs} ${ctimeMs}`;
    } catch (error) {
      if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
      throw error;
    }
  }

  async load(id: string): Promise<Checkpoint> {
    try {
      const checkpoint = readCheckpoint(path.join(this.place, id), id, await this.#read(id));
      this.#refused.delete(id);
      return checkpoint;
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
}

/** A folder's lock, as its store needs it. */
interface FolderLock extends CheckpointLock {
  /** What stands in the lock's file while it is held. */
  readonly id: string;
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
    id: found.owner.id,
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
    return await acquireFileLock(lockFile(folder), leaseMs);
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
