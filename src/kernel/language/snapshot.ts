/** The snapshot of the language service: where it is kept, and whether it may be used. `make-snapshot.ts` makes it. */
import { createHash } from 'node:crypto';
import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import v8 from 'node:v8';
import { crc32 } from 'node:zlib';
import { cacheFolder } from './engine.ts';

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

/** Path of the snapshot for this Node, if there is one, whole, and made of the files that are there now. */
export function findSnapshot(): string | undefined {
  const place = snapshotPlace();
  if (place === undefined) return undefined;
  try {
    const { blob, sum, files } = JSON.parse(readFileSync(place, 'utf8')) as SnapshotFacts;
    const file = path.join(path.dirname(place), path.basename(blob));
    const isCurrent = files.every(([each, stamp]) => stampOf(each) === stamp);
    return isCurrent && sumOf(file) === sum ? file : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Where the facts of a snapshot lie: one for each Node, its flags and processor, as V8 takes it with those only that it was
 * made with. Nowhere where the kernel runs from its TypeScript sources.
 */
export function snapshotPlace(): string | undefined {
  const folder = cacheFolder();
  if (folder === undefined || !import.meta.url.endsWith('.js')) return undefined;
  const facts = [snapshotEntry, process.version, process.arch, v8.cachedDataVersionTag(), ...languageFlags];
  const key = createHash('sha256').update(facts.join('\n')).digest('hex').slice(0, 16);
  return path.join(folder, `language-${key}.json`);
}

/** What a file looks like from outside. */
export function stampOf(file: string): string | undefined {
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat && `${stat.size}:${stat.mtimeMs}`;
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
