/** The snapshot of the language service: where it is kept, and whether it may be used. `make-snapshot.ts` makes it. */
import { createHash } from 'node:crypto';
import { closeSync, openSync, readFileSync, readSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import v8 from 'node:v8';
import { crc32 } from 'node:zlib';
import { cacheFolder } from './engine.ts';
import { isOnlyOurs, stampOf } from './files.ts';
import { compilerVersion } from './typescript.ts';

/** Flags of the language service's process. Half the young space: cells take no longer, and the kernel is smaller. */
export const languageFlags = ['--max-semi-space-size=8'];

/** What is known of a snapshot. */
export interface SnapshotFacts {
  readonly blob: string;
  readonly sum: number;
  /** What it was made of, and what those files looked like. */
  readonly files: readonly (readonly [file: string, stamp: string])[];
}

/** The program that makes the snapshot. */
export const snapshotMaker = fileURLToPath(import.meta.url.replace(/snapshot(\.\w+)$/, 'make-snapshot$1'));

/** What a snapshot is built from. */
export const snapshotEntry = fileURLToPath(new URL('./snapshot-entry.cjs', import.meta.url));

/**
 * Path of the snapshot for this Node, if there is one, whole, made of the files that are there now, and by nobody but this
 * user.
 */
export function findSnapshot(): string | undefined {
  try {
    const place = snapshotPlace();
    if (place === undefined || ![path.dirname(place), place].every(isOnlyOurs)) return undefined;
    const { blob, sum, files } = JSON.parse(readFileSync(place, 'utf8')) as SnapshotFacts;
    const file = path.join(path.dirname(place), path.basename(blob));
    if (!isOnlyOurs(file)) return undefined;
    const isCurrent = files.every(([each, stamp]) => stampOf(each) === stamp);
    return isCurrent && sumOf(file) === sum ? file : undefined;
  } catch {
    return undefined;
  }
}

/** Removes a snapshot that does not start, so that it is made again. */
export function removeSnapshot(file: string): void {
  try {
    const place = snapshotPlace();
    // Another kernel may have made another one meanwhile.
    const { blob } = JSON.parse(readFileSync(place!, 'utf8')) as SnapshotFacts;
    if (blob === path.basename(file)) rmSync(place!, { force: true });
    rmSync(file, { force: true });
  } catch {
    // It is gone already, or stays.
  }
}

/**
 * Where the facts of a snapshot lie: one for each Node, its flags and processor, and each TypeScript, as V8 takes it with those only that it was
 * made with. Nowhere where the kernel runs from its TypeScript sources.
 */
export function snapshotPlace(): string | undefined {
  const folder = cacheFolder();
  if (folder === undefined || !import.meta.url.endsWith('.js')) return undefined;
  const { version, arch } = process;
  const facts = [
    snapshotEntry,
    version,
    arch,
    v8.cachedDataVersionTag(),
    compilerVersion(),
    ...languageFlags,
  ];
  const key = createHash('sha256').update(facts.join('\n')).digest('hex').slice(0, 16);
  return path.join(folder, `language-${key}.json`);
}

/** Node runs whatever a damaged file holds, so it is read before, a part at a time. */
export function sumOf(file: string): number {
  const part = Buffer.allocUnsafe(1 << 20);
  const opened = openSync(file, 'r');
  try {
    let sum = 0;
    for (let size; (size = readSync(opened, part)) > 0;) sum = crc32(part.subarray(0, size), sum);
    return sum;
  } finally {
    closeSync(opened);
  }
}
