/** Brings together what a broker needs before its first start: Java, Kafka's jars and a class-data archive. */
import { cacheFolder } from '../install/cache-folder.ts';
import { findClassArchive } from './class-archive.ts';
import { findJava } from './java.ts';
import { findKafkaJars } from './jars.ts';
import type { Runtime } from './jvm.ts';

/** Where to look and whom to tell. */
export interface PrepareOptions {
  /** Told what takes long. */
  log?: (line: string) => void;
  /** `JAVA_HOME`, `KAFKA_HOME`, `PATH`, `STREAMTRAIN_APACHE_URL`; default `process.env`. */
  env?: NodeJS.ProcessEnv;
  /** The folder to keep things in; default: the user's own, see {@link cacheFolder}. */
  cache?: string;
}

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
  const { log, env = process.env } = options;
  const cache = options.cache ?? usualCache(log);
  let busy = false;
  const tell = (line: string) => {
    busy = true;
    log?.(line);
  };
  const java = await findJava({ env, cache, log: tell });
  const jars = await findKafkaJars({ env, cache, log: tell });
  const classArchive = await findClassArchive({ java, jars }, { cache, log: tell });
  const runtime: Runtime = { java, jars, ...(classArchive === undefined ? {} : { classArchive }) };
  return { ...runtime, outcome: busy ? 'done' : 'already there' };
}

function usualCache(log: ((line: string) => void) | undefined): string {
  const { folder, note } = cacheFolder();
  if (note !== undefined) log?.(note);
  return folder;
}
