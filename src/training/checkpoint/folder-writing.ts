/** How checkpoints get into a folder: all the thread that writes them does, as one function whose text it runs. */
import type { CheckpointDraft, CheckpointFiles, sealCheckpoint } from './manifest.ts';

/** A checkpoint to be written. */
export interface FolderSave {
  readonly task: 'save';
  /** The folder of all checkpoints. */
  readonly folder: string;
  /** The name it has until it is whole. */
  readonly draft: string;
  readonly files: { readonly manifest: string; readonly arrays: string };
  /** Usable ones that are kept, this one included. */
  readonly keep: number;
  /** Ids that do not count. */
  readonly refused: readonly string[];
  /** Nothing is renamed unless this file holds this id; undefined: nobody has the lock. */
  readonly lock: { readonly file: string; readonly id: string } | undefined;
  readonly syncsFolders: boolean;
  readonly manifest: CheckpointDraft['manifest'];
}

/** Removes what is half written. */
export interface FolderClearing {
  readonly task: 'clear';
  readonly folder: string;
}

/** How the name of a checkpoint begins until it is whole. */
export const DRAFT_PREFIX = '.writing-';

/** The name of a checkpoint, with its number. */
export const CHECKPOINT_NAME = /^checkpoint-(\d{12})$/;

/** What the thread shares with those who use the folder otherwise. */
export interface FolderRules {
  /** {@link DRAFT_PREFIX} */
  readonly draftPrefix: string;
  /** The source of {@link CHECKPOINT_NAME}. */
  readonly checkpointName: string;
  readonly lockLooks: { readonly tries: number; readonly pauseMs: number };
}

/** What the thread answers, with the memory it was given. */
export interface FolderAnswer {
  readonly memory: ArrayBuffer;
  /** The new checkpoint's id. */
  readonly id?: string;
  readonly error?: Error;
  /** The fields of a system's error, which a message leaves out. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

/**
 * Answers jobs until the thread ends. Its text is what the thread runs, so that it starts without a loader (25 ms) wherever this file
 * runs: as TypeScript, compiled, or in a bundle. So it uses nothing from outside but Node's own modules, and has no functions with
 * names but methods: where names are to be kept, bundlers add calls of their own to all others.
 */
export function writeFolders(rules: FolderRules, seal: typeof sealCheckpoint): void {
  const { createHash, randomUUID } = process.getBuiltinModule('node:crypto');
  const fs = process.getBuiltinModule('node:fs');
  const path = process.getBuiltinModule('node:path');
  const { parentPort } = process.getBuiltinModule('node:worker_threads');
  const checkpointName = new RegExp(rules.checkpointName);

  const folders = {
    /** @returns the new checkpoint's id */
    save(job: FolderSave, memory: ArrayBuffer): string {
      const { folder, files, keep } = job;
      const draft = path.join(folder, job.draft);
      try {
        fs.mkdirSync(draft, { recursive: true });
        const sealed = seal(job.manifest, memory, (data) => createHash('sha256').update(data).digest('hex'));
        folders.writeFiles(draft, files, sealed);
        if (job.syncsFolders) folders.sync(draft, 'r');
        const existing = folders.list(folder);
        const last = Number(checkpointName.exec(existing[0] ?? '')?.[1] ?? 0);
        const id = `checkpoint-${String(last + 1).padStart(12, '0')}`;
        // Whoever takes over after this removes the draft, so that a process suspended right here cannot rename it.
        if (job.lock) folders.checkLock(job.lock);
        fs.renameSync(draft, path.join(folder, id));
        if (job.syncsFolders) folders.sync(folder, 'r');
        const usable = [id, ...existing].filter((one) => !job.refused.includes(one));
        for (const one of usable.slice(keep)) folders.remove(folder, one, files);
        return id;
      } catch (error) {
        try {
          fs.rmSync(draft, { recursive: true, force: true });
        } catch {
          // What failed first is what is said.
        }
        throw error;
      }
    },

    clear({ folder }: FolderClearing): void {
      for (const name of fs.readdirSync(folder))
        if (name.startsWith(rules.draftPrefix)) folders.remove(folder, name);
    },

    /** Newest first. */
    list(folder: string): string[] {
      const names = fs.readdirSync(folder).filter((name) => checkpointName.test(name));
      return names.sort().reverse();
    },

    /** All are written before one is synced: the disk is asked for little more than once then. */
    writeFiles(folder: string, { manifest, arrays }: FolderSave['files'], bytes: CheckpointFiles): void {
      fs.writeFileSync(path.join(folder, arrays), bytes.arrays, { flag: 'wx' });
      fs.writeFileSync(path.join(folder, manifest), bytes.manifest, { flag: 'wx' });
      for (const file of [arrays, manifest]) folders.sync(path.join(folder, file), 'r+');
    },

    sync(place: string, flags: 'r' | 'r+'): void {
      const handle = fs.openSync(place, flags);
      try {
        fs.fsyncSync(handle);
      } finally {
        fs.closeSync(handle);
      }
    },

    checkLock({ file, id }: NonNullable<FolderSave['lock']>): void {
      for (let tries = 0; tries < rules.lockLooks.tries; tries++) {
        try {
          if (fs.readFileSync(file, 'utf8').includes(JSON.stringify(id))) return;
          break;
        } catch (error) {
          if (!folders.isMissing(error)) throw error;
        }
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, rules.lockLooks.pauseMs);
      }
      throw new Error(`${file} is not held any more`);
    },

    /** Under another name first, so that a process that dies here leaves no torn checkpoint behind. Gone already is fine. */
    remove(folder: string, name: string, files: Partial<FolderSave['files']> = {}): void {
      const draft = path.join(folder, `${rules.draftPrefix}${randomUUID()}`);
      try {
        fs.renameSync(path.join(folder, name), draft);
      } catch (error) {
        if (!folders.isMissing(error)) throw error;
      }
      // File by file, which asks the disk three times instead of ten, or with what else is in it.
      try {
        for (const file of Object.values(files)) fs.unlinkSync(path.join(draft, file));
        fs.rmdirSync(draft);
      } catch {
        fs.rmSync(draft, { recursive: true, force: true });
      }
    },

    isMissing(error: unknown): boolean {
      return (error as NodeJS.ErrnoException).code === 'ENOENT';
    },

    answer(said: FolderAnswer): void {
      parentPort?.postMessage(said, [said.memory]);
    },
  };

  parentPort?.on('message', ({ job, memory }: { job: FolderSave | FolderClearing; memory: ArrayBuffer }) => {
    try {
      if (job.task === 'save') return folders.answer({ id: folders.save(job, memory), memory });
      folders.clear(job);
      folders.answer({ memory });
    } catch (error) {
      const thrown = error instanceof Error ? error : new Error(String(error));
      folders.answer({ error: thrown, fields: { ...thrown }, memory });
    }
  });
}
