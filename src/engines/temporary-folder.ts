/** Temporary folders of engines, and those that were left behind: a NiFi that ended with its program left 250 MB. */
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { readJson } from '../install/files.ts';
import { livenessOf, ownIdentity, type ProcessIdentity } from '../process/index.ts';
import { findRunningEngine } from './running.ts';

/** Says in each of them whose it is. */
const OWNER = 'streamtrain-owner.json';

/**
 * Makes an empty one for this process, and removes those of the same name whose processes have ended: a program that is ended by
 * Ctrl-C, or killed, has no time for that.
 *
 * @param name `flink`: it becomes a part of the folder's name
 * @returns its absolute path
 */
export async function makeTemporaryFolder(name: string): Promise<string> {
  const prefix = path.join(os.tmpdir(), `streamtrain-${name}-`);
  await removeLeftOvers(prefix);
  const folder = await fs.mkdtemp(prefix);
  try {
    await fs.writeFile(path.join(folder, OWNER), JSON.stringify(await ownIdentity()), { mode: 0o600 });
    return folder;
  } catch (error) {
    await removeTemporaryFolder(folder);
    throw error;
  }
}

/** Removes one with all that is in it; one that is not there is fine. */
export async function removeTemporaryFolder(folder: string): Promise<void> {
  await fs.rm(folder, { recursive: true, force: true });
}

/** Another user's, those without a note, and those of another machine or container stay. */
async function removeLeftOvers(prefix: string): Promise<void> {
  const names = await fs.readdir(path.dirname(prefix)).catch(() => []);
  for (const name of names.filter((one) => one.startsWith(path.basename(prefix)))) {
    const folder = path.join(path.dirname(prefix), name);
    const stats = await fs.lstat(folder).catch(() => undefined);
    if (!stats?.isDirectory() || stats.uid !== (process.geteuid?.() ?? stats.uid)) continue;
    const owner = await readJson<ProcessIdentity | null>(path.join(folder, OWNER));
    if (!owner || (await livenessOf(owner)) !== 'dead') continue;
    // Java may be on its way out.
    if ((await findRunningEngine(folder)) !== undefined) continue;
    await removeTemporaryFolder(folder).catch(() => undefined);
  }
}
