/** Folders for what is not needed longer than this process, and those of processes that were killed before they removed theirs. */
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import fsp from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { failure, messageOf } from '../errors.ts';
import { livenessOf, ownIdentity, type ProcessIdentity } from './identity.ts';

/** No temporary folder could be made: the disk is full, or the place for temporary files cannot be written. */
export class TemporaryFolderError extends failure({
  code: 'ST_PROCESS_TEMPORARY_FOLDER',
  says: ({ place, cause }: { place: string; cause: unknown }) =>
    `No temporary folder could be made in ${place}: ${messageOf(cause)}.`,
  cure: 'Free some space there and make it a folder that can be written to, or name another one in TMPDIR (Windows: TEMP).',
}) {}

/** Those of these names, in these places, were swept by this process. */
const swept = new Set<string>();

/**
 * Makes an empty folder in the system's place for temporary files. Whose it is stands in its name, so that it is said in the
 * same step in which it is made. The first one of a name sweeps those that dead processes left behind: one that is ended by
 * Ctrl-C, or killed, has no time for that.
 *
 * @param name `flink`: it becomes a part of the folder's name
 * @returns its absolute path
 * @throws {@link TemporaryFolderError} (`ST_PROCESS_TEMPORARY_FOLDER`)
 * @example
 * ```ts
 * const folder = makeTemporaryFolder('flink');
 * try {
 *   await fs.writeFile(path.join(folder, 'config.yaml'), 'a: 1');
 * } finally {
 *   await removeTemporaryFolder(folder);
 * }
 * ```
 */
export function makeTemporaryFolder(name: string): string {
  const place = path.resolve(os.tmpdir());
  const prefix = path.join(place, `streamtrain-${name}-`);
  if (!swept.has(prefix)) {
    swept.add(prefix);
    sweepTemporaryFolders(name, place);
  }
  try {
    return fs.mkdtempSync(`${prefix}${markOf(ownIdentity())}-`);
  } catch (cause) {
    throw new TemporaryFolderError({ place, cause });
  }
}

/** Removes one with all that is in it, also where a process that is on its way out still writes there. One that is not there is fine. */
export async function removeTemporaryFolder(folder: string): Promise<void> {
  await fsp.rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}

/**
 * Removes the folders of a name whose processes have ended for certain. Those of other users, machines and containers stay. No
 * clock is asked, and a process that was given the number of a dead one keeps nothing.
 *
 * @returns how many were removed
 */
export function sweepTemporaryFolders(name: string, place: string = os.tmpdir()): number {
  const prefix = `streamtrain-${name}-`;
  let removed = 0;
  for (const found of namesIn(place)) {
    const owner = found.startsWith(prefix) ? ownerIn(found.slice(prefix.length)) : undefined;
    if (owner === undefined || livenessOf(owner) !== 'dead') continue;
    const folder = path.join(place, found);
    try {
      const { uid } = fs.lstatSync(folder);
      if (uid !== (process.geteuid?.() ?? uid)) continue;
      fs.rmSync(folder, { recursive: true, force: true });
      removed++;
    } catch {
      // Another process swept it first, or something in it is still in use: the next one sweeps it.
    }
  }
  return removed;
}

/** `4711-3837333435-9f86d081e2b4`: the process, its start as hex digits, and the table of processes that the two are of. */
function markOf(identity: ProcessIdentity): string {
  return [identity.pid, Buffer.from(identity.processStart).toString('hex'), tableOf(identity)].join('-');
}

/** The process in a folder's name; undefined where that is of another table of processes, or of another form. */
function ownerIn(rest: string): ProcessIdentity | undefined {
  const [, pid, start = '', table] = /^(\d+)-((?:[\da-f]{2})*)-([\da-f]{12})-\w{6}$/.exec(rest) ?? [];
  const own = ownIdentity();
  if (table !== tableOf(own)) return undefined;
  return { ...own, pid: Number(pid), processStart: Buffer.from(start, 'hex').toString() };
}

/** Where the system does not say which table it is, the name of the machine stands for it, as in {@link livenessOf}. */
function tableOf({ host, bootId, pidNamespace, timeNamespace = '' }: ProcessIdentity): string {
  const facts = bootId !== '' && pidNamespace !== '' ? [bootId, pidNamespace, timeNamespace] : [host];
  return createHash('sha256').update(facts.join('\0')).digest('hex').slice(0, 12);
}

function namesIn(place: string): string[] {
  try {
    return fs.readdirSync(place);
  } catch {
    return [];
  }
}
