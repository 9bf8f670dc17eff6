/** Makes and finds the class-data archive from which Java starts Kafka in half the time. */
import { createHash, randomUUID } from 'node:crypto';
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { messageOf } from '../errors.ts';
import { exists } from '../install/files.ts';
import { withLock } from '../install/lock.ts';
import { dataFolderAt } from './data-folder.ts';
import type { Runtime } from './jvm.ts';
import { launch } from './launch.ts';
import { endProcess } from './process-end.ts';

/** This Java cannot do it, now or later. */
class NoArchiveError extends Error {}

/**
 * Finds the archive of this Java with these jars in the cache, or makes it: starts a broker on an empty folder, and Java
 * writes down the loaded classes as it ends (about 6 s, 50 MB, once). Without an archive Kafka only starts more slowly,
 * so a failure is told and passed over.
 *
 * @returns the archive's path, or undefined when it cannot be made
 * @see JEP 350, Dynamic CDS Archives
 */
export async function findClassArchive(
  runtime: Runtime,
  { cache, log }: { cache: string; log: (line: string) => void },
): Promise<string | undefined> {
  const archive = await placeOf(runtime, cache);
  if (await exists(archive)) return archive;
  const refusal = `${archive}.failed`;
  if (await exists(refusal)) return undefined;
  return withLock(`${archive}.lock`, async () => {
    if (await exists(archive)) return archive;
    log('making the class-data archive that halves the start of Kafka (once)');
    try {
      await make(runtime, archive);
      return archive;
    } catch (error) {
      if (error instanceof NoArchiveError) await fs.writeFile(refusal, error.message);
      log(`no class-data archive, Kafka will start more slowly: ${messageOf(error)}`);
      return undefined;
    }
  });
}

/** The archive of this Java with these jars, if it was made before. */
export async function knownClassArchive(runtime: Runtime, cache: string): Promise<string | undefined> {
  const archive = await placeOf(runtime, cache);
  return (await exists(archive)) ? archive : undefined;
}

async function placeOf(runtime: Runtime, cache: string): Promise<string> {
  const name = `kafka-${runtime.jars.version}-${await fingerprint(runtime)}.jsa`;
  return path.join(cache, 'class-archives', name);
}

async function make(runtime: Runtime, archive: string): Promise<void> {
  const folder = await fs.mkdtemp(path.join(os.tmpdir(), 'streamtrain-classes-'));
  const draft = `${archive}.${randomUUID()}.tmp`;
  try {
    const { child } = await launch(runtime, {
      data: dataFolderAt(folder),
      heapMb: 512,
      daemon: false,
      writeClassArchive: draft,
    });
    await endProcess(child);
    if (!(await exists(draft))) throw new NoArchiveError(`Java ${runtime.java.version} wrote none`);
    await fs.rename(draft, archive);
  } finally {
    await fs.rm(draft, { force: true });
    await fs.rm(folder, { recursive: true, force: true });
  }
}

/** Java refuses an archive after any change of itself or of a jar; so the name holds all that matters. */
async function fingerprint({ java, jars }: Runtime): Promise<string> {
  const hash = createHash('sha256').update(`${await fs.realpath(java.program)}\0${java.version}`);
  for (const file of jars.files) {
    const { size, mtimeMs } = await fs.stat(file);
    hash.update(`\0${file}\0${size}\0${Math.floor(mtimeMs / 1000)}`);
  }
  return hash.digest('hex').slice(0, 16);
}
