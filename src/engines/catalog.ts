/** The engines there are, by name: what `streamtrain engines` lists, fetches and starts. */
import { checkOneOf } from '../options.ts';
import type { Engine, StartEngineOptions } from './engine.ts';
import { FLINK, startFlink } from './flink/start.ts';
import { NIFI } from './nifi/parts.ts';
import { startNifi } from './nifi/start.ts';
import { EngineOnDemandError } from './errors.ts';
import { fetchParts, partsStatus } from './parts.ts';
import { SPARK } from './spark/pyspark.ts';
import type { EngineParts, FetchOptions, PartsOptions, PartsStatus } from './parts.ts';

/** The names of all engines. */
export const engineNames = ['flink', 'spark', 'nifi'] as const;

/** One of {@link engineNames}. */
export type EngineName = (typeof engineNames)[number];

/** An engine: what it is made of, and how it is started. */
interface CatalogEntry {
  readonly parts: EngineParts;
  /** Left out where it only ever runs with a program's own work. */
  readonly start?: (options: StartEngineOptions) => Promise<Engine>;
}

/** All of them. */
const engines: { readonly [Name in EngineName]: CatalogEntry } = {
  flink: { parts: FLINK, start: startFlink },
  nifi: { parts: NIFI, start: (options) => startNifi(options) },
  spark: { parts: SPARK },
};

/**
 * Fetches an engine into the cache, every file checked: from Maven Central, or from the mirror that `STREAMTRAIN_MAVEN_URL`
 * names. What breaks off goes on at the next call. Needs no Java yet.
 *
 * @returns what is there now, and whether it was there before
 * @throws `DownloadError` (`ST_INSTALL_DOWNLOAD`), `ChecksumError` (`ST_INSTALL_CHECKSUM`), `DiskFullError`
 *   (`ST_INSTALL_DISK_FULL`); `InvalidOptionError` (`ST_OPTION_INVALID`) for a name that is none
 * @example
 * ```ts
 * const { outcome, bytes } = await fetchEngine('flink', { log: console.log });
 * console.log(`${outcome}: ${bytes} bytes`);
 * ```
 */
export async function fetchEngine(
  name: EngineName,
  options: FetchOptions = {},
): Promise<PartsStatus & { outcome: 'done' | 'already there' }> {
  return fetchParts(engines[checkOneOf('name', name, engineNames)].parts, options);
}

/**
 * What an engine is made of, how big it is, and whether it is here. Fetches nothing.
 *
 * @throws `InvalidOptionError` (`ST_OPTION_INVALID`) for a name that is none
 * @example
 * ```ts
 * const { title, version, files, bytes, isFetched } = await engineParts('flink');
 * console.log(`${title} ${version}: ${files} files, ${bytes} bytes, ${isFetched ? 'here' : 'not here'}`);
 * ```
 */
export async function engineParts(name: EngineName, options: PartsOptions = {}): Promise<PartsStatus> {
  return partsStatus(engines[checkOneOf('name', name, engineNames)].parts, options);
}

/**
 * Starts one by its name, with what all of them have in common.
 *
 * @throws EngineOnDemandError (`ST_ENGINES_ON_DEMAND`) for one that runs only with a program's work
 */
export async function startEngineByName(name: EngineName, options: StartEngineOptions): Promise<Engine> {
  const { parts, start } = engines[name];
  if (start === undefined) throw new EngineOnDemandError({ engine: name, title: parts.title });
  return start(options);
}
