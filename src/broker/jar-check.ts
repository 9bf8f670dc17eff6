/** Compares what Maven fetched with our own list of jars, `jar-list.ts`: what differs in one byte is not used. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { ChecksumError } from '../install/errors.ts';
import { fileDigest } from '../install/files.ts';
import { faultOf, type MavenFile } from '../install/maven-files.ts';

/**
 * Refuses a Maven repository on this disk, as Maven fills it, that holds a jar which is not in our list, or another one
 * under its name.
 *
 * @param what what its jars were to be used for
 * @throws {@link ChecksumError} (`ST_INSTALL_CHECKSUM`) naming the jar and both digests
 */
export async function checkRepository(
  repository: string,
  jars: readonly MavenFile[],
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
      : `sha256 is ${await fileDigest(file)}, and our list has no such jar`;
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
