/** What a broker needs before its first start: Java, Kafka's jars, and a class-data archive that halves the start. */
import path from 'node:path';
import { exists } from '../install/files.ts';
import { cacheFolder } from '../install/folders.ts';
import { refuseUnknownOptions, type OptionNames } from '../options.ts';
import { endProcess, makeTemporaryFolder, removeTemporaryFolder } from '../process/index.ts';
import { classArchiveAt, fingerprint } from './class-archive.ts';
import { dataFolderAt } from './data-folder.ts';
import { findKafkaJars } from './jars.ts';
import { findJava } from './java.ts';
import type { Runtime } from './jvm.ts';
import { launch } from './launch.ts';

/** Where to look, and what to call with what takes long. */
export interface PrepareOptions {
  /** Called with a line for what takes long. */
  log?: (line: string) => void;
  /** `JAVA_HOME`, `KAFKA_HOME`, `PATH`, `STREAMTRAIN_MAVEN_URL`; default `process.env`. */
  env?: NodeJS.ProcessEnv;
  /** The folder to keep things in; default: the user's own. */
  cache?: string;
}

/** Every option of {@link PrepareOptions}. */
export const prepareNames: OptionNames<PrepareOptions> = { log: true, env: true, cache: true };

/** What {@link prepareBroker} made sure of. */
export interface PreparedBroker extends Runtime {
  /** Whether something had to be fetched or made, or all was there. */
  readonly outcome: 'done' | 'already there';
}

/**
 * Makes sure that Java, the Kafka server's jars and the class-data archive (it halves the broker's start) are there;
 * starts nothing. Set-up calls it once; {@link startBroker} calls it too, so this is only for doing it early.
 *
 * @throws {@link JavaMissingError}, {@link KafkaJarsError}
 * @example
 * ```ts
 * const { java, jars, outcome } = await prepareBroker({ log: console.log });
 * console.log(`Java ${java.version}, Kafka ${jars.version}: ${outcome}`);
 * ```
 */
export async function prepareBroker(options: PrepareOptions = {}): Promise<PreparedBroker> {
  refuseUnknownOptions('prepareBroker', options, prepareNames);
  return preparedRuntime(options);
}

/** The same, for options that were checked. */
export async function preparedRuntime(options: PrepareOptions): Promise<PreparedBroker> {
  const { log, env = process.env } = options;
  const cache = options.cache ?? usualCache(log);
  let busy = false;
  const say = (line: string) => {
    busy = true;
    log?.(line);
  };
  const java = await findJava({ env, cache, log: say });
  const jars = await findKafkaJars({ env, cache, log: say });
  const classArchive = await findClassArchive({ java, jars }, { cache, log: say });
  const runtime: Runtime = { java, jars, ...(classArchive === undefined ? {} : { classArchive }) };
  return { ...runtime, outcome: busy ? 'done' : 'already there' };
}

function usualCache(log: ((line: string) => void) | undefined): string {
  const { folder, note } = cacheFolder();
  if (note !== undefined) log?.(note);
  return folder;
}

/**
 * Finds the archive of this Java with these jars in the cache, or makes it: starts a broker on an empty folder, and Java
 * writes down the loaded classes as it ends (about 6 s, 50 MB, once).
 *
 * @returns the archive's path, or undefined when it cannot be made
 */
export async function findClassArchive(
  runtime: Runtime,
  { cache, log }: { cache: string; log: (line: string) => void },
): Promise<string | undefined> {
  const write = (draft: string) => writeArchive(runtime, draft);
  return classArchiveAt(await placeOf(runtime, cache), { title: 'Kafka', log, write });
}

/** The archive of this Java with these jars, if it was made before. */
export async function knownClassArchive(runtime: Runtime, cache: string): Promise<string | undefined> {
  const archive = await placeOf(runtime, cache);
  return (await exists(archive)) ? archive : undefined;
}

async function placeOf({ java, jars }: Runtime, cache: string): Promise<string> {
  const name = `kafka-${jars.version}-${await fingerprint(java, jars.files)}.jsa`;
  return path.join(cache, 'class-archives', name);
}

async function writeArchive(runtime: Runtime, draft: string): Promise<void> {
  const folder = makeTemporaryFolder('classes');
  try {
    const { child } = await launch(runtime, {
      data: dataFolderAt(folder),
      heapMb: 512,
      daemon: false,
      writeClassArchive: draft,
    });
    await endProcess(child);
  } finally {
    await removeTemporaryFolder(folder);
  }
}
