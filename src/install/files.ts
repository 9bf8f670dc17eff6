/** Files that are never left half written, and records of files by which a change is noticed. */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import fs from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { platform, type Platform } from '../platform.ts';

/**
 * Computes a file's SHA-256 without reading it into memory at once.
 *
 * @returns lower-case hex
 * @example
 * ```ts
 * await fileDigest('wheel.whl'); // '54660c07...'
 * ```
 */
export async function fileDigest(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex');
}

/** Whether anything is at this path. */
export async function exists(file: string): Promise<boolean> {
  return fs.access(file).then(
    () => true,
    () => false,
  );
}

/** A file's text, or undefined when it cannot be read. */
export async function readText(file: string): Promise<string | undefined> {
  return fs.readFile(file, 'utf8').catch(() => undefined);
}

/** What a JSON file holds; undefined where there is none, or where it is damaged (a crash, a full disk). */
export async function readJson<T>(file: string): Promise<T | undefined> {
  try {
    return JSON.parse(await fs.readFile(file, 'utf8')) as T;
  } catch {
    return undefined;
  }
}

/** Writes a file under a temporary name, then renames it: readers see the old text or the new one, never a part. */
export async function writeFileAtomically(file: string, text: string): Promise<void> {
  await fs.mkdir(path.dirname(file), { recursive: true });
  const draft = `${file}.${randomUUID()}.tmp`;
  try {
    await fs.writeFile(draft, text);
    await replaceFile(draft, file);
  } finally {
    await fs.rm(draft, { force: true });
  }
}

/** Renames a file, also over another one. */
export async function replaceFile(from: string, to: string): Promise<void> {
  await whileBusy(() => fs.rename(from, to));
}

/** How long a file may be open elsewhere, and how often that is looked at, ms. */
const BUSY_MS = 2_000;
const LOOK_MS = 50;

/**
 * Does something with a file that others may have open: on Windows it cannot be replaced meanwhile, be it that a virus
 * scanner looks at it, so the system's refusal counts only after two seconds.
 *
 * @param where default: this system
 */
export async function whileBusy(
  work: () => Promise<void>,
  { replacesOpenFiles }: Pick<Platform, 'replacesOpenFiles'> = platform,
): Promise<void> {
  const started = performance.now();
  for (;;) {
    try {
      return await work();
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      const mayPass = !replacesOpenFiles && ['EPERM', 'EACCES', 'EBUSY'].includes(code);
      if (!mayPass || performance.now() - started > BUSY_MS) throw error;
      await sleep(LOOK_MS);
    }
  }
}

/**
 * Puts a finished folder in its final place in one step; whatever was there before is removed.
 *
 * @param finished the folder to publish; it is moved away
 * @param place its final path
 */
export async function publishFolder(finished: string, place: string): Promise<void> {
  await fs.mkdir(path.dirname(place), { recursive: true });
  const old = `${place}.old-${randomUUID()}`;
  await fs.rename(place, old).catch(() => undefined);
  try {
    await renameAcrossDisks(finished, place);
  } finally {
    await fs.rm(old, { recursive: true, force: true });
  }
}

/** `rename`, and between file systems a copy beside the target followed by a rename. */
async function renameAcrossDisks(from: string, to: string): Promise<void> {
  try {
    await fs.rename(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EXDEV') throw error;
    const draft = `${to}.copy-${randomUUID()}`;
    try {
      await fs.cp(from, draft, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
      await fs.rename(draft, to);
      await fs.rm(from, { recursive: true, force: true });
    } finally {
      await fs.rm(draft, { recursive: true, force: true });
    }
  }
}

/** The total size of a folder's files, bytes; links are not followed. */
export async function folderSize(folder: string): Promise<number> {
  let total = 0;
  const entries = await fs.readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) total += await folderSize(file);
    else if (entry.isFile()) total += (await fs.lstat(file).catch(() => ({ size: 0 }))).size;
  }
  return total;
}

/** One file as it was. */
export interface FileRecord {
  /** Relative to the folder the records belong to, with `/`. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Last modification, ms since 1970. */
  readonly mtimeMs: number;
  /** SHA-256, hex; only where it was asked for. */
  readonly sha256?: string;
}

/**
 * Records files (links are followed; what is not a regular file is left out).
 *
 * @param folder the folder that the paths are relative to
 * @param options `digest`: also read each file for its SHA-256
 */
export async function recordFiles(
  folder: string,
  files: readonly string[],
  options: { digest?: boolean } = {},
): Promise<FileRecord[]> {
  const records: FileRecord[] = [];
  for (const file of files) {
    const full = path.join(folder, file);
    const stat = await fs.stat(full);
    if (!stat.isFile()) continue;
    const record = { path: file.replaceAll(path.sep, '/'), size: stat.size, mtimeMs: stat.mtimeMs };
    records.push(options.digest ? { ...record, sha256: await fileDigest(full) } : record);
  }
  return records;
}

/** Whether every recorded file is there with the same size and time. */
export async function sameFiles(folder: string, records: readonly FileRecord[]): Promise<boolean> {
  for (const { path: file, size, mtimeMs } of records) {
    const stat = await fs.stat(path.join(folder, file)).catch(() => undefined);
    if (stat?.size !== size || Math.abs(stat.mtimeMs - mtimeMs) > 1) return false;
  }
  return records.length > 0;
}

/**
 * Reads every recorded file again.
 *
 * @returns what is wrong, one sentence a file; empty when all is well
 */
export async function findDamage(folder: string, records: readonly FileRecord[]): Promise<string[]> {
  const faults: string[] = [];
  for (const { path: file, size, sha256 } of records) {
    const full = path.join(folder, file);
    const stat = await fs.stat(full).catch(() => undefined);
    if (stat === undefined) faults.push(`${full} is missing`);
    else if (stat.size !== size) faults.push(`${full} has ${stat.size} bytes instead of ${size}`);
    else if (sha256 !== undefined && (await fileDigest(full)) !== sha256) {
      faults.push(`${full} has another SHA-256 than when it was made`);
    }
  }
  return faults;
}

/** What is not there stands for something; any other trouble must not look as if there were nothing to go on from. */
export function unlessMissing<Instead>(instead: Instead): (error: NodeJS.ErrnoException) => Instead {
  return (error) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return instead;
    throw error;
  };
}
