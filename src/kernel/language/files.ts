/** Files from outside: whether one was edited, and whether only this user can have written it. */
import { statSync } from 'node:fs';

/** What a file looks like from outside; changes when it is edited. */
export function stampOf(file: string): string | undefined {
  const stat = statSync(file, { throwIfNoEntry: false, bigint: true });
  return stat && `${stat.size}:${stat.mtimeNs}:${stat.ino}`;
}

/**
 * Whether a file or folder is this user's, and nobody else's to write: what is run from there could be anybody's otherwise.
 * Windows has no such owners, and keeps a user's folder to that user.
 */
export function isOnlyOurs(file: string): boolean {
  const user = process.getuid?.();
  if (user === undefined) return true;
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat?.uid === user && (stat.mode & 0o022) === 0;
}
