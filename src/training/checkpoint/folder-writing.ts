/** How checkpoints get into a folder: all the thread that writes them does, as one function whose text it runs. */
import type { CheckpointDraft } from './manifest.ts';

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
 * runs: as TypeScript, compiled, or in a bundle. So it uses nothing from outside but Node's own modules.
 *
 * @param draftPrefix {@link DRAFT_PREFIX}
 */
export function writeFolders(draftPrefix: string): void {
  const { createHash, randomUUID } = process.getBuiltinModule('node:crypto');
  const fs = process.getBuiltinModule('node:fs');
  const path = process.getBuiltinModule('node:path');
  const { parentPort } = process.getBuiltinModule('node:worker_threads');
  const answer = (said: FolderAnswer): void => parentPort?.postMessage(said, [said.memory]);

  parentPort?.on('message', ({ job, memory }: { job: FolderSave | FolderClearing; memory: ArrayBuffer }) => {
    try {
      if (job.task === 'save') return answer({ id: save(job, memory), memory });
      clear(job);
      answer({ memory });
    } catch (error) {
      const thrown = error instanceof Error ? error : new Error(String(error));
      answer({ error: thrown, fields: { ...thrown }, memory });
    }
  });

  function save(job: FolderSave, memory: ArrayBuffer): string {
    const { folder, files, keep } = job;
    const draft = path.join(folder, job.draft);
    try {
      fs.mkdirSync(draft, { recursive: true });
      writeFiles(draft, files, sealed(job.manifest, new Uint8Array(memory)));
      if (job.syncsFolders) sync(draft, 'r');
      const existing = list(folder);
      const last = Number((existing[0] ?? '').slice(-12));
      const id = `checkpoint-${String(last + 1).padStart(12, '0')}`;
      // Whoever takes over after this removes the draft, so that a process suspended right here cannot rename it.
      if (job.lock) checkLock(job.lock);
      fs.renameSync(draft, path.join(folder, id));
      if (job.syncsFolders) sync(folder, 'r');
      const usable = [id, ...existing].filter((one) => !job.refused.includes(one));
      for (const one of usable.slice(keep)) remove(folder, one, files);
      return id;
    } catch (error) {
      try {
        fs.rmSync(draft, { recursive: true, force: true });
      } catch {
        // What failed first is what is said.
      }
      throw error;
    }
  }

  function clear({ folder }: FolderClearing): void {
    for (const name of fs.readdirSync(folder)) if (name.startsWith(draftPrefix)) remove(folder, name);
  }

  /** The bytes of the files, checksums filled in. */
  function sealed({ texts, ends, opening, closing }: FolderSave['manifest'], arrays: Uint8Array) {
    let text = texts[0]!;
    for (const [i, end] of ends.entries())
      text += sha256(arrays.subarray(ends[i - 1] ?? 0, end)) + texts[i + 1]!;
    const manifest = Buffer.from([opening[0], sha256(text), opening[1], text, closing].join(''));
    return { manifest, arrays: arrays.subarray(0, ends.at(-1) ?? 0) };
  }

  function sha256(data: string | Uint8Array): string {
    return createHash('sha256').update(data).digest('hex');
  }

  /** Newest first. */
  function list(folder: string): string[] {
    const isCheckpoint = (name: string) => /^checkpoint-\d{12}$/.test(name);
    return fs.readdirSync(folder).filter(isCheckpoint).sort().reverse();
  }

  /** All are written before one is synced: the disk is asked for little more than once then. */
  function writeFiles(
    folder: string,
    { manifest, arrays }: FolderSave['files'],
    bytes: ReturnType<typeof sealed>,
  ): void {
    fs.writeFileSync(path.join(folder, arrays), bytes.arrays, { flag: 'wx' });
    fs.writeFileSync(path.join(folder, manifest), bytes.manifest, { flag: 'wx' });
    for (const file of [arrays, manifest]) sync(path.join(folder, file), 'r+');
  }

  function sync(place: string, flags: 'r' | 'r+'): void {
    const handle = fs.openSync(place, flags);
    try {
      fs.fsyncSync(handle);
    } finally {
      fs.closeSync(handle);
    }
  }

  /** For a moment nothing is there while another process looks whose it is. */
  function checkLock({ file, id }: NonNullable<FolderSave['lock']>): void {
    for (let tries = 0; tries < 6; tries++) {
      const found = ownerOf(file);
      if (found === id) return;
      if (found !== undefined) break;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
    throw new Error(`${file} is not held any more`);
  }

  function ownerOf(file: string): unknown {
    let text: string;
    try {
      text = fs.readFileSync(file, 'utf8');
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
    try {
      return (JSON.parse(text) as { id?: unknown }).id;
    } catch {
      return text;
    }
  }

  /** Under another name first, so that a process that dies here leaves no torn checkpoint behind. Gone already is fine. */
  function remove(folder: string, name: string, files: Partial<FolderSave['files']> = {}): void {
    const draft = path.join(folder, `${draftPrefix}${randomUUID()}`);
    try {
      fs.renameSync(path.join(folder, name), draft);
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
    // File by file, which asks the disk three times instead of ten, or with what else is in it.
    try {
      for (const file of Object.values(files)) fs.unlinkSync(path.join(draft, file));
      fs.rmdirSync(draft);
    } catch {
      fs.rmSync(draft, { recursive: true, force: true });
    }
  }

  function isMissing(error: unknown): boolean {
    return (error as NodeJS.ErrnoException).code === 'ENOENT';
  }
}
