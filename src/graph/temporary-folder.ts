/** Temporary folders of this process, and those a crashed one left behind. */
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { threadId } from 'node:worker_threads';

import { isAlive } from '../process/index.ts';

/** `streamtrain-graph-<pid>-<thread>-<random>`. */
const PREFIX = 'streamtrain-graph-';
let swept = false;

/** Makes an empty folder in the system's place for temporary files; the first call sweeps those of dead processes. */
export function makeTemporaryFolder(): string {
  const place = tmpdir();
  if (!swept) {
    swept = true;
    sweepTemporaryFolders(place);
  }
  return mkdtempSync(join(place, `${PREFIX}${process.pid}-${threadId}-`));
}

/** Removes a folder with all that is in it; one that is not there is fine. */
export function removeTemporaryFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

/**
 * Removes the folders of processes that do not run any more. A folder lives for milliseconds, so one that is older than
 * a day is swept even if its process number was given to another since. What cannot be removed (another user's) stays.
 *
 * @returns how many were removed
 */
export function sweepTemporaryFolders(place = tmpdir()): number {
  let removed = 0;
  for (const name of namesIn(place)) {
    const pid = new RegExp(`^${PREFIX}(\\d+)-\\d+-`).exec(name)?.[1];
    if (pid === undefined) continue;
    const folder = join(place, name);
    try {
      if (isAlive(Number(pid)) && Date.now() - statSync(folder).mtimeMs < 86_400_000) continue;
      removeTemporaryFolder(folder);
      removed++;
    } catch {
      // Another process swept it first, or it is not ours to remove.
    }
  }
  return removed;
}

function namesIn(place: string): string[] {
  try {
    return readdirSync(place);
  } catch {
    return [];
  }
}
