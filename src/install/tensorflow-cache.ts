/** Keeps one built native TensorFlow per user, and links clones to it. */
import { randomUUID } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import { findDamage, recordFiles, sameFiles } from './file-record.ts';
import type { FileRecord } from './file-record.ts';
import { publishFolder, readText, writeFileAtomically } from './files.ts';
import type { TensorFlowPackage } from './tensorflow-package.ts';

/** What lies in a cache entry, beside `deps/lib/` and `addon/tfjs_binding.node`. */
export interface TensorFlowManifest {
  /** How it was made, for bug reports. */
  readonly source: string;
  /** Unique to this build; entries of older versions have none. */
  readonly made?: string;
  /** Every file with its size, time and SHA-256. */
  readonly files: FileRecord[];
}

const ADDON = path.join('addon', 'tfjs_binding.node');

/** The folder of one cached build. */
export function cacheEntry(cache: string, { key }: TensorFlowPackage): string {
  return path.join(cache, 'tensorflow', key);
}

/** An entry's manifest, or undefined when there is none that can be read. */
export async function readManifest(entry: string): Promise<TensorFlowManifest | undefined> {
  try {
    return JSON.parse((await readText(path.join(entry, 'manifest.json'))) ?? '') as TensorFlowManifest;
  } catch {
    return undefined;
  }
}

/**
 * Whether an entry may be used: quick when sizes and times are those of the manifest, else every file is read and its
 * SHA-256 compared (a cache that was copied has new times but the right content).
 */
export async function entryIsSound(entry: string): Promise<boolean> {
  const manifest = await readManifest(entry);
  if (manifest === undefined || manifest.files.length === 0) return false;
  if (await sameFiles(entry, manifest.files)) return true;
  if ((await findDamage(entry, manifest.files)).length > 0) return false;
  const files = await recordFiles(
    entry,
    manifest.files.map((record) => record.path),
    { digest: true },
  );
  await writeManifest(entry, { ...manifest, files }).catch(() => undefined); // a read-only cache stays as it is
  return true;
}

/**
 * Publishes a build as a cache entry.
 *
 * @param built a folder with `deps/lib/` and `lib/<napi>/tfjs_binding.node`; moved away
 * @param source how it was made
 */
export async function publishEntry(
  entry: string,
  native: TensorFlowPackage,
  built: string,
  source: string,
): Promise<void> {
  const draft = path.join(built, 'entry');
  await fs.mkdir(path.join(draft, 'deps'), { recursive: true });
  await fs.mkdir(path.join(draft, 'addon'));
  await fs.rename(path.join(built, 'deps', 'lib'), path.join(draft, 'deps', 'lib'));
  await fs.rename(path.join(built, path.relative(native.folder, native.addon)), path.join(draft, ADDON));
  const libs = (await fs.readdir(path.join(draft, 'deps', 'lib'), { withFileTypes: true }))
    .filter((file) => file.isFile())
    .map((file) => path.join('deps', 'lib', file.name));
  const files = await recordFiles(draft, [ADDON, ...libs], { digest: true });
  await writeManifest(draft, { source, made: randomUUID(), files });
  await publishFolder(draft, entry);
}

/** Makes the package use an entry: `deps` becomes a link to it, the addon a copy (it finds its libraries relative to itself). */
export async function linkEntry(entry: string, native: TensorFlowPackage): Promise<void> {
  const link = `${native.deps}.${randomUUID()}`;
  await fs.symlink(path.join(entry, 'deps'), link, 'junction');
  const isLink = await fs.lstat(native.deps).then(
    (stat) => stat.isSymbolicLink(),
    () => false,
  );
  if (!isLink) await fs.rm(native.deps, { recursive: true, force: true });
  await fs.rename(link, native.deps);
  await fs.mkdir(path.dirname(native.addon), { recursive: true });
  const copy = `${native.addon}.${randomUUID()}`;
  await fs.copyFile(path.join(entry, ADDON), copy);
  await fs.rename(copy, native.addon);
}

async function writeManifest(entry: string, manifest: TensorFlowManifest): Promise<void> {
  await writeFileAtomically(path.join(entry, 'manifest.json'), JSON.stringify(manifest, null, 2));
}
