/** Remembers files by size, time and digest, so that a change is noticed without reading them again. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { fileDigest } from './files.ts';

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
    records.push(options.digest ? { ...record, sha256: await fileDigest(full, 'sha256') } : record);
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
    else if (sha256 !== undefined && (await fileDigest(full, 'sha256')) !== sha256) {
      faults.push(`${full} has another SHA-256 than when it was made`);
    }
  }
  return faults;
}
