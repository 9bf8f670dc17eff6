/**
 * The file that a lock is: made with its content in one step, looked at, renewed and taken away so that nobody reads half of it or
 * removes a newer owner's.
 */
import { randomUUID } from 'node:crypto';
import fs from 'node:fs/promises';
import type { ProcessIdentity } from './identity.ts';

/** Who holds a lock, as written into its file. */
export interface LockOwner extends ProcessIdentity {
  /** Unique to this acquisition: the fencing token. */
  readonly id: string;
  /** Unseen and without a renewal for so long, the owner is taken for dead, ms. */
  readonly leaseMs: number;
  /** How often it renews, ms. */
  readonly heartbeatMs: number;
}

/** An owner whose file does not say more than who it is, as earlier versions wrote it. */
const unknownOwner: LockOwner = {
  ...{ id: '', pid: 0, host: 'an unknown host', processStart: '', bootId: '', pidNamespace: '' },
  ...{ leaseMs: 60_000, heartbeatMs: 5_000 },
};

/** A lock file as it was found. */
export interface SeenLock {
  readonly owner: LockOwner;
  readonly id: string;
  /** When it was renewed last, by the file system's clock, ms. */
  readonly changed: number;
}

/**
 * Creates the file with its content in one step, so that nobody ever reads half an owner, or takes it for one.
 *
 * @returns undefined when it is ours; else the time by the clock of the file system, ms
 */
export async function createLockFile(file: string, own: LockOwner): Promise<number | undefined> {
  const draft = `${file}.${own.id}`;
  await fs.writeFile(draft, JSON.stringify(own));
  try {
    return (await placeFile(draft, file)) ? undefined : (await fs.stat(draft)).mtimeMs;
  } finally {
    await fs.rm(draft, { force: true });
  }
}

/** Gives a file a second name; false where there is one. A disk without hard links (exFAT, some that are shared) has a copy. */
export async function placeFile(draft: string, file: string): Promise<boolean> {
  const isThere = (error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST') return false;
    throw error;
  };
  const linked = fs.link(draft, file).then(() => true, isThere);
  // Whoever reads half of a copy finds an owner that cannot be seen, and waits.
  return linked.catch(() => fs.copyFile(draft, file, fs.constants.COPYFILE_EXCL).then(() => true, isThere));
}

/** The lock as it is; undefined where there is none. */
export async function lookAtLockFile(file: string): Promise<SeenLock | undefined> {
  const owner = await ownerIn(file);
  const stats = owner && (await unlessMissing(fs.stat(file)));
  return stats && { owner, id: owner.id, changed: stats.mtimeMs };
}

/** Who holds it; undefined where nobody does. */
export async function ownerIn(file: string): Promise<LockOwner | undefined> {
  const text = await unlessMissing(fs.readFile(file, 'utf8'));
  return text === undefined ? undefined : ownerOf(text);
}

async function unlessMissing<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** What is no owner at all is one that cannot be seen: its lease decides, and the text itself is its id. */
function ownerOf(text: string): LockOwner {
  try {
    const found = JSON.parse(text) as Partial<LockOwner> | null;
    const known = { ...unknownOwner, id: text, ...found };
    if (typeof known.id === 'string' && known.leaseMs > 0 && known.heartbeatMs > 0) return known;
  } catch {
    // Falls through to the unknown owner.
  }
  return { ...unknownOwner, id: text };
}

/** Takes the owner's file away; puts it back if it is now another process's, or was renewed since it was `changed`. */
export async function removeLockFile(file: string, id: string, changed?: number): Promise<void> {
  const aside = `${file}.stale-${randomUUID()}`;
  try {
    await fs.rename(file, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return; // someone else removed it first
    throw error;
  }
  // Where a third one has created it meanwhile, the second finds out by its check.
  const taken = await lookAtLockFile(aside);
  const isSame = taken?.id === id && (changed === undefined || taken.changed === changed);
  if (!isSame) await placeFile(aside, file).catch(() => {});
  await fs.rm(aside, { force: true });
}

/** Lets the file system set the time, so that only one clock counts. Does nothing where there is no file. */
export async function touchLockFile(file: string): Promise<void> {
  const handle = await fs.open(file, 'r+').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  if (!handle) return;
  try {
    await handle.write('{', 0);
  } finally {
    await handle.close();
  }
}
