/** Archives of the classes that a Java program loads (class-data sharing): it starts faster with one. */
import { createHash, randomUUID } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import { messageOf } from '../errors.ts';
import { exists } from '../install/files.ts';
import { withLock } from '../process/index.ts';
import type { Java } from './java.ts';

/** More than any archive takes. */
const MOST_BYTES = 250e6;

/**
 * Has an archive of the classes that a Java program loads made, once. Without it the program only starts more slowly, so
 * a failure is logged and passed over.
 *
 * @param archive where it is, or is to be: a place that no other Java and no other jars have, see {@link fingerprint}
 * @param how.title what starts faster by it: `Kafka`
 * @param how.write runs the program with `-XX:ArchiveClassesAtExit=DRAFT`, to its end
 * @param how.signal ends the waiting for another process that makes it
 * @returns the archive's path, or undefined when it cannot be made
 * @see JEP 350, Dynamic CDS Archives
 */
export async function classArchiveAt(
  archive: string,
  how: {
    title: string;
    log: (line: string) => void;
    write: (draft: string) => Promise<void>;
    signal?: AbortSignal | undefined;
  },
): Promise<string | undefined> {
  const { title, log, write, signal } = how;
  if (await exists(archive)) return archive;
  const refusal = `${archive}.failed`;
  if (await exists(refusal)) return undefined;
  const make = async (): Promise<string> => {
    if (await exists(archive)) return archive;
    await removeDrafts(archive);
    await refuseLittleRoom(path.dirname(archive));
    log(`making the class-data archive that halves the start of ${title} (once)`);
    const draft = `${archive}.${randomUUID()}.tmp`;
    try {
      await write(draft);
      if (!(await exists(draft))) {
        await refuseLittleRoom(path.dirname(archive));
        await fs.writeFile(refusal, '');
        throw new Error(`Java wrote none for ${title}, and is not asked again while ${refusal} is there`);
      }
      await reachDisk(draft);
      await fs.rename(draft, archive);
      return archive;
    } finally {
      await fs.rm(draft, { force: true });
    }
  };
  try {
    const onWait = (): void =>
      log(`waiting for another program that makes the class-data archive of ${title}`);
    return await withLock(`${archive}.lock`, make, { onWait, signal });
  } catch (error) {
    log(`no class-data archive, ${title} will start more slowly: ${messageOf(error)}`);
    return undefined;
  }
}

/** Removes what programs that were ended meanwhile had begun; to be called by the holder of the lock. */
async function removeDrafts(archive: string): Promise<void> {
  const folder = path.dirname(archive);
  for (const name of await fs.readdir(folder))
    if (name.startsWith(`${path.basename(archive)}.`) && name.endsWith('.tmp'))
      await fs.rm(path.join(folder, name), { force: true });
}

/** Java ends with SIGBUS over an archive that was cut short, as a machine may leave it that lost its power. */
async function reachDisk(file: string): Promise<void> {
  const opened = await fs.open(file, 'r');
  try {
    await opened.sync();
  } catch (error) {
    // Windows syncs only what may be written, and Java makes it a file to be read; some file systems cannot do it.
    const { code = '' } = error as NodeJS.ErrnoException;
    if (!['EPERM', 'EINVAL', 'ENOSYS'].includes(code)) throw error;
  } finally {
    await opened.close();
  }
}

/** A Java program that starts from an archive of its classes. */
interface ArchivedProgram {
  /** `spark-4.2.0`: the archive is named after it. */
  readonly name: string;
  /** `Apache Spark`: for messages. */
  readonly title: string;
  readonly java: Java;
  /** Its class path. */
  readonly jars: readonly string[];
  /** The user's cache folder: the archive is kept there. */
  readonly cache: string;
  readonly log?: ((line: string) => void) | undefined;
  /** Ends the waiting for another process that makes it. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Arguments for Java with which a program starts from an archive of its classes; the first call on this machine has it written.
 *
 * @param write runs the program to its end with these arguments for Java, and has it load what it loads at work
 * @returns the arguments; none where Java cannot do it, or there is no room
 */
export async function archiveArguments(
  { name, title, java, jars, cache, log, signal }: ArchivedProgram,
  write: (javaArguments: readonly string[]) => Promise<void>,
): Promise<readonly string[]> {
  const file = `${name}-${await fingerprint(java, jars)}.jsa`;
  const archive = await classArchiveAt(path.join(cache, 'class-archives', file), {
    ...{ title, signal },
    log: log ?? (() => undefined),
    write: (draft) => write(['-Xlog:disable', `-XX:ArchiveClassesAtExit=${draft}`]),
  });
  // What Java has to say of it goes to the log: a program's own lines are on standard output.
  const quiet = ['-Xlog:disable', '-Xlog:all=warning:stderr'];
  return archive === undefined ? [] : [`-XX:SharedArchiveFile=${archive}`, '-Xshare:auto', ...quiet];
}

/** @throws Error where the disk has less room than an archive takes; some file systems do not say how much they have (0 blocks) */
async function refuseLittleRoom(folder: string): Promise<void> {
  const { blocks, bavail, bsize } = await fs.statfs(folder);
  if (blocks > 0 && bavail * bsize < MOST_BYTES)
    throw new Error(`there is too little room in ${folder}: free ${MOST_BYTES / 1e6} MB for it`);
}

/** Java refuses an archive after any change of itself or of a jar; so the name of an archive holds all that matters. */
export async function fingerprint(java: Java, jars: readonly string[]): Promise<string> {
  const hash = createHash('sha256').update(`${await fs.realpath(java.program)}\0${java.version}`);
  for (const file of jars) {
    const { size, mtimeMs } = await fs.stat(file);
    hash.update(`\0${file}\0${size}\0${Math.floor(mtimeMs / 1000)}`);
  }
  return hash.digest('hex').slice(0, 16);
}
