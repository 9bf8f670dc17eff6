/** Compares jars with our own list of them, `jar-list.ts`: what differs in one byte is not used. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { ChecksumError } from '../install/errors.ts';
import { fileDigest } from '../install/files.ts';
import type { MavenJar } from './jar-list.ts';

/** The file's name of a jar: the last part of its place in a Maven repository. */
export function nameOf(jar: MavenJar): string {
  return path.posix.basename(jar.path);
}

/** Whether every jar of the list is in a folder with the right length; quick, for every start. */
export async function haveLengths(folder: string, jars: readonly MavenJar[]): Promise<boolean> {
  const lengths = await Promise.all(
    jars.map(async (jar) => (await fs.stat(path.join(folder, nameOf(jar))).catch(() => undefined))?.size),
  );
  return jars.every(({ bytes }, at) => lengths[at] === bytes);
}

/** What is wrong with the jars of a folder, one line for each that is missing or altered; reads all of them. */
export async function findWrongJars(folder: string, jars: readonly MavenJar[]): Promise<string[]> {
  const faults: string[] = [];
  for (const jar of jars) {
    const fault = await faultOf(path.join(folder, nameOf(jar)), jar);
    if (fault !== undefined) faults.push(`${nameOf(jar)}: ${fault}`);
  }
  return faults;
}

async function faultOf(file: string, jar: MavenJar): Promise<string | undefined> {
  const actual = await fileDigest(file, 'sha256').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  });
  if (actual === undefined) return 'is not there';
  return actual === jar.sha256 ? undefined : `sha256 is ${actual}, in our list it is ${jar.sha256}`;
}

/**
 * Refuses a Maven repository on this disk, as Maven fills it, that holds a jar which is not in our list, or another one
 * under its name.
 *
 * @param what what its jars were to be used for
 * @throws {@link ChecksumError} (`ST_INSTALL_CHECKSUM`) naming the jar and both digests
 */
export async function checkRepository(
  repository: string,
  jars: readonly MavenJar[],
  what: string,
): Promise<void> {
  const known = new Map(jars.map((jar) => [jar.path, jar]));
  const found = (await fs.readdir(repository, { recursive: true }))
    .map((name) => name.split(path.sep).join('/'))
    .filter((name) => name.endsWith('.jar'))
    .sort();
  for (const name of found) {
    const jar = known.get(name);
    const file = path.join(repository, name);
    const fault = jar
      ? await faultOf(file, jar)
      : `sha256 is ${await fileDigest(file, 'sha256')}, and our list has no such jar`;
    if (fault === undefined) continue;
    throw new ChecksumError({
      what,
      tried: [name],
      answered: `${path.basename(name)}: ${fault}`,
      toDo: ADVICE,
    });
  }
}

const ADVICE =
  'Something between you and Maven Central altered the file (a mirror, a proxy): tell whoever runs it. Nothing of it was ' +
  'used. Or unpack Kafka 4 yourself and set KAFKA_HOME to it.';
